// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"cmp"
	"net/http"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

const invalidRequest = "invalid_request_error"

// shape is a refusal on the wire, of an exchange as OAuth writes it. Empty param and code become null.
func shape(p simkit.Problem) any {
	if p.Type == oauthRefusal {
		return map[string]any{"error": p.Code, "error_description": p.Message}
	}
	e := wireErrorBody{Message: p.Message, Type: cmp.Or(p.Type, invalidRequest), Code: p.Code}
	if p.Param != "" {
		e.Param = &p.Param
	}
	return wireError{e}
}

func notFound(what, id string) *simkit.Problem {
	return simkit.Refused(http.StatusNotFound, "The %s %s was not found", what, id)
}

func projectNotFound(id string) *simkit.Problem {
	p := notFound("project", id)
	p.Code = "project_not_found"
	return p
}

func projectArchived(id string) *simkit.Problem {
	return simkit.BadRequest("", "The project %s is archived", id)
}

func badKey(secret string) *simkit.Problem {
	message := "Incorrect API key provided: " + redactForeign(secret) +
		". Admin keys are found in the organization settings."
	if secret == "" {
		message = "No API key was provided: send one as a bearer token in the Authorization header."
	}
	return &simkit.Problem{Status: http.StatusUnauthorized, Message: message, Code: "invalid_api_key"}
}

func missingScope(scope string) *simkit.Problem {
	return &simkit.Problem{
		Status: http.StatusForbidden, Code: "missing_scope",
		Message: "You have insufficient permissions for this operation. Missing scopes: " + scope +
			". Check the role in the organization and in the project, and the restrictions of the key.",
	}
}

func unknownURL(method, path string) *simkit.Problem {
	p := simkit.Refused(http.StatusNotFound, "Unknown request URL: %s %s", method, path)
	p.Code = "unknown_url"
	return p
}

// usual is the answer when nothing but a status is known.
func usual(status int, code string) *simkit.Problem {
	p := simkit.Refused(status, "The server had an error while processing the request")
	p.Type = "server_error"
	if code != "" {
		p.Code = code
	}
	switch {
	case status == http.StatusTooManyRequests:
		p.Type, p.Message = "rate_limit_error", "Too many management requests. Reduce the request rate and try again later."
	case status == http.StatusServiceUnavailable:
		p.Message = "The server is overloaded or not ready yet"
	case status < http.StatusInternalServerError:
		p.Type, p.Message = invalidRequest, "The request was refused: "+http.StatusText(status)
	}
	return p
}

// absent is the usual refusal of a request whose object is not there.
func absent(c *simkit.Call) *simkit.Problem {
	if k := recordOf(&call{Call: c}); k != nil {
		return notFound(k.noun, c.ObjectID())
	}
	if k := settingOf(&call{Call: c}); k != nil {
		return k.none()
	}
	switch id := c.ObjectID(); {
	case c.Path("key_id") != "":
		return notFound("admin API key", id)
	case c.Path("api_key_id") != "":
		return notFound("API key", id)
	case c.Path("service_account_id") != "":
		return notFound("service account", id)
	case id != "":
		return projectNotFound(id)
	}
	return nil
}
