// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// look is one kind of text that is given in the wrong place.
type look struct {
	shape   *regexp.Regexp
	what    string
	private bool // a private key
}

// looks are tried in this order; the first that fits is it.
var looks = sync.OnceValue(func() []look {
	return []look{
		{regexp.MustCompile(`(?i)AGE-SECRET-KEY-`), "an age identity, which is a private key", true},
		{regexp.MustCompile(`(?i)AGE-PLUGIN-`), "the identity of an age plugin, which is a private key", true},
		// The 58 characters after the prefix of an age identity, without the prefix or with a part of it.
		{regexp.MustCompile(`(?i)^(?:[a-z-]*-)?1?[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{58}$`), "an age identity without its prefix, which is a private key", true},
		{regexp.MustCompile(`^QUdFLVNFQ1JFVC1LRVkt`), "an age identity in base64, which is a private key", true},
		{regexp.MustCompile(`(?i)OPENSSH PRIVATE KEY|^b3BlbnNzaC1rZXktdjE`), "an SSH private key", true},
		{regexp.MustCompile(`(?i)PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File|^MC4CAQAwBQYDK2Vw`), "a private key", true},
		{regexp.MustCompile(`^LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]*$`), "a PEM block in base64, perhaps a private key", true},
		{regexp.MustCompile(`^MII[A-Za-z0-9+/=_-]{200,}$`), "a private key or certificate in base64", true},
		{regexp.MustCompile(`BEGIN AGE ENCRYPTED FILE|^age-encryption\.org/`), "age ciphertext", false},
		{regexp.MustCompile(`^-----BEGIN `), "a PEM block", false},
		{regexp.MustCompile(`^age1pq1`), "an age public key", false},
		{regexp.MustCompile(`^age1(?:tag|tagpq)1`), "a public key of an age identity in hardware", false},
		{regexp.MustCompile(`^age1[a-z0-9-]+1[a-z0-9]`), "a public key of an age plugin", false},
		{regexp.MustCompile(`(?i)^age1`), "an age public key", false},
		{regexp.MustCompile(`^(?:ssh-|ecdsa-|sk-ssh-|sk-ecdsa-)`), "an SSH public key", false},
		{regexp.MustCompile(`^sk-`), "an API key (it begins with sk-)", false},
		{regexp.MustCompile(`^sk_[0-9a-f]{40}`), "an API key (it begins with sk_)", false},
		{regexp.MustCompile(`^eyJ`), "a token in JWT form", false},
		{regexp.MustCompile(`(?i)^[a-z]+://`), "an address (URL)", false},
		{regexp.MustCompile(`^(?:/|\./|\.\./|~/|[A-Za-z]:\\)|^\S+\.(?:txt|key|pem|age|pub)$`), "the name of a file", false},
	}
})

// LooksLike describes text, for messages that must not repeat it.
func LooksLike(text string) string {
	if one, ok := lookOf(text); ok {
		return one.what
	}
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "empty text"
	case IsPlaceholder(text):
		return "the placeholder of orgkeys_unsealed"
	case CheckPlaceholder(text) != nil:
		return "text that holds the placeholder of orgkeys_unsealed"
	case n == 1:
		return "one character"
	default:
		return fmt.Sprintf("text of %d characters", n)
	}
}

// apiKey is how the secrets of API keys look. Names that people choose may begin with sk-, too, and are shorter.
var apiKey = pattern.Lazy(`^(?:sk-(?:svcacct|proj|admin|None|or-v1|ant-[a-z0-9]+)-\w{4}|sk-[A-Za-z0-9_-]{20}|sk_[0-9a-f]{40})`)

// IsAPIKey reports whether text looks like the secret of an API key.
func IsAPIKey(text string) bool { return apiKey().MatchString(strings.TrimSpace(text)) }

// IsPrivate reports whether text is, or holds, a private key of any kind.
func IsPrivate(text string) bool {
	one, ok := lookOf(text)
	return ok && one.private
}

// CheckCredential refuses what no API key can be, before it is sent anywhere: a private
// key of any kind, and what holds the placeholder of orgkeys_unsealed. The error continues
// "The credential …" and repeats nothing.
func CheckCredential(text string) error {
	if err := CheckPlaceholder(text); err != nil {
		return err
	}
	if hidden := strings.ToUpper(decoded(text)); strings.Contains(hidden, "AGE-SECRET-KEY-") || strings.Contains(hidden, "PRIVATE KEY-----") {
		return errors.New("is a private key in base64 or hex: it was sent to no one. Give the API key here, and replace that private key if others could read it")
	}
	if der().MatchString(text) || jwk().MatchString(text) {
		return errors.New("is a private key: it was sent to no one. Give the API key here, and replace that private key if others could read it")
	}
	if IsPrivate(text) {
		return errors.New("is " + LooksLike(text) + ": it was sent to no one. Give the API key here, and replace that private key if others could read it")
	}
	return nil
}

var (
	// der begins the base64 of private keys in SEC 1 and PKCS #8.
	der = pattern.Lazy(`^M(HcCAQ|IG[A-Z]AgEA|II[A-Za-z0-9+/]{2}[A-Z]IBAA)`)
	jwk = pattern.Lazy(`"kty"\s*:[^}]*"d"\s*:|"d"\s*:[^}]*"kty"\s*:`)
)

// decoded is what a text in base64 or hex stands for, "" for any other.
func decoded(text string) string {
	text = strings.TrimSpace(text)
	bare := strings.TrimRight(text, "=")
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.RawStdEncoding.DecodeString, base64.RawURLEncoding.DecodeString} {
		if plain, err := decode(bare); err == nil {
			return string(plain)
		}
	}
	return ""
}

func lookOf(text string) (look, bool) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	for _, one := range looks() {
		if one.shape.MatchString(text) {
			return one, true
		}
	}
	return look{}, false
}
