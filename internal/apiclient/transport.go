// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// maxAnswer bounds what is read of one answer: a full page of keys is under 100 kB.
const maxAnswer = 8 << 20

// maxTrouble is how often a request is tried while anything but a busy server is in its way.
const maxTrouble = 5

var (
	errRedirect = errors.New("the server answered with a redirect that must not be followed")
	errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	errStopped  = errors.New("stopped before the request was sent")
)

// doer is the HTTP client under a vendor's client.
type doer struct {
	dialect Dialect
	retries *retryablehttp.Client
}

func newDoer(c *Client, cfg Config) *doer {
	network := cfg.Transport
	if network == nil {
		network = trusting(cfg.RootCAs)
	}
	retries := retryablehttp.NewClient()
	retries.Logger = nil // it would log URLs; we log operations
	retries.HTTPClient = &http.Client{
		Transport:     &attempt{client: c, next: network, timeout: cfg.AttemptTimeout},
		CheckRedirect: checkRedirect,
	}
	retries.RetryMax = 1 << 20 // retryable decides
	retries.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		return c.retryable(operationOf(ctx), resp, err), nil
	}
	// Waiting is the pacer's, before each attempt, so that all requests share it.
	retries.Backoff = func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }
	retries.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return &doer{dialect: cfg.Dialect, retries: retries}
}

// trusting is the network; nil roots are the machine's own.
func trusting(roots *x509.CertPool) *http.Transport {
	network := cleanhttp.DefaultPooledTransport()
	if roots != nil {
		network.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return network
}

// checkRedirect follows only reads, and only within the origin: the admin key must
// go nowhere else, and a write that moves is not the write that was asked for.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet || next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host || len(via) > 3 {
		return fmt.Errorf("%w (to %s://%s)", errRedirect, next.URL.Scheme, next.URL.Host)
	}
	return nil
}

// Do sends one request with its retries; every failure is an [apierr.Error].
func (d *doer) Do(req *http.Request) (*http.Response, error) {
	op := operationOf(req.Context())
	repeatable, err := retryablehttp.FromRequest(req)
	if err != nil {
		return nil, &apierr.Error{Operation: op.Name, Outcome: apierr.NotSent, Cause: err}
	}
	resp, err := d.retries.Do(repeatable)
	switch {
	case err != nil:
		if resp != nil {
			_ = resp.Body.Close()
		}
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // its text has the address, which may come from the server
		}
		failed := &apierr.Error{
			Operation: op.Name, Outcome: outcomeOf(op), Cause: err,
			Message: firstLine(secret.Scrub(err.Error())), Hint: connectionHint(err),
		}
		switch {
		case errors.Is(err, errRedirect):
			failed.Outcome = apierr.Refused
		case errors.Is(err, errBusy):
			failed.Status, failed.Hint, failed.Outcome = op.status, op.gaveUp, apierr.Refused
		}
		return nil, failed
	case resp.StatusCode >= http.StatusBadRequest:
		defer func() { _ = resp.Body.Close() }()
		body, _ := io.ReadAll(resp.Body)
		return nil, d.dialect.Decode(op, resp, body)
	default:
		body, _ := io.ReadAll(resp.Body)
		if err := d.dialect.notAPI(op, resp, body); err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	}
}

// attempt is the transport of a single try: waits for its turn, reads the whole
// answer within bounds, and records what is known.
type attempt struct {
	client  *Client
	next    http.RoundTripper
	timeout time.Duration
}

func (a *attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	op := operationOf(ctx)
	if op.Kind == Create {
		// A create comes here again only when the attempt before surely did nothing.
		op.sent = false
	}
	if err := a.turn(ctx, op); err != nil {
		closeBody(req)
		return nil, err
	}
	if !op.paced {
		defer a.client.pacer.land(op.Name)
	}
	if err := maySend(ctx, op); err != nil {
		closeBody(req)
		return nil, err
	}
	op.attempts++
	op.status, op.sentAt = 0, a.client.clock.Now()
	var left atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Without a connection nothing left this machine. Later hooks run beside us:
		// what they have not told yet may have happened all the same.
		GotConn: func(httptrace.GotConnInfo) { left.Store(true) },
	})
	traced, cancel := context.WithTimeout(traced, a.timeout)
	defer cancel()

	started := a.client.clock.Now()
	resp, err := a.next.RoundTrip(req.WithContext(traced))
	if left.Load() || resp != nil {
		op.sent = true
	}
	if err == nil {
		op.status = resp.StatusCode
		a.client.server.observe(resp.Header, a.client.clock.Now())
		err = readWhole(ctx, resp)
	}
	a.log(ctx, op, resp, err, a.client.clock.Now().Sub(started))
	if err != nil {
		return nil, err
	}
	a.learn(op, resp)
	return resp, nil
}

// turn waits until the request may go; a stopped create goes no further.
func (a *attempt) turn(ctx context.Context, op *Operation) error {
	if op.stop != nil {
		ctx = op.stop
	}
	if op.delay > 0 {
		delay := op.delay
		op.delay = 0
		if err := a.client.clock.Sleep(ctx, delay); err != nil {
			return fmt.Errorf("%w: %w", errStopped, err)
		}
	}
	if op.paced {
		return nil
	}
	until := op.until()
	left, err := a.client.pacer.wait(ctx, op.Name, until)
	if errors.Is(err, errBusy) {
		a.client.mayWait(op, left, false)
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errStopped, err)
	}
	return nil
}

// maySend is asked after the wait, which may have been long: nothing new is created for
// a caller that is gone, nor by a process that was told to end.
func maySend(ctx context.Context, op *Operation) error {
	if op.stop != nil {
		ctx = op.stop
	}
	if err := presence.MaySend(ctx, op.Kind == Create); err != nil {
		return fmt.Errorf("%w: %w", errStopped, err)
	}
	return nil
}

func (a *attempt) learn(op *Operation, resp *http.Response) {
	if resp.StatusCode == http.StatusTooManyRequests {
		a.client.pacer.refused(op.Name, op.sentAt, retryAfter(resp.Header, a.client.Now()))
		return
	}
	a.client.pacer.answered(op.Name)
	remaining, err := strconv.Atoi(resp.Header.Get("X-Ratelimit-Remaining-Requests"))
	if err != nil {
		return
	}
	reset, err := time.ParseDuration(resp.Header.Get("X-Ratelimit-Reset-Requests"))
	if err == nil {
		a.client.pacer.headroom(op.Name, remaining, reset)
	}
}

// log tells operation, outcome and time: never a body, a header value or a query.
func (a *attempt) log(ctx context.Context, op *Operation, resp *http.Response, err error, took time.Duration) {
	fields := map[string]any{"operation": op.Name, "attempt": op.attempts, "took": took.Round(time.Millisecond).String()}
	if resp != nil {
		fields["status"] = resp.StatusCode
		fields["request_id"] = secret.HarmlessID(resp.Header.Get(a.client.dialect.RequestID))
	}
	if err != nil {
		fields["error"] = secret.Scrub(err.Error())
		tflog.SubsystemWarn(ctx, a.client.dialect.Name, "call failed", fields)
		return
	}
	tflog.SubsystemDebug(ctx, a.client.dialect.Name, "call answered", fields)
}

// readWhole reads the body here, inside the attempt, so that an answer that breaks
// off counts as a failed attempt and not as a decoding problem later.
func readWhole(ctx context.Context, resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close()
	if err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	if len(body) > maxAnswer {
		return errTooLarge
	}
	if !budgetOf(ctx).take(len(body)) {
		return errBudget
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
