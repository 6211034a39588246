// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// row is a row of a table of ADR 0015: what each input has to be ("" = anything, "a|b" =
// either) and what follows.
type row struct {
	inputs []string
	then   string
}

func (r row) fits(inputs []string) bool {
	for i, want := range r.inputs {
		if want != "" && !slices.Contains(strings.Split(want, "|"), inputs[i]) {
			return false
		}
	}
	return true
}

// expected is what a table says of inputs; exactly one row must say something.
func expected(t *testing.T, table []row, inputs []string) string {
	t.Helper()
	var found []string
	for _, r := range table {
		if r.fits(inputs) {
			found = append(found, r.then)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%v fits %d rows: %v", inputs, len(found), found)
	}
	return found[0]
}

// cross calls f with every combination of the values.
func cross(values [][]string, f func(inputs []string)) {
	var walk func(inputs []string)
	walk = func(inputs []string) {
		if len(inputs) == len(values) {
			f(slices.Clone(inputs))
			return
		}
		for _, value := range values[len(inputs)] {
			walk(append(inputs, value))
		}
	}
	walk(nil)
}

// The inputs of both tables.
const (
	living, ending, expired, deleted         = "living", "ending", "expired", "deleted"
	short                                    = "living, but expires within the overlap"
	byOwner, byMint                          = "by owner", "by mint"
	movable, fixed                           = "movable", "fixed"
	rotates, mayRotate, keeps                = "rotates", "may rotate", "keeps"
	none, unused, usedOne, untold            = "none", "unused", "used", "not shown"
	goOn, doubt, stop                        = "go on", "doubt", "stop"
	remembered, forgotten                    = "remembered", "not remembered"
	told, notTold                            = "told", "not told"
	ripe, exactly, young, clockless, ageless = "ripe", "a day", "young", "no clock", "no creation"
)

// The first table: phase, later keys, proof, end, plan.
var standTable = []row{
	{[]string{"", none, "", "", ""}, goOn},
	{[]string{living + "|" + short, "unused|used|not shown", byMint, "", ""}, doubt},
	{[]string{living, "unused|used|not shown", byOwner, movable, ""}, goOn},
	{[]string{living, unused, byOwner, fixed, "rotates|may rotate"}, goOn},
	{[]string{living, unused, byOwner, fixed, keeps}, stop},
	{[]string{living, "used|not shown", byOwner, fixed, ""}, stop},
	{[]string{short, unused, byOwner, "", "rotates|may rotate"}, goOn},
	{[]string{short, unused, byOwner, "", keeps}, stop},
	{[]string{short, "used|not shown", byOwner, "", ""}, stop},
	{[]string{"ending|expired|deleted", unused, "", "", "rotates|may rotate"}, goOn},
	{[]string{"ending|expired|deleted", unused, "", "", keeps}, stop},
	{[]string{"ending|expired|deleted", "used|not shown", "", "", ""}, stop},
}

// The other keys that a combination has, and what they are to the table.
var company = []struct {
	name, class string
	add         func(s *situation)
}{
	{"nothing else", none, func(*situation) {}},
	{"an older one that was used", none, func(s *situation) { s.other(begin.Add(-11*day), begin) }},
	{"a later attempt of this state", none, func(s *situation) { s.other(begin, begin).Unsettled = true }},
	{"a later one, never used", unused, func(s *situation) { s.other(begin.Add(-2*day), time.Time{}) }},
	{"one of the same second", unused, func(s *situation) { s.other(s.have.CreatedAt, time.Time{}) }},
	{"one whose creation is not told", unused, func(s *situation) { s.other(time.Time{}, time.Time{}) }},
	{"a later one without an owner", unused, func(s *situation) { s.other(begin, time.Time{}).Unproven = true }},
	{"a later one that was used", usedOne, func(s *situation) { s.other(begin, begin) }},
	{"a later one of two that was used", usedOne, func(s *situation) {
		s.other(begin, time.Time{}).ID = "key_4"
		s.other(begin, begin)
	}},
	{"a later one whose use is not shown", untold, func(s *situation) {
		s.other(begin, time.Time{})
		s.can.LastUse = keyseries.UseHidden
	}},
}

// standing is the situation that inputs describe.
func standing(inputs []string) situation {
	s := usual()
	s.m.Phase = map[string]keyseries.Phase{living: keyseries.Living, short: keyseries.Living, ending: keyseries.Ending, expired: keyseries.Expired, deleted: keyseries.Deleted}[inputs[0]]
	s.can.Proof = map[string]keyseries.Proof{byOwner: keyseries.ByOwner, byMint: keyseries.ByMint}[inputs[2]]
	s.can.End = map[string]keyseries.End{movable: keyseries.Later, fixed: keyseries.AtMint}[inputs[3]]
	s.want.Triggers = map[string]keyseries.Trigger{rotates: keyseries.Changed, mayRotate: keyseries.NotYetKnown, keeps: keyseries.Same}[inputs[4]]
	if inputs[0] == short { // before the overlap of a key created right after it
		s.want.Overlap, s.want.Lifetime, s.have.Lifetime = 14*day, 13*day, 13*day
		s.have.ExpiresAt, s.m.End = begin.Add(3*day), begin.Add(3*day)
	}
	return s
}

// phase is the phase that counts: of a key whose creation is not told nobody knows when its overlap
// would end.
func (s situation) phase(phase string) string {
	ageless := slices.ContainsFunc(s.m.Others, func(o keyseries.Other) bool { return o.CreatedAt.IsZero() })
	if phase == living && ageless {
		return short
	}
	return phase
}

func TestStand(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, c := range company {
		cross([][]string{{living, short, ending, expired, deleted}, {c.class}, {byOwner, byMint}, {movable, fixed}, {rotates, mayRotate, keeps}}, func(inputs []string) {
			s := standing(inputs)
			c.add(&s)
			inputs[0] = s.phase(inputs[0])
			s.want.Own = scoped(true) // something to change where nothing rotates
			if inputs[0] == expired || inputs[0] == deleted {
				inputs[4] = rotates // a lost key always does
			}
			want := expected(t, standTable, inputs)
			seen[want]++
			d := keyseries.Decide(s.can, s.want, s.have, s.m)
			got := map[keyseries.Verdict]string{keyseries.GoOn: goOn, keyseries.Rotate: goOn, keyseries.Doubt: doubt, keyseries.Stop: stop}[d.Verdict]
			if got != want {
				t.Errorf("%s, %v: %s, want %s", c.name, inputs, got, want)
			}
			if (got == stop) != (d.Older != nil) || got == stop && !d.Quiet() || got != stop && d.Quiet() {
				t.Errorf("%s, %v: decided %s, error %v", c.name, inputs, words(d), d.Older)
			}
		})
	}
	if seen[goOn] == 0 || seen[doubt] == 0 || seen[stop] == 0 {
		t.Errorf("verdicts %v", seen)
	}
	t.Logf("verdicts %v", seen)
}

// What was never finished has no newer state.
func TestStandOfAnUnfinishedKey(t *testing.T) {
	t.Parallel()
	for _, c := range company {
		s := usual()
		c.add(&s)
		s.have, s.m.Phase = keyseries.State{}, keyseries.Deleted
		if got := s.can.Stand(s.have, s.m, s.want.Overlap); got != keyseries.GoOn {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// The moment until which a later key's rotation would have left the expiry as it is: with the longer
// of the applied and the configured overlap, and the time that an answer may take.
func TestStandNearTheEndOfTheOverlap(t *testing.T) {
	t.Parallel()
	const unusual = 3 * day
	for _, c := range []struct {
		name             string
		applied, planned time.Duration // overlaps
		tried            bool          // its expiry is that of a change whose answer was lost
		past             time.Duration // the current key expires so long after the later one's overlap of 3 days
		want             keyseries.Verdict
	}{
		{"at the end", day, unusual, false, 0, keyseries.Stop},
		{"with the overlap of the state", unusual, day, false, 0, keyseries.Stop},
		{"as late as an answer may be", unusual, unusual, false, time.Minute, keyseries.Stop},
		{"later", unusual, unusual, false, 2 * time.Minute, keyseries.GoOn},
		{"after the only overlap there is", day, day, false, 0, keyseries.GoOn},
		{"at the end, by a change that was lost", unusual, unusual, true, 0, keyseries.Stop},
	} {
		s := usual()
		s.have.Overlap, s.want.Overlap = c.applied, c.planned
		later := s.other(begin.Add(-hour), begin)
		s.have.ExpiresAt = later.CreatedAt.Add(unusual + c.past)
		if s.m.End = s.have.ExpiresAt; c.tried {
			s.m.Doubtful, s.m.Tried, s.m.End = []string{"lifetime"}, s.have.ExpiresAt, time.Time{}
		}
		if got := s.can.Stand(s.have, s.m, s.want.Overlap); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The second table: nonce, use, proof, owner, age.
var mayRevokeTable = []row{
	{[]string{remembered, "unused|not shown", "", "", ""}, "yes"},
	{[]string{remembered, usedOne, "", "", ""}, "no"},
	{[]string{forgotten, unused, byOwner, told, "ripe|a day"}, "yes"},
	{[]string{forgotten, unused, byOwner, told, "young|no clock|no creation"}, "no"},
	{[]string{forgotten, "used|not shown", byOwner, told, ""}, "no"},
	{[]string{forgotten, "", byOwner, notTold, ""}, "no"},
	{[]string{forgotten, "", byMint, "", ""}, "no"},
}

func TestMayRevoke(t *testing.T) {
	t.Parallel()
	seen := map[bool]int{}
	cross([][]string{{remembered, forgotten}, {unused, usedOne, untold}, {byOwner, byMint}, {told, notTold}, {ripe, exactly, young, clockless, ageless}}, func(inputs []string) {
		s := standing([]string{living, "", inputs[2], movable, keeps})
		ages := map[string]time.Duration{ripe: 30 * day, exactly: day, young: day - 1, clockless: 30 * day}
		o := s.other(begin.Add(-ages[inputs[4]]), time.Time{})
		if inputs[4] == ageless {
			o.CreatedAt = time.Time{}
		}
		if inputs[4] == clockless {
			s.m.Looked = time.Time{}
		}
		if inputs[1] == usedOne {
			o.LastUsedAt = begin.Add(-hour)
		}
		if inputs[1] == untold {
			s.can.LastUse = keyseries.UseHidden
		}
		o.Unsettled, o.Unproven = inputs[0] == remembered, inputs[3] == notTold
		want := expected(t, mayRevokeTable, inputs) == "yes"
		seen[want]++
		if got := s.can.Clears(*o, s.m); got != want {
			t.Errorf("%v: %v, want %v", inputs, got, want)
		}
		if d := keyseries.Decide(s.can, s.want, s.have, s.m); d.Clears("key_3") != want || d.Clears("key_2") {
			t.Errorf("%v: the plan revokes %v, want %v", inputs, d.Clear, want)
		}
	})
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("answers %v", seen)
	}
}

// there puts the keys of a situation at a vendor: the current one as its phase has it,
// and the others.
func (s situation) there() *vendor {
	v := newVendor().vendor
	v.can, v.made = s.can, 10
	if s.can.Proof == keyseries.ByMint {
		v.owner = ""
	}
	current := v.add("key_2", shown(2), s.have.ExpiresAt)
	current.CreatedAt = s.have.CreatedAt
	switch s.m.Phase {
	case keyseries.Living:
	case keyseries.Ending:
		current.ExpiresAt = begin.Add(hour)
	case keyseries.Expired:
		current.ExpiresAt = begin
	case keyseries.Deleted:
		delete(v.keys, "key_2")
	}
	for i, other := range s.m.Others {
		key := v.add(other.ID, shown(3+i), time.Time{})
		key.CreatedAt, key.LastUsedAt = other.CreatedAt, other.LastUsedAt
		if other.Unproven {
			key.OwnerID = ""
		}
	}
	return v
}

// The same from a look at the vendor to its keys: a stop mints, changes and revokes
// nothing, and whatever goes on revokes what the second table says.
func TestStandEndToEnd(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, c := range company {
		cross([][]string{{living, short, ending, expired, deleted}, {c.class}, {byOwner, byMint}, {movable, fixed}, {rotates, mayRotate, keeps}}, func(inputs []string) {
			name := fmt.Sprintf("%s, %v", c.name, inputs)
			s := standing(inputs)
			c.add(&s)
			inputs[0] = s.phase(inputs[0])
			v := s.there()
			var vendor keyseries.Vendor = v
			if s.can.End == keyseries.Later {
				vendor = full{v}
				s.want.Own = scoped(true)
			}
			for i, other := range s.m.Others {
				if other.Unsettled {
					s.m.Unsettled = append(s.m.Unsettled, keyseries.Attempt{Shown: shown(3 + i), At: begin.Add(-hour)})
				}
			}
			clears := map[string]bool{}
			for _, other := range s.m.Others {
				clears[other.ID] = s.can.Clears(other, s.m) // by the table, see TestMayRevoke
			}
			saw, err := keyseries.Observe(t.Context(), vendor, s.have, s.m)
			if err != nil {
				if inputs[0] == deleted && c.class == none && len(s.m.Others) == 0 {
					return // it left state
				}
				t.Fatalf("%s: %v", name, err)
			}
			if saw.Memory.Phase != s.m.Phase || len(saw.Memory.Others) != len(s.m.Others) {
				t.Fatalf("%s: saw phase %q and %v", name, saw.Memory.Phase, saw.Memory.Others)
			}
			if inputs[4] == mayRotate { // by the apply it is known: the same
				s.want.Triggers, inputs[4] = keyseries.Same, keeps
			}
			if s.m.Phase.Lost() {
				inputs[4] = rotates
			}
			s.have.Previous = saw.Previous
			d := keyseries.Decide(s.can, s.want, s.have, saw.Memory)
			var stored []keyseries.State
			job := keyseries.Job{
				Vendor: vendor, Want: s.want, Have: s.have, Decision: d, Memory: &saw.Memory,
				Keep:   func(keyseries.Minted) error { return nil },
				Store:  func(next keyseries.State) { stored = append(stored, next) },
				Notify: func(keyseries.Notice) {},
			}
			v.journal = nil
			err = job.Run(t.Context())
			want := expected(t, standTable, inputs)
			seen[want]++
			if want == stop {
				var older *keyseries.Older
				if !errors.As(err, &older) || len(v.journal) != 0 || len(stored) != 0 {
					t.Errorf("%s: %v after %v", name, err, v.journal)
				}
				return
			}
			if err != nil || len(stored) == 0 || (v.calls(mint) == 1) != (inputs[4] == rotates) {
				t.Errorf("%s: %v after %v", name, err, v.journal)
			}
			for _, other := range s.m.Others {
				if revoked := slices.Contains(v.revoked, other.ID); revoked != clears[other.ID] {
					t.Errorf("%s: %s revoked: %v, want %v", name, other.ID, revoked, clears[other.ID])
				}
				if remembered := among(saw.Memory.Others, other.ID); remembered == clears[other.ID] {
					t.Errorf("%s: the memory has %v", name, saw.Memory.Others)
				}
			}
			if slices.Contains(v.revoked, "key_2") {
				t.Errorf("%s: the current key was revoked before its overlap ended", name)
			}
		})
	}
	if seen[goOn] == 0 || seen[doubt] == 0 || seen[stop] == 0 {
		t.Errorf("verdicts %v", seen)
	}
}

func among(others []keyseries.Other, id string) bool {
	return slices.ContainsFunc(others, func(other keyseries.Other) bool { return other.ID == id })
}

// The error says what was found and every way on.
func TestOlder(t *testing.T) {
	t.Parallel()
	s := usual()
	s.m.Phase = keyseries.Ending
	s.other(begin.Add(-11*day), time.Time{}).ID = "key_0" // an older one is none of it
	s.other(begin, begin.Add(hour))
	s.other(begin, time.Time{}).ID = "key_4"
	d := keyseries.Decide(s.can, s.want, s.have, s.m)
	wantText(t, d.Older, "state is older than the server", "key key_2 has been given an earlier expiry", "key key_3 (created at 2027-03-01T12:00:00Z, last used at 2027-03-01T13:00:00Z)",
		"key key_4", "Nothing was created or revoked", "newer state", "terraform state rm", "import the newest of these keys", "sealed_value is null", "-target")
	if d.Older.Unused || strings.Contains(d.Older.Error(), "ask for a rotation") || strings.Contains(d.Older.Error(), "key_0") {
		t.Errorf("a rotation is no way on beside a used key: %v", d.Older)
	}
	if strings.Contains(d.Older.Error(), "that user") {
		t.Errorf("a key belongs to nobody else: %v", d.Older)
	}
	s.m.Others[1].Person = "ada"
	wantText(t, keyseries.Decide(s.can, s.want, s.have, s.m).Older, "last used at 2027-03-01T13:00:00Z, belongs to the user ada)",
		"Key key_3 belongs to the user ada, so import it with that user's root key. Or, if the marker of this series was copied to it, revoke that key.")
	s.m.Others = s.m.Others[2:]
	if d = keyseries.Decide(s.can, s.want, s.have, s.m); !d.Older.Unused {
		t.Error("nothing was used")
	}
	wantText(t, d.Older, "ask for a rotation with rotate_when_changed", "import key key_4 (")
}

// What a run that was killed left has a way out of its own: the command that revokes it, for keys without a shown use.
func TestOlderSaysHowToRevoke(t *testing.T) {
	t.Parallel()
	s := usual()
	s.m.Phase, s.can.LastUse = keyseries.Ending, keyseries.UseHidden
	s.other(begin, time.Time{})
	s.other(begin, begin.Add(hour)).ID = "key_4"
	older := keyseries.Decide(s.can, s.want, s.have, s.m).Older
	if strings.Contains(older.Error(), "was killed") {
		t.Errorf("there is no command: %v", older)
	}
	older.Command = func(id string) string { return "orgctl revoke " + id }
	wantText(t, older, "leaves the newer keys alone. If a run that was killed left key key_3, so that no one has its secret, revoke it: orgctl revoke key_3")
	if strings.Contains(older.Error(), "revoke key_4") {
		t.Errorf("a used key is to be revoked: %v", older)
	}
}

// Of several later keys the error names the newest, because the others may be about to expire.
func TestOlderNamesTheNewest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		created time.Time // of the later one of two
		want    string
	}{
		{"later", begin.Add(hour), "import key key_4, the newest ("},
		{"of the same moment", begin, "import the newest of these keys ("},
		{"of an unknown moment", time.Time{}, "import the newest of these keys ("},
	} {
		s := usual()
		s.m.Phase = keyseries.Deleted
		s.other(c.created, begin.Add(hour)).ID = "key_4"
		s.other(begin, begin.Add(hour)).ExpiresAt = begin.Add(2 * hour)
		d := keyseries.Decide(s.can, s.want, s.have, s.m)
		wantText(t, d.Older, c.want, "key key_3 (created at 2027-03-01T12:00:00Z, last used at 2027-03-01T13:00:00Z, expires at 2027-03-01T14:00:00Z)")
		if strings.Count(d.Older.Error(), "expires at") != 1 {
			t.Errorf("%s: key_4 does not expire: %v", c.name, d.Older)
		}
	}
}
