// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// overlap is that of the stories: short, so that the demo sees it end.
const overlap = 15 * time.Second

// showCiphertext prints the first lines of what the state has in place of the secret.
func (d *demo) showCiphertext() error {
	say("$ %s output -raw sealed_value | head -n 4", d.name())
	sealed, err := d.output("output", "-raw", "sealed_value")
	if err != nil {
		return err
	}
	lines := strings.Split(sealed, "\n")
	if len(lines) < 5 || lines[0] != "-----BEGIN AGE ENCRYPTED FILE-----" {
		return errors.New("the output sealed_value is no ciphertext")
	}
	say("%s", strings.Join(lines[:4], "\n"))
	return nil
}

// rotate rotates the key while the answer that carries the new one is lost. It returns the
// new secret, and when the overlap is over.
func (d *demo) rotate(first string) (string, time.Time, error) {
	var none time.Time
	before := d.sim.Journal()
	create := lastCreate(before)
	title("4. A rotation. The plan shows it; the answer with the new key is lost.")
	d.sim.Inject(simkit.Fault{Operation: create, Kind: simkit.CutAfter, Times: 1})
	d.env = append(d.env, "TF_VAR_rotate=a user left the team")
	if err := d.cli("apply", "-auto-approve"); err != nil {
		return "", none, err
	}
	until := d.clock.Now().Add(overlap)
	second, err := d.delivered()
	if err != nil {
		return "", none, err
	}
	if first == second || !d.sim.Valid(first) {
		return "", none, errors.New("after a rotation the store must have a new key, and both must work for the overlap")
	}
	if err := recovery(d.sim.Journal()[len(before):]); err != nil {
		return "", none, err
	}
	if n := d.working(); n != 2 {
		return "", none, fmt.Errorf("%d keys work after a rotation, want the new and the old one", n)
	}
	say("Two keys work: the new one, and the old one for its overlap. No third one is left.")
	return second, until, nil
}

// recovery prints what was sent from the answer that was lost on.
func recovery(journal []simkit.Entry) error {
	lost := slices.IndexFunc(journal, func(e simkit.Entry) bool { return e.Fault == simkit.CutAfter })
	if lost < 0 {
		return errors.New("no answer was lost")
	}
	say("\nFrom the lost answer on, the provider sent:")
	for _, entry := range journal[lost:] {
		answer := fmt.Sprint(entry.Status)
		if entry.Fault == simkit.CutAfter {
			answer = "created a key; answer lost"
		}
		say("  %-6s %s: %s", entry.Method, shortened(entry.Path), answer)
	}
	return nil
}

// shortened is a path that fits into a line with what the answer was.
func shortened(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) <= 4 {
		return path
	}
	parts = parts[len(parts)-3:]
	for i, part := range parts {
		if len(part) > 20 { // an id
			parts[i] = part[:10] + "…"
		}
	}
	return "…/" + strings.Join(parts, "/")
}

// lastCreate is the operation of the last create: of the key, which needs all the others.
func lastCreate(journal []simkit.Entry) string {
	create := ""
	for _, entry := range journal {
		if strings.HasSuffix(entry.Operation, ".create") {
			create = entry.Operation
		}
	}
	return create
}

// expire waits until the overlap is over, and where the server ends the old key, until it did.
// Where the vendor has no expiry that can be moved, the next apply revokes the old key.
func (d *demo) expire(first, second string, until time.Time) error {
	title("6. The overlap is over.")
	for _, key := range d.sim.Summaries() {
		say("  key  %s  %s\n       %q", key.ID, untilWhen(key), key.Name)
	}
	end := serverEnd(d.sim.Summaries(), until)
	if end.After(until) { // in whole seconds, rounded up
		until = end
	}
	say("Waiting until %s…", until.Local().Format(time.TimeOnly))
	if err := d.clock.Sleep(d.ctx, until.Sub(d.clock.Now())); err != nil {
		return err
	}
	by := "the server rejects it without an apply"
	if end.IsZero() {
		by = "this API cannot expire it early, so that this apply revoked it"
		say("An apply that opens what an earlier run sealed needs the identity:")
		say("$ export ORGKEYS_SEAL_IDENTITY_FILE=identity.txt")
		d.env = append(d.env, "ORGKEYS_SEAL_IDENTITY_FILE="+d.identity)
		if err := d.cli("apply", "-auto-approve"); err != nil {
			return err
		}
	}
	if d.sim.Valid(first) || !d.sim.Valid(second) || d.working() != 1 {
		return errors.New("after the overlap only the new key must work")
	}
	say("The old key does not work any more: %s.\nThe new key works.", by)
	return nil
}

// serverEnd is when the server ends the old key by itself: its expiry was moved to the end of the overlap. It is
// the zero time where the vendor cannot do that: the key keeps the expiry of its creation, if it has one.
func serverEnd(keys []simkit.Summary, until time.Time) time.Time {
	for _, key := range keys {
		if !key.ExpiresAt.IsZero() && key.ExpiresAt.Before(until.Add(overlap)) {
			return key.ExpiresAt
		}
	}
	return time.Time{}
}

func untilWhen(key simkit.Summary) string {
	if key.ExpiresAt.IsZero() {
		return "works until it is revoked"
	}
	return "works until " + key.ExpiresAt.Local().Format(time.DateTime)
}

// working counts the keys that work.
func (d *demo) working() int {
	n := 0
	for _, key := range d.sim.Summaries() {
		if key.Works {
			n++
		}
	}
	return n
}
