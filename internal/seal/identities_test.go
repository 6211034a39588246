// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"filippo.io/age"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// protected is an age identity file that a passphrase protects.
func protected(t *testing.T, identity string, armored bool) string {
	t.Helper()
	recipient, err := age.NewScryptRecipient("fake passphrase")
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(10)
	var out bytes.Buffer
	dst := armor.NewWriter(&out)
	w, err := age.Encrypt(&out, recipient)
	if armored {
		out.Reset()
		w, err = age.Encrypt(dst, recipient)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(identity))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if armored {
		_ = dst.Close()
	}
	return out.String()
}

func TestWrongIdentitiesAreDescribedAndNotQuoted(t *testing.T) {
	t.Parallel()
	recipient, identity := x25519(t)
	sshPublic, _ := sshKey(t)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("fake passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"":                                 "empty",
		"# only a comment\n\n":             "empty",
		recipient:                          "public key",
		"# mine\n" + recipient:             "public key",
		sshPublic:                          "public key",
		identity[:len(identity)-3] + "QQQ": "damaged",
		strings.ToLower(identity):          "in lower case",
		"AGE-PLUGIN-YUBIKEY-1QQQQQQQQQQ":   "age plugin",
		"sk-admin-fake-0123456789":         "it looks like an API key",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----":     "not an SSH private key",
		string(pem.EncodeToMemory(locked)):                                                 "protected by a passphrase",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----": "protected by a passphrase",
		protected(t, identity, true):                                                       "age identity is protected by a passphrase",
		protected(t, identity, false):                                                      "age identity is protected by a passphrase",
		mustSeal(t, recipient):                                                             "age ciphertext, not an identity",
	} {
		_, err := seal.ParseIdentities(secret.New(in))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseIdentities = %v, want %q", err, want)
		}
		if err != nil && quotes(err.Error(), in) {
			t.Errorf("the error quotes the identity: %v", err)
		}
	}
}

func utf16Text(text string, big, mark bool) string {
	if mark {
		text = "\ufeff" + text
	}
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		high, low := byte(unit>>8), byte(unit&0xff)
		if big {
			out = append(out, high, low)
		} else {
			out = append(out, low, high)
		}
	}
	return string(out)
}

func TestIdentityFilesAsEditorsWriteThem(t *testing.T) {
	t.Parallel()
	recipient, identity := x25519(t)
	sshRecipient, sshIdentity := sshKey(t)
	sealed := mustSeal(t, recipient, sshRecipient)
	whole := "# created: today\r\n# public key: " + recipient + "\r\n" + identity + "\r\n"
	for name, content := range map[string]string{
		"as it is":           whole,
		"BOM":                "\ufeff" + whole,
		"UTF-16 little":      utf16Text(whole, false, true),
		"UTF-16 big":         utf16Text(whole, true, true),
		"UTF-16, no mark":    utf16Text(whole, false, false),
		"UTF-16 big, none":   utf16Text(whole, true, false),
		"indented":           "  \n    " + strings.ReplaceAll(whole, "\n", "\n    "),
		"SSH":                sshIdentity,
		"SSH, CRLF":          strings.ReplaceAll(sshIdentity, "\n", "\r\n"),
		"SSH, BOM":           "\ufeff" + sshIdentity,
		"SSH in one line":    strings.ReplaceAll(sshIdentity, "\n", " "),
		"SSH, breaks as \\n": strings.ReplaceAll(sshIdentity, "\n", `\n`),
		"SSH, indented":      "    " + strings.ReplaceAll(sshIdentity, "\n", "\n    "),
	} {
		file := filepath.Join(t.TempDir(), "identity.txt")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := seal.ReadIdentityFile(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		ids, err := seal.ParseIdentities(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if opened, err := ids.Open(sealed); err != nil || opened.Reveal() != plain {
			t.Errorf("%s: open: %v", name, err)
		}
	}
}

func TestIdentityFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	_, identity := x25519(t)
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		filepath.Join(dir, "missing-file"): "cannot be read",
		"~/no/such/identity.txt":           "~ is not expanded",
		dir:                                "directory",
		large:                              "more than 1 MiB",
		identity:                           "ORGKEYS_SEAL_IDENTITY",
		"gateway-token-fake-0123":          "cannot be read",
	} {
		_, err := seal.ReadIdentityFile(name)
		if err == nil || !strings.Contains(err.Error(), want) || quotes(err.Error(), name) {
			t.Errorf("ReadIdentityFile = %v, want %q and no name", err, want)
		}
	}
}

func TestArmorThatWasChangedOnItsWay(t *testing.T) {
	t.Parallel()
	recipient, identity := x25519(t)
	ids, err := seal.ParseIdentities(secret.New(identity))
	if err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, recipient)
	memory := seal.NewHandoff()
	memory.Remember(sealed, secret.New(plain))
	for name, changed := range map[string]string{
		"in one line":     strings.ReplaceAll(sealed, "\n", ""),
		"breaks to space": strings.ReplaceAll(sealed, "\n", " "),
		"breaks as \\n":   strings.ReplaceAll(sealed, "\n", `\n`),
		"CRLF":            strings.ReplaceAll(sealed, "\n", "\r\n"),
		"indented":        "\n    " + strings.ReplaceAll(sealed, "\n", "\n    "),
		"BOM":             "\ufeff" + sealed,
		"blank lines":     strings.ReplaceAll(sealed, "\n", "\n\n"),
	} {
		if opened, err := ids.Open(changed); err != nil || opened.Reveal() != plain {
			t.Errorf("%s: open: %v", name, err)
		}
		if text, ok := memory.Recall(changed); !ok || text.Reveal() != plain {
			t.Errorf("%s: this process does not remember it", name)
		}
	}
	for name, wrong := range map[string]string{
		"a secret":         "gateway-token-fake-0123456789",
		"a key":            "sk-proj-fake-0123456789",
		"text before":      "sk-proj-fake-0123456789 " + sealed,
		"two values":       sealed + sealed,
		"base64 of it":     "LS0tLS1CRUdJTiBBR0UgRU5DUllQVEVEIEZJTEUtLS0tLQ==",
		"something in it":  strings.Replace(sealed, "\n", "\ngateway-token!fake-0123456789\n", 1),
		"damaged, one bit": strings.Replace(sealed, "\n-----END", "AAAA\n-----END", 1),
	} {
		_, err := ids.Open(wrong)
		if err == nil || strings.Contains(err.Error(), "fake-0123") || strings.Contains(err.Error(), "illegal") {
			t.Errorf("%s: %v, want an error without the value", name, err)
		}
	}
}
