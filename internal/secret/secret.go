// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package secret keeps secret text from being printed: by accident ([Text]), by what a
// server says ([Scrub]), or because somebody gave it in the wrong place ([LooksLike]).
package secret

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
)

const redacted = "(redacted)"

// Text is secret text. Every way of printing or encoding it shows "(redacted)";
// only [Text.Reveal] gives the text itself. The zero value is the empty secret.
type Text struct{ plain string }

// New wraps plain. From then on [Scrub] knows it.
func New(plain string) Text {
	Know(plain)
	return Text{plain: plain}
}

// Reveal is the secret itself. Calls are few and easy to find.
func (t Text) Reveal() string { return t.plain }

// Empty reports whether there is no secret.
func (t Text) Empty() bool { return t.plain == "" }

// Fingerprint is the SHA-256 of the secret in hexadecimal. The keys handled here
// are long and random, so their fingerprint gives nothing of them away.
func (t Text) Fingerprint() string {
	sum := sha256.Sum256([]byte(t.plain))
	return hex.EncodeToString(sum[:])
}

// String implements [fmt.Stringer].
func (Text) String() string { return redacted }

// GoString implements [fmt.GoStringer].
func (Text) GoString() string { return redacted }

// Format implements [fmt.Formatter], which catches every verb.
func (Text) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// MarshalText implements [encoding.TextMarshaler], and with it JSON, YAML and XML.
func (Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements [slog.LogValuer].
func (Text) LogValue() slog.Value { return slog.StringValue(redacted) }
