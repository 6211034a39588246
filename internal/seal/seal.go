// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package seal encrypts secrets to age recipients and opens them again. The
// ciphertext is ordinary armored age, readable with "age -d".
package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// ErrLocked is returned by [Open] when none of the identities opens the value.
var ErrLocked = errors.New("none of the identities opens this value")

// Seal encrypts text to all recipients and returns the ASCII armor.
func (r Recipients) Seal(text secret.Text) (string, error) {
	if r.Empty() {
		return "", errors.New("there is no recipient to seal to")
	}
	var out bytes.Buffer
	armored := armor.NewWriter(&out)
	w, err := age.Encrypt(armored, r.parsers...)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if _, err := io.WriteString(w, text.Reveal()); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if err := armored.Close(); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return out.String(), nil
}

// Open decrypts a sealed value. It returns an error that wraps [ErrLocked] when no
// identity fits, and another one when the value is not age ciphertext or was damaged.
// Errors never repeat the value, which may be a secret given by mistake.
func (ids Identities) Open(sealed string) (secret.Text, error) {
	if len(ids) == 0 {
		return secret.Text{}, ErrLocked
	}
	sealed = mend(sealed, ageArmor())
	if !strings.HasPrefix(sealed, armor.Header) {
		_ = secret.New(sealed)
		return secret.Text{}, fmt.Errorf("the value is not armored age ciphertext (it looks like %s): give sealed_value as it is in state", secret.LooksLike(sealed))
	}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed+"\n")), ids...)
	if err != nil {
		var mismatch *age.NoIdentityMatchError
		if errors.As(err, &mismatch) {
			return secret.Text{}, fmt.Errorf("%w: it is sealed to other recipients", ErrLocked)
		}
		return secret.Text{}, errDamaged
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return secret.Text{}, errDamaged
	}
	return secret.New(string(plain)), nil
}

var errDamaged = errors.New("the value is age ciphertext that was damaged: a part of it is missing or changed. Give sealed_value as it is in state, with its line breaks")
