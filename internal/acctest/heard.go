// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// whole is the protocol of the provider.
type whole interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// heard is a provider whose diagnostics are read as a user reads them, but for those of validation,
// which libraries write.
type heard struct {
	whole
	t testing.TB
	// configuring keeps a Configure apart from other calls: a CLI that is attached to this process
	// may configure it a second time, where it would otherwise start another process.
	configuring *sync.RWMutex
}

// hear makes a call, and fails the test for diagnostics that are not written as all others.
func hear[Req, Resp any](ctx context.Context, h heard, call func(context.Context, Req) (*Resp, error), req Req) (*Resp, error) {
	h.configuring.RLock()
	defer h.configuring.RUnlock()
	return listen(ctx, h, call, req)
}

func listen[Req, Resp any](ctx context.Context, h heard, call func(context.Context, Req) (*Resp, error), req Req) (*Resp, error) {
	resp, err := call(ctx, req)
	if resp == nil {
		return resp, err
	}
	diagnostics, _ := reflect.ValueOf(resp).Elem().FieldByName("Diagnostics").Interface().([]*tfprotov6.Diagnostic)
	for _, one := range diagnostics {
		if want := written(one); want != one.Detail {
			h.t.Errorf("a diagnostic must begin with a capital letter and end with a full stop:\n%s\n%s\nwant\n%s", one.Summary, one.Detail, want)
		}
	}
	return resp, err
}

var (
	// block is an example of a configuration at the end.
	block = regexp.MustCompile(`\n\s*[}\])]$`)
	// argument is the name of one at the beginning, with its value.
	argument = regexp.MustCompile(`^[a-z_]+ is "`)
)

// written is the detail of a diagnostic as it should be: a sentence, which may begin with the
// name of the argument that it is about, or end with an example of a configuration.
func written(one *tfprotov6.Diagnostic) string {
	want := crud.Sentence(one.Detail)
	if first, _, _ := strings.Cut(one.Detail, " "); argument.MatchString(one.Detail) || one.Attribute != nil && strings.Contains(one.Attribute.String(), `"`+strings.TrimRight(first, ",:")+`"`) {
		want = one.Detail[:1] + want[1:]
	}
	if block.MatchString(one.Detail) {
		want = strings.TrimSuffix(want, ".")
	}
	return want
}

// ConfigureProvider reads what is said of a provider block with the environment.
func (h heard) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	h.configuring.Lock()
	defer h.configuring.Unlock()
	return listen(ctx, h, h.whole.ConfigureProvider, req)
}

// ReadResource reads what a refresh says.
func (h heard) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return hear(ctx, h, h.whole.ReadResource, req)
}

// PlanResourceChange reads what a plan says.
func (h heard) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return hear(ctx, h, h.whole.PlanResourceChange, req)
}

// ApplyResourceChange reads what an apply says.
func (h heard) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return hear(ctx, h, h.whole.ApplyResourceChange, req)
}

// ImportResourceState reads what an import says.
func (h heard) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return hear(ctx, h, h.whole.ImportResourceState, req)
}

// ReadDataSource reads what a data source says.
func (h heard) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return hear(ctx, h, h.whole.ReadDataSource, req)
}

// OpenEphemeralResource reads what the opening of an ephemeral resource says.
func (h heard) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return hear(ctx, h, h.whole.OpenEphemeralResource, req)
}

// CloseEphemeralResource reads what the closing of an ephemeral resource says.
func (h heard) CloseEphemeralResource(ctx context.Context, req *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return hear(ctx, h, h.whole.CloseEphemeralResource, req)
}
