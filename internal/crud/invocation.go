// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Invocation is an action written as one function over its model and a client.
type Invocation[C, M any] struct {
	TypeName string // after the provider's name: "acme_revoke_key"
	Does     string // for messages: "revoke API key"
	Schema   schema.Schema
	// Target names what the action is about, for messages: the id.
	Target  func(config M) string
	Connect func(providerData any) (C, error)
	// Invoke does it; progress shows the user what is happening.
	Invoke func(ctx context.Context, client C, config M, progress func(string)) error
}

// Action gives the framework's form.
func (i Invocation[C, M]) Action() func() action.Action {
	declared := untyped[Invocation[any, any]](i)
	return func() action.Action { return &invocationAction{invocation: declared, model: modelOf[M]()} }
}

type invocationAction struct {
	invocation Invocation[any, any]
	model      model
	data       any
}

var _ action.ActionWithConfigure = &invocationAction{}

func (a *invocationAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + a.invocation.TypeName
}

func (a *invocationAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = a.invocation.Schema
}

func (a *invocationAction) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	a.data = req.ProviderData
}

func (a *invocationAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	config := a.model.read(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	client, err := a.invocation.Connect(a.data)
	if err == nil {
		err = a.invocation.Invoke(WithWarnings(ctx, &resp.Diagnostics), client, config, func(message string) {
			resp.SendProgress(action.InvokeProgressEvent{Message: message})
		})
	}
	if err != nil {
		AddError(&resp.Diagnostics, a.invocation.Does+" "+a.invocation.Target(config), apierr.Unmanaged(err)) // there is no state
	}
}
