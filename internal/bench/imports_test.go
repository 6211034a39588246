// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"fmt"
	"sync"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/bench/stock"
)

// atATime is how many objects Terraform reads at the same time unless told otherwise.
const atATime = 10

// manyAtATime does something for every key, as many at a time as Terraform does.
func manyAtATime(keys []string, do func(number int, id string) error) error {
	var group sync.WaitGroup
	numbers, failed := make(chan int), make(chan error, len(keys))
	for range atATime {
		group.Go(func() {
			for i := range numbers {
				if err := do(i, keys[i]); err != nil {
					failed <- fmt.Errorf("%s: %w", keys[i], err)
				}
			}
		})
	}
	for i := range keys {
		numbers <- i
	}
	close(numbers)
	group.Wait()
	close(failed)
	return <-failed
}

// adopt imports one key and reads it.
func adopt(t *testing.T, p *protocol.Process, kind, id string, identity map[string]any) error {
	t.Helper()
	r, err := p.Resource(kind)
	if err != nil {
		return err
	}
	answer, err := r.Import(t.Context(), id, identity)
	if err == nil {
		err = protocol.Failure(answer.Diagnostics)
	}
	if err == nil {
		answer, err = r.Read(t.Context(), protocol.Held{Value: answer.Value, Private: answer.Private, Identity: answer.Identity})
	}
	if err == nil {
		err = protocol.Failure(answer.Diagnostics)
	}
	if err == nil && protocol.Attributes(answer.Value)["name"] == nil {
		err = fmt.Errorf("it has no name: %v", answer.Value)
	}
	return err
}

// Importing many keys costs the pages of the lists they are in and a few requests, whatever
// names a key, and so does looking many up by what does not say where they are.
func TestCallsOfManyImports(t *testing.T) {
	t.Parallel()
	const keys, few = 300, 12
	type asking = func(p *protocol.Process, at stock.Place, number int, id string) error
	imported := func(kind string, named func(at stock.Place, number int, id string) (string, map[string]any)) asking {
		return func(p *protocol.Process, at stock.Place, number int, id string) error {
			text, identity := named(at, number, id)
			return adopt(t, p, kind, text, identity)
		}
	}
	alone := func(_ stock.Place, _ int, id string) (string, map[string]any) { return id, nil }
	identity := func(_ stock.Place, _ int, id string) (string, map[string]any) { return "", map[string]any{"id": id} }
	looked := func(kind string, asked func(at stock.Place, id string) map[string]any) asking {
		return func(p *protocol.Process, at stock.Place, _ int, id string) error {
			answer, err := p.Data(t.Context(), kind, asked(at, id))
			if err == nil {
				err = protocol.Failure(answer.Diagnostics)
			}
			return err
		}
	}
	byID := func(_ stock.Place, id string) map[string]any { return map[string]any{"id": id} }
	for _, one := range []struct {
		vendor, how string
		ask         asking
	}{
		{"openai", "import", imported("orgkeys_openai_api_key", func(at stock.Place, _ int, id string) (string, map[string]any) { return at.ID + "/" + id, nil })},
		{"openrouter", "import", imported("orgkeys_openrouter_api_key", alone)},
		{"openrouter", "identity", imported("orgkeys_openrouter_api_key", identity)},
		{"openrouter", "look-up", looked("orgkeys_openrouter_api_key", byID)},
		{"litellm", "import", imported("orgkeys_litellm_key", alone)},
		{"litellm", "identity", imported("orgkeys_litellm_key", identity)},
		{"litellm", "alias", imported("orgkeys_litellm_key", func(_ stock.Place, number int, _ string) (string, map[string]any) {
			return fmt.Sprint("key-", number), nil
		})},
		{"litellm", "look-up", looked("orgkeys_litellm_key", byID)},
		{"elevenlabs", "import", imported("orgkeys_elevenlabs_api_key", func(at stock.Place, _ int, id string) (string, map[string]any) { return at.Account + "/" + id, nil })},
		{"anthropic", "import", imported("orgkeys_anthropic_api_key", alone)},
	} {
		t.Run(one.vendor+" "+one.how, func(t *testing.T) {
			t.Parallel()
			p, all, places := atVendors(t, keys, one.vendor)
			at := places[one.vendor]
			err := manyAtATime(at.Keys, func(number int, id string) error { return one.ask(p, at, number, id) })
			if err != nil {
				t.Fatal(err)
			}
			calls := len(all[one.vendor].Journal())
			t.Logf("%d calls", calls)
			if calls > pages(keys)+few || calls == 0 {
				t.Errorf("%d calls for %d keys, want at most %d", calls, keys, pages(keys)+few)
			}
		})
	}
}
