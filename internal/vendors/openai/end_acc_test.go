// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// How the provider's process ends: with its CLI, after what it has sent, and without a
// key that was not delivered.

// outlives fails the test for a provider that is there ten seconds after its CLI, which
// must have ended or been killed.
func (r *running) outlives() {
	r.t.Helper()
	<-r.done
	select {
	case <-r.over:
	case <-time.After(10 * time.Second): //nolint:forbidigo // a real process, by the real clock
		r.t.Fatal("the provider outlives its CLI")
	}
}

// meets runs a command and has something happen to it when a fault strikes, which is
// done before the server answers.
func meets(c *acctest.CLI, f simkit.Fault, happens func(*running), args ...string) *running {
	c.World.T.Helper()
	t, ok := c.World.T.(*testing.T)
	if !ok {
		c.World.T.Fatal("needs a *testing.T")
	}
	started := make(chan *running, 1)
	f.Times, f.Notify = 1, func() { happens(<-started) }
	c.World.Sim.Inject(f)
	r := start(t, c, args...)
	started <- r
	<-r.done
	return r
}

// at answers the operation without a fault.
func at(operation string) simkit.Fault {
	return simkit.Fault{Operation: operation, Kind: simkit.Delay, Delay: time.Millisecond}
}

// send gives a signal to a process of a command.
func (r *running) send(s syscall.Signal, to func(*running) int) {
	r.t.Helper()
	if err := syscall.Kill(to(r), s); err != nil {
		r.t.Error(err)
	}
}

func theCLI(r *running) int { return r.cmd.Process.Pid }

// quietly says in the name of a test whether the provider logs to the CLI.
var quietly = map[string]bool{"with logs": false, "without logs": true}

// The CLI is killed while a Create waits for its key: nothing knows the key, so it is
// revoked.
func TestAccCLIKilledInCreate(t *testing.T) {
	t.Parallel()
	for name, quiet := range quietly {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := w.CLI()
			c.Quiet = quiet
			c.Config(bareProvider + stack())
			r := meets(c, at(openaisim.OpServiceAccountKeysCreate), func(r *running) { r.send(syscall.SIGKILL, theCLI) }, apply()...)
			r.outlives()
			exactly(t, w)
			if got := minted(w); got != 1 {
				t.Errorf("%d keys minted, want one", got)
			}
		})
	}
}

// The CLI is killed in the middle of a rotation: the new key is revoked, and the old one
// is neither shortened nor revoked. The next apply rotates.
func TestAccCLIKilledInRotation(t *testing.T) {
	t.Parallel()
	for name, quiet := range quietly {
		for _, overlap := range []string{`overlap = "2h"`, `overlap = "0s"`} {
			t.Run(name+", "+overlap, func(t *testing.T) {
				t.Parallel()
				w := acctest.NewRealTime(t, openaisim.Options{})
				c := w.CLI()
				c.Quiet = quiet
				c.Config(reason("a", overlap))
				c.Apply()
				old := current(t, c)
				c.Config(reason("b", overlap))
				r := meets(c, at(openaisim.OpServiceAccountKeysCreate), func(r *running) { r.send(syscall.SIGKILL, theCLI) }, apply()...)
				r.outlives()
				exactly(t, w, old)
				if end := w.Live()[0].ExpiresAt; !end.IsZero() {
					t.Errorf("the old key was shortened to %s", end)
				}
				c.Apply()
				now := current(t, c)
				if now == old {
					t.Error("the next apply did not rotate")
				}
				c.NoChanges()
			})
		}
	}
}

