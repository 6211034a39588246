// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// errorFields reads a refusal in each of its forms: an error with a message, a detail with
// an error or a text, and the framework's list of what is wrong. Its code repeats the
// status, and its param may be a secret.
func errorFields(body []byte) (kind, code, param, message string) {
	var outer struct {
		Error  json.RawMessage `json:"error"`
		Detail json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &outer) != nil {
		return "", "", "", ""
	}
	if outer.Error == nil {
		outer.Error = outer.Detail
	}
	var inner struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(outer.Error, &inner) // as far as it goes
	return inner.Type, "", "", unwrapped(wordsOf(outer.Error))
}

// wordsOf are the words in a part of a refusal.
func wordsOf(raw json.RawMessage) string {
	var text string
	var list []json.RawMessage
	var object map[string]json.RawMessage
	switch {
	case json.Unmarshal(raw, &text) == nil:
		return text
	case json.Unmarshal(raw, &list) == nil:
		var all []string
		for _, one := range list {
			all = append(all, wordsOf(one))
		}
		return strings.Join(all, ", ")
	case json.Unmarshal(raw, &object) == nil:
		for _, name := range []string{"message", "error", "msg", "detail"} {
			if words := wordsOf(object[name]); words != "" {
				if where := wordsOf(object["loc"]); where != "" {
					words = where + ": " + words
				}
				return words
			}
		}
	}
	return ""
}

var pythonError = pattern.Lazy(`(?s)^\{['"](?:error|message)['"]: (?:'(.*)'|"(.*)")\}$`)

// unwrapped takes a message out of the Python dictionary that it may be written in.
func unwrapped(message string) string {
	if parts := pythonError().FindStringSubmatch(message); parts != nil {
		return parts[1] + parts[2]
	}
	return message
}

// says reports whether a refusal with one of these statuses has all of these words.
func says(err error, words []string, statuses ...int) bool {
	failed, ok := apierr.As(err)
	if !ok {
		return false
	}
	for _, status := range statuses {
		if apierr.Status(err) != status {
			continue
		}
		for _, word := range words {
			if !strings.Contains(strings.ToLower(failed.Message), word) {
				return false
			}
		}
		return true
	}
	return false
}

// IsNotChosen reports whether the proxy wants to choose the secrets of keys itself.
func IsNotChosen(err error) bool {
	return says(err, []string{"custom", "key", "disabled"}, http.StatusForbidden, http.StatusBadRequest) ||
		says(err, []string{"must be auto-generated"}, http.StatusForbidden, http.StatusBadRequest)
}

