// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package seal_test

import (
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

func hybrid(t *testing.T) (recipient, identity string) {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id.Recipient().String(), id.String()
}

// public is what messages may say although a wrong text holds it too.
const public = "AGE-SECRET-KEY-1 ssh-ed25519 -----BEGIN OPENSSH PRIVATE KEY-----"

// quotes reports whether message holds a part of text that nobody should read.
func quotes(message, text string) bool {
	for line := range strings.Lines(text) {
		for i := 0; i+10 <= len(line); i++ {
			if part := line[i : i+10]; strings.Contains(message, part) && !strings.Contains(public, part) {
				return true
			}
		}
	}
	return false
}

func TestWrongRecipientsAreDescribedAndNotQuoted(t *testing.T) {
	t.Parallel()
	recipient, identity := x25519(t)
	_, private := sshKey(t)
	quantum, quantumIdentity := hybrid(t)
	for in, want := range map[string]string{
		`["` + recipient + `"`:                          "begins with a bracket",
		strings.ToUpper(recipient):                      "is in upper case: write",
		"age1notakeynotakey":                            "begins with age1",
		recipient[:40]:                                  "begins with age1",
		quantum[:400]:                                   "begins with age1pq1",
		"ssh-ed25519 AAAAfakefakefake":                  "not an SSH public key",
		"ssh-dss AAAAfakefakefake":                      "not an SSH public key",
		recipient + " trailing words":                   "an element of its own",
		recipient + "," + recipient:                     "an element of its own",
		identity:                                        "an age identity, which is a private key",
		strings.ToLower(identity):                       "an age identity, which is a private key",
		quantumIdentity:                                 "an age identity, which is a private key",
		strings.TrimPrefix(identity, "AGE-SECRET-KEY-"): "without its prefix, which is a private key",
		strings.ToLower(strings.TrimPrefix(identity, "AGE-SECRET-KEY-1")): "without its prefix, which is a private key",
		strings.TrimPrefix(identity, "AGE-"):                              "is a private key",
		private:                                                           "an SSH private key",
		strings.Split(private, "\n")[1]:                                   "an SSH private key",
		"sk-admin-fake-0123456789":                                        "an API key",
		"gateway-token-fake":                                              "text of 18 characters",
		"age1yubikey1qwt50d05nh5vutpdzq":                                  "a public key of an age plugin",
		"https://github.com/octocat.keys":                                 "an address",
	} {
		_, err := seal.ParseRecipients([]string{recipient, in})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "recipient 2 of 2") {
			t.Errorf("ParseRecipients = %v, want %q", err, want)
		}
		if err != nil && quotes(err.Error(), in) {
			t.Errorf("the error quotes the recipient: %v", err)
		}
		if !strings.HasPrefix(in, "age1") && !strings.HasPrefix(in, "ssh-") && secret.Scrub("x"+in) == "x"+in {
			t.Errorf("a wrong recipient that may be a secret is not scrubbed later (%s)", want)
		}
	}
}

func TestRecipientsAsInAgesOwnFiles(t *testing.T) {
	t.Parallel()
	one, _ := x25519(t)
	two, _ := x25519(t)
	three, _ := sshKey(t)
	file := "\ufeff# the team, on call\r\n\r\n" + one + "\r\n  " + two + "  \n#\n"
	for name, texts := range map[string][]string{
		"one text":        {file, three},
		"split in lines":  append(strings.Split(file, "\n"), three, ""),
		"plain, repeated": {three, two, one, one},
	} {
		r, err := seal.ParseRecipients(texts)
		want := []string{one, two, seal.Normalize(three)}
		slices.Sort(want)
		if err != nil || !slices.Equal(r.Texts(), want) || !seal.Same(texts, want) {
			t.Errorf("%s: %v, %v", name, r.Texts(), err)
		}
	}
	for _, nobody := range [][]string{{""}, {" ", "# a comment"}, {"\n\n"}} {
		if _, err := seal.ParseRecipients(nobody); err == nil || !strings.Contains(err.Error(), "empty") {
			t.Errorf("ParseRecipients(%q) = %v, want an error", nobody, err)
		}
	}
}

func TestPostQuantumRecipients(t *testing.T) {
	t.Parallel()
	one, identity := hybrid(t)
	two, _ := hybrid(t)
	ids, err := seal.ParseIdentities(secret.New("# created\n" + identity))
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := ids.Open(mustSeal(t, one, two)); err != nil || opened.Reveal() != plain {
		t.Errorf("open: %v", err)
	}
	classic, _ := x25519(t)
	ssh, _ := sshKey(t)
	for _, mix := range [][]string{{one, classic}, {classic, two, one}, {ssh, one}} {
		if _, err := seal.ParseRecipients(mix); err == nil || !strings.Contains(err.Error(), "mix post-quantum public keys (age1pq1") {
			t.Errorf("a mix is %v, want an error", err)
		}
	}
}
