// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// creatable is one kind of object that is created by name.
type creatable struct {
	noun, create, list string
	recover            func(context.Context, *world, string) (id string, how api.Recovered, err error)
	seed               func(*world, string) string
	named              func(*world, string) []string // ids at the server
	importID           func(w *world, id string) string
}

var creatables = []creatable{
	{
		noun: "project", create: openaisim.OpProjectsCreate, list: openaisim.OpProjectsList,
		recover: func(ctx context.Context, w *world, name string) (string, api.Recovered, error) {
			p, how, err := w.client.CreateProject(ctx, api.ProjectSettings{Name: name})
			return p.ID, how, err
		},
		seed: func(w *world, name string) string { return w.sim.SeedProject(name) },
		named: func(w *world, name string) (ids []string) {
			for _, p := range w.sim.Projects() {
				if p.Name == name {
					ids = append(ids, p.ID)
				}
			}
			return ids
		},
		importID: func(_ *world, id string) string { return id },
	},
	{
		noun: "service account", create: openaisim.OpServiceAccountsCreate, list: openaisim.OpServiceAccountsList,
		recover: func(ctx context.Context, w *world, name string) (string, api.Recovered, error) {
			a, how, err := w.client.CreateServiceAccount(ctx, w.project, name)
			return a.ID, how, err
		},
		seed: func(w *world, name string) string { return w.sim.SeedServiceAccount(w.project, name, "member") },
		named: func(w *world, name string) (ids []string) {
			for _, a := range w.sim.ServiceAccounts() {
				if a.Name == name {
					ids = append(ids, a.ID)
				}
			}
			return ids
		},
		importID: func(w *world, id string) string { return w.project + "/" + id },
	},
}

// make is recover for those who only ask whether the object was adopted.
func (k creatable) make(ctx context.Context, w *world, name string) (id string, adopted bool, err error) {
	id, how, err := k.recover(ctx, w, name)
	return id, how.Adopted, err
}

func each(t *testing.T, test func(t *testing.T, k creatable)) {
	t.Helper()
	for _, k := range creatables {
		t.Run(k.noun, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

var lost = []struct {
	fault simkit.Fault
	done  bool // the work is done all the same
}{
	{simkit.Fault{Kind: simkit.CutBefore}, false},
	{simkit.Fault{Kind: simkit.CutAfter}, true},
	{simkit.Fault{Kind: simkit.StatusBefore, Status: 500}, false},
	{simkit.Fault{Kind: simkit.StatusBefore, Status: 408}, false},
	{simkit.Fault{Kind: simkit.StatusAfter, Status: 502}, true},
	{simkit.Fault{Kind: simkit.StatusAfter, Status: 408}, true},
	{simkit.Fault{Kind: simkit.HangBefore}, false},
	{simkit.Fault{Kind: simkit.HangAfter}, true},
	{simkit.Fault{Kind: simkit.Truncated}, true},
	{simkit.Fault{Kind: simkit.HTML}, true},
	{simkit.Fault{Kind: simkit.HTML, Status: 504}, true},
	{simkit.Fault{Kind: simkit.Delay, Body: "{}"}, true},
}

func TestLostCreates(t *testing.T) {
	t.Parallel()
	for _, k := range creatables {
		for _, c := range lost {
			for _, lag := range []int{0, 3} {
				t.Run(fmt.Sprint(k.noun, c.fault.Kind, c.fault.Status, c.fault.Body, lag), func(t *testing.T) {
					t.Parallel()
					w := begin(t, openaisim.Options{}, impatient)
					fault := c.fault
					fault.Operation, fault.Times = k.create, 1
					w.sim.Inject(fault)
					if lag > 0 {
						w.sim.Inject(simkit.Fault{Operation: k.list, Kind: simkit.StaleList, Lag: lag})
					}
					id, adopted, err := k.make(t.Context(), w, "app")
					ok(t, err)
					if ids := k.named(w, "app"); !slices.Equal(ids, []string{id}) {
						t.Errorf("returned %s, the server has %v", id, ids)
					}
					if adopted != c.done {
						t.Errorf("adopted is %t, want %t", adopted, c.done)
					}
					if c.done {
						w.count(k.create, 1)
						return
					}
					w.count(k.create, 2)
					if slept := w.clock.Slept(); slept < 10*time.Second {
						t.Errorf("created again after %s, want a look for ten seconds", slept)
					}
				})
			}
		}
	}
}

func TestOrdinaryCreateLooksForNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		w := begin(t, openaisim.Options{})
		w.sim.SetPolicy(func(p *openaisim.Policy) { p.Created201 = true })
		_, adopted, err := k.make(t.Context(), w, "app")
		if err != nil || adopted {
			t.Errorf("adopted %t, %v", adopted, err)
		}
		w.count("", 1)
	})
}

