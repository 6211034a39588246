// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// A gateway's token has no shape of its own: only the exact text gives it away.
const token = `gw_Fake/token+9=~with"odd<chars>`

func TestScrubKnowsExactSecrets(t *testing.T) {
	t.Parallel()
	secret.New(token)
	quoted, _ := json.Marshal(token)
	std := base64.StdEncoding.EncodeToString([]byte(token))
	for name, encoded := range map[string]string{
		"plain":           token,
		"upper case":      strings.ToUpper(token),
		"query":           url.QueryEscape(token),
		"path":            url.PathEscape(token),
		"lower hex":       "gw_Fake%2ftoken%2b9%3d~with%22odd%3cchars%3e",
		"all of it":       "gw%5FFake%2Ftoken%2B9%3D%7Ewith%22odd%3Cchars%3E",
		"twice":           url.QueryEscape(url.QueryEscape(token)),
		"JSON in a URL":   url.QueryEscape(string(quoted)),
		"HTML":            html.EscapeString(token),
		"JSON":            string(quoted),
		"Go":              fmt.Sprintf("%q", token),
		"hex":             hex.EncodeToString([]byte(token)),
		"base64":          base64.StdEncoding.EncodeToString([]byte(token)),
		"base64 raw":      base64.RawStdEncoding.EncodeToString([]byte(token)),
		"base64 URL":      base64.URLEncoding.EncodeToString([]byte(token)),
		"base64 raw URL":  base64.RawURLEncoding.EncodeToString([]byte(token)),
		"basic auth":      base64.StdEncoding.EncodeToString([]byte("u:" + token)),
		"basic auth two":  base64.StdEncoding.EncodeToString([]byte("user:" + token + ":x")),
		"basic auth nil":  base64.StdEncoding.EncodeToString([]byte("me:" + token)),
		"base64 in lines": std[:20] + "\n" + std[20:],
		"base64, Windows": std[:20] + "\r\n  " + std[20:],
		"base64, Python":  std[:20] + `\n` + std[20:] + `\n`,
		"in a JSON text":  std[:20] + `\\n` + std[20:],
		"base64 in a URL": url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(token))),
	} {
		for _, around := range []string{"%s", "bad key %s.", "key_%s", `line\n%s`, "Bearer%%20%s", "%[1]s%[1]s", "x%sx"} {
			text := fmt.Sprintf(around, encoded)
			got := secret.Scrub(text)
			if !strings.Contains(got, "(redacted)") || leaves(got, encoded) {
				t.Errorf("%s: Scrub left too much of %q", name, got)
			}
		}
	}
}

// leaves reports whether got still holds eight characters in a row of the middle of a secret.
func leaves(got, encoded string) bool {
	for i := 8; i+16 <= len(encoded); i++ {
		if strings.Contains(got, encoded[i:i+8]) {
			return true
		}
	}
	return false
}

