// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package chaos_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// life is a configuration of ten keys that is killed in its create, in two rotations and
// in its destroy, with one apply after each.
type life struct {
	*figures
	t      *testing.T
	seed   uint64
	random *rand.Rand
	world  *acctest.World
	cli    *acctest.CLI
	gate   *gate
	binary string
	what   string // the trial, for messages

	round     int
	read      int             // entries of the journal that are judged
	judged    map[string]bool // objects outside state that an earlier trial has judged
	strangers map[string]bool
	used      map[string]bool // keys that were used while they were in state
}

// kind is what a trial kills.
type kind string

const (
	create   kind = "create"
	rotation kind = "rotation"
	switches kind = "rotation without overlap"
	destroy  kind = "destroy"
)

// trial is one kill and the apply after it, chosen by the seed alone.
type trial struct {
	kind kind
	kill kill
	trap trap
	late time.Duration // from the trap to the kill
	uses bool          // somebody uses a lost key before the next apply
	back bool          // a killed destroy is taken back
}

const keyCount, accountCount = 10, 2

func newLife(t *testing.T, f *figures, seed uint64, binary string) *life {
	w := acctest.NewRealTime(t, openaisim.Options{Seed: seed})
	w.Plugins = map[string]string{"orgkeys/orgkeys": folderOf(binary)}
	g := newGate(w)
	l := &life{
		figures: f, t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)),
		world: w, cli: w.CLI(), gate: g, binary: binary,
		judged: map[string]bool{}, strangers: map[string]bool{}, used: map[string]bool{},
	}
	l.cli.Quiet = true
	l.cli.Env = []string{"ORGKEYS_OPENAI_BASE_URL=" + g.url}
	return l
}

// trials are those of a life.
func (l *life) trials() []trial {
	var out []trial
	for _, what := range []kind{create, rotation, []kind{rotation, switches}[l.random.IntN(2)], destroy} {
		writes := map[kind]int{
			create: 1 + accountCount + keyCount, rotation: 2 * keyCount,
			switches: 2 * keyCount, destroy: 1 + accountCount + keyCount,
		}[what]
		out = append(out, trial{
			kind: what, kill: pickKill(l.random),
			trap: trap{
				write: 1 + l.random.IntN(writes), done: l.random.IntN(3) > 0, dropped: l.random.IntN(2) == 0,
				struck: make(chan struct{}), killed: make(chan struct{}),
			},
			late: time.Duration(l.random.IntN(4)) * 5 * time.Millisecond,
			uses: l.random.IntN(5) == 0, back: l.random.IntN(2) == 0,
		})
	}
	return out
}

func (l *life) config(overlap string) {
	l.cli.Config(fmt.Sprintf(`
provider "orgkeys" {}

resource "orgkeys_openai_project" "p" {
  name = "chaos"
}

resource "orgkeys_openai_service_account" "a" {
  count      = %d
  project_id = orgkeys_openai_project.p.id
  name       = "account-${count.index}"
  role       = "member"
}

resource "orgkeys_openai_api_key" "k" {
  count               = %d
  project_id          = orgkeys_openai_project.p.id
  service_account_id  = orgkeys_openai_service_account.a[count.index %% %d].id
  name                = "key-${count.index}"
  overlap             = %q
  rotate_when_changed = { round = "%d" }
}
`, accountCount, keyCount, accountCount, overlap, l.round))
}

// live runs all trials of the life.
func (l *life) run() error {
	for i, one := range l.trials() {
		l.what = fmt.Sprintf("seed %d, trial %d (%s, %s at write %d):", l.seed, i+1, one.kind, one.kill, one.trap.write)
		goOn, err := l.try(one)
		if err != nil {
			return fmt.Errorf("%s %w", l.what, err)
		}
		if !goOn {
			return nil
		}
	}
	return nil
}

