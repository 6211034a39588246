// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// Failure in the middle: real processes are killed between two steps, and the next
// apply has to find everything and leave one live key.

// running is a command of the CLI on its way.
type running struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	over chan struct{} // closed when its plugins have ended too

	mu     sync.Mutex
	output bytes.Buffer
	waits  map[string]chan struct{} // closed when the output says the text
}

func start(t *testing.T, c *acctest.CLI, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: c.Command(args...), done: make(chan struct{}), waits: map[string]chan struct{}{}}
	r.cmd.Stdout, r.cmd.Stderr = r, r
	r.watched(func() error { return r.cmd.Start() })
	go func() {
		_ = r.cmd.Wait()
		close(r.done)
	}()
	t.Cleanup(func() { // for the leak scan, which comes later
		r.kill()
		c.Write(fmt.Sprintf("killed-%d.txt", r.cmd.Process.Pid), r.text())
	})
	return r
}

// watched starts the command with an input that its plugins inherit: writing to it fails
// once the last of them has ended.
func (r *running) watched(start func() error) {
	r.t.Helper()
	input, output, err := os.Pipe()
	if err != nil {
		r.t.Fatal(err)
	}
	r.cmd.Stdin, r.over = input, make(chan struct{})
	if err := start(); err != nil {
		r.t.Fatal(err)
	}
	_ = input.Close()
	go func() {
		defer close(r.over)
		for err == nil {
			_, err = output.Write(make([]byte, 4096))
		}
	}()
	r.t.Cleanup(func() { _ = output.Close() })
}

// Write implements [io.Writer] for what the CLI prints.
func (r *running) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.output.Write(p)
	for text, wait := range r.waits {
		if strings.Contains(r.output.String(), text) {
			close(wait)
			delete(r.waits, text)
		}
	}
	return len(p), nil
}

func (r *running) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.String()
}

// says gives a channel that is closed once the output says the text.
func (r *running) says(text string) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := make(chan struct{})
	if strings.Contains(r.output.String(), text) {
		close(wait)
	} else {
		r.waits[text] = wait
	}
	return wait
}

// until waits for something to happen while the command is running.
func (r *running) until(what string, happened <-chan struct{}) {
	r.t.Helper()
	select {
	case <-happened:
	case <-r.done:
		r.t.Fatalf("the command ended before %s:\n%s", what, r.text())
	}
}

// end waits for the command to end and gives its exit code, -1 for a kill.
func (r *running) end() int {
	<-r.done
	return r.cmd.ProcessState.ExitCode()
}

// provider is the provider's process: the child of this very command that runs it.
func (r *running) provider() int {
	r.t.Helper()
	for pid, parent := range parents(r.t) {
		if parent.pid == r.cmd.Process.Pid && strings.HasPrefix(parent.name, "terraform-provi") && runs(pid, "terraform-provider-orgkeys") {
			return pid
		}
	}
	r.t.Fatal("the command has no provider process")
	return 0
}

type parent struct {
	pid  int
	name string // as the kernel cuts it off
}

// parents says the parent of every process of this machine, from /proc.
func parents(t *testing.T) map[int]parent {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("needs /proc to find the provider's process")
	}
	out := map[int]parent{}
	for _, stat := range stats {
		data, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended meanwhile
		}
		// "123 (name) S 45 …"
		line := string(data)
		from, to := strings.Index(line, "("), strings.LastIndex(line, ")")
		fields := strings.Fields(line[to+1:])
		pid, err := strconv.Atoi(strings.TrimSpace(line[:from]))
		of, parentErr := strconv.Atoi(fields[1])
		if err == nil && parentErr == nil {
			out[pid] = parent{of, line[from+1 : to]}
		}
	}
	return out
}

func runs(pid int, program string) bool {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && filepath.Base(path) == program
}

