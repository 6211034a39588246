// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"testing"
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

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
