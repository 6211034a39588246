// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// gone reports whether a refresh takes the object out of state.
func (p process) gone(ctx context.Context, o *object) (bool, error) {
	w, err := p.walk(o.kind)
	if err != nil {
		return false, err
	}
	seen, err := w.Refresh(ctx, o.held, true)
	return err == nil && seen == nil, err
}

// destroy plans and applies the end of an object.
func (p process) destroy(ctx context.Context, o *object) error {
	w, err := p.walk(o.kind)
	if err != nil {
		return err
	}
	change, err := w.PlanDestroy(ctx, o.held)
	if err != nil {
		return err
	}
	_, err = w.Destroy(ctx, o.held, change)
	return err
}

// Many objects of one project are created, read and destroyed at the same time by one
// process, while lists lag behind and answers of mints are lost. No read may take a
// living key out of state or keep a dead one there, and in the end exactly the keys that
// are in some state are alive.
func TestParallelLives(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { parallelLives(t, seed) })
		})
	}
}

func parallelLives(t *testing.T, seed uint64) {
	t.Helper()
	f := newFleet(t)
	f.apply(1, 0)
	chance := rand.New(rand.NewPCG(seed, 1))
	f.way = func() time.Duration { return time.Duration(rand.IntN(200)) * time.Millisecond }
	if lag := chance.IntN(4); lag > 0 {
		f.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StaleList, LagTime: time.Duration(lag) * 3 * time.Second})
	}
	if chance.IntN(2) == 0 {
		f.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.StatusAfter, Status: 502, Skip: chance.IntN(20), Times: 1})
	}
	p, ctx := f.process(), t.Context()
	var mu sync.Mutex
	held := map[string]bool{} // ids in some state
	var group sync.WaitGroup
	for worker := range 8 {
		r := rand.New(rand.NewPCG(seed, uint64(worker)+2))
		group.Go(func() {
			var own, ended []*object
			for step := range 20 {
				switch n := r.IntN(6); {
				case n < 2 || len(own) == 0:
					o, err := p.create(ctx, keyType, map[string]any{
						"project_id": f.projects[0].id, "service_account_id": f.accounts[0].id, "name": fmt.Sprint("key-", worker, "-", step),
					})
					if err != nil {
						t.Error(err)
						return
					}
					own = append(own, o)
					mu.Lock()
					held[o.id] = true
					mu.Unlock()
				case n == 2 && len(ended) > 0:
					o := ended[r.IntN(len(ended))]
					if gone, err := p.gone(ctx, o); !gone || err != nil {
						t.Errorf("a read takes %s, which was destroyed, for alive: %v", o.id, err)
					}
				case n < 5:
					o := own[r.IntN(len(own))]
					if gone, err := p.gone(ctx, o); gone || err != nil {
						t.Errorf("a read takes %s, which is alive, out of state: %v", o.id, err)
					}
				default:
					o := own[0]
					own, ended = own[1:], append(ended, o)
					if err := p.destroy(ctx, o); err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					delete(held, o.id)
					mu.Unlock()
					if gone, err := p.gone(ctx, o); !gone || err != nil {
						t.Errorf("a read keeps %s, which was destroyed, in state: %v", o.id, err)
					}
				}
			}
		})
	}
	group.Wait()
	var lost []string
	for _, key := range f.sim.Keys() {
		if !held[key.ID] {
			lost = append(lost, key.ID+" lives and is in no state")
		}
		delete(held, key.ID)
	}
	for id := range held {
		lost = append(lost, id+" is in state and dead")
	}
	if len(lost) > 0 {
		t.Error(strings.Join(lost, "\n"))
	}
}
