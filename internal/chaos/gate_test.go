// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package chaos_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// gate stands between the provider and the simulator: it knows which requests are in
// flight, says when the moment of a kill has come, and keeps what lists have shown.
type gate struct {
	sim *openaisim.Server
	url string

	mu     sync.Mutex
	flying map[*flight]bool
	writes int
	trap   *trap
	lists  strings.Builder // bodies of answered lists
}

// flight is one request that has no complete answer yet.
type flight struct{ method, path string }

// trap is the moment of a kill.
type trap struct {
	write   int  // at the n-th request that changes something
	done    bool // with its work done at the server, not before
	dropped bool // the server never does the work of a request that was cut before it
	struck  chan struct{}
	killed  chan struct{} // the answer waits for the kill
}

// travel is how long a request and an answer are under way.
const travel = 8 * time.Millisecond

func newGate(w *acctest.World) *gate {
	g := &gate{sim: w.Sim, flying: map[*flight]bool{}}
	server := httptest.NewServer(g)
	w.T.(*testing.T).Cleanup(server.Close)
	g.url = server.URL + openaisim.BasePath
	return g
}

// set arms a trap for the run that begins now; nil disarms. It forgets what lists showed.
func (g *gate) set(t *trap) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trap, g.writes = t, 0
	g.lists.Reset()
}

// inFlight are the requests under way that change something.
func (g *gate) inFlight() []flight {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []flight
	for one := range g.flying {
		if one.method != http.MethodGet {
			out = append(out, *one)
		}
	}
	slices.SortFunc(out, func(a, b flight) int { return strings.Compare(a.path, b.path) })
	return out
}

// listed reports whether a list has shown the object since the last [gate.set].
func (g *gate) listed(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Contains(g.lists.String(), `"`+id+`"`)
}

// ServeHTTP implements [http.Handler].
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one := &flight{r.Method, r.URL.Path}
	mine := g.depart(one)
	defer g.arrive(one)
	wait(travel)
	if mine != nil && !mine.done {
		mine.strike()
		if mine.dropped && r.Context().Err() != nil {
			return
		}
	}
	answer := httptest.NewRecorder()
	g.sim.ServeHTTP(answer, r)
	if mine != nil && mine.done {
		mine.strike()
	}
	wait(travel)
	if r.Method == http.MethodGet && strings.Contains(answer.Body.String(), `"object":"list"`) {
		g.mu.Lock()
		g.lists.WriteString(answer.Body.String())
		g.mu.Unlock()
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client may have been killed
}

// depart notes a request and gives the trap if it is the one.
func (g *gate) depart(one *flight) *trap {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying[one] = true
	if one.method == http.MethodGet {
		return nil
	}
	if g.writes++; g.trap != nil && g.writes == g.trap.write {
		return g.trap
	}
	return nil
}

func (g *gate) arrive(one *flight) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.flying, one)
}

// strike lets the killer go to work, and waits for it.
func (t *trap) strike() {
	close(t.struck)
	<-t.killed
	wait(travel) // the kernel closes the connections of a killed process
}

// wait lets real time pass: processes run here, and no clock of theirs can be turned.
func wait(d time.Duration) { _ = clock.System().Sleep(context.Background(), d) }
