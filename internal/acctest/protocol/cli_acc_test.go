// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol/toy"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// command is one run of the CLI.
type command struct {
	name, mode string // no name takes the resource away
	stale      bool   // -refresh=false
	replace    bool   // -replace
	before     bool   // create_before_destroy
	destroy    bool   // terraform destroy
}

func (c command) config() string {
	text := "terraform {\n  required_providers {\n    toy = { source = \"orgkeys/toy\" }\n  }\n}\n"
	if c.name == "" {
		return text
	}
	mode := "null"
	if c.mode != "" {
		mode = fmt.Sprintf("%q", c.mode)
	}
	return text + fmt.Sprintf("\nresource \"toy_thing\" \"t\" {\n  name = %q\n  mode = %s\n  lifecycle {\n    create_before_destroy = %v\n  }\n}\n", c.name, mode, c.before)
}

func (c command) args() []string {
	args := []string{"apply", "-auto-approve", "-no-color"}
	if c.destroy {
		args = append(args, "-destroy")
	}
	if c.stale {
		args = append(args, "-refresh=false")
	}
	if c.replace {
		args = append(args, "-replace=toy_thing.t")
	}
	return args
}

// The driver makes the calls that a real CLI makes, in its order and with the private state
// that it hands over, and keeps in state what it keeps: after creates, updates and destroys
// that succeed, fail or crash, of objects that are tainted, replaced or deposed.
func TestAccDriverIsLikeTheCLI(t *testing.T) {
	t.Parallel()
	plansOrphansFirst := plansOrphansFirst(t)
	for name, commands := range map[string][]command{
		"a life":                                          {{name: "a"}, {name: "a"}, {name: "b"}, {}},
		"destroyed":                                       {{name: "a"}, {name: "a", destroy: true}},
		"destroyed without refresh":                       {{name: "a"}, {name: "a", destroy: true, stale: true}},
		"tainted, then all destroyed":                     {{name: "a", mode: toy.FailsAfterCreate}, {name: "a", destroy: true}},
		"deposed, then all destroyed":                     {{name: "a", mode: toy.FailsInDelete, before: true}, {name: "a", before: true, replace: true}, {name: "a", before: true, destroy: true}},
		"without refresh":                                 {{name: "a"}, {name: "b", stale: true}, {stale: true}},
		"replaced":                                        {{name: "a"}, {name: "b", mode: toy.Replaces}},
		"replaced, created before":                        {{name: "a", before: true}, {name: "b", mode: toy.Replaces, before: true}},
		"replaced by hand":                                {{name: "a"}, {name: "a", replace: true}},
		"tainted, then replaced":                          {{name: "a", mode: toy.FailsAfterCreate}, {name: "a"}},
		"tainted, then replaced, stale":                   {{name: "a", mode: toy.FailsAfterCreate}, {name: "a", stale: true}},
		"tainted, then destroyed":                         {{name: "a", mode: toy.FailsAfterCreate}, {}},
		"tainted, then destroyed, stale":                  {{name: "a", mode: toy.FailsAfterCreate}, {stale: true}},
		"tainted, then replaced, created before":          {{name: "a", mode: toy.FailsAfterCreate, before: true}, {name: "a", before: true}},
		"create fails in a replacement":                   {{name: "a", before: true}, {name: "b", mode: toy.FailsAfterCreate, before: true, replace: true}, {name: "b", before: true}},
		"update fails":                                    {{name: "a"}, {name: "b", mode: toy.FailsInUpdate}, {name: "b"}},
		"delete fails":                                    {{name: "a", mode: toy.FailsInDelete}, {}, {}},
		"deposed, and its delete fails":                   {{name: "a", mode: toy.FailsInDelete, before: true}, {name: "a", before: true, replace: true}, {name: "a", before: true}},
		"provider crashes in create":                      {{name: "a", mode: toy.CrashesInCreate}, {name: "a"}},
		"provider crashes in update":                      {{name: "a"}, {name: "b", mode: toy.CrashesInUpdate}, {name: "b"}, {}},
		"provider crashes in update, then -refresh=false": {{name: "a"}, {name: "b", mode: toy.CrashesInUpdate}, {name: "b", stale: true}},
		"provider crashes in delete":                      {{name: "a", mode: toy.CrashesInDelete}, {}, {name: "a", mode: toy.CrashesInDelete}},
		"provider crashes in a replacement":               {{name: "a", mode: toy.CrashesInDelete}, {name: "a", mode: toy.CrashesInDelete, replace: true}, {name: "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli, driver := newCLI(t), newBench(t)
			driver.PlansOrphansFirst = plansOrphansFirst
			for i, one := range commands {
				calls, kept, code := runCLI(t, cli, one)
				driver.journal = nil
				err := driver.run(t.Context(), one)
				if err != nil && !errors.Is(err, protocol.ErrFailed) {
					t.Fatalf("run %d: %v", i+1, err)
				}
				if (err != nil) != (code != 0) {
					t.Errorf("run %d: the CLI ended with %d, the driver with %v", i+1, code, err)
				}
				made := driver.journal
				if deposes(commands) { // current and deposed objects are walked side by side
					slices.Sort(calls)
					slices.Sort(made)
				}
				compare(t, fmt.Sprintf("run %d: calls", i+1), slices.Compact(calls), slices.Compact(made))
				compare(t, fmt.Sprintf("run %d: state", i+1), kept, driver.kept())
			}
		})
	}
}

