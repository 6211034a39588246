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
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// ErrLocked is returned by [Open] when none of the identities opens the value.
var ErrLocked = errors.New("no identity at hand opens this value")

// Recipients are parsed public keys, ready to seal to.
type Recipients struct {
	texts   []string
	parsers []age.Recipient
}

// ParseRecipients reads age X25519 ("age1…") and SSH ("ssh-ed25519 …", "ssh-rsa …")
// public keys, one per element. The error names the element that is wrong.
func ParseRecipients(lines []string) (Recipients, error) {
	var r Recipients
	for i, line := range lines {
		line = strings.TrimSpace(line)
		parsed, err := parseRecipient(line)
		if err != nil {
			return Recipients{}, fmt.Errorf("recipient %d of %d: %w", i+1, len(lines), err)
		}
		r.texts = append(r.texts, line)
		r.parsers = append(r.parsers, parsed)
	}
	return r, nil
}

func parseRecipient(line string) (age.Recipient, error) {
	switch {
	case line == "":
		return nil, errors.New("is empty")
	case strings.Contains(line, "AGE-SECRET-KEY-"), strings.Contains(line, "PRIVATE KEY"):
		return nil, errors.New("is a private key: give the public one (age-keygen -y prints it), and replace the private key if it was committed")
	case strings.HasPrefix(line, "ssh-"):
		parsed, err := agessh.ParseRecipient(line)
		if err != nil {
			return nil, fmt.Errorf("%q is not an SSH public key age can seal to (ssh-ed25519 or ssh-rsa of 2048 bits or more): %w", Normalize(line), err)
		}
		return parsed, nil
	default:
		parsed, err := age.ParseX25519Recipient(line)
		if err != nil {
			return nil, fmt.Errorf("%q is not an age public key (age1…, as age-keygen prints it) or SSH public key: %w", line, err)
		}
		return parsed, nil
	}
}

// Empty tells whether there is nobody to seal to.
func (r Recipients) Empty() bool { return len(r.parsers) == 0 }

// Texts are the recipients without SSH comments, sorted and without repetition.
func (r Recipients) Texts() []string {
	out := make([]string, 0, len(r.texts))
	for _, text := range r.texts {
		out = append(out, Normalize(text))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Normalize drops the comment of an SSH public key: "ssh-ed25519 AAAA… ci@host".
func Normalize(recipient string) string {
	fields := strings.Fields(recipient)
	if len(fields) > 2 && strings.HasPrefix(fields[0], "ssh-") {
		fields = fields[:2]
	}
	return strings.Join(fields, " ")
}

// Same compares two lists of recipients as sets, without SSH comments.
func Same(a, b []string) bool {
	normal := func(list []string) []string {
		out := make([]string, 0, len(list))
		for _, one := range list {
			out = append(out, Normalize(one))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return slices.Equal(normal(a), normal(b))
}

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

// Identities are parsed private keys.
type Identities []age.Identity

// ParseIdentities reads what an age identity file holds (one or more
// AGE-SECRET-KEY-1… lines, comments allowed) or one SSH private key in PEM form.
// Errors never repeat the text.
func ParseIdentities(text secret.Text) (Identities, error) {
	plain := strings.TrimSpace(text.Reveal())
	switch {
	case plain == "":
		return nil, errors.New("the identity is empty")
	case strings.Contains(plain, "-----BEGIN"):
		identity, err := agessh.ParseIdentity([]byte(plain + "\n"))
		if err != nil {
			if strings.Contains(err.Error(), "passphrase") {
				return nil, errors.New("the SSH private key is protected by a passphrase; give an unprotected one or an age identity")
			}
			return nil, errors.New("the identity is not an SSH private key that age can use (ed25519 or RSA in PEM form)")
		}
		return Identities{identity}, nil
	case strings.HasPrefix(plain, "age1"), strings.HasPrefix(plain, "ssh-"):
		return nil, errors.New("this is a public key; the identity is the private one (AGE-SECRET-KEY-1… or an SSH private key)")
	default:
		identities, err := age.ParseIdentities(strings.NewReader(plain))
		if err != nil {
			return nil, errors.New("the identity is neither an age identity (AGE-SECRET-KEY-1…, as age-keygen writes it) nor an SSH private key")
		}
		return identities, nil
	}
}

// Open decrypts a sealed value. It returns an error that wraps [ErrLocked] when no
// identity fits, and another one when the value is not age ciphertext or was damaged.
func (ids Identities) Open(sealed string) (secret.Text, error) {
	if len(ids) == 0 {
		return secret.Text{}, ErrLocked
	}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(strings.TrimSpace(sealed)+"\n")), ids...)
	if err != nil {
		var mismatch *age.NoIdentityMatchError
		if errors.As(err, &mismatch) {
			return secret.Text{}, fmt.Errorf("%w: it is sealed to other recipients", ErrLocked)
		}
		return secret.Text{}, fmt.Errorf("the value is not armored age ciphertext, or it was damaged: %w", err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return secret.Text{}, fmt.Errorf("the sealed value was damaged: %w", err)
	}
	return secret.New(string(plain)), nil
}