// kill ends the command and its provider at once, as a runner does that is lost.
func (r *running) kill() {
	select {
	case <-r.done:
		return
	default:
	}
	// The CLI first: it must not come to saving anything.
	var children []int
	for pid, parent := range parents(r.t) {
		if parent.pid == r.cmd.Process.Pid {
			children = append(children, pid)
		}
	}
	_ = r.cmd.Process.Kill()
	<-r.done
	for _, pid := range children {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// killings are the ways to lose an apply.
var killings = map[string]func(*running){
	"provider": func(r *running) {
		if err := syscall.Kill(r.provider(), syscall.SIGKILL); err != nil {
			r.t.Fatal(err)
		}
		if code := r.end(); code != 1 {
			r.t.Errorf("the CLI ended with %d, want 1:\n%s", code, r.text())
		}
	},
	"everything": func(r *running) { r.kill() },
}

// strikes sets a fault and gives a channel that is closed when it strikes.
func strikes(w *acctest.World, f simkit.Fault) <-chan struct{} {
	struck := make(chan struct{})
	f.Times, f.Notify = 1, sync.OnceFunc(func() { close(struck) })
	w.Sim.Inject(f)
	return struck
}

func apply(args ...string) []string {
	return append([]string{"apply", "-auto-approve", "-no-color"}, args...)
}

func reason(text string, more ...string) string {
	return bareProvider + stack(append([]string{fmt.Sprintf("rotate_when_changed = { reason = %q }", text)}, more...)...)
}

func ids(keys []openaisim.Key) []string {
	out := make([]string, 0, len(keys))
	for _, key := range keys {
		out = append(out, key.ID)
	}
	return out
}

// current is the key in state; it must work, and its secret open.
func current(t *testing.T, c *acctest.CLI) string {
	t.Helper()
	values := c.Values(keyAddress)
	sealed, _ := values["sealed_value"].(string)
	if sealed == "" || !c.World.Sim.Valid(opened(t, c.World, sealed)) {
		t.Errorf("the key in state does not work: %v", values["id"])
	}
	id, _ := values["id"].(string)
	return id
}

// exactly checks which keys work.
func exactly(t *testing.T, w *acctest.World, want ...string) {
	t.Helper()
	live := ids(w.Live())
	slices.Sort(live)
	slices.Sort(want)
	if !slices.Equal(live, want) {
		t.Errorf("live keys %v, want %v", live, want)
	}
}

// A Create that is killed can leave no trace in state. The next one reports what it
// left, with the command that ends it, and does not revoke what may be another's.
func TestAccKilledInCreate(t *testing.T) {
	t.Parallel()
	for name, killing := range killings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := w.CLI()
			c.Config(bareProvider + stack())
			minted := strikes(w, simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.HangAfter})
			r := start(t, c, apply()...)
			r.until("the mint", minted)
			killing(r)
			left := ids(w.Live())
			if len(left) != 1 {
				t.Fatalf("%d live keys after the kill, want the one nobody holds", len(left))
			}
			if name == "everything" {
				// Nothing at all was saved: the objects without a secret are there too.
				w.Sim.ArchiveProject(projectID(w))
				c.Must(apply())
				exactly(t, w, current(t, c))
				c.NoChanges()
				return
			}
			says(t, c.Plan().Output, "orgkeys_openai_api_key.k will be created", "1 to add, 0 to change, 0 to destroy")
			says(t, c.Apply().Output, "("+left[0]+") has the same name and was never used", "an earlier run was killed",
				"-X DELETE "+w.Sim.URL()+"/organization/projects/"+projectID(w)+"/api_keys/"+left[0])
			exactly(t, w, left[0], current(t, c))
			c.NoChanges()
			if got := w.Sim.Count(openaisim.OpAPIKeysDelete); got != 0 {
				t.Errorf("%d keys were revoked, and nobody may know whose they are", got)
			}
		})
	}
}