func newCLI(t *testing.T) *acctest.CLI {
	t.Helper()
	w := acctest.NewRealTime(t, openaisim.Options{})
	w.Plugins = map[string]string{"orgkeys/toy": acctest.Build(t, "./toy/cmd/terraform-provider-toy")}
	c := w.CLI()
	c.Quiet = true
	return c
}

// plansOrphansFirst asks the CLI under test for the one thing in which versions differ.
func plansOrphansFirst(t *testing.T) bool {
	t.Helper()
	cli := newCLI(t)
	runCLI(t, cli, command{name: "a"})
	calls, _, _ := runCLI(t, cli, command{})
	return len(calls) > 0 && strings.HasPrefix(calls[0], "plan delete")
}

// deposes says that objects are replaced by ones created before.
func deposes(commands []command) bool {
	return slices.ContainsFunc(commands, func(c command) bool { return c.before })
}

func compare(t *testing.T, what string, cli, driver []string) {
	t.Helper()
	if !slices.Equal(cli, driver) {
		t.Errorf("%s of the CLI\n  %s\nof the driver\n  %s", what, strings.Join(cli, "\n  "), strings.Join(driver, "\n  "))
	}
}

// runCLI runs one command and gives the toy's journal and what state holds.
func runCLI(t *testing.T, c *acctest.CLI, one command) (calls, kept []string, code int) {
	t.Helper()
	journal := filepath.Join(c.Dir, "journal.txt")
	c.Env = []string{"TOY_JOURNAL=" + journal}
	c.Write("journal.txt", "")
	c.Write("main.tf", one.config())
	code = c.Must(one.args(), 0, 1).Code
	data, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.TrimSpace(string(data)); text != "" {
		calls = strings.Split(text, "\n")
	}
	return calls, stateOf(t, c.Dir), code
}

// stateOf are the objects of a state file.
func stateOf(t *testing.T, dir string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "terraform.tfstate"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes               struct{ ID string }
				Private, Status, Deposed string
			}
		}
	}
	if err := json.Unmarshal(data, &state); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, resource := range state.Resources {
		for _, one := range resource.Instances {
			private, err := base64.StdEncoding.DecodeString(one.Private)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, object(one.Attributes.ID, private, one.Status == "tainted", one.Deposed != ""))
		}
	}
	slices.Sort(out)
	return out
}

// kept are the objects of the driver's state.
func (b *bench) kept() []string {
	var out []string
	for _, instance := range b.State {
		for i, held := range append([]*protocol.Held{instance.Current}, instance.Deposed...) {
			if held != nil {
				id, _ := held.Attributes()["id"].(string)
				out = append(out, object(id, held.Private, held.Tainted, i > 0))
			}
		}
	}
	slices.Sort(out)
	return out
}

func object(id string, private []byte, tainted, deposed bool) string {
	return fmt.Sprintf("%s, private %q, tainted %v, deposed %v", id, private, tainted, deposed)
}