// try kills a run and lets one apply follow. It tells whether the life goes on.
func (l *life) try(one trial) (goOn bool, err error) {
	before, err := stored(l.cli.Dir)
	if err != nil {
		return false, err
	}
	overlap, args := "24h", []string{"apply", "-auto-approve", "-no-color"}
	mayDie := map[string]bool{}
	switch one.kind {
	case create:
	case rotation:
		l.round++
	case switches:
		l.round++
		overlap = "0s"
		maps.Copy(mayDie, before.current)
	case destroy: // what an account has goes with it
		args = append(args, "-destroy")
		for _, id := range l.live() {
			mayDie[id] = true
		}
	}
	l.config(overlap)
	screen, err := l.killRun(one, args)
	if err != nil {
		return false, err
	}
	wasLost, err := l.outside()
	if err != nil {
		return false, err
	}
	used := ""
	if one.uses && one.kind != destroy {
		used = l.useOne(wasLost)
	}
	if one.kind == destroy && one.back {
		args = slices.DeleteFunc(args, func(arg string) bool { return arg == "-destroy" })
	}
	l.gate.set(nil)
	result := l.cli.Run(args...)
	switch {
	case result.Code == 0:
	case used != "" && strings.Contains(result.Output, used):
		l.count(failed, 1)
		l.count(refused, 1)
	default:
		l.count(failed, 1)
		l.t.Logf("%s the next apply ended with %d:\n%s", l.what, result.Code, result.Output)
	}
	if used != "" {
		l.used[used] = true
	}
	if err := l.judge(wasLost, screen+result.Output, mayDie); err != nil {
		return false, err
	}
	if result.Code != 0 || one.kind == destroy {
		return false, nil
	}
	return true, l.settle()
}

// killRun starts a run and kills it in its trap. It gives what the run printed.
func (l *life) killRun(one trial, args []string) (string, error) {
	l.gate.set(&one.trap)
	p, err := start(l.cli, l.binary, args...)
	if err != nil {
		return "", err
	}
	l.count(killed, 1)
	select {
	case <-one.trap.struck:
		wait(one.late)
		l.countFlying()
		p.strike(one.kill)
		close(one.trap.killed)
	case <-p.done:
		l.count(missed, 1)
	}
	if !p.ended() {
		l.broke(hung, "%s the CLI did not end", l.what)
	}
	if left := p.alone(); len(left) > 0 {
		l.broke(survivors, "%s %d provider processes were there %s after the CLI", l.what, len(left), outlive)
	}
	l.gate.set(nil) // an answer that nobody waits for is no moment of a kill
	l.cli.Write(fmt.Sprintf("killed-%d.txt", p.cmd.Process.Pid), p.output.String())
	return p.output.String(), nil
}

func (l *life) countFlying() {
	flying := l.gate.inFlight()
	if len(flying) > 0 {
		l.count(inFlight, 1)
	}
	seen := map[string]bool{}
	for _, one := range flying {
		seen[kindOfWrite(one)] = true
	}
	for figure := range seen {
		l.count(figure, 1)
	}
}

// kindOfWrite says what a request does: an update names an object at the end of its path.
func kindOfWrite(one flight) string {
	last := one.path[strings.LastIndex(one.path, "/")+1:]
	switch {
	case one.method == http.MethodDelete, last == "archive":
		return inDelete
	case slices.Contains([]string{"projects", "service_accounts", "api_keys"}, last):
		return inCreate
	}
	return inUpdate
}

// useOne uses one of the lost keys, as a run does that delivered it before it was killed.
func (l *life) useOne(wasLost []string) string {
	for _, key := range l.world.Live() {
		if slices.Contains(wasLost, key.ID) {
			l.world.Sim.UseKey(key.ID)
			return key.ID
		}
	}
	return ""
}

// settle goes on between two trials: half of the keys are used, and strangers settle in.
func (l *life) settle() error {
	state, err := stored(l.cli.Dir)
	if err != nil {
		return err
	}
	for _, key := range l.world.Live() {
		if state.current[key.ID] && l.random.IntN(2) == 0 {
			l.world.Sim.UseKey(key.ID)
			l.used[key.ID] = true
		}
	}
	if len(l.strangers) > 0 {
		return nil
	}
	for _, key := range l.world.Live() {
		if state.current[key.ID] {
			l.seedStrangers(key)
			return nil
		}
	}
	return fmt.Errorf("no key of the state lives")
}

// seedStrangers adds keys of others that carry the name of one of ours.
func (l *life) seedStrangers(key openaisim.Key) {
	account := l.world.Sim.SeedServiceAccount(key.ProjectID, "stranger", "member")
	l.strangers[account] = true
	for _, spec := range []openaisim.KeySpec{
		{ProjectID: key.ProjectID, UserName: "Ada Example", Name: key.Name},
		{AccountID: account, Name: key.Name},
		{AccountID: account, Name: "key-0"},
	} {
		id, _ := l.world.Sim.SeedKey(spec)
		l.strangers[id] = true
	}
}
