// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
)

var (
	errEmpty = errors.New("it is empty")
	// errSilent is errEmpty for a change, which has most likely been carried out: see [Settled].
	errSilent = errors.New("it is empty")
)

// Request is one call of a client without a library of its vendor's. Where
// [Operation.Body] is set, it is made when the request has its turn.
type Request struct {
	Operation
	Method string
	// Path is what follows [Config.BaseURL], its elements escaped: see [Path].
	Path  string
	Query url.Values
}

// Path is the path of these elements, each escaped: an id may hold anything.
func Path(elements ...string) string {
	path := ""
	for _, one := range elements {
		path += "/" + url.PathEscape(one)
	}
	return path
}

// JSON sends a request by [Call] and decodes the answer; usable says what is wrong with one
// that decoded. An empty answer is nil where a good status is the whole answer, and else
// one that cannot be used.
func JSON[T any](ctx context.Context, c *Client, r Request, usable func(*T) error) (*T, error) {
	answer, err := c.json(ctx, r, func() any { return new(T) }, func(answer any) error { return usable(as[*T](answer)) })
	return as[*T](answer), err
}

// json gives the answer in a value that empty made, nil where there is none.
func (c *Client) json(ctx context.Context, r Request, empty func() any, usable func(any) error) (any, error) {
	return c.call(ctx, r.Operation, func(ctx context.Context, via Doer) (any, error) {
		req, err := c.request(ctx, r)
		if err != nil {
			return nil, err
		}
		resp, err := via.Do(req)
		if err != nil {
			return nil, err
		}
		defer func() { _ = resp.Body.Close() }()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(data)) == 0 {
			return nil, nil // the status was the answer
		}
		out := empty()
		if err := json.Unmarshal(data, out); err != nil {
			return nil, err
		}
		return out, nil
	}, usable)
}

// request is a request without its body, which is made at its turn.
func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	address := c.base + r.Path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.userAgent != "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	if c.dialect.Authorize != nil {
		c.dialect.Authorize(req.Header, c.credential.Reveal())
	}
	return req, nil
}
