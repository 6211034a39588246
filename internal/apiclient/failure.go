// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// broken is the error for a request that got no answer, or none that may be read.
func (k *call) broken(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // its text has the address, which may come from the server
	}
	var unbuilt *bodyError
	if errors.As(err, &unbuilt) {
		return unbuilt
	}
	failed := &apierr.Error{
		Operation: k.op.Name, Outcome: k.outcome(), Cause: err,
		Message: firstLine(secret.Scrub(err.Error())), Hint: k.dialect.connectionHint(err),
	}
	switch {
	case errors.Is(err, errRedirect):
		failed.Outcome = apierr.Refused
	case errors.Is(err, errBusy):
		failed.Status, failed.Hint, failed.Outcome = k.status, k.gaveUp, apierr.Refused
		if k.attempts == 0 {
			failed.Outcome = apierr.NotSent
		}
	}
	return failed
}

// failure is the error for what a call came to in the end.
func (k *call) failure(ctx context.Context, err error) error {
	var unbuilt *bodyError
	if errors.As(err, &unbuilt) {
		return unbuilt.error
	}
	if failed, ok := apierr.As(err); ok {
		failed.Sent, failed.Lost, failed.Read = k.sentAt, k.lost, k.op.Kind == Read
		k.pathless(failed)
		return err
	}
	failed := &apierr.Error{
		Operation: k.op.Name, Status: k.status, Outcome: k.outcome(), Cause: err, Sent: k.sentAt, Lost: k.lost, Read: k.op.Kind == Read,
		Message: "the server's answer cannot be used: " + firstLine(secret.Scrub(unreadable(err))),
	}
	var foreign *Foreign
	if errors.As(err, &foreign) {
		failed.Hint, failed.Unmanaged = foreignHint, foreignUnmanaged
	}
	if k.attempts == 0 {
		failed.Outcome, failed.Message = apierr.NotSent, ""
	}
	if stopped := ctx.Err(); stopped != nil {
		failed.Message, failed.Cause = "", stopped // the answer is not to blame
	}
	return failed
}

// unreadable is why an answer cannot be used, without a decoder's words for it.
func unreadable(err error) string {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err.Error()
	}
	value, _, _ := strings.Cut(wrong.Value, " ") // a number follows with its digits
	if wrong.Field == "" {
		return "it is of another type than documented (" + value + ")"
	}
	return "its field " + wrong.Field + " is of another type than documented (" + value + ")"
}

// outcome is what is known of a call that got no proper answer.
func (k *call) outcome() apierr.Outcome {
	if !k.sent {
		return apierr.NotSent
	}
	return apierr.Unknown
}

func (d Dialect) connectionHint(err error) string {
	switch {
	case isCertificate(err):
		return "The server's certificate is not trusted by this machine. Check base_url. Give the root certificate of a proxy or private host as ca_certificate in the provider block, or add it to the machine's certificate store."
	case errors.Is(err, errRedirect):
		return "Check base_url: requests are sent with " + d.Credential + " and are not redirected to another place."
	case errors.Is(err, context.Canceled), errors.Is(err, errTooLarge), errors.Is(err, errBudget):
		return ""
	case errors.Is(err, errStopped):
		return "Nothing was sent. Apply again."
	default:
		return "Check that this machine reaches the API (network, proxy, base_url)."
	}
}

// pathless completes the hint of an error that may come from an address without its path.
func (k *call) pathless(failed *apierr.Error) {
	end := k.dialect.Path
	if end == "" || failed.Status != http.StatusNotFound && !failed.NotAPI || strings.HasSuffix(k.base, end) {
		return
	}
	hint := fmt.Sprintf("%s.base_url does not end with %s, as the address of the API does: most likely its path is missing.", k.dialect.Name, end)
	failed.Hint = strings.TrimSpace(hint + " " + failed.Hint)
	if failed.Unmanaged != "" {
		failed.Unmanaged = hint + " " + failed.Unmanaged
	}
}

// Decode gives a refusal the form of an [apierr.Error], with its hint.
func (d Dialect) Decode(op Operation, resp *http.Response, body []byte) *apierr.Error {
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
	e.Undone = d.Refuses != nil && d.Refuses(e.Message)
	if op.Kind == Create && !e.Undone && (resp.StatusCode == http.StatusRequestTimeout ||
		resp.StatusCode >= http.StatusInternalServerError || d.MayBeDone != nil && d.MayBeDone(op.Name, resp.StatusCode)) {
		e.Outcome = apierr.Unknown
	}
	e.Hint = d.Hint(e)
	why := stranger(resp.Header, body)
	if why == "" && resp.StatusCode == http.StatusNotFound {
		why = notJSON(resp.Header, body) // such as a gateway without a route
	}
	if why != "" {
		e.Message, e.Hint, e.NotAPI = why, d.strangerHint(), true
	} else if wordless && deniedBySomebody(resp.StatusCode, body) {
		e.Hint = d.strangerHint() // whoever wrote this knows nothing of keys
	}
	return e
}

// deniedBySomebody recognizes a denial that says nothing in the API's form: of a 401 only
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
