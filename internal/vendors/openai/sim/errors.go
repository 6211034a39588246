// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"fmt"
	"net/http"
)

// problem is a refusal on its way to the wire. Empty param and code become null.
type problem struct {
	status  int
	typ     string
	message string
	param   string
	code    string
	allow   string // Allow header of a 405
}

const invalidRequest = "invalid_request_error"

func badRequest(param, format string, args ...any) *problem {
	return &problem{
		status: http.StatusBadRequest, typ: invalidRequest, param: param,
		message: fmt.Sprintf(format, args...),
	}
}

func notFound(what, id string) *problem {
	return &problem{
		status: http.StatusNotFound, typ: invalidRequest,
		message: fmt.Sprintf("The %s %s was not found", what, id),
	}
}

func projectNotFound(id string) *problem {
	p := notFound("project", id)
	p.code = "project_not_found"
	return p
}

func projectArchived(id string) *problem {
	return badRequest("", "The project %s is archived", id)
}

func conflict(format string, args ...any) *problem {
	return &problem{
		status: http.StatusConflict, typ: invalidRequest,
		message: fmt.Sprintf(format, args...),
	}
}

func badKey(secret string) *problem {
	message := "Incorrect API key provided: " + redactForeign(secret) +
		". Admin keys are found in the organization settings."
	if secret == "" {
		message = "No API key was provided: send one as a bearer token in the Authorization header."
	}
	return &problem{
		status: http.StatusUnauthorized, typ: invalidRequest,
		message: message, code: "invalid_api_key",
	}
}

func missingScope(scope string) *problem {
	return &problem{
		status: http.StatusForbidden, typ: invalidRequest, code: "missing_scope",
		message: "You have insufficient permissions for this operation. Missing scopes: " + scope +
			". Check the role in the organization and in the project, and the restrictions of the key.",
	}
}

func tooMany() *problem {
	return &problem{
		status: http.StatusTooManyRequests, typ: "rate_limit_error",
		message: "Too many management requests. Reduce the request rate and try again later.",
	}
}

func unknownURL(method, path string) *problem {
	return &problem{
		status: http.StatusNotFound, typ: invalidRequest, code: "unknown_url",
		message: fmt.Sprintf("Unknown request URL: %s %s", method, path),
	}
}

func notModelled(method, path string) *problem {
	return &problem{
		status: http.StatusNotImplemented, typ: "simulator_error", code: "not_modelled",
		message: fmt.Sprintf("The simulator has no %s %s", method, path),
	}
}

// byStatus is the answer of a fault that names nothing but a status.
func byStatus(status int, code string) *problem {
	p := &problem{status: status, typ: "server_error", code: code, message: "The server had an error while processing the request"}
	switch {
	case status == http.StatusTooManyRequests:
		p.typ, p.message = "rate_limit_error", tooMany().message
	case status == http.StatusServiceUnavailable:
		p.message = "The server is overloaded or not ready yet"
	case status < http.StatusInternalServerError:
		p.typ, p.message = invalidRequest, "The request was refused: "+http.StatusText(status)
	}
	return p
}
