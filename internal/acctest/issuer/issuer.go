// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package issuer signs the tokens of workloads in tests, as an OIDC issuer does.
package issuer

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Issuer has one key, made for this test.
type Issuer struct {
	t   testing.TB
	URL string
	kid string
	key *ecdsa.PrivateKey
}

// New is an issuer whose tokens name it by url; nothing is served there.
func New(t testing.TB, url, kid string) *Issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Issuer{t, url, kid, key}
}

// Serve is an issuer with a discovery document on a loopback address.
func Serve(t testing.TB, kid string) *Issuer {
	t.Helper()
	i := New(t, "", kid)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.URL = server.URL
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(i.KeySet()) })
	return i
}

// KeySet is the public key as a JSON key set.
func (i *Issuer) KeySet() []byte {
	i.t.Helper()
	out, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: i.kid, Algorithm: string(jose.ES256), Use: "sig"}}})
	if err != nil {
		i.t.Fatal(err)
	}
	return out
}

// Token is a signed token of these claims, with iss, iat and exp beside them unless they are
// given; nil leaves one out.
func (i *Issuer) Token(now time.Time, life time.Duration, claims map[string]any) string {
	i.t.Helper()
	all := map[string]any{"iss": i.URL, "iat": now.Unix(), "exp": now.Add(life).Unix()}
	for name, value := range claims {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: i.kid}}, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(all).Serialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return token
}

// Exchange gives a workload's token for access at an endpoint, as RFC 8693 has it.
func Exchange(ctx context.Context, endpoint, provider, account, token string) (access string, err error) {
	body, err := json.Marshal(map[string]string{ //nolint:gosec // names of kinds, no credential
		"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
		"subject_token": token, "identity_provider_id": provider, "service_account_id": account,
	})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var out struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		return "", err
	}
	if out.AccessToken == "" {
		return "", fmt.Errorf("the exchange is refused: %d %s", answer.StatusCode, out.Error)
	}
	return out.AccessToken, nil
}