// A rotation that is killed leaves a key of the series. The next apply rotates, because
// the reason to rotate is still there; the key that was left is named, and revoked once it
// has stayed unused for a day.
func TestAccKilledInRotation(t *testing.T) {
	t.Parallel()
	for moment, fault := range map[string]simkit.Fault{
		"mint has no answer yet":   {Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.HangAfter},
		"old key not shortened":    {Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.HangBefore},
		"old key shortened":        {Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.HangAfter},
		"overlap 0s, not revoked":  {Operation: openaisim.OpAPIKeysDelete, Kind: simkit.HangBefore},
		"overlap 0s, both revoked": {Operation: openaisim.OpAPIKeysDelete, Kind: simkit.HangAfter},
	} {
		for name, killing := range killings {
			t.Run(moment+", "+name, func(t *testing.T) {
				t.Parallel()
				overlap := `overlap = "2h"`
				if fault.Operation == openaisim.OpAPIKeysDelete {
					overlap = `overlap = "0s"`
				}
				w := acctest.NewRealTime(t, openaisim.Options{})
				c := w.CLI()
				c.Config(reason("a", overlap))
				c.Apply()
				old := current(t, c)

				c.Config(reason("b", overlap))
				struck := strikes(w, fault)
				r := start(t, c, apply()...)
				r.until("the fault", struck)
				killing(r)
				live := w.Live()
				gone := fault.Operation == openaisim.OpAPIKeysDelete && fault.Kind == simkit.HangAfter
				want := 2
				if gone {
					want = 1
				}
				if len(live) != want {
					t.Fatalf("%d live keys after the kill, want %d", len(live), want)
				}
				left := live[len(live)-1].ID
				if left == old {
					t.Fatalf("no new key: %v", ids(live))
				}
				var promised time.Time
				if !gone {
					promised = live[0].ExpiresAt
				}
				if got := text(c.Values(keyAddress)["id"]); got != old {
					t.Fatalf("the state has %s, but nothing was saved since %s", got, old)
				}

				if gone && name == "provider" {
					// Terraform drops the private state of a killed provider, and with the old
					// key its mark is gone: the series cannot be known again, only reported.
					says(t, c.Plan().Output, "is gone", "orgkeys_openai_api_key.k will be created")
					says(t, c.Apply().Output, "("+left+") has the same name and was never used", "api_keys/"+left)
					exactly(t, w, left, current(t, c))
					c.NoChanges()
					return
				}
				plan := c.Plan().Output
				says(t, plan, "("+left+") is left alone", "neither the current nor a previous key of this state", "will be rotated", "generation 2")
				if gone {
					says(t, plan, "the current key was revoked outside Terraform")
				} else {
					says(t, plan, "rotate_when_changed has changed", "Key "+old+" of \"worker\" is replaced")
				}
				c.Apply()
				now := current(t, c)
				if now == old || now == left {
					t.Errorf("the key in state is %s, want a new one beside %s and %s", now, old, left)
				}
				if overlap == `overlap = "0s"` {
					exactly(t, w, left, now)
				} else {
					exactly(t, w, old, left, now)
					end := keyOf(w, old).ExpiresAt
					if end.IsZero() || !promised.IsZero() && end.After(promised) {
						t.Errorf("the old key ends at %s; the killed run had promised %s", end, promised)
					}
				}
				c.NoChanges()
				says(t, c.Plan().Output, "("+left+") is left alone")
				w.Sim.Clock().Advance(2*time.Hour + time.Minute)
				exactly(t, w, left, now)
			})
		}
	}
}

func keyOf(w *acctest.World, id string) openaisim.Key {
	keys := w.Sim.Keys()
	return keys[slices.IndexFunc(keys, func(key openaisim.Key) bool { return key.ID == id })]
}

// The reason to rotate is taken back after the kill: the key stays, and so does, for a
// day, what the killed run left.
func TestAccKilledRotationTakenBack(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	c.Config(reason("a"))
	c.Apply()
	old := current(t, c)
	c.Config(reason("b"))
	minted := strikes(w, simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.HangAfter})
	r := start(t, c, apply()...)
	r.until("the mint", minted)
	killings["provider"](r)
	c.Config(reason("a"))
	left := ids(slices.DeleteFunc(w.Live(), func(key openaisim.Key) bool { return key.ID == old }))
	plan := c.Plan().Output
	says(t, plan, "("+left[0]+") is left alone")
	if strings.Contains(plan, "will be rotated") {
		t.Errorf("the plan rotates without a reason:\n%s", plan)
	}
	c.Apply()
	exactly(t, w, old, left[0])
	if got := current(t, c); got != old {
		t.Errorf("the key in state is %s, want still %s", got, old)
	}
	c.NoChanges()
}

