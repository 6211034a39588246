// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
)

// tell runs the story; each claim in it is checked before it is printed.
func (d *demo) tell() error {
	title("1. The provider is installed. A plan creates nothing.")
	if err := d.init(); err != nil {
		return err
	}
	if err := d.cli("plan", "-out=first.tfplan"); err != nil {
		return err
	}
	title("2. Apply. The key is created, and its secret sealed and given to the store.")
	if err := d.cli("apply", "first.tfplan"); err != nil {
		return err
	}
	first, err := d.delivered()
	if err != nil {
		return err
	}
	if err := d.creates(); err != nil {
		return err
	}
	if err := d.showCiphertext(); err != nil {
		return err
	}

	title("3. A second plan is empty, and needs no private key.")
	if err := d.cli("plan", "-detailed-exitcode"); err != nil {
		return err
	}

	second, until, err := d.rotate(first)
	if err != nil {
		return err
	}

	title("5. By hand: " + d.name() + " output -raw sealed_value | age -d -i identity.txt")
	opened, err := d.openByHand()
	if err != nil {
		return err
	}
	if opened != second {
		return errors.New("what age opens is not what the store holds")
	}
	if err := d.expire(first, second, until); err != nil {
		return err
	}
	found, files, err := leak.InTree(filepath.Join(d.dir, "work"), nil, d.sim.Secrets())
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("LEAK: %s", strings.Join(found, "; "))
	}
	return d.summary(files)
}

func (d *demo) summary(files int) error {
	title("What happened")
	state, err := os.ReadFile(filepath.Join(d.dir, "work", "terraform.tfstate"))
	if err != nil {
		return err
	}
	if !bytes.Contains(state, []byte("BEGIN AGE ENCRYPTED FILE")) {
		return errors.New("there is no ciphertext in state")
	}
	say("  The secret IS      in state, as age ciphertext that only the identity opens,")
	say("                     in the store, which got it through a write-only argument,")
	say("                     and came out of `age -d` the same.")
	say("  The secret IS NOT  in any of the %d files of the workspace", files)
	say("                     (state, its backup, the saved plan).")
	say("  One key works now: the new one. The old one worked until its overlap was over,")
	say("                     and the one whose answer was lost is not left behind.")
	say("")
	say("Cleaning up with %s destroy…", d.name())
	if _, err := d.output("destroy", "-auto-approve", "-no-color"); err != nil {
		return err
	}
	for _, key := range d.sim.Summaries() {
		if key.Works {
			return fmt.Errorf("key %s works after destroy", key.ID)
		}
	}
	say("No key works any more.\nTo run your own configuration against the simulator: docs/guides/testing.md")
	return nil
}

// tellAdoption is the story where the API creates no keys.
func (d *demo) tellAdoption() error {
	d.sim.SeedSample()
	title("The provider is installed.")
	if err := d.init(); err != nil {
		return err
	}
	steps := []struct{ title, status string }{
		{"1. The key that a user created is adopted: nothing is sent, and the plan warns of its age.", ""},
		{"2. It is switched off, as the plan shows.", "inactive"},
	}
	for _, step := range steps {
		title(step.title)
		if step.status != "" {
			d.env = append(d.env, "TF_VAR_status="+step.status)
		}
		if err := d.cli("apply", "-auto-approve"); err != nil {
			return err
		}
		for _, key := range d.sim.Summaries() {
			if key.Name == "billing" && key.Works != (step.status == "") {
				return fmt.Errorf("key %s works: %t", key.ID, key.Works)
			}
		}
	}
	title("3. Destroy archives it, because on_destroy says so.")
	if err := d.cli("destroy", "-auto-approve"); err != nil {
		return err
	}
	for _, key := range d.sim.Summaries() {
		if key.Name == "billing" {
			return fmt.Errorf("key %s is not archived", key.ID)
		}
		say("  key  %s  %q is left as it was.", key.ID, key.Name)
	}
	return nil
}

// creates checks that no object was created twice: the story has one of each kind, so that
// nothing is sent to one address twice.
func (d *demo) creates() error {
	sent := map[string]bool{}
	for _, entry := range d.sim.Journal() {
		if entry.Method != http.MethodPost {
			continue
		}
		if sent[entry.Path] {
			return fmt.Errorf("POST %s was sent twice", entry.Path)
		}
		sent[entry.Path] = true
	}
	if len(sent) < d.objects {
		return fmt.Errorf("%d objects took %d creates", d.objects, len(sent))
	}
	return nil
}

// delivered is what the store holds; it must work.
func (d *demo) delivered() (string, error) {
	data, err := os.ReadFile(filepath.Join(d.dir, "store", "payments-worker"))
	if err != nil {
		return "", err
	}
	if !d.sim.Valid(string(data)) {
		return "", errors.New("what arrived in the store is not a working key")
	}
	return string(data), nil
}

// openByHand is the pipe that a user would type.
func (d *demo) openByHand() (string, error) {
	tool, err := exec.LookPath("age")
	if err != nil {
		out, err := exec.CommandContext(d.ctx, "scripts/tool", "age").Output()
		if err != nil {
			return "", fmt.Errorf("find the age tool: %w", err)
		}
		tool = strings.TrimSpace(string(out))
	}
	sealed, err := d.output("output", "-raw", "sealed_value")
	if err != nil {
		return "", err
	}
	decrypt := exec.CommandContext(d.ctx, tool, "-d", "-i", d.identity)
	decrypt.Stdin, decrypt.Stderr = strings.NewReader(sealed), os.Stderr
	opened, err := decrypt.Output()
	if err != nil {
		return "", fmt.Errorf("age -d: %w", err)
	}
	say("The simulated API accepts what age printed: %v", d.sim.Valid(string(opened)))
	return string(opened), nil
}
