// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Call runs one operation through a vendor's client and gives every failure the form
// of an [apierr.Error]. usable says what is wrong with an answer that decoded.
func Call[T any](ctx context.Context, c *Client, op *Operation, send func(context.Context) (*T, error), usable func(*T) error) (*T, error) {
	ctx = tflog.NewSubsystem(ctx, c.dialect.Name)
	op.busy = c.patience(ctx)
	if op.Kind == Create {
		op.stop = ctx
		ctx = context.WithoutCancel(ctx)
	}
	for try := 1; ; try++ {
		answer, err := send(withOperation(ctx, op))
		if err == nil {
			err = usable(answer)
		}
		if err == nil || op.Ack && isUnreadable(err) && op.status >= 200 && op.status < 300 {
			return answer, nil
		}
		if try >= maxUnreadable || !op.rereadable(err) || ctx.Err() != nil {
			return nil, unusable(ctx, op, err)
		}
		op.delay = backoff(try)
	}
}

// isUnreadable tells an answer that could not be decoded from a refusal, from trouble on
// the way, and from an answer about something else.
func isUnreadable(err error) bool {
	var foreign *Foreign
	_, failed := apierr.As(err)
	return !failed && !errors.As(err, &foreign)
}

// rereadable says whether a call may be sent again because its answer was no use: that
// is trouble like any other, except where sending again could do the thing twice.
func (op *Operation) rereadable(err error) bool {
	if op.attempts == 0 || op.Ack || op.Kind != Read && op.Kind != Update {
		return false
	}
	failed, ok := apierr.As(err)
	return isUnreadable(err) || ok && failed.NotAPI && failed.Status < http.StatusBadRequest
}

// unusable is the error for what a call came to in the end.
func unusable(ctx context.Context, op *Operation, err error) error {
	if _, ok := apierr.As(err); ok {
		return err
	}
	failed := &apierr.Error{
		Operation: op.Name, Status: op.status, Outcome: outcomeOf(op), Cause: err,
		Message: "the server's answer cannot be used: " + secret.Scrub(firstLine(err.Error())),
	}
	var foreign *Foreign
	if errors.As(err, &foreign) {
		failed.Hint, failed.Unmanaged = foreignHint, foreignUnmanaged
	}
	if op.attempts == 0 {
		failed.Outcome, failed.Message = apierr.NotSent, ""
	}
	if stopped := ctx.Err(); stopped != nil {
		failed.Message, failed.Cause = "", stopped // the answer is not to blame
	}
	return failed
}

// maxUnreadable is how often a call is sent whose answers cannot be read.
const maxUnreadable = 3

// Anything accepts every answer that decodes.
func Anything[T any](*T) error { return nil }

// outcomeOf is what is known of an operation that got no proper answer.
func outcomeOf(op *Operation) apierr.Outcome {
	if !op.sent {
		return apierr.NotSent
	}
	return apierr.Unknown
}

// Decode gives a refusal the form of an [apierr.Error], with its hint.
func (d Dialect) Decode(op *Operation, resp *http.Response, body []byte) *apierr.Error {
	e := &apierr.Error{
		Operation: op.Name,
		Status:    resp.StatusCode,
		RequestID: secret.HarmlessID(resp.Header.Get(d.RequestID)),
	}
	e.Type, e.Code, e.Param, e.Message = d.Fields(body)
	wordless := e.Message == "" && !strings.ContainsFunc(e.Code, unicode.IsLetter)
	if e.Message = firstLine(secret.Scrub(e.Message)); e.Message == "" {
		// Proxies answer with numbers that have no name.
		e.Message = "the server answered " + cmp.Or(http.StatusText(resp.StatusCode), strconv.Itoa(resp.StatusCode)) + " without saying why"
	}
	e.Type, e.Code, e.Param = word(e.Type), word(e.Code), word(e.Param)
	if op.Kind == Create && (resp.StatusCode == http.StatusRequestTimeout ||
		resp.StatusCode >= http.StatusInternalServerError || d.MayBeDone(op.Name, resp.StatusCode)) {
		e.Outcome = apierr.Unknown
	}
	e.Hint = d.Hint(e)
	if why := stranger(resp.Header, body); why != "" {
		e.Message, e.Hint, e.NotAPI = why, d.strangerHint(), true
	} else if wordless && deniedBySomebody(resp.StatusCode, body) {
		e.Hint = d.strangerHint() // whoever wrote this knows nothing of keys
	}
	if op.gaveUp != "" {
		e.Hint = op.gaveUp
	}
	return e
}

// deniedBySomebody tells a denial that says nothing in the API's form: of a 401 only
// where there is something else in its place.
func deniedBySomebody(status int, body []byte) bool {
	return status == http.StatusForbidden || status == http.StatusUnauthorized && len(bytes.TrimSpace(body)) > 0
}

// longestWord is longer than the codes and parameters of APIs.
const longestWord = 60

// word is a code or the name of a parameter, for messages: a server may send anything.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.:/[]() ", r) {
			return -1
		}
		return r
	}, secret.Scrub(s))
	if len(s) > longestWord {
		s = s[:longestWord] + "…"
	}
	return s
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…" // the cut may go through a letter
	}
	return s
}
