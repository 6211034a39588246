// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Foreign is the error for an answer about another object than was asked for. It is
// never asked again: whatever mixes answers up must be seen.
type Foreign struct{ Asked, Got string }

// Error implements error.
func (f *Foreign) Error() string {
	return fmt.Sprintf("it is about %s, not about %s", harmless(f.Got), f.Asked)
}

const foreignHint = "Something between this machine and the API mixes answers up, for example a caching gateway. Nothing in state was changed by this answer. Check the proxy and base_url, then try again."

const foreignUnmanaged = "Something between this machine and the API mixes answers up, for example a caching gateway. Check the proxy and base_url, then try again."

// SameID is a [Foreign] unless got is the id that was asked for; an answer without an
// id passes.
func SameID(asked, got string) error {
	if got == "" || got == asked {
		return nil
	}
	return &Foreign{Asked: asked, Got: got}
}

var title = pattern.Lazy(`(?is)<title[^>]*>(.*?)</title>`)

// stranger says what answered in the API's place, "" for an answer that may be the
// API's.
func stranger(header http.Header, body []byte) string {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	start := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))))
	if json.Valid(body) || kind != "text/html" && !bytes.HasPrefix(start, []byte("<!doctype html")) && !bytes.HasPrefix(start, []byte("<html")) {
		return ""
	}
	what := "HTML"
	if server := header.Get("Server"); server != "" {
		what += " from " + harmless(server)
	}
	if found := title().FindSubmatch(body); found != nil {
		what += ", titled " + harmless(string(found[1]))
	}
	return "this is not the API's answer (" + what + ")"
}

// harmless quotes a few words of a stranger.
func harmless(s string) string {
	s = secret.Scrub(strings.Join(strings.Fields(s), " "))
	if letters := []rune(s); len(letters) > 60 {
		s = string(letters[:60]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}

func (d Dialect) strangerHint() string {
	return "A proxy or gateway between this machine and the API answered in its place. Check the proxy (HTTPS_PROXY, NO_PROXY) and " + d.Name + ".base_url, then try again."
}

// notJSON says that an answer is not in the API's form, "" for JSON and for none.
func notJSON(header http.Header, body []byte) string {
	if len(bytes.TrimSpace(body)) == 0 || json.Valid(body) {
		return ""
	}
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return "the server's answer cannot be used: it is not JSON, its type is " + harmless(kind)
}

// notAPI is the error for a good status that came with something other than the API's
// answer, nil for what may be one.
func (k *call) notAPI(resp *http.Response, body []byte) error {
	why := stranger(resp.Header, body)
	if why == "" && !k.op.Ack {
		why = notJSON(resp.Header, body)
	}
	if why == "" {
		return nil
	}
	return &apierr.Error{
		Operation: k.op.Name, Status: resp.StatusCode, RequestID: secret.HarmlessID(resp.Header.Get(k.dialect.RequestID)),
		Message: why, Hint: k.dialect.strangerHint(), Outcome: k.outcome(), NotAPI: true,
	}
}
