// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package seal

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf16"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Identities are parsed private keys.
type Identities []age.Identity

// ParseIdentities reads what an age identity file holds (one or more
// AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1… lines, comments allowed) or one SSH private
// key in PEM form. Errors never repeat the text.
func ParseIdentities(text secret.Text) (Identities, error) {
	plain := trim(text.Reveal())
	lines := strings.Join(linesOf(plain), "\n")
	if err := secret.CheckPlaceholder(lines); err != nil {
		return nil, fmt.Errorf("the identity %w", err)
	}
	switch {
	case lines == "":
		return nil, errors.New("the identity is empty")
	case strings.Contains(plain, "BEGIN AGE ENCRYPTED FILE"), strings.HasPrefix(plain, "age-encryption.org/"):
		return nil, encryptedIdentity(plain)
	case strings.Contains(plain, "-----BEGIN"):
		return parseSSH(plain)
	case strings.HasPrefix(lines, "age1"), strings.HasPrefix(lines, "ssh-"):
		return nil, errors.New("this is a public key; the identity is the private one (AGE-SECRET-KEY-1… or an SSH private key)")
	}
	identities, err := age.ParseIdentities(strings.NewReader(lines))
	if err == nil {
		return identities, nil
	}
	switch {
	case strings.Contains(lines, "AGE-PLUGIN-"):
		return nil, errors.New("this is the identity of an age plugin, which this provider does not run: give an age identity (AGE-SECRET-KEY-1…) or an SSH private key")
	case strings.Contains(lines, "age-secret-key-"):
		return nil, errors.New("this is an age identity in lower case, which age does not read: give it in capitals, as age-keygen writes it")
	case strings.Contains(lines, "AGE-SECRET-KEY-"):
		return nil, errors.New("the identity is damaged: it begins as an age identity, but a part of it is missing or changed. Copy the whole line again")
	default:
		return nil, fmt.Errorf("the identity is neither an age identity (AGE-SECRET-KEY-1…, as age-keygen writes it) nor an SSH private key; it looks like %s", secret.LooksLike(lines))
	}
}

// encryptedIdentity distinguishes a protected identity from a sealed value given by mistake.
func encryptedIdentity(plain string) error {
	header := plain
	if block, _ := pem.Decode([]byte(mend(plain, ageArmor()))); block != nil {
		header = string(block.Bytes)
	}
	if strings.Contains(header, "\n-> scrypt ") {
		return errors.New("the age identity is protected by a passphrase: open it with age -d and give the result, or create an identity without one for this purpose")
	}
	return errors.New("this is age ciphertext, not an identity: give the private key that opens it (AGE-SECRET-KEY-1… or an SSH private key)")
}

var privateArmor = pattern.Lazy(`(?s)-----BEGIN ([A-Z ]*PRIVATE KEY)-----(.*?)-----END ([A-Z ]*PRIVATE KEY)-----`)

func parseSSH(plain string) (Identities, error) {
	plain = mend(plain, privateArmor())
	identity, err := agessh.ParseIdentity([]byte(plain + "\n"))
	switch {
	case err == nil:
		return Identities{identity}, nil
	case strings.Contains(err.Error(), "passphrase"), strings.Contains(plain, "ENCRYPTED"):
		return nil, errors.New("the SSH private key is protected by a passphrase; give an unprotected one or an age identity")
	default:
		return nil, errors.New("the identity is not an SSH private key that age can use (ed25519 or RSA in PEM form)")
	}
}

// longestIdentity is more than any identity file holds.
const longestIdentity = 1 << 20

// ReadIdentityFile reads an identity file as age-keygen, an editor or PowerShell writes
// it: UTF-8 or UTF-16, with or without a byte order mark. The error continues "… names"
// and repeats nothing: what is given as a name may be the identity itself.
func ReadIdentityFile(name string) (secret.Text, error) {
	if secret.IsPrivate(name) {
		_ = secret.New(name)
		return secret.Text{}, fmt.Errorf("no file: it holds %s itself, which belongs in ORGKEYS_SEAL_IDENTITY", secret.LooksLike(name))
	}
	unreadable := func(err error) (secret.Text, error) {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		hint := ""
		if strings.HasPrefix(name, "~") {
			hint = " (~ is not expanded: give the whole path)"
		}
		return secret.Text{}, fmt.Errorf("a file that cannot be read: %w%s", err, hint)
	}
	info, err := os.Stat(name)
	if err != nil {
		return unreadable(err)
	}
	switch {
	case info.IsDir():
		return secret.Text{}, errors.New("a directory: give the identity file in it")
	case !info.Mode().IsRegular():
		return secret.Text{}, errors.New("a pipe or device, which cannot be read again by every step of a run: give a regular file, or its content in ORGKEYS_SEAL_IDENTITY")
	}
	file, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return unreadable(err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, longestIdentity+1))
	if err != nil {
		return unreadable(err)
	}
	if len(content) > longestIdentity {
		return secret.Text{}, errors.New("a file of more than 1 MiB: an identity file is far smaller")
	}
	return secret.New(decode(content)), nil
}

// decode reads UTF-16 where a byte order mark says so, or where every second byte is 0.
func decode(content []byte) string {
	const bigMark, littleMark = "\xfe\xff", "\xff\xfe"
	text := string(content)
	big := strings.HasPrefix(text, bigMark) || len(text) > 1 && text[0] == 0 && text[1] != 0
	if !big && !strings.HasPrefix(text, littleMark) && (len(text) < 2 || text[0] == 0 || text[1] != 0) {
		return text
	}
	units := make([]uint16, 0, len(content)/2)
	for i := 0; i+1 < len(content); i += 2 {
		high, low := content[i+1], content[i]
		if big {
			high, low = low, high
		}
		units = append(units, uint16(high)<<8|uint16(low))
	}
	return string(utf16.Decode(units))
}