// The same for admin keys, whose old key would be deleted.
func TestAccCLIKilledInAdminKeyRotation(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	admin := func(reason string) string {
		return bareProvider + fmt.Sprintf(`
resource "orgkeys_openai_admin_key" "k" {
  name                = "pipeline"
  overlap             = "0s"
  rotate_when_changed = { reason = %q }
}
`, reason)
	}
	c.Config(admin("a"))
	c.Apply()
	before := w.Sim.AdminKeys()
	c.Config(admin("b"))
	r := meets(c, at(openaisim.OpAdminAPIKeysCreate), func(r *running) { r.send(syscall.SIGKILL, theCLI) }, apply()...)
	r.outlives()
	after := w.Sim.AdminKeys()
	if len(after) != len(before) {
		t.Errorf("%d admin keys after the kill, want the %d from before", len(after), len(before))
	}
	for i := range min(len(after), len(before)) {
		if after[i].ID != before[i].ID {
			t.Errorf("admin key %s, want %s", after[i].ID, before[i].ID)
		}
	}
}

// SIGTERM and SIGHUP do not interrupt a mint, whoever of the process group gets them.
func TestAccToldToEndInMint(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]func(*running) int{"provider": (*running).provider, "both": nil} {
		for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
			t.Run(name+", "+s.String(), func(t *testing.T) {
				t.Parallel()
				w := acctest.NewRealTime(t, openaisim.Options{})
				c := w.CLI()
				c.Config(reason("a", `overlap = "2h"`))
				c.Apply()
				old := current(t, c)
				c.Config(reason("b", `overlap = "2h"`))
				r := meets(c, at(openaisim.OpServiceAccountKeysCreate), func(r *running) {
					r.send(s, (*running).provider)
					if to == nil {
						r.send(s, theCLI)
					}
				}, apply()...)
				r.outlives()
				now := current(t, c)
				if now == old {
					t.Fatalf("the rotation is lost:\n%s", r.text())
				}
				exactly(t, w, old, now)
			})
		}
	}
}

// A provider that was told to end creates nothing more, and the apply says so.
func TestAccToldToEndCreatesNothing(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	c.Config(bareProvider + stack())
	r := meets(c, at(openaisim.OpProjectsCreate), func(r *running) {
		r.send(syscall.SIGHUP, (*running).provider)
		r.send(syscall.SIGTERM, (*running).provider)
	}, apply()...)
	r.outlives()
	if code := r.end(); code != 1 {
		t.Errorf("the apply ended with %d, want 1", code)
	}
	says(t, r.text(), "the provider was asked to stop", "Nothing was sent. Apply again.")
	if accounts := w.Sim.ServiceAccounts(); len(accounts) != 0 {
		t.Errorf("%d accounts were created after the signal", len(accounts))
	}
	if c.Values("orgkeys_openai_project.p") == nil {
		t.Error("the project, whose creation was on its way, is not in state")
	}
	c.Apply()
	exactly(t, w, current(t, c))
}

// Terraform closes no run-scoped key after its consumer failed or the run was stopped;
// the provider revokes it when it ends, and also when the CLI is killed.
func TestAccRunKeyEndsWithTheProvider(t *testing.T) {
	t.Parallel()
	for name, consumer := range map[string]string{
		"the consumer fails":  "exit 1",
		"the run is stopped":  "kill -INT $PPID; exec sleep 60",
		"the CLI is killed":   "kill -KILL $PPID",
		"the runner gives up": "kill -TERM $PPID; exec sleep 60",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			project := w.Sim.SeedProject("p")
			account := w.Sim.SeedServiceAccount(project, "a", "member")
			c := w.CLI()
			c.Config(bareProvider + fmt.Sprintf(`
ephemeral "orgkeys_openai_api_key" "run" {
  project_id         = %q
  service_account_id = %q
  name               = "run"
}

resource "terraform_data" "use" {
  provisioner "local-exec" {
    command     = %q
    environment = { KEY = ephemeral.orgkeys_openai_api_key.run.value }
  }
}
`, project, account, consumer))
			r := start(t, c, apply()...)
			r.outlives()
			if code := r.end(); code == 0 {
				t.Errorf("the apply went well:\n%s", r.text())
			}
			exactly(t, w)
			if got := minted(w); got == 0 || strings.Contains(r.text(), "Apply complete") {
				t.Errorf("%d keys were minted, so nothing was tested:\n%s", got, r.text())
			}
		})
	}
}
