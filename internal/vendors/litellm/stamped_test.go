// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm_test

import (
	"fmt"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

// byAdmin has the provider work with a virtual key of a proxy admin, whose user no key is stamped with.
func (w *world) byAdmin() {
	_, plain := w.SeedKey(litellmsim.Key{Alias: "terraform", Admin: true, UserID: "user-ci"})
	w.Setenv("LITELLM_API_KEY", plain)
}

// marked is the marker of the key with this alias, with another nonce unless same.
func (w *world) marked(alias string, same bool) map[string]any {
	for _, key := range w.Keys() {
		if marker, _ := key.Metadata["orgkeys"].(map[string]any); key.Alias == alias {
			nonce := marker["nonce"]
			if !same {
				nonce = "x5b7qd2k"
			}
			return map[string]any{"orgkeys": map[string]any{"series": marker["series"], "nonce": nonce}}
		}
	}
	w.T.Fatal("no key ", alias)
	return nil
}

// A create whose answer is lost, and that the whole of its minute does not settle, is remembered: the next run deletes its
// key, whoever the proxy stamped it with, and no key that only has a marker of its series.
func TestLostCreateOfAnEarlierRun(t *testing.T) {
	t.Parallel()
	for _, admin := range []bool{false, true} {
		for _, destroys := range []bool{false, true} {
			for _, stranger := range []bool{false, true} {
				w := begin(t, litellmsim.Policy{DefaultUser: "user-1"})
				if admin {
					w.byAdmin()
				}
				before := w.aliases()
				config := settings{"name": "x"}
				w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
				for _, operation := range []string{litellmsim.OpCreateKey, litellmsim.OpGetKey, litellmsim.OpListKeys} {
					w.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 503})
				}
				w.Refused(w.Try(config), "is not settled")
				w.ClearFaults()
				same(t, "left", w.aliases(), append(before, "x"))
				theirs := ""
				if stranger {
					theirs, _ = w.SeedKey(litellmsim.Key{Alias: "theirs", UserID: "user-ann", Metadata: w.marked("x", false)})
					before = append(before, "theirs")
				}
				w.Said()
				if destroys {
					w.Apply(nil)
				} else {
					w.Apply(config)
					w.works()
					same(t, "said", w.Says("carries the marker of this series", theirs, "/key/delete"), stranger)
					before = append(before, "x")
				}
				same(t, fmt.Sprint(admin, destroys, stranger), w.aliases(), before)
			}
		}
	}
}

// What a lost rotation left is found by the next run beside a series whose keys have no user, whichever of the two is read
// first.
func TestLostRotationBesideKeysWithoutUser(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
		w := begin(t, litellmsim.Policy{NotChosen: true})
		old, other := names[0], names[1]
		all := map[string]settings{old: {"name": old}}
		same(t, "created", w.TryAll(all), nil)
		w.SetPolicy(func(p *litellmsim.Policy) { p.DefaultUser = "user-1" })
		all[other] = settings{"name": other, "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
		same(t, "created", w.TryAll(all), nil)
		restored := *w.State.State[other]
		all[other] = with(all[other], settings{"rotate_when_changed": map[string]string{"a": "2"}})
		w.ResetJournal()
		plan, err := w.PlanAll(all)
		same(t, "planned", err, nil)
		w.Inject(
			simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.CutAfter, Times: 1, Skip: 1},
			simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.StatusBefore, Status: 403, Skip: w.Count(litellmsim.OpListKeys)},
		)
		w.Refused(w.CarryAll(plan, all), "is not settled")
		w.ClearFaults()
		same(t, "left", len(w.Keys()), 3)
		w.Said()
		remembering := *w.State.State[other]
		w.State.State[other] = &restored // which remembers nothing
		_, err = w.PlanAll(all)
		same(t, "planned", []any{err, w.Says("marker")}, []any{nil, false})
		w.State.State[other] = &remembering
		same(t, "applied", w.TryAll(all), nil)
		same(t, "keys", []any{len(w.Keys()), w.Keys()[1].Alias, w.Keys()[1].ID == w.Held(other)["id"], w.Says("marker")}, []any{2, other, true, false})
	}
}

// Whether a key with a user is managed, and found by its name, does not hang on what this process has read before.
func TestStampedForTheMasterKeyIsManaged(t *testing.T) {
	t.Parallel()
	for _, admin := range []bool{false, true} {
		w := begin(t, litellmsim.Policy{DefaultUser: "user-1"})
		if admin {
			w.byAdmin()
		}
		id := w.Apply(settings{"name": "x"})["id"]
		for _, refreshed := range []bool{false, true} {
			p := w.Process()
			if refreshed {
				r, err := p.Resource(keyType)
				if err != nil {
					t.Fatal(err)
				}
				held := w.State.State["x"].Current
				_, err = w.Answered(r.Read(t.Context(), *held))
				same(t, "refreshed", err, nil)
			}
			answer, err := p.Data(t.Context(), keyType, settings{"name": "x"})
			got, err := w.Answered(answer, err)
			same(t, "by name", []any{got["id"], got["owner_type"], err}, []any{id, "user", nil})
			answer, err = p.Data(t.Context(), "orgkeys_api_keys", settings{"vendors": []string{"litellm"}})
			got, err = w.Answered(answer, err)
			managed := map[any]any{}
			rows, _ := got["api_keys"].([]any)
			for _, one := range rows {
				row, _ := one.(settings)
				managed[row["id"]] = row["managed"]
			}
			same(t, "managed", []any{managed[id], err}, []any{true, nil})
		}
	}
}