func TestCreatedAccount(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	a, _, err := w.client.CreateServiceAccount(t.Context(), w.project, "app")
	ok(t, err)
	if a.Role != "none" || a.ProjectID != w.project || a.Name != "app" || !a.CreatedAt.Equal(start.Truncate(time.Second)) {
		t.Errorf("got %+v", a)
	}
	if n := len(w.sim.Keys()); n != 1 {
		t.Errorf("%d keys, want only the seeded one", n)
	}
}

func TestCreatedProject(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	p, _, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "app", Residency: "EU_STORAGE_PROCESSING", ExternalKeyID: "ext_1"})
	ok(t, err)
	if p.Residency != "EU_STORAGE_PROCESSING" || p.ExternalKeyID != "ext_1" || p.Status != "active" || p.Archived {
		t.Errorf("got %+v", p)
	}
	_, _, err = w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "plain"})
	ok(t, err)
	if fields := w.sent(openaisim.OpProjectsCreate)[1].Fields; len(fields) != 1 {
		t.Errorf("sent %v, want the name alone", fields)
	}
}

func TestRefusedCreatesAreFinal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		for _, status := range []int{400, 401, 403, 404, 409, 422} {
			w := begin(t, openaisim.Options{})
			w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.StatusBefore, Status: status})
			_, _, err := k.make(t.Context(), w, "app")
			notGone(t, err)
			if failed := failure(t, err, apierr.Refused); failed.Status != status {
				t.Errorf("got %v, want %d", err, status)
			}
			w.count(k.create, 1)
			w.count(k.list, 0)
		}
	})
}

// An older equal name belongs to somebody else.
func TestOlderNamesAreNotAdopted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		for _, skew := range []time.Duration{0, 2 * time.Hour, -2 * time.Hour} {
			for _, done := range []bool{false, true} {
				w := begin(t, openaisim.Options{})
				older := k.seed(w, "app")
				w.advance(3 * time.Second)
				w.clock.Advance(skew)
				kind := map[bool]simkit.FaultKind{false: simkit.CutBefore, true: simkit.CutAfter}[done]
				w.sim.Inject(simkit.Fault{Operation: k.create, Kind: kind, Times: 1})
				id, adopted, err := k.make(t.Context(), w, "app")
				ok(t, err)
				if id == older || adopted != done || len(k.named(w, "app")) != 2 {
					t.Errorf("skew %s: got %s (adopted %t), the older one is %s of %v", skew, id, adopted, older, k.named(w, "app"))
				}
			}
		}
	})
}

// What somebody made while our create still waited for its turn is not ours.
func TestNamesMadeWhileWaitingAreNotAdopted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		w := begin(t, openaisim.Options{})
		foreign := ""
		w.sim.Inject(
			simkit.Fault{Operation: k.create, Kind: simkit.StatusBefore, Status: 429, RetryAfter: time.Minute, Times: 1, Notify: func() { foreign = k.seed(w, "app") }},
			simkit.Fault{Operation: k.create, Kind: simkit.CutBefore, Times: 1},
		)
		id, adopted, err := k.make(t.Context(), w, "app")
		ok(t, err)
		if id == foreign || adopted {
			t.Errorf("took %s over (adopted %t), which somebody else made", id, adopted)
		}
	})
}

