// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// retryable is the whole retry policy.
func (c *Client) retryable(op *Operation, resp *http.Response, err error) bool {
	busy := err == nil && resp.StatusCode == http.StatusTooManyRequests
	wait := time.Duration(0)
	if err == nil {
		wait = retryAfter(resp.Header, c.Now())
	}
	if busy && (c.quota(resp) || !c.mayWait(op, wait, wait > 0)) {
		return false
	}
	if op.Kind == Once || isFinal(err) {
		return false
	}
	if op.stop != nil && op.stop.Err() != nil {
		return false
	}
	if busy {
		return true
	}
	if op.trouble++; op.trouble >= maxTrouble {
		return false
	}
	again := false
	switch {
	case err != nil && op.Kind == Create:
		again = !op.sent
	case err != nil:
		again = true
	case op.Kind != Create:
		switch resp.StatusCode {
		case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			again = true
		}
	}
	if again {
		op.delay = max(backoff(op.trouble), min(wait, maxPause))
	}
	return again && (wait <= 0 || c.mayWait(op, wait, true))
}

// backoff is half a second, doubled each time, with up to a quarter of jitter.
func backoff(failures int) time.Duration {
	d := 500 * time.Millisecond << min(failures-1, 4)
	return d + jitter(d)
}

// jitter is up to a quarter of d.
func jitter(d time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(d)/4 + 1)) //nolint:gosec // spreads requests, keeps no secret
}

// retryAfter is how long the server asks to wait, 0 when it does not say; now is by
// the server's clock, because it may answer with a moment.
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return whole(ms / 1000)
	}
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 {
		return whole(seconds)
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// whole is that many seconds, at most a day: more is not waited for anyway.
func whole(seconds float64) time.Duration {
	return time.Duration(min(seconds, 24*60*60) * float64(time.Second))
}

// isFinal tells failures that a second try would only repeat.
func isFinal(err error) bool {
	return errors.Is(err, errStopped) || errors.Is(err, errRedirect) || errors.Is(err, errTooLarge) ||
		errors.Is(err, errBudget) || errors.Is(err, errBusy) ||
		errors.Is(err, context.Canceled) || isCertificate(err)
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &hostname)
}

func connectionHint(err error) string {
	switch {
	case isCertificate(err):
		return "The server's certificate is not trusted by this machine. Check base_url. Give the root certificate of a proxy or private host as ca_certificate in the provider block, or add it to the machine's certificate store."
	case errors.Is(err, errRedirect):
		return "Check base_url: requests are sent with the admin key and are not redirected to another place."
	case errors.Is(err, context.Canceled), errors.Is(err, errTooLarge), errors.Is(err, errBudget):
		return ""
	case errors.Is(err, errStopped):
		return "Nothing was sent. Apply again."
	default:
		return "Check that this machine reaches the API (network, proxy, base_url)."
	}
}

// quota tells a refusal that waiting does not cure from a busy server.
func (c *Client) quota(resp *http.Response) bool {
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return false
	}
	_, code, _, _ := c.dialect.Fields(body)
	return c.dialect.Quota(code)
}
