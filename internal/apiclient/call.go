// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Doer sends one request of a [Call], as often as the policy allows. Its errors are
// [apierr.Error], and those of [Operation.Body].
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Outside answers every request with an error: it stands in a vendor's own client where
// the [Doer] of a call belongs, so that none passes a call by.
type Outside struct{}

// Do implements [Doer].
func (Outside) Do(*http.Request) (*http.Response, error) {
	return nil, errors.New("a request was sent outside a call")
}

// call is an operation under way, and what is known of it so far.
type call struct {
	*Client
	op       Operation
	stop     context.Context // the caller's own, which a create does not hear once it is sent
	patience time.Duration   // how long a busy server is waited for, from refused on

	attempts int
	sent     bool          // an attempt may have been carried out
	lost     bool          // of a change, one before the last attempt
	sentAt   time.Time     // when the last attempt was handed to the network
	status   int           // of the last answer
	trouble  int           // attempts that failed for other reasons than a busy server
	useless  int           // good answers that could not be used
	asked    int           // answers of a server in trouble that asks to wait
	refused  time.Time     // when the server was first busy; a turn in the queue is no refusal
	delay    time.Duration // before the next attempt
	gaveUp   string        // why a busy server is waited for no longer: what to do
}

// Call runs one operation and gives every failure the form of an [apierr.Error]. send
// builds the request and has it done by via, once; usable says what is wrong with an
// answer that decoded. The steps, as often as [call.again] allows:
//
//  1. the request waits for its turn ([call.turn]),
//  2. its body is made ([call.fill]),
//  3. it is sent if the caller is still there, and its answer read ([call.exchange]),
//  4. pace and clock learn from the answer ([call.learn]),
//  5. the answer is decoded and checked (here).
func Call[T any](ctx context.Context, c *Client, op Operation, send func(ctx context.Context, via Doer) (*T, error), usable func(*T) error) (*T, error) {
	answer, err := c.call(ctx, op, func(ctx context.Context, via Doer) (any, error) { return send(ctx, via) }, func(answer any) error {
		return usable(as[*T](answer))
	})
	return as[*T](answer), err
}

func (c *Client) call(ctx context.Context, op Operation, send func(ctx context.Context, via Doer) (any, error), usable func(any) error) (any, error) {
	ctx = tflog.NewSubsystem(ctx, c.dialect.Name)
	k := &call{Client: c, op: op, stop: ctx, patience: c.patience(ctx)}
	if op.Kind == Create {
		ctx = context.WithoutCancel(ctx)
	}
	for {
		answer, err := send(ctx, k)
		if err == nil {
			err = usable(answer)
		}
		if err == nil || k.acknowledged(err) {
			return answer, nil
		}
		if ctx.Err() != nil || !k.again(k.unusable(err), 0) {
			return nil, k.failure(ctx, err)
		}
	}
}

// Anything accepts every answer that decodes.
func Anything[T any](*T) error { return nil }

// Do implements [Doer]: steps 1 to 4, with the attempts that go-retryablehttp makes of them. An empty answer
// is an error, unless a good status is the whole answer.
func (k *call) Do(req *http.Request) (*http.Response, error) {
	repeatable, err := retryablehttp.FromRequest(req)
	if err != nil {
		return nil, &apierr.Error{Operation: k.op.Name, Outcome: apierr.NotSent, Cause: err}
	}
	retries := &retryablehttp.Client{ // without a logger: it would log URLs
		HTTPClient: &http.Client{Transport: k, CheckRedirect: checkRedirect},
		RetryMax:   1 << 20, // the policy decides
		CheckRetry: func(_ context.Context, resp *http.Response, err error) (bool, error) {
			return k.again(k.happened(resp, err), retryAfter(resp, k.Now())), nil
		},
		// Waiting is for a turn, before each attempt, so that all requests share it.
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := retries.Do(repeatable)
	if resp != nil {
		defer func() { _ = resp.Body.Close() }()
	}
	if err != nil {
		return nil, k.broken(err)
	}
	body, err := io.ReadAll(resp.Body) // which the attempt has read already
	if err != nil {
		return nil, k.broken(err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		failed := k.dialect.Decode(k.op, resp, body)
		if k.gaveUp != "" {
			failed.Hint = k.gaveUp
		}
		return nil, failed
	}
	if err := k.notAPI(resp, body); err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, k.broken(errRedirect) // one that leads nowhere
	}
	if len(bytes.TrimSpace(body)) == 0 && !k.op.Ack {
		if k.op.Kind == Update {
			return nil, errSilent
		}
		return nil, errEmpty
	}
	if json.Valid(body) { // a vendor's own client goes by the type, which gateways change
		resp.Header.Set("Content-Type", "application/json")
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
