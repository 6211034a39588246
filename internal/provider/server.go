// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
)

// NewServer gives the constructor of the protocol server of this provider.
func NewServer(version string, options Options) func() (tfprotov6.ProviderServer, error) {
	return func() (tfprotov6.ProviderServer, error) {
		inner, err := providerserver.NewProtocol6WithError(New(version, options)())()
		if err != nil {
			return nil, err
		}
		whole, ok := inner.(served)
		if !ok {
			return nil, errors.New("the framework's server lacks a part of the protocol")
		}
		return &server{whole, options}, nil
	}
}

// served is the part of the protocol that this provider has objects of.
type served interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// server lets go of what a call carried when it is over. The framework keeps the context
// of every call until the process ends, and with it the call's loggers and its stream:
// some 70 KiB for each call about each object. All calls are here that come once per
// object; what streams its answer lives longer than its call.
type server struct {
	served
	options Options
}

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return over(ctx, s.served.ValidateResourceConfig, req)
}

func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return over(ctx, s.served.UpgradeResourceState, req)
}

func (s *server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return over(ctx, s.served.UpgradeResourceIdentity, req)
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return over(ctx, s.served.ReadResource, req)
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return over(ctx, s.served.PlanResourceChange, req)
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return minting(ctx, s.options, s.served.ApplyResourceChange, req)
}

func (s *server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return minting(ctx, s.options, s.served.OpenEphemeralResource, req)
}

func (s *server) CloseEphemeralResource(ctx context.Context, req *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return over(s.options.open(ctx), s.served.CloseEphemeralResource, req)
}

func (s *server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return over(ctx, s.served.ImportResourceState, req)
}

func (s *server) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return over(ctx, s.served.MoveResourceState, req)
}

func (s *server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return over(ctx, s.served.ValidateDataResourceConfig, req)
}

func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return over(ctx, s.served.ReadDataSource, req)
}

func (s *server) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return over(ctx, s.served.ValidateEphemeralResourceConfig, req)
}

func (s *server) RenewEphemeralResource(ctx context.Context, req *tfprotov6.RenewEphemeralResourceRequest) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return over(ctx, s.served.RenewEphemeralResource, req)
}

func (s *server) ValidateListResourceConfig(ctx context.Context, req *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return over(ctx, s.served.ValidateListResourceConfig, req)
}

func (s *server) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	return over(ctx, s.served.ValidateActionConfig, req)
}

func (s *server) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return over(ctx, s.served.PlanAction, req)
}

func (s *server) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return over(ctx, s.served.GenerateResourceConfig, req)
}

// over makes a call with a context of its own that ends with it.
func over[Req, Resp any](ctx context.Context, do func(context.Context, Req) (Resp, error), req Req) (Resp, error) {
	ctx, end := begin(ctx)
	defer end()
	return harmless(do(ctx, req))
}

// recovery bounds the revocation of what was not delivered.
const recovery = 3 * time.Minute

// minting is [over] for calls that may mint keys: the keys of an answer that is not
// delivered are revoked. What it puts into the context is wrapped around the call's own
// one, whose values are gone after a stop.
func minting[Req, Resp any](ctx context.Context, o Options, do func(context.Context, Req) (Resp, error), req Req) (Resp, error) {
	outer := ctx
	ctx, end := begin(ctx)
	defer end()
	if o.Presence != nil {
		ctx = presence.With(ctx, o.Presence(outer))
	}
	minted := &keyseries.Revocable{}
	ctx = keyseries.WithUndelivered(o.open(ctx), minted)
	resp, err := do(ctx, req)
	if keyseries.MayEnd(ctx) != nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), recovery)
		defer cancel()
		minted.RevokeAll(bounded)
	}
	minted.Take() // delivered, as far as can be known here
	return harmless(resp, err)
}

// open adds where keys are remembered that are open for one run.
func (o Options) open(ctx context.Context) context.Context {
	if o.Open == nil {
		return ctx
	}
	return keyseries.WithOpen(ctx, o.Open)
}

// call is the context of a call that may be kept longer than the call lasts.
type call struct {
	done chan struct{}

	mu     sync.RWMutex
	parent context.Context //nolint:containedctx // it is one
	err    error
}

var _ context.Context = &call{}

// begin wraps the context of a call; end must be called when it is over.
func begin(ctx context.Context) (_ context.Context, end func()) {
	c := &call{done: make(chan struct{}), parent: ctx}
	stop := context.AfterFunc(ctx, func() { c.end(ctx.Err()) })
	return c, func() {
		stop()
		c.end(context.Canceled)
	}
}

func (c *call) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	// Detached work may go on and log: it keeps the values as long as it holds them, which
	// it does not through this context.
	c.err, c.parent = err, nil
	close(c.done)
}

// Deadline implements [context.Context].
func (c *call) Deadline() (time.Time, bool) {
	if parent := c.whole(); parent != nil {
		return parent.Deadline()
	}
	return time.Time{}, false
}

// Done implements [context.Context].
func (c *call) Done() <-chan struct{} { return c.done }

// Err implements [context.Context].
func (c *call) Err() error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.err
}

// Value implements [context.Context]: nothing once the call is over.
func (c *call) Value(key any) any {
	if parent := c.whole(); parent != nil {
		return parent.Value(key)
	}
	return nil
}

func (c *call) whole() context.Context {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.parent
}
