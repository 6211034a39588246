// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package issuer signs the tokens of workloads in tests, as an OIDC issuer does.
package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
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