// The keys of the cases: known to this process, beside what is no word boundary.
func TestScrubWhateverStandsBeside(t *testing.T) {
	t.Parallel()
	const admin = "sk-admin-fake-short"
	secret.New(admin)
	for in, want := range map[string]string{
		"Bearer%20" + admin:          "Bearer%20(redacted)",
		"key_" + admin:               "key_(redacted)",
		`no\n` + admin + `\nmore`:    `no\n(redacted)\nmore`,
		"desk" + admin[2:] + " open": "de(redacted) open",
		// Not known, but of the shape.
		"key_sk-proj-fakeFAKE0123456789abcdef":                             "key_(redacted)",
		"Bearer gw.0123456789":                                             "Bearer (redacted)",
		"authorization: basic%20dTpwOjEyMzQ1==":                            "authorization: basic%20(redacted)",
		"age-secret-key-1qqqqqqqqqq":                                       "(redacted)",
		"x -----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY----- y": "x (redacted) y",
		"x -----BEGIN OPENSSH PRIVATE KEY----- QUJD":                       "x (redacted)",
		// Harmless.
		"Bearer authentication is needed":                             "Bearer authentication is needed",
		"key sk_" + strings.Repeat("0a1b2c3d", 5) + " of sk_narrator": "key (redacted) of sk_narrator",
		"task-admin-dashboard, task-2024-migration-of-everything":     "task-admin-dashboard, task-2024-migration-of-everything",
	} {
		if got := secret.Scrub(in); got != want {
			t.Errorf("Scrub(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestKnowLeavesOrdinaryTextAlone(t *testing.T) {
	t.Parallel()
	secret.New("short")
	secret.New("# public key: age1publicpublic\nAGE-SECRET-KEY-1FAKEFAKE\n\n-----BEGIN X-----\nbodybodybody\n-----END X-----")
	secret.New(secret.Placeholder)
	const text = "a short word, # public key: age1publicpublic, -----BEGIN X-----, " + secret.Placeholder
	if got := secret.Scrub(text); got != text {
		t.Errorf("Scrub = %q, want it unchanged", got)
	}
	if got := secret.Scrub("a\nbodybodybody\n b"); got != "a\n(redacted)\n b" {
		t.Errorf("the lines around a secret do not stay: %q", got)
	}
	secret.New("#Gw7-fake-token") // a credential of one line is no comment
	if got := secret.Scrub("x #Gw7-fake-token y") + secret.HarmlessID("req-#Gw7-fake-token"); got != "x (redacted) y(redacted)" {
		t.Errorf("a secret that begins as a comment stays: %q", got)
	}
	if got := secret.Scrub("x bodybodybody y"); got != "x (redacted) y" {
		t.Errorf("a line of a secret of several lines stays: %q", got)
	}
	if got := secret.Scrub(secret.New("").Reveal() + "kept"); got != "kept" {
		t.Errorf("the empty secret blanks %q", got)
	}
}

func TestHarmlessID(t *testing.T) {
	t.Parallel()
	secret.New("gateway-token-fake")
	for in, want := range map[string]string{
		"req_0123-ab.c:d":               "req_0123-ab.c:d",
		"a\x1b[31m\u202eb <c>\r\nd":     "a31mbcd",
		"req-gateway-token-fake":        "(redacted)",
		"req-sk-proj-fake0123456789abc": "(redacted)",
		strings.Repeat("a", 200):        strings.Repeat("a", 80),
		"":                              "",
	} {
		if got := secret.HarmlessID(in); got != want {
			t.Errorf("HarmlessID(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"one\ntwo, Zoë 🧑‍💻 “x”\u00a0y": "one\ntwo, Zoë 🧑‍💻 “x”\u00a0y",
		"\x1b[2J\x07\x00":     `\x1b[2J\x07\x00`,
		"a\u009b31m":          `a\u009b31m`,
		"a\x9b31m":            `a\x9b31m`,
		"\u202egpj.exe\u2066": `\u202egpj.exe\u2066`,
		"a\rb\tc":             `a\rb\tc`,
		"\U000e0041":          `\U000e0041`,
	} {
		got := secret.Printable(in)
		if got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
		if again := secret.Printable(got); again != got {
			t.Errorf("Printable(%q) changes what it wrote: %q", got, again)
		}
	}
	if got := secret.PrintableLine("two\nlines"); got != `two\nlines` {
		t.Errorf("PrintableLine = %q", got)
	}
}

func TestLooksLikeAndCheckCredential(t *testing.T) {
	t.Parallel()
	const body = "qpzry9x8gf2tvdw0s3jn54khce6mua7lqpzry9x8gf2tvdw0s3jn54khce"
	for in, want := range map[string]struct {
		what    string
		refused bool
	}{
		"AGE-SECRET-KEY-1" + strings.ToUpper(body):                                    {"an age identity", true},
		"\ufeffage-secret-key-pq-1" + body:                                            {"an age identity", true},
		strings.ToUpper(body):                                                         {"without its prefix", true},
		"1" + body:                                                                    {"without its prefix", true},
		"SECRET-KEY-1" + strings.ToUpper(body):                                        {"age identity", true},
		"# a comment\nAGE-SECRET-KEY-1" + strings.ToUpper(body):                       {"an age identity", true},
		base64.StdEncoding.EncodeToString([]byte("AGE-SECRET-KEY-1" + body)):          {"an age identity in base64", true},
		"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n":                  {"an SSH private key", true},
		"-----BEGIN RSA PRIVATE KEY-----\nAAAA":                                       {"a private key", true},
		"-----BEGIN ENCRYPTED PRIVATE KEY-----":                                       {"a private key", true},
		base64.StdEncoding.EncodeToString([]byte("-----BEGIN RSA PRIVATE KEY-----x")): {"a PEM block in base64", true},
		"age1" + body:                {"an age public key", false},
		"age1pq1" + body:             {"an age public key", false},
		"age1yubikey1" + body:        {"a public key of an age plugin", false},
		"age1tag1" + body:            {"in hardware", false},
		"ssh-ed25519 AAAA":           {"an SSH public key", false},
		"sk-ssh-ed25519@openssh.com": {"an SSH public key", false},
		"sk-admin-fake-0123456789":   {"an API key", false},

		"sk_" + strings.Repeat("0a1b2c3d", 6): {"an API key (it begins with sk_)", false},
		"https://example.com":                 {"an address", false},
		"/run/secrets/identity":               {"the name of a file", false},
		"identity.txt":                        {"the name of a file", false},
		"gateway-token":                       {"text of 13 characters", false},
		secret.Placeholder:                    {"the placeholder", true},
		" ":                                   {"empty text", false},
	} {
		if got := secret.LooksLike(in); !strings.Contains(got, want.what) {
			t.Errorf("LooksLike(%q) = %q, want %q", in, got, want.what)
		}
		err := secret.CheckCredential(in)
		if (err != nil) != want.refused {
			t.Errorf("CheckCredential(%q) = %v, refused should be %v", in, err, want.refused)
		}
		if err != nil && strings.Contains(strings.ToLower(err.Error()), body[:12]) {
			t.Errorf("the error repeats the credential: %v", err)
		}
	}
}

// Private keys in the forms in which build systems store them.
func TestEncodedPrivateKeysAreRefused(t *testing.T) {
	t.Parallel()
	const file = "# created: 2026-01-01T00:00:00Z\n# public key: age1qqqq\nAGE-SECRET-KEY-1FAKEFAKEFAKEFAKE\n"
	for name, text := range map[string]string{
		"a whole identity file in base64": base64.StdEncoding.EncodeToString([]byte(file)),
		"and for URLs":                    base64.RawURLEncoding.EncodeToString([]byte(file)),
		"in hex":                          fmt.Sprintf("%x", file),
		"an EC key":                       "MHcCAQEEIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake",
		"a web key":                       `{"kty":"OKP","crv":"Ed25519","d":"fake","x":"fake"}`,
	} {
		if err := secret.CheckCredential(text); err == nil || strings.Contains(err.Error(), "Fake") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"sk-admin-fake-0123456789", "c29tZS1nYXRld2F5LXRva2Vu", "0123456789abcdef0123456789abcdef"} {
		if err := secret.CheckCredential(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
