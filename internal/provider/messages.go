// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"reflect"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Whatever this provider or the framework says goes through here on its way out: no
// secret that this process knows, and nothing that acts on a terminal.

// harmless cleans the diagnostics of a response, and the error in place of one.
func harmless[Resp any](resp Resp, err error) (Resp, error) {
	if err != nil {
		if clean := secret.Shown(err.Error()); clean != err.Error() {
			err = errors.New(clean)
		}
	}
	pointer := reflect.ValueOf(resp)
	if pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		return resp, err
	}
	if field := pointer.Elem().FieldByName("Diagnostics"); field.IsValid() {
		if diags, ok := field.Interface().([]*tfprotov6.Diagnostic); ok {
			cleanAll(diags)
		}
	}
	return resp, err
}

func cleanAll(diags []*tfprotov6.Diagnostic) {
	for _, one := range diags {
		one.Summary = secret.ShownLine(one.Summary)
		one.Detail = secret.Shown(one.Detail)
	}
}

// InvokeAction cleans what an action reports while it runs and at its end.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := s.served.InvokeAction(ctx, req)
	if stream == nil || stream.Events == nil {
		return stream, err
	}
	events := stream.Events
	stream.Events = func(yield func(tfprotov6.InvokeActionEvent) bool) {
		for event := range events {
			switch kind := event.Type.(type) {
			case tfprotov6.ProgressInvokeActionEventType:
				kind.Message = secret.ShownLine(kind.Message)
				event.Type = kind
			case tfprotov6.CompletedInvokeActionEventType:
				cleanAll(kind.Diagnostics)
			}
			if !yield(event) {
				return
			}
		}
	}
	return stream, err
}

// ListResource cleans the names that a query shows.
func (s *server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	stream, err := s.served.ListResource(ctx, req)
	if stream == nil || stream.Results == nil {
		return stream, err
	}
	results := stream.Results
	stream.Results = func(yield func(tfprotov6.ListResourceResult) bool) {
		for result := range results {
			result.DisplayName = secret.ShownLine(result.DisplayName)
			cleanAll(result.Diagnostics)
			if !yield(result) {
				return
			}
		}
	}
	return stream, err
}

func (s *server) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return harmless(s.served.ValidateProviderConfig(ctx, req))
}

func (s *server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return harmless(s.served.ConfigureProvider(ctx, req))
}
