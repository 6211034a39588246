// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

func TestIsPlaceholder(t *testing.T) {
	t.Parallel()
	const p = secret.Placeholder
	for _, text := range []string{p, p + "\n", "\r\n " + p + "\t", "\ufeff" + p, "\u00a0" + p + "\u200b"} {
		if !secret.IsPlaceholder(text) {
			t.Errorf("%q is not recognised", text)
		}
	}
	for _, text := range []string{"", "sk-admin-fake", p[1:], p + p, "\"" + p + "\"", "Bearer " + p, strings.ToUpper(p)} {
		if secret.IsPlaceholder(text) {
			t.Errorf("%q is taken for it", text)
		}
	}
}

// wrapped are texts that hold the placeholder.
func wrapped(t *testing.T) map[string]string {
	t.Helper()
	const p = secret.Placeholder
	std, document := base64.StdEncoding.EncodeToString, map[string]string{"api_key": p}
	encoded, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	broken := std([]byte("key=" + p))
	return map[string]string{
		"prefix": "Bearer " + p, "suffix": p + "-2", "prefix without blank": "sk-admin-" + p, "quotes": "\"" + p + "\"", "twice": p + p,
		"lines": "# key\n" + p + "\nmore", "upper case": strings.ToUpper(p), "title case": "Orgkeys-Placeholder-Not-A-Secret",
		"other separators": strings.ReplaceAll(p, "-", "_"), "cut": p[:len(p)-8], "broken": p[:12] + "\n" + p[12:],
		"JSON": string(encoded), "JSON in JSON": strings.ReplaceAll(string(encoded), "\"", "\\\""), "an environment file": "OPENAI_ADMIN_KEY=" + p + "\r\n",
		"base64": std([]byte(p)), "base64 of JSON": std(encoded), "base64 of a header": "Basic " + std([]byte("x:"+p)), "base64 twice": std([]byte(std([]byte(p)))),
		"base64 without padding": base64.RawURLEncoding.EncodeToString([]byte("a" + p)), "base64 in lines": broken[:20] + "\n" + broken[20:],
		"hex": hex.EncodeToString([]byte(p)), "URL": url.QueryEscape("Bearer " + strings.ReplaceAll(p, "-", "%2D")), "in a URL": "https://" + p + "@example.com/",
		"age identity": "AGE-SECRET-KEY-1" + p, "PEM": "-----BEGIN OPENSSH PRIVATE KEY-----\n" + p + "\n-----END OPENSSH PRIVATE KEY-----",
	}
}

func TestCheckPlaceholder(t *testing.T) {
	t.Parallel()
	for name, text := range wrapped(t) {
		if err := secret.CheckPlaceholder(text); err == nil || !strings.Contains(err.Error(), "orgkeys_unsealed") {
			t.Errorf("%s: %v", name, err)
		}
		if err := secret.CheckCredential(text); err == nil || strings.Contains(err.Error(), "Bearer") {
			t.Errorf("%s as credential: %v", name, err)
		}
		if secret.IsPlaceholder(text) {
			t.Errorf("%s is taken for the placeholder alone", name)
		}
	}
	for _, text := range []string{"", "sk-admin-fake-0123456789", "orgkeys", "placeholder", "a placeholder of orgkeys", base64.StdEncoding.EncodeToString([]byte("sk-admin-fake-0123456789"))} {
		if err := secret.CheckPlaceholder(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := secret.CheckPlaceholder(" " + secret.Placeholder); err == nil || !strings.Contains(err.Error(), "is the placeholder") {
		t.Errorf("the placeholder alone: %v", err)
	}
}
