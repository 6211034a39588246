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
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// event is what an attempt came to, as far as the policy asks.
type event int

const (
	settled event = iota // nothing that a second try would change
	busy                 // the server takes no more for now, or asks to wait
	trouble              // no answer, or one of a server in trouble
	useless              // a good answer that cannot be used
)

const (
	// maxTrouble is how often a request is tried while anything but a busy server is in its way.
	maxTrouble = 5
	// maxUseless is how often a call is sent whose answers cannot be used.
	maxUseless = 3
)

// again is the whole retry policy: whether a call is sent again after what happened.
// asked is how long the server asked to wait, 0 where it did not.
//
//	             read, update            create
//	settled      no                      no
//	busy         until the busy timeout  until the busy timeout
//	trouble      five tries              five tries, if no attempt left this machine
//	useless      three tries             no
func (k *call) again(what event, asked time.Duration) bool {
	switch {
	case what == settled, what == busy && !k.mayWait(asked):
		return false
	case k.op.Kind == Create && k.stop.Err() != nil:
		return false
	case what == busy:
		return true // the pacer, which knows of it, gives the next turn
	case k.op.Kind == Create && (k.sent || what == useless):
		return false // it may have been done
	case what == useless:
		k.useless++
		k.delay = backoff(k.useless)
		return k.useless < maxUseless && k.inTime(k.delay)
	default:
		k.trouble++
		k.delay = backoff(k.trouble)
		return k.trouble < maxTrouble && k.inTime(k.delay)
	}
}

// happened sorts what an attempt came to.
func (k *call) happened(resp *http.Response, err error) event {
	switch {
	case err != nil && isFinal(err):
		return settled
	case err != nil:
		return trouble
	case isBusy(resp) && k.quota(resp):
		return settled
	case isBusy(resp):
		return busy
	case !isTrouble(resp), k.refuses(resp):
		return settled
	case k.op.Kind != Create && retryAfter(resp, k.Now()) > 0: // such as a 503 for maintenance
		return busy
	}
	return trouble
}

// quota distinguishes a refusal that waiting does not cure from a busy server.
func (k *call) quota(resp *http.Response) bool {
	if k.dialect.Quota == nil {
		return false
	}
	code, _ := k.peek(resp)
	return k.dialect.Quota(code)
}

// refuses distinguishes a refusal with the status of a server in trouble from trouble.
func (k *call) refuses(resp *http.Response) bool {
	if k.dialect.Refuses == nil {
		return false
	}
	_, message := k.peek(resp)
	return k.dialect.Refuses(message)
}

// peek reads what an answer says, which can be read again.
func (k *call) peek(resp *http.Response) (code, message string) {
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return "", ""
	}
	_, code, _, message = k.dialect.Fields(body)
	return code, message
}

// unusable sorts what became of a call above its attempts: useless is a good answer that
// could not be read, or that somebody else gave.
func (k *call) unusable(err error) event {
	if errors.Is(err, errSilent) {
		return settled // whoever sent the change looks
	}
	failed, ok := apierr.As(err)
	if k.attempts > 0 && !k.op.Ack && (isUnreadable(err) || ok && failed.NotAPI && failed.Status < http.StatusBadRequest) {
		return useless
	}
	return settled
}

// isUnreadable distinguishes an answer that could not be decoded from a refusal, from trouble on
// the way, from an answer about something else, and from a body that was not made.
func isUnreadable(err error) bool {
	var foreign *Foreign
	var unbuilt *bodyError
	_, failed := apierr.As(err)
	return !failed && !errors.As(err, &foreign) && !errors.As(err, &unbuilt)
}

// acknowledged says that a good status has done, whatever is wrong with the answer.
func (k *call) acknowledged(err error) bool {
	return k.op.Ack && isUnreadable(err) && k.status >= 200 && k.status < 300
}

// isFinal recognizes failures that a second try would only repeat.
func isFinal(err error) bool {
	var unbuilt *bodyError
	return errors.Is(err, errStopped) || errors.Is(err, errRedirect) || errors.Is(err, errTooLarge) ||
		errors.Is(err, errBudget) || errors.Is(err, errBusy) || errors.As(err, &unbuilt) ||
		errors.Is(err, context.Canceled) || isCertificate(err)
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &hostname)
}