// The store fails after a rotation's mint: the same key arrives later, minted once.
func TestAccStoreDownInRotation(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	folder := filepath.Join(w.Store, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	store := fmt.Sprintf(`
provider "store" {
  directory = %q
}

ephemeral "orgkeys_unsealed" "k" {
  sealed_value = orgkeys_openai_api_key.k.sealed_value
}

resource "store_secret" "s" {
  name            = "worker"
  data_wo         = ephemeral.orgkeys_unsealed.k.value
  data_wo_version = orgkeys_openai_api_key.k.version
}
`, folder)
	c.Config(reason("a") + store)
	c.Env = []string{"ORGKEYS_SEAL_IDENTITY=" + w.Identity}
	c.Apply()
	first, old := w.Stored("folder/worker"), current(t, c)
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	c.Config(reason("b") + store)
	says(t, c.Must(apply(), 1).Output, "The store is down")
	now := current(t, c)
	exactly(t, w, old, now)
	if err := os.Rename(folder+"-away", folder); err != nil {
		t.Fatal(err)
	}
	c.Apply()
	if got := current(t, c); got != now {
		t.Errorf("the key in state is %s, want still %s", got, now)
	}
	second := w.Stored("folder/worker")
	if second == first || second != opened(t, w, text(c.Values(keyAddress)["sealed_value"])) || !w.Sim.Valid(second) {
		t.Error("the store does not hold the new key's secret")
	}
	if got := minted(w); got != 2 {
		t.Errorf("%d keys minted for two generations", got)
	}
	c.NoChanges()
}

// The shortening fails after the mint: a warning, and the next apply asks for what
// remains, so that the old key dies at the promised moment.
func TestAccShortenFailsAfterMint(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	c.Config(reason("a", `overlap = "2h"`))
	c.Apply()
	old := current(t, c)
	w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.StatusBefore, Status: 500})
	c.Config(reason("b", `overlap = "2h"`))
	says(t, c.Apply().Output, "("+old+") does not expire at the server yet", "Key "+old+" could not be made to expire at", "The next apply tries again")
	now := current(t, c)
	exactly(t, w, old, now)
	live := w.Live()
	if !live[0].ExpiresAt.IsZero() {
		t.Fatal("the old key was shortened after all")
	}
	promised := live[1].CreatedAt.Add(2 * time.Hour)

	w.Sim.ClearFaults()
	w.Sim.ResetJournal()
	if result := c.Plan(); result.Code != 2 || strings.Contains(result.Output, "will be rotated") {
		t.Errorf("the next plan must shorten and not rotate:\n%s", result.Output)
	}
	c.Apply()
	if got := minted(w); got != 0 {
		t.Errorf("%d keys minted", got)
	}
	exactly(t, w, old, now)
	if end := w.Live()[0].ExpiresAt; end.Sub(promised).Abs() > 3*time.Second {
		t.Errorf("the old key ends at %s, promised was %s", end, promised)
	}
	c.NoChanges()
	w.Sim.Clock().Set(promised.Add(time.Second))
	exactly(t, w, now)
}

