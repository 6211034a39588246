// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// maxAnswer bounds what is read of one answer: a full page of keys is under 100 kB.
const maxAnswer = 8 << 20

var (
	errRedirect = errors.New("the server answered with a redirect that must not be followed")
	errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	errStopped  = errors.New("stopped before the request was sent")
)

// bodyError is the error of an [Operation.Body]: nothing was sent.
type bodyError struct{ error }

func (e *bodyError) Unwrap() error { return e.error }

// networkOf is what sends requests.
func networkOf(cfg Config) http.RoundTripper {
	if cfg.Transport != nil {
		return cfg.Transport
	}
	return trusting(cfg.RootCAs)
}

// trusting is the network; nil roots are the machine's own.
func trusting(roots *x509.CertPool) *http.Transport {
	network := cleanhttp.DefaultPooledTransport()
	if roots != nil {
		network.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return network
}

// checkRedirect follows only reads, and only within the origin: the credential must
// go nowhere else, and a write that moves is not the write that was asked for.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet || next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host || len(via) > 3 {
		return fmt.Errorf("%w (to %s://%s)", errRedirect, next.URL.Scheme, next.URL.Host)
	}
	return nil
}

// RoundTrip implements [http.RoundTripper]: it is one attempt of a call.
func (k *call) RoundTrip(req *http.Request) (*http.Response, error) {
	k.lost = k.sent && k.op.Kind != Read // before the turn, which may not come
	if err := k.turn(); err != nil {
		closeBody(req)
		return nil, err
	}
	defer k.pacer.land(k.op.Name)
	req, err := k.fill(req)
	if err != nil {
		return nil, err
	}
	// Asked after the wait, which may have been long: nothing new is created for a caller
	// that is gone, nor by a process that was asked to stop.
	if err := presence.MaySend(k.stop, k.op.Kind == Create); err != nil {
		closeBody(req)
		return nil, fmt.Errorf("%w: %w", errStopped, err)
	}
	resp, err := k.exchange(req)
	if err == nil {
		k.learn(resp)
	}
	return resp, err
}

// turn waits until the request may go.
func (k *call) turn() error {
	delay := k.delay
	k.delay = 0
	if err := k.clock.Sleep(k.stop, delay); err != nil {
		return fmt.Errorf("%w: %w", errStopped, err)
	}
	err := k.pacer.wait(k.stop, k.op.Name, k.limit())
	var tooLong *tooLongError
	switch {
	case errors.As(err, &tooLong):
		k.tooLong(tooLong)
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", errStopped, err)
	}
	return nil
}

// fill gives the request the body that is made at its turn, if the operation has one.
func (k *call) fill(req *http.Request) (*http.Request, error) {
	if k.op.Body == nil {
		return req, nil
	}
	closeBody(req)
	value, err := k.op.Body(k.Now())
	if err != nil {
		return nil, &bodyError{err}
	}
	body, err := json.Marshal(value)
	if err != nil {
		return nil, &bodyError{err}
	}
	filled := req.Clone(req.Context())
	filled.ContentLength = int64(len(body))
	filled.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	filled.Body, _ = filled.GetBody()
	return filled, nil
}

// exchange sends the request and reads the whole answer within bounds, so that one that
// breaks off counts as a failed attempt and not as a decoding problem later.
func (k *call) exchange(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	k.attempts++
	k.status, k.sentAt = 0, k.clock.Now()
	var left atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Without a connection nothing left this machine. Later hooks run beside us:
		// what they have not logged yet may have happened all the same.
		GotConn: func(httptrace.GotConnInfo) { left.Store(true) },
	})
	traced, cancel := context.WithTimeout(traced, k.attemptTimeout)
	defer cancel()
	sending := req.WithContext(traced)
	if k.op.Kind == Create {
		once(sending)
	}
	resp, err := k.network.RoundTrip(sending)
	if (left.Load() || resp != nil) && !isBusy(resp) {
		k.sent = true
	}
	if err == nil {
		k.status = resp.StatusCode
		arrived := k.clock.Now()
		var body []byte
		if body, err = readWhole(ctx, resp); err == nil && k.tellsTime(resp, body) {
			k.server.observe(resp.Header, arrived)
		}
	}
	k.log(ctx, resp, err)
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// once keeps Go's transport from sending a request again by itself, as it does over HTTP/2 when a
// stream was reset and the body can be had again, or is none.
func once(req *http.Request) {
	req.GetBody = nil
	if req.Body == nil || req.Body == http.NoBody {
		req.Body = io.NopCloser(bytes.NewReader(nil))
	}
}

// isBusy reports whether an answer surely did nothing but refuse.
func isBusy(resp *http.Response) bool {
	return resp != nil && resp.StatusCode == http.StatusTooManyRequests
}

// isTrouble reports whether an answer is that of a server in trouble, or of what stands before
// it: gateways have numbers of their own, such as 520 to 530.
func isTrouble(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode >= http.StatusInternalServerError
}

// tellsTime reports whether an answer's Date is the API's: what stands before it has a clock of
// its own.
func (k *call) tellsTime(resp *http.Response, body []byte) bool {
	if resp.StatusCode < http.StatusMultipleChoices {
		return stranger(resp.Header, body) == "" && notJSON(resp.Header, body) == ""
	}
	kind, code, _, message := k.dialect.Fields(body)
	return !isTrouble(resp) && kind+code+message != ""
}

// learn gives the pacer what an answer says of the server's limits.
func (k *call) learn(resp *http.Response) {
	asked := retryAfter(resp, k.Now())
	if isBusy(resp) {
		k.pacer.refused(k.op.Name, k.sentAt, asked)
		return
	}
	if asked > 0 && isTrouble(resp) { // which says nothing of its limits
		k.asked++
		k.pacer.hold(asked, backoff(k.asked))
		return
	}
	k.pacer.answered(k.op.Name)
	remaining, err := strconv.Atoi(resp.Header.Get("X-Ratelimit-Remaining-Requests"))
	if err != nil {
		return
	}
	reset, err := time.ParseDuration(resp.Header.Get("X-Ratelimit-Reset-Requests"))
	if err == nil {
		k.pacer.headroom(k.op.Name, remaining, reset)
	}
}

// log writes operation, outcome and time: never a body, a header value or a query.
func (k *call) log(ctx context.Context, resp *http.Response, err error) {
	took := k.clock.Now().Sub(k.sentAt).Round(time.Millisecond)
	fields := map[string]any{"operation": k.op.Name, "attempt": k.attempts, "took": took.String()}
	if resp != nil {
		fields["status"] = resp.StatusCode
		fields["request_id"] = secret.HarmlessID(resp.Header.Get(k.dialect.RequestID))
	}
	if err != nil {
		fields["error"] = secret.Scrub(err.Error())
		tflog.SubsystemWarn(ctx, k.dialect.Name, "call failed", fields)
		return
	}
	tflog.SubsystemDebug(ctx, k.dialect.Name, "call answered", fields)
}

func readWhole(ctx context.Context, resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, errTooLarge
	}
	if !budgetOf(ctx).take(len(body)) {
		return nil, errBudget
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
