// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// PublishKeys gives the key set, as JSON, that discovery at an issuer finds. Without it
// discovery is real, but to loopback addresses only.
func (s *Server) PublishKeys(issuer string, keySet []byte) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keySet, &set); err != nil {
		panic("openaisim: no key set: " + err.Error())
	}
	s.Lock()
	defer s.Unlock()
	if s.store.published == nil {
		s.store.published = map[string]jose.JSONWebKeySet{}
	}
	s.store.published[strings.TrimSuffix(issuer, "/")] = set
}

// keysOf are the keys that a provider trusts: uploaded, or found by discovery.
func (s *Server) keysOf(ctx context.Context, provider *record) (set jose.JSONWebKeySet, err error) {
	how, _ := provider.fields["verification"].(map[string]any)
	if how["type"] == "uploaded_jwks" {
		raw, err := json.Marshal(how["jwks"])
		if err != nil {
			return set, err
		}
		return set, json.Unmarshal(raw, &set)
	}
	issuer := strings.TrimSuffix(textOf(provider.fields["issuer"]), "/")
	if set, ok := s.store.published[issuer]; ok {
		return set, nil
	}
	at := textOf(how["discovery_url"])
	if at == "" {
		at = issuer + "/.well-known/openid-configuration"
	}
	var document struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := fetch(ctx, at, &document); err != nil {
		return set, err
	}
	if strings.TrimSuffix(document.Issuer, "/") != issuer {
		return set, errors.New("the discovery document is another issuer's")
	}
	return set, fetch(ctx, document.JWKSURI, &set)
}

// fetch reads JSON from a loopback address.
func fetch(ctx context.Context, address string, into any) error {
	at, err := url.Parse(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(at.Hostname()); at.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("the simulator reads from loopback addresses only, not from %s", at.Hostname())
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d", address, answer.StatusCode)
	}
	return json.Unmarshal(body, into)
}
