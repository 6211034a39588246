// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"maps"
	"net/url"
)

// errorFields reads the envelope of a refusal; its error may be a plain text, too.
func errorFields(body []byte) (kind, code, param, message string) {
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &outer) != nil || outer.Error == nil {
		return "", "", "", ""
	}
	var plain string
	if json.Unmarshal(outer.Error, &plain) == nil {
		return "", "", "", plain
	}
	var inner struct {
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
	}
	_ = json.Unmarshal(outer.Error, &inner) // as far as it goes
	if json.Unmarshal(inner.Code, &code) != nil {
		code = "" // a number, which repeats the status
	}
	return "", code, "", inner.Message
}

// cloned is a query to be added to.
func cloned(q url.Values) url.Values {
	out := url.Values{}
	maps.Copy(out, q)
	return out
}
