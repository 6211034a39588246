// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

func TestCheckBaseURL(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://api.openai.com/v1":       "",
		"https://api.openai.com/v1/":      "",
		"HTTPS://eu.api.openai.com":       "",
		"https://proxy.example.com:8443/": "",
		"http://127.0.0.1:8080/v1":        "",
		"http://127.9.9.9/v1":             "",
		"http://[::1]:8080":               "",
		"http://localhost:8080/v1":        "",
		"":                                "is empty",
		"api.openai.com/v1":               "is not a URL",
		"https://":                        "is not a URL",
		"https:///v1":                     "is not a URL",
		"https://:443/v1":                 "is not a URL",
		"https://a b/":                    "is not a URL",
		"://x":                            "is not a URL",
		"http://api.openai.com/v1":        "uses http to api.openai.com",
		"http://localhost.example.com":    "uses http to localhost.example.com",
		"http://10.0.0.1":                 "unencrypted",
		"http://0.0.0.0":                  "unencrypted",
		"ftp://api.openai.com":            "another scheme than https",
		"unix://host/socket":              "another scheme than https",
		"sk-admin-hunter2:443":            "is not a URL",
		"http://sk-admin-hunter2.example": "uses http to another machine",
		"sk-admin-hunter2://a.example":    "another scheme",
		"http://hunter2":                  "uses http to another machine",
		"https://me:hunter2@example.com":  "must not carry credentials",
		"https://sk-admin-x@example.com":  "must not carry credentials",
		"https://example.com/v1?a=b":      "query",
		"https://example.com/v1?":         "query",
		"https://example.com/v1#x":        "fragment",
		"https://example.com/v1#":         "fragment",
	} {
		err := api.CheckBaseURL(base)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", base, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: got %v, want %q", base, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "sk-admin")) {
			t.Errorf("the message repeats the credential: %v", err)
		}
	}
}

func TestCheckAdminKey(t *testing.T) {
	t.Parallel()
	const tail = "abcdefghijklmnop0123456789"
	for key, want := range map[string]string{
		"sk-admin-" + tail:                  "",
		" sk-admin-" + tail + "\n":          "",
		"some-proxy-token-" + tail:          "",
		"":                                  "is empty",
		" \n\t":                             "is empty",
		"sk-admin-" + tail + " " + tail:     "white space in the middle",
		"sk-admin-" + tail + "\nsk-" + tail: "white space in the middle",
		"sk-admin-" + tail + "\x00":         "a character that no key has",
		"sk-admin-" + tail + "\u200b":       "a character that no key has",
		"sk-admin-\u00a0" + tail:            "a character that no key has",
		`"sk-admin-` + tail + `"`:           "is in quotes",
		"'sk-admin-" + tail + "'":           "is in quotes",
		"sk-admin-" + tail + "`":            "is in quotes",
		"sk-proj-" + tail:                   "a project key of a user",
		"sk-svcacct-" + tail:                "a service account's key",
		"sk-None-" + tail:                   "old kind",
		// Private keys, which no server may see.
		"AGE-SECRET-KEY-1" + tail:                                                    "an age identity, which is a private key",
		"age-secret-key-1" + tail:                                                    "an age identity, which is a private key",
		"# mine\nAGE-SECRET-KEY-1" + tail:                                            "an age identity, which is a private key",
		strings.Repeat("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 2)[:58]:                   "an age identity without its prefix",
		"-----BEGIN OPENSSH PRIVATE KEY-----\n" + tail:                               "an SSH private key",
		"-----BEGIN EC PRIVATE KEY-----\n" + tail + "\n-----END EC PRIVATE KEY-----": "a private key",
	} {
		err := api.CheckAdminKey(secret.New(key))
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", key, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: got %v, want %q", key, err, want)
		}
		if err != nil && strings.Contains(err.Error(), tail) {
			t.Errorf("the message repeats the key: %v", err)
		}
		if err != nil && secret.Scrub(err.Error()) != err.Error() {
			t.Errorf("a part of the message looks like a secret, and is not shown: %v", err)
		}
	}
}

func TestNewChecks(t *testing.T) {
	t.Parallel()
	good := secret.New("sk-admin-fake-0123456789")
	for _, cfg := range []api.Config{
		{BaseURL: "http://example.com", AdminKey: good},
		{AdminKey: secret.New("")},
		{AdminKey: secret.New("sk-proj-0123456789")},
	} {
		if _, err := api.New(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
	client, err := api.New(api.Config{AdminKey: good})
	ok(t, err)
	if client.BaseURL() != api.DefaultBaseURL {
		t.Errorf("talks to %s", client.BaseURL())
	}
	client, err = api.New(api.Config{AdminKey: good, BaseURL: "https://example.com/v1//"})
	if err != nil || client.BaseURL() != "https://example.com/v1" {
		t.Errorf("talks to %s, %v", client.BaseURL(), err)
	}
}