// mayWait notes a refusal and says whether a wait from now, which the server may have
// asked for, ends within the call's patience.
func (k *call) mayWait(asked time.Duration) bool {
	now := k.clock.Now()
	if k.refused.IsZero() {
		k.refused = now
	}
	end := k.refused.Add(k.patience)
	if now.Before(end) && !now.Add(asked).After(end) && asked <= clock.Left(k.stop) {
		return true
	}
	if asked > 0 {
		what, raise := k.bound()
		k.gaveUp = fmt.Sprintf("The server asks to wait %s (Retry-After), which is longer than the rest of %s. %s", seconds(asked), what, later(raise))
	} else {
		k.gaveUp = k.stayedBusy("The server was still busy at")
	}
	return false
}

// inTime says whether a wait from now ends before the caller's deadline, and before a busy
// server is given up, if it was busy at all.
func (k *call) inTime(wait time.Duration) bool {
	return wait <= k.limit().rest(k.stop, k.clock.Now(), false)
}

// limit is how long the call waits for its turn.
func (k *call) limit() limit {
	if k.refused.IsZero() {
		return limit{patience: k.patience}
	}
	return limit{until: k.refused.Add(k.patience)}
}

// tooLong says what to do about a turn that comes too late.
func (k *call) tooLong(wait *tooLongError) {
	what, raise := k.bound()
	nothing := ""
	if k.attempts == 0 {
		nothing = "Nothing was sent. "
	}
	switch {
	case !wait.asked:
		k.gaveUp = k.stayedBusy("The server is busy, and the next try, in " + seconds(wait.left) + ", would be after")
	case k.refused.IsZero():
		k.gaveUp = fmt.Sprintf("The server asks all clients to wait %s (Retry-After to another request), which is longer than %s. %s%s", seconds(wait.left), what, nothing, later(raise))
	default:
		k.gaveUp = fmt.Sprintf("The server asks all clients to wait %s (Retry-After to another request), which is longer than the rest of %s. %s", seconds(wait.left), what, later(raise))
	}
}

func (k *call) stayedBusy(until string) string {
	what, raise := k.bound()
	if raise != "" {
		raise += ", "
	}
	return fmt.Sprintf("%s the end of %s. Another client may be using up the organization's limit: try again later, %sor set %s.requests_per_minute.", until, what, raise, k.dialect.Name)
}

// bound is what bounds the wait, with its value, and how to raise it, "" where that is not possible.
func (k *call) bound() (what, raise string) {
	most, deadline := span.Format(k.patience), clock.Left(k.stop)
	switch {
	case deadline < k.limit().rest(context.Background(), k.clock.Now(), true):
		return "the time for this step (" + seconds(deadline) + " left)", ""
	case k.patience > k.busy:
		return "the " + most + " that a revocation or a look after a lost answer may wait", "raise busy_timeout above " + most
	case k.patience < k.busy:
		return "the " + most + " that a look for a warning may wait", ""
	}
	return fmt.Sprintf("%s.busy_timeout (%s, counted from a call's first refusal)", k.dialect.Name, most), "raise busy_timeout"
}

// later advises to try again, and how to wait longer.
func later(raise string) string {
	if raise == "" {
		return "Try again later."
	}
	return "Try again later, or " + raise + "."
}

// seconds is a wait as text, rounded up.
func seconds(d time.Duration) string { return span.Format(max(d, 0) + time.Second - 1) }

// backoff is half a second, doubled each time, with up to a quarter of jitter.
func backoff(failures int) time.Duration {
	d := 500 * time.Millisecond << min(failures-1, 4)
	return d + jitter(d)
}

// jitter is up to a quarter of d.
func jitter(d time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(d)/4 + 1)) //nolint:gosec // spreads requests, keeps no secret
}

// retryAfter is how long the server asks to wait, 0 when it does not say. A moment is meant by
// the clock of who answers: now, by the API's, is for answers without a Date.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	if resp == nil {
		return 0
	}
	if ms := number(resp.Header.Get("Retry-After-Ms")); ms > 0 {
		return whole(ms / 1000)
	}
	text := resp.Header.Get("Retry-After")
	if seconds := number(text); seconds > 0 {
		return whole(seconds)
	}
	if date, ok := dateOf(resp.Header, now); ok {
		now = date
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return whole(at.Sub(now).Seconds())
	}
	return 0
}

// number is a number as it is written in digits, 0 for any other text: Infinity is no wait.
func number(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789.") != "" {
		return 0
	}
	return n
}

// whole is that many seconds, at most a day: more is not waited for anyway.
func whole(seconds float64) time.Duration {
	return time.Duration(min(seconds, 24*60*60) * float64(time.Second))
}
