// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package chaos_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// figures are what a run of chaos counts.
type figures struct {
	mu      sync.Mutex
	counted map[string]int
	broken  []string // promises, each with its seed
}

// The figures, in the order of the report.
const (
	killed     = "kills"
	missed     = "  that came after the run's end"
	inFlight   = "  with a request in flight that changes something"
	inCreate   = "    a create"
	inUpdate   = "    an update"
	inDelete   = "    a delete"
	lost       = "objects lost by a kill (live, in no state)"
	found      = "  found: revoked, or in state after one apply"
	named      = "  named on a screen by their id"
	unseen     = "  in no list that the next apply read"
	unknown    = "  UNKNOWN: in a list, and neither in state nor named"
	failed     = "applies after a kill that failed"
	refused    = "  and named a used key, as they must"
	survivors  = "providers that outlived their CLI"
	hung       = "CLIs that did not end"
	strangers  = "strangers' keys touched"
	unexpected = "used keys that died unannounced"
)

var order = []string{
	killed, missed, inFlight, inCreate, inUpdate, inDelete, lost, found, named, unseen, unknown,
	failed, refused, survivors, hung, strangers, unexpected,
}

func (f *figures) count(figure string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counted == nil {
		f.counted = map[string]int{}
	}
	f.counted[figure] += n
}

// broke counts and notes a broken promise.
func (f *figures) broke(figure, format string, args ...any) {
	f.count(figure, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = append(f.broken, fmt.Sprintf(format, args...))
}

func (f *figures) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b strings.Builder
	for _, figure := range order {
		fmt.Fprintf(&b, "%6d %s\n", f.counted[figure], figure)
	}
	return b.String()
}

// held are the ids in a state file.
type held struct {
	current  map[string]bool // keys
	previous map[string]bool // keys that are running out
	parents  map[string]bool // projects and accounts
	listed   map[string]bool // leftovers
}

func (h held) has(id string) bool {
	return h.current[id] || h.previous[id] || h.parents[id] || h.listed[id]
}

// stored reads the state files of a workspace.
func stored(dir string) (held, error) {
	h := held{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, name := range []string{"terraform.tfstate", "errored.tfstate"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) || err == nil && len(data) == 0 {
			continue
		}
		if err != nil {
			return h, err
		}
		if err := h.add(data); err != nil {
			return h, fmt.Errorf("%s: %w", name, err)
		}
	}
	return h, nil
}

func (h held) add(data []byte) error {
	type reference struct{ ID string }
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct {
				Attributes struct {
					ID                  string
					Previous, Leftovers []reference
				}
			}
		}
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return err
	}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			if resource.Type != "orgkeys_openai_api_key" {
				h.parents[instance.Attributes.ID] = true
				continue
			}
			h.current[instance.Attributes.ID] = true
			for _, one := range instance.Attributes.Previous {
				h.previous[one.ID] = true
			}
			for _, one := range instance.Attributes.Leftovers {
				h.listed[one.ID] = true
			}
		}
	}
	return nil
}

// live are our objects that work at the server now: keys, projects and accounts.
func (l *life) live() []string {
	var out []string
	for _, key := range l.world.Live() {
		if !l.strangers[key.ID] {
			out = append(out, key.ID)
		}
	}
	active := map[string]bool{}
	for _, project := range l.world.Sim.Projects() {
		if !project.Archived && !project.Default {
			active[project.ID] = true
			out = append(out, project.ID)
		}
	}
	for _, account := range l.world.Sim.ServiceAccounts() {
		if active[account.ProjectID] && !l.strangers[account.ID] {
			out = append(out, account.ID)
		}
	}
	return out
}

// outside are the live objects that no state holds and no earlier trial has judged.
func (l *life) outside() ([]string, error) {
	state, err := stored(l.cli.Dir)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(l.live(), func(id string) bool { return state.has(id) || l.judged[id] }), nil
}

// judge sorts what the kill lost by what became of it, and checks the promises.
func (l *life) judge(wasLost []string, screens string, mayDie map[string]bool) error {
	left, err := l.outside()
	if err != nil {
		return err
	}
	all := map[string]bool{}
	for _, id := range slices.Concat(wasLost, left) {
		all[id] = true
	}
	l.count(lost, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		l.judged[id] = slices.Contains(left, id)
		switch {
		case !slices.Contains(left, id):
			l.count(found, 1)
		case strings.Contains(screens, id):
			l.count(named, 1)
		case !l.gate.listed(id):
			l.count(unseen, 1)
		default:
			l.broke(unknown, "%s %s lives, was listed, and is neither in state nor named", l.what, id)
		}
	}
	for _, entry := range l.world.Sim.Journal()[l.read:] {
		l.read++
		if l.strangers[entry.ObjectID] && entry.Method != "GET" {
			l.broke(strangers, "%s a stranger's key %s got %s %s", l.what, entry.ObjectID, entry.Method, entry.Path)
		}
	}
	working := l.live()
	for _, id := range slices.Sorted(maps.Keys(l.used)) {
		if !slices.Contains(working, id) {
			delete(l.used, id)
			if !mayDie[id] {
				l.broke(unexpected, "%s the used key %s died, and no plan announced it", l.what, id)
			}
		}
	}
	return nil
}
