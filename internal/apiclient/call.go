// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Call runs one operation through a vendor's client and gives every failure the form
// of an [apierr.Error]. usable says what is wrong with an answer that decoded.
func Call[T any](ctx context.Context, c *Client, op *Operation, send func(context.Context) (*T, error), usable func(*T) string) (*T, error) {
	ctx = tflog.NewSubsystem(ctx, c.dialect.Name)
	if op.Kind == Create {
		op.stop = ctx
		ctx = context.WithoutCancel(ctx)
	}
	var answer *T
	var err error
	for try := 1; ; try++ {
		answer, err = send(withOperation(ctx, op))
		if err == nil {
			if why := usable(answer); why != "" {
				err = errors.New(why)
			}
		}
		if err == nil {
			return answer, nil
		}
		if _, ok := apierr.As(err); ok {
			return nil, err
		}
		// An answer that cannot be read is trouble like any other, except where sending
		// again could do the thing twice.
		if try >= maxUnreadable || op.attempts == 0 || op.Ack || ctx.Err() != nil || op.Kind != Read && op.Kind != Update {
			break
		}
		op.delay = backoff(try)
	}
	failed := &apierr.Error{
		Operation: op.Name, Status: op.status, Outcome: outcomeOf(op),
		Message: "the server's answer cannot be used: " + secret.Scrub(firstLine(err.Error())),
	}
	if op.attempts == 0 {
		failed.Outcome = apierr.NotSent
		failed.Message, failed.Cause = "", err
	}
	if stopped := ctx.Err(); stopped != nil {
		failed.Message, failed.Cause = "", stopped // the answer is not to blame
	}
	return nil, failed
}

// maxUnreadable is how often a call is sent whose answers cannot be read.
const maxUnreadable = 3

// Anything accepts every answer that decodes.
func Anything[T any](*T) string { return "" }

// outcomeOf is what is known of an operation that got no proper answer.
func outcomeOf(op *Operation) apierr.Outcome {
	if !op.sent {
		return apierr.NotSent
	}
	return apierr.Unknown
}

// Decode gives a refusal the form of an [apierr.Error], without its hint.
func (d Dialect) Decode(op *Operation, resp *http.Response, body []byte) *apierr.Error {
	e := &apierr.Error{
		Operation: op.Name,
		Status:    resp.StatusCode,
		RequestID: secret.HarmlessID(resp.Header.Get(d.RequestID)),
	}
	e.Type, e.Code, e.Param, e.Message = d.Fields(body)
	if e.Message = firstLine(secret.Scrub(e.Message)); e.Message == "" {
		// Proxies answer with numbers that have no name.
		e.Message = "the server answered " + cmp.Or(http.StatusText(resp.StatusCode), strconv.Itoa(resp.StatusCode)) + " without saying why"
	}
	e.Type, e.Code, e.Param = secret.Scrub(e.Type), secret.Scrub(e.Code), secret.Scrub(e.Param)
	if op.Kind == Create && (resp.StatusCode == http.StatusRequestTimeout ||
		resp.StatusCode >= http.StatusInternalServerError || d.MayBeDone(op.Name, resp.StatusCode)) {
		e.Outcome = apierr.Unknown
	}
	return e
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…" // the cut may go through a letter
	}
	return s
}