// IsDenied reports whether an error says that the credential may not do this.
func IsDenied(err error) bool {
	status := apierr.Status(err)
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// IsAliasTaken reports whether another key has the alias.
func IsAliasTaken(err error) bool {
	return says(err, []string{"alias", "already exists"}, http.StatusBadRequest, http.StatusConflict)
}

// isNoCall reports whether a refusal is the one for a path that the proxy does not serve.
func isNoCall(err error) bool {
	failed, ok := apierr.As(err)
	return ok && apierr.IsNotFound(err) && failed.Type == "" && failed.Message == http.StatusText(http.StatusNotFound)
}

// IsAliasRefused reports whether the proxy allows no such alias.
func IsAliasRefused(err error) bool {
	return says(err, []string{"alias"}, http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity) && !IsAliasTaken(err)
}

// IsRefused reports whether the proxy refuses what was asked for, by a rule of its operator.
func IsRefused(err error) bool {
	return says(err, nil, http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity) && !isExpired(err) && !isTrouble(err)
}

// IsOverCeiling reports whether a value is above the operator's ceiling, which allows others.
func IsOverCeiling(err error) bool {
	return says(err, []string{"over max limit"}, http.StatusBadRequest)
}

// IsUpdateRefused reports whether an update was answered, and surely changed nothing.
func IsUpdateRefused(err error) bool {
	failed, ok := apierr.As(err)
	return ok && failed.Operation == opUpdateKey && !apierr.MayBeDone(err) && !isTrouble(err)
}

// isTrouble reports whether the proxy could not do what was asked for, whatever the status: an update gives every error
// that is no refusal, such as a database that is away, the status and the words of a failed authentication.
func isTrouble(err error) bool {
	failed, ok := apierr.As(err)
	return ok && (failed.Type == "no_db_connection" || failed.Type == "budget_exceeded" || strings.HasPrefix(strings.ToLower(failed.Message), "authentication error,"))
}

// asMissing gives a 401 to a change of a key that is not in the database the status that it stands for: only its text
// tells it from one about the credential.
func asMissing(err error) error {
	if !says(err, []string{"key does not exist in db"}, http.StatusUnauthorized) {
		return err
	}
	return apierr.With(err, func(e *apierr.Error) { e.Status, e.Hint = http.StatusNotFound, "" })
}

// isExpired reports whether the credential has expired, which is 400 in most versions.
func isExpired(err error) bool {
	return says(err, []string{"expired key"}, http.StatusBadRequest, http.StatusUnauthorized)
}

// isUnlicensed recognizes the refusal of what needs a license, which has the status 500.
func isUnlicensed(message string) bool {
	words := strings.ToLower(message)
	return strings.Contains(words, "litellm enterprise") || strings.Contains(words, "premium user")
}

var quotedNames = pattern.Lazy(`\['[a-z_', ]+'\]`)

// unlicensed are the arguments that such a refusal names.
func unlicensed(message string) string {
	names := strings.NewReplacer("[", "", "]", "", "'", "").Replace(quotedNames().FindString(message))
	return cmp.Or(names, "the argument that its message names")
}

// hint is what the user should do about an error, "" when the message says enough.
func (c *Client) hint(e *apierr.Error) string {
	words := strings.ToLower(e.Message)
	switch {
	case isExpired(e):
		return "The key that the provider works with has expired: give another one as litellm.api_key or in LITELLM_API_KEY."
	case strings.Contains(words, "premium") || strings.Contains(words, "enterprise"):
		return "The proxy needs a LiteLLM Enterprise license for this: leave out " + unlicensed(e.Message) + "."
	case strings.Contains(words, "database not connected") || strings.Contains(words, "not connected to db") || e.Type == "no_db_connection":
		return "The proxy has no database at the moment, without which it knows no keys. Only its operator can repair this; nothing in state was changed."
	case e.Operation == opListTeams && strings.Contains(words, "only admin"):
		return "The key that the provider works with may not list teams, so it finds none by its name: give the id of the team. Or work with the master key or a virtual key of a proxy admin."
	case e.Status == http.StatusUnauthorized:
		return "This proxy does not know the key that the provider works with. Check litellm.base_url and litellm.api_key (LITELLM_API_KEY): the master key, or a virtual key of a proxy admin, or of an admin of the team."
	case e.Status == http.StatusForbidden && e.Operation != opCreateKey && e.Operation != opUpdateKey && c.read.Load():
		return "The proxy knows the provider's own key, which this run has read keys with. It may not make this call: check its role and its allowed_routes, or ask the operator of the proxy."
	case e.Status == http.StatusForbidden && e.Operation != opCreateKey && e.Operation != opUpdateKey:
		return "Managing keys needs the master key, or a virtual key of a proxy admin, or of an admin of the team, whose allowed_routes include the management routes. A key for inference manages nothing. Give it as litellm.api_key or in LITELLM_API_KEY."
	case e.Status == http.StatusForbidden:
		return "A rule of the proxy's operator refuses this, or the key that the provider works with may not do it: change what the message names, or ask the operator."
	case e.Status == http.StatusNotFound && (e.Operation == opListKeys || e.Operation == opCreateKey):
		return "No key management answers at this address. Check litellm.base_url: it needs the path that the proxy is served under, and nothing after it such as /v1."
	case e.Operation == opCreateKey && strings.Contains(words, "team") && strings.Contains(words, "exist"):
		return "Check team_id: it is the id of a team of this proxy, not its name."
	case IsAliasRefused(e) && strings.Contains(words, "invalid key_alias"):
		return "Choose another name, or ask the operator of the proxy which aliases it allows (key_alias_pattern)."
	case IsOverCeiling(e):
		return "The operator of the proxy has set a ceiling (upperbound_key_generate_params): stay within it."
	case e.Status == http.StatusTooManyRequests:
		return "The proxy stayed busy for the whole of litellm.busy_timeout. Try again later, raise busy_timeout, or set litellm.requests_per_minute."
	}
	return ""
}
