// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// The advice where an account may have one key is that of the plan: an overlap of 0s makes room in a rotation alone.
func TestOneKeyPerAccountElsewhere(t *testing.T) {
	t.Parallel()
	w := limit(t, keyType, openaisim.Options{})
	w.sim.SetPolicy(func(p *openaisim.Policy) { p.OneKeyPerAccount = true })
	config := func(account, reason string) fields {
		return fields{"project_id": w.project, "service_account_id": account, "name": "worker", "rotate_when_changed": map[string]string{"reason": reason}}
	}
	taken, free := w.sim.SeedServiceAccount(w.project, "worker", "member"), w.sim.SeedServiceAccount(w.project, "other", "member")
	theirs, _ := w.sim.SeedKey(openaisim.KeySpec{ProjectID: w.project, AccountID: taken, Name: "theirs"})
	refused := func(err error, says ...string) {
		t.Helper()
		w.Refused(err, says...)
		if err != nil && strings.Contains(err.Error(), "overlap") {
			t.Errorf("it advises an overlap: %v", err)
		}
	}
	another := "This organization allows one key per service account"
	refused(w.Try(config(taken, "1")), another, "has another one, key "+theirs, "without create_before_destroy", "To revoke it now")
	w.Apply(config(free, "1"))
	w.Refused(w.Try(config(free, "2")), another, `Set overlap = "0s" to revoke the old key before the new one is created`)
	refused(w.Try(config(taken, "1")), another, "has another one, key "+theirs) // a replacement
}

// Where an organization revokes no single key, its command is not advised.
func TestNoKeyIsRevokedAlone(t *testing.T) {
	t.Parallel()
	w := limit(t, keyType, openaisim.Options{})
	w.sim.SetPolicy(func(p *openaisim.Policy) {
		p.NoServiceAccountKeyDelete, p.NoKeyUpdate, p.ExpiryIgnored = true, 405, true
	})
	account := w.sim.SeedServiceAccount(w.project, "worker", "member")
	err := w.Try(fields{"project_id": w.project, "service_account_id": account, "name": "worker", "lifetime": "30d"})
	w.Refused(err, "could not be revoked either", "revokes no single key: delete its service account, which revokes all its keys", "DELETE "+w.sim.URL(), "/service_accounts/"+account)
	if err != nil && strings.Contains(err.Error(), "/api_keys/") {
		t.Errorf("it advises a command that cannot work: %v", err)
	}
}

// Where an account may have one key, a run that is killed after it revoked the old one leaves a key that takes the place
// of the next: it is named until it is a day old, and then revoked by an apply.
func TestOneKeyPerAccountAfterAKilledRun(t *testing.T) {
	t.Parallel()
	w := limit(t, keyType, openaisim.Options{})
	w.sim.SetPolicy(func(p *openaisim.Policy) { p.OneKeyPerAccount = true })
	account := w.sim.SeedServiceAccount(w.project, "worker", "member")
	config := func(reason string) fields {
		return fields{
			"project_id": w.project, "service_account_id": account, "name": "worker", "overlap": "0s",
			"rotate_when_changed": map[string]string{"reason": reason},
		}
	}
	w.Apply(config("1"))
	before := *w.State.State["x"]
	left := fmt.Sprint(w.Apply(config("2"))["id"])
	w.State.State["x"] = &before

	w.Advance(time.Hour)
	w.Refused(w.Try(config("2")), "No new key was created", "key "+left, "never used", "if it stays unused, the first apply after", "To revoke it now")
	live := func() (ids []string) {
		for _, key := range w.sim.Keys() {
			if key.Usable {
				ids = append(ids, key.ID)
			}
		}
		return ids
	}
	same(t, "keys", live(), []string{left})

	w.Advance(24 * time.Hour)
	current := w.Apply(config("2"))
	same(t, "keys", []any{live(), current["generation"]}, []any{[]any{current["id"]}, 2})
}
