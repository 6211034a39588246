// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package seal_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

const plain = "sk-svcacct-fake-sealed-0123456789"

func x25519(t *testing.T) (recipient, identity string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id.Recipient().String(), id.String()
}

func sshKey(t *testing.T) (recipient, identity string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	sshPublic, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(sshPublic))) + " ci@example", string(pem.EncodeToMemory(block))
}

func mustSeal(t *testing.T, recipients ...string) string {
	t.Helper()
	r, err := seal.ParseRecipients(recipients)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := r.Seal(secret.New(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestRoundTripForEveryRecipient(t *testing.T) {
	t.Parallel()
	ageRecipient, ageIdentity := x25519(t)
	sshRecipient, sshIdentity := sshKey(t)
	sealed := mustSeal(t, ageRecipient, sshRecipient)
	if !strings.HasPrefix(sealed, "-----BEGIN AGE ENCRYPTED FILE-----") || strings.Contains(sealed, plain) {
		t.Fatalf("not armored age: %q", sealed)
	}
	for name, identity := range map[string]string{
		"age":              ageIdentity,
		"age with comment": "# created by a test\n" + ageIdentity + "\n",
		"ssh":              sshIdentity,
	} {
		ids, err := seal.ParseIdentities(secret.New(identity))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		opened, err := ids.Open(sealed)
		if err != nil || opened.Reveal() != plain {
			t.Errorf("%s: opened %v, %v", name, opened.Reveal() == plain, err)
		}
	}
}

func TestOpenTellsLockedFromDamaged(t *testing.T) {
	t.Parallel()
	recipient, identity := x25519(t)
	_, stranger := x25519(t)
	sealed := mustSeal(t, recipient)
	if _, err := (seal.Identities)(nil).Open(sealed); !errors.Is(err, seal.ErrLocked) {
		t.Errorf("no identity: %v", err)
	}
	ids, err := seal.ParseIdentities(secret.New(stranger))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ids.Open(sealed); !errors.Is(err, seal.ErrLocked) {
		t.Errorf("other identity: %v", err)
	}
	ids, err = seal.ParseIdentities(secret.New(identity))
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]string{
		"text":  "hello",
		"empty": "",
		"cut":   sealed[:len(sealed)/2],
		"body":  strings.Replace(sealed, "\n-----END", "AAAA\n-----END", 1),
	} {
		if _, err := ids.Open(broken); err == nil || errors.Is(err, seal.ErrLocked) {
			t.Errorf("%s: %v, want an error that is not ErrLocked", name, err)
		}
	}
}

func TestSameComparesSetsWithoutComments(t *testing.T) {
	t.Parallel()
	if !seal.Same([]string{"ssh-ed25519 AAA me@a", "age1x"}, []string{"age1x", "ssh-ed25519  AAA", "age1x"}) {
		t.Error("comments, order and repetition must not count")
	}
	if seal.Same([]string{"age1x"}, []string{"age1y"}) || seal.Same([]string{"age1x"}, nil) {
		t.Error("different recipients must count")
	}
}

// The format is one thing, two implementations another: what we seal must open with
// the ordinary tool, and what it seals must open here.
func TestOrdinaryAgeToolReadsIt(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("age")
	if err != nil {
		if os.Getenv("ORGKEYS_REQUIRE_AGE") != "" {
			t.Fatal("ORGKEYS_REQUIRE_AGE is set but there is no age tool on PATH")
		}
		t.Skip("needs the age tool on PATH (Debian package age)")
	}
	recipient, identity := x25519(t)
	file := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(file, []byte(identity), 0o600); err != nil {
		t.Fatal(err)
	}
	decrypt := exec.CommandContext(t.Context(), tool, "-d", "-i", file)
	decrypt.Stdin = strings.NewReader(mustSeal(t, recipient))
	out, err := decrypt.Output()
	if err != nil || string(out) != plain {
		t.Errorf("age -d: same text %v, %v", string(out) == plain, err)
	}
	encrypt := exec.CommandContext(t.Context(), tool, "-a", "-r", recipient)
	encrypt.Stdin = strings.NewReader(plain)
	theirs, err := encrypt.Output()
	if err != nil {
		t.Fatal(err)
	}
	ids, err := seal.ParseIdentities(secret.New(identity))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := ids.Open(string(theirs))
	if err != nil || opened.Reveal() != plain {
		t.Errorf("open what age sealed: %v", err)
	}
}
