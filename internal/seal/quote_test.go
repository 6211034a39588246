// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package seal_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// positions are the texts that are given for identities, recipients and sealed values, with
// a secret in every place that a parser might speak of.
func positions(s, recipient, identity, sealed string) []string {
	header, footer := "-----BEGIN AGE ENCRYPTED FILE-----\n", "\n-----END AGE ENCRYPTED FILE-----"
	lines := strings.SplitAfter(sealed, "\n")
	armored := func(content string) string {
		return header + base64.StdEncoding.EncodeToString([]byte(content)) + footer
	}
	return []string{
		s, " " + s, s + "\n", "\ufeff" + s, "'" + s + "'", s + "," + s, s + "\x00", "\x1b[31m" + s, strings.ToUpper(s), strings.ToLower(s),
		"age1" + s, "age1pq1" + s, "age1tag1" + s, "age1yubikey1" + s, recipient + " " + s, recipient + "," + s, recipient[:20] + s + recipient[20:],
		"ssh-ed25519 " + s, "ssh-rsa " + s, "ssh-dss " + s, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA" + s, "ecdsa-sha2-nistp256 " + s, s + " ssh-ed25519 AAAA", "command=\"" + s + "\" ssh-ed25519 AAAA",
		"AGE-SECRET-KEY-1" + s, "AGE-SECRET-KEY-PQ-1" + s, "age-secret-key-1" + s, "AGE-PLUGIN-X-1" + s, identity + s, s + identity, identity[:30] + s + identity[30:], identity + "\n" + s, s + "\n" + identity, "# " + s + "\nnothing",
		"-----BEGIN " + s + "-----\nAAAA\n-----END " + s + "-----", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + s + "\n-----END OPENSSH PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: " + s + "\n\nAAAA\n-----END RSA PRIVATE KEY-----", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + s,
		"age-encryption.org/" + s, "age-encryption.org/v1\n-> " + s + "\nAAAA\n--- AAAA", "age-encryption.org/v1\n-> scrypt " + s + " 18\n",
		header + s + footer, header + s, header + "AAAA" + footer + s, s + header + "AAAA" + footer, header + strings.Repeat(s+"\n", 3) + footer, strings.Replace(header, "\n", " "+s+"\n", 1) + "AAAA" + footer,
		armored(s), armored("age-encryption.org/" + s + "\n"), armored("age-encryption.org/v1\n-> X25519 " + s + "\nAAAA\n--- AAAA\n"), armored("age-encryption.org/v1\n-> X25519 AAAA\n" + s + "\n--- AAAA\n"), armored("age-encryption.org/v1\n-> " + s + " x\n\n--- " + s + "\n"), armored("age-encryption.org/v1\n-> scrypt " + s + " " + s + "\n" + s + "\n--- " + s + "\n"),
		lines[0] + s + "\n" + strings.Join(lines[1:], ""), strings.Join(lines[:2], "") + s + strings.Join(lines[2:], ""), sealed + s, s + sealed,
		"/" + s, "~/" + s, "./" + s + "/identity.txt", s + ".txt", "https://" + s + "@example.com", `{"identity": "` + s + `"}`, "identity = \"" + s + "\"",
		secret.Placeholder + s, "Bearer " + s,
	}
}

// No error repeats what was given, wherever the secret in it stands.
func TestErrorsQuoteNothing(t *testing.T) {
	t.Parallel()
	recipient, identity := x25519(t)
	_, otherIdentity := x25519(t)
	_, private := sshKey(t)
	quantum, quantumIdentity := hybrid(t)
	sealed := mustSeal(t, recipient)
	opener, err := seal.ParseIdentities(secret.New(identity))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "identity.txt")
	secrets := []string{
		"sk-admin-fake-0123456789abcdefXYZ", "correct horse battery staple fake", "Zx9-fake_geheim!with#marks", "0123456789abcdef0123456789abcdef", "кодовое-слово-фальшивое",
		otherIdentity, quantumIdentity, strings.TrimPrefix(otherIdentity, "AGE-SECRET-KEY-1"), private, strings.Split(private, "\n")[1],
	}
	seen := 0
	for _, s := range secrets {
		for _, text := range positions(s, recipient, identity, sealed) {
			check := func(what string, err error) {
				t.Helper()
				if err == nil {
					return
				}
				seen++
				if part := repeated(err.Error(), s); part != "" {
					t.Errorf("%s repeats %q of %q:\n%v", what, part, text, err)
				}
			}
			_, err := seal.ParseIdentities(secret.New(text))
			check("an identity", err)
			for _, list := range [][]string{{text}, {recipient, text}, {text, recipient}, {quantum, text}, {recipient + "\n" + text}} {
				_, err = seal.ParseRecipients(list)
				check("a recipient", err)
			}
			_, err = opener.Open(text)
			check("a sealed value", err)
			_, err = seal.ReadIdentityFile(text)
			check("the name of an identity file", err)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			content, err := seal.ReadIdentityFile(file)
			check("an identity file", err)
			_, err = seal.ParseIdentities(content)
			check("the content of an identity file", err)
		}
	}
	if seen < 1000 {
		t.Errorf("only %d errors seen: this test tries the wrong texts", seen)
	}
}

// repeated is a part of a secret that a message holds, "" if none: six characters or more
// that do not stand in the messages' own words.
func repeated(message, s string) string {
	const length = 6
	message = strings.ToLower(message)
	for _, line := range strings.Split(strings.ToLower(s), "\n") {
		for start := range line {
			if end := start + length; end <= len(line) {
				part := line[start:end]
				if !strings.Contains(ownWords, part) && strings.Contains(message, part) {
					return part
				}
			}
		}
	}
	return ""
}

// ownWords are parts of secrets that are the same in all of them.
const ownWords = "age-secret-key-1 age-secret-key-pq-1 -----begin openssh private key----- -----end openssh private key-----"