func TestOtherNamesAreNotAdopted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutBefore, Times: 1, Notify: func() { k.seed(w, "App") }})
		id, adopted, err := k.make(t.Context(), w, "app")
		ok(t, err)
		if adopted || !slices.Equal(k.named(w, "app"), []string{id}) {
			t.Errorf("got %s, adopted %t", id, adopted)
		}
	})
}

func TestCandidatesThatCannotBeToldApart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutAfter, Times: 1, Notify: func() { k.seed(w, "app") }})
		id, _, err := k.make(t.Context(), w, "app")
		failed := failure(t, err, apierr.Unknown)
		ids := k.named(w, "app")
		if len(ids) != 2 || id != "" {
			t.Fatalf("returned %q, the server has %v", id, ids)
		}
		contains(t, failed.Hint, ids[0], ids[1], "terraform import <address> '", `"app"`, k.noun)
		if !strings.Contains(failed.Hint, "'"+k.importID(w, ids[0])+"'") && !strings.Contains(failed.Hint, "'"+k.importID(w, ids[1])+"'") {
			t.Errorf("no usable import id in %q", failed.Hint)
		}
		w.count(k.create, 1)
	})
}

func TestCreateLostTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutBefore})
		_, _, err := k.make(t.Context(), w, "app")
		contains(t, failure(t, err, apierr.Unknown).Hint, "The list does not show it so far", "terraform import")
		w.count(k.create, 2)

		// Lost before the first time and after the second: still found.
		w = begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutBefore, Times: 1}, simkit.Fault{Operation: k.create, Kind: simkit.CutAfter, Times: 1})
		id, adopted, err := k.make(t.Context(), w, "app")
		ok(t, err)
		if !adopted || !slices.Equal(k.named(w, "app"), []string{id}) {
			t.Errorf("got %s, adopted %t, the server has %v", id, adopted, k.named(w, "app"))
		}
	})
}

func TestLookingFails(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(
			simkit.Fault{Operation: k.create, Kind: simkit.CutAfter},
			simkit.Fault{Operation: k.list, Kind: simkit.StatusBefore, Status: 500},
		)
		_, _, err := k.make(t.Context(), w, "app")
		contains(t, failure(t, err, apierr.Unknown).Hint, "Looking for it failed too", "HTTP 500")
		w.count(k.create, 1)
	})
}

// In one second this process may make two of one name: the second, lost, is not
// answered with the first.
func TestOwnObjectsAreNotAdoptedTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		for _, c := range lost[:2] {
			w := begin(t, openaisim.Options{})
			first, _, err := k.make(t.Context(), w, "app")
			ok(t, err)
			fault := c.fault
			fault.Operation, fault.Times = k.create, 1
			w.sim.Inject(fault)
			second, adopted, err := k.make(t.Context(), w, "app")
			ok(t, err)
			if second == first || adopted != c.done || len(k.named(w, "app")) != 2 {
				t.Errorf("%s: first %s, then %s (adopted %t)", c.fault.Kind, first, second, adopted)
			}
		}
	})
}