// The old key is revoked by hand, at each moment of a rotation.
func TestAccOldKeyRevokedByHand(t *testing.T) {
	t.Parallel()
	t.Run("between mint and shortening", func(t *testing.T) {
		t.Parallel()
		w := acctest.NewRealTime(t, openaisim.Options{})
		c := w.CLI()
		c.Config(reason("a"))
		c.Apply()
		old := current(t, c)
		w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.Delay, Times: 1, Notify: func() { w.Sim.RevokeKey(old) }})
		c.Config(reason("b"))
		if output := c.Apply().Output; strings.Contains(output, "does not expire at the server") {
			t.Errorf("a key that is gone has ended as planned:\n%s", output)
		}
		exactly(t, w, current(t, c))
		c.NoChanges()
	})
	t.Run("during the overlap", func(t *testing.T) {
		t.Parallel()
		w := acctest.NewRealTime(t, openaisim.Options{})
		c := w.CLI()
		c.Config(reason("a"))
		c.Apply()
		old := current(t, c)
		c.Config(reason("b"))
		c.Apply()
		w.Sim.RevokeKey(old)
		c.NoChanges()
		c.Apply()
		exactly(t, w, current(t, c))
		if got := minted(w); got != 2 {
			t.Errorf("%d keys minted for two generations", got)
		}
	})
	t.Run("the current one during the overlap", func(t *testing.T) {
		t.Parallel()
		w := acctest.NewRealTime(t, openaisim.Options{})
		c := w.CLI()
		c.Config(reason("a"))
		c.Apply()
		old := current(t, c)
		c.Config(reason("b"))
		c.Apply()
		w.Sim.RevokeKey(inState(c))
		says(t, c.Plan().Output, "will be rotated", "the current key was revoked outside Terraform", "no longer works", "generation 3")
		c.Apply()
		exactly(t, w, old, current(t, c))
		c.NoChanges()
	})
}

// inState is the id in state, whether it works or not.
func inState(c *acctest.CLI) string { return text(c.Values(keyAddress)["id"]) }

// Two applies race without a lock on copies of one state: the next apply of the state
// that was kept finds the other's key, and leaves it alone, because somebody may be using
// it.
func TestAccRacingApplies(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c, other := w.CLI(), w.CLI()
	c.Config(reason("a", `overlap = "2h"`))
	c.Apply()
	old := current(t, c)
	state, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	other.Write("terraform.tfstate", string(state))
	c.Config(reason("b", `overlap = "2h"`))
	other.Config(reason("b", `overlap = "2h"`))

	// Both have looked and planned before either gets its key.
	for _, one := range []*acctest.CLI{c, other} {
		one.Must([]string{"plan", "-lock=false", "-no-color", "-out=race.tfplan"})
	}
	runs := []*running{start(t, c, apply("-lock=false", "race.tfplan")...), start(t, other, apply("-lock=false", "race.tfplan")...)}
	for _, r := range runs {
		if code := r.end(); code != 0 {
			t.Errorf("an apply ended with %d:\n%s", code, r.text())
		}
	}
	winner, loser := current(t, c), current(t, other)
	exactly(t, w, old, winner, loser)

	says(t, c.Plan().Output, "("+loser+") is left alone", "another run created it", "api_keys/"+loser)
	c.Apply()
	exactly(t, w, old, winner, loser)
	if got := current(t, c); got != winner {
		t.Errorf("the key in state is %s, want still %s", got, winner)
	}
	c.NoChanges()
	w.Sim.Clock().Advance(2*time.Hour + time.Minute)
	exactly(t, w, winner, loser)
}

// An interrupt while the mint is under way: the key must reach the state.
func TestAccInterruptedMint(t *testing.T) {
	t.Parallel()
	for name, rotation := range map[string]bool{"create": false, "rotation": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := w.CLI()
			var old string
			if rotation {
				c.Config(reason("a"))
				c.Apply()
				old = current(t, c)
			}
			c.Config(reason("b"))
			minting, proceed := make(chan struct{}), make(chan struct{})
			w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.Delay, Times: 1, Notify: func() {
				close(minting)
				<-proceed
			}})
			r := start(t, c, apply()...)
			r.until("the mint", minting)
			if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			r.until("the interrupt was heard", r.says("Interrupt received"))
			close(proceed)
			r.end()
			now := current(t, c)
			if rotation {
				exactly(t, w, old, now)
			} else {
				exactly(t, w, now)
			}
			// Whatever the stop left undone is finished, without another key.
			c.Apply()
			if got := current(t, c); got != now {
				t.Errorf("the key in state is %s, want still %s", got, now)
			}
			if old != "" && w.Live()[0].ExpiresAt.IsZero() {
				t.Error("the old key has no end")
			}
			c.NoChanges()
		})
	}
}