func TestConcurrentLostCreates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		kinds := []simkit.FaultKind{simkit.CutBefore, simkit.CutAfter, ""}
		for _, one := range kinds {
			for _, two := range kinds {
				for range 5 {
					w := begin(t, openaisim.Options{})
					for _, kind := range []simkit.FaultKind{one, two} {
						if kind == "" {
							kind = simkit.Delay // of nothing
						}
						w.sim.Inject(simkit.Fault{Operation: k.create, Kind: kind, Times: 1})
					}
					var mu sync.Mutex
					returned := map[string]int{}
					var named string
					var group sync.WaitGroup
					for range 2 {
						group.Go(func() {
							id, _, err := k.make(t.Context(), w, "app")
							mu.Lock()
							defer mu.Unlock()
							if err == nil {
								returned[id]++
								return
							}
							if e, ok := apierr.As(err); ok && e.Outcome == apierr.Unknown {
								named += e.Hint
								return
							}
							t.Errorf("%s/%s: %v", one, two, err)
						})
					}
					group.Wait()
					for id, times := range returned {
						if times > 1 {
							t.Fatalf("%s/%s: %s was returned %d times", one, two, id, times)
						}
					}
					for _, id := range k.named(w, "app") {
						if returned[id] == 0 && !strings.Contains(named, id) {
							t.Errorf("%s/%s: %s exists, but nobody has it or heard of it", one, two, id)
						}
					}
				}
			}
		}
	})
}

// While the recovery of one create looks, the answer of another arrives for the
// very object that was taken over: it makes one of its own.
func TestTakenOverByAnotherCreate(t *testing.T) {
	t.Parallel()
	posts, taken := make(chan struct{}, 2), make(chan struct{})
	w := begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if r.Method == http.MethodPost && err == nil {
			select {
			case posts <- struct{}{}:
				if len(posts) == 1 {
					<-taken // the first answer is slow
				}
			default:
			}
		}
		return resp, err
	}))
	slow := make(chan string)
	go func() {
		p, _, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "app"})
		if err != nil {
			t.Error(err)
		}
		slow <- p.ID
	}()
	for len(w.sent(openaisim.OpProjectsCreate)) == 0 || len(posts) == 0 {
		runtime.Gosched()
	}
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsCreate, Kind: simkit.CutBefore, Times: 1})
	fast, how, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "app"})
	ok(t, err)
	close(taken)
	other := <-slow
	if !how.Adopted || other == fast.ID || other == "" {
		t.Errorf("one create returned %s (%+v), the other %s", fast.ID, how, other)
	}
	if ids := creatables[0].named(w, "app"); len(ids) != 2 {
		t.Errorf("the server has %v, want one for each", ids)
	}
}

// An older server makes a first key whether it is wanted or not.
func TestUnwantedFirstKeyIsRevoked(t *testing.T) {
	t.Parallel()
	for _, revocable := range []bool{true, false} {
		var deleted []string
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/key_1"):
				w.WriteHeader(http.StatusMethodNotAllowed)
			case r.Method == http.MethodPost:
				_, _ = io.WriteString(w, `{"id":"user-1","name":"app","role":"member","created_at":1893556000,"api_key":{"id":"key_1","value":"sk-svcacct-fake-0123456789"}}`)
			case r.Method == http.MethodDelete && revocable:
				deleted = append(deleted, r.URL.Path)
				_, _ = io.WriteString(w, `{"id":"key_1","deleted":true}`)
			case r.Method == http.MethodDelete:
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error":{"message":"cannot be deleted"}}`)
			case strings.HasSuffix(r.URL.Path, "/key_1"):
				_, _ = io.WriteString(w, `{"id":"key_1","name":"first"}`)
			default:
				_, _ = io.WriteString(w, `{"id":"proj_1","status":"active"}`)
			}
		})
		a, how, err := client.CreateServiceAccount(t.Context(), "proj_1", "app")
		if a.ID != "user-1" || how.Adopted {
			t.Errorf("got %+v, %+v: the account exists whatever becomes of its key", a, how)
		}
		if revocable && (err != nil || !slices.Equal(deleted, []string{"/organization/projects/proj_1/api_keys/key_1"})) {
			t.Errorf("deleted %v, %v", deleted, err)
		}
		var unwanted *api.UnwantedKey
		if !revocable && (!errors.As(err, &unwanted) || unwanted.ID != "key_1" || apierr.Status(err) != 400) {
			t.Errorf("got %v, want the key and the refusal", err)
		}
	}
}
