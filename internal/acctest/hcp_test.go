// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// runsAPI answers as the runs API of HCP Terraform is documented, for one run.
type runsAPI struct {
	sync.Mutex
	statuses []string            // of the run, from one look at it to the next; the last one stays
	plan     string              // the JSON of its plan
	failing  map[string]int      // a code that a request gets at first
	refused  map[string]struct{} // what the run cannot do
	asked    []string            // everything but looks
	looked   func()              // at each look
}

func (a *runsAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.Lock()
	defer a.Unlock()
	what := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/runs"), "/run-1/")
	if r.Header.Get("Authorization") != "Bearer fake-token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if code := a.failing[what]; code != 0 {
		delete(a.failing, what)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "<html>")
		return
	}
	if r.Method == http.MethodPost {
		a.asked = append(a.asked, what)
	}
	if _, refused := a.refused[what]; refused {
		w.WriteHeader(http.StatusConflict)
		return
	}
	switch what {
	case "":
		_, _ = io.WriteString(w, `{"data":{"id":"run-1"}}`)
	case "/run-1":
		status := a.statuses[0]
		if len(a.statuses) > 1 {
			a.statuses = a.statuses[1:]
		}
		if a.looked != nil {
			a.looked()
		}
		_, _ = fmt.Fprintf(w, `{"data":{"attributes":{"status":%q,"actions":{"is-confirmable":%t}}}}`, status, status == "planned")
	case "plan/json-output":
		_, _ = io.WriteString(w, a.plan)
	}
}

// The script of the page on HCP Terraform confirms a run of rotations only, and leaves no run behind that blocks others.
func TestHCPScript(t *testing.T) {
	t.Parallel()
	jq(t)
	script := regexp.MustCompile("(?s)```bash\n(.*?)```").FindStringSubmatch(read(t, filepath.Join(templates, "guides/hcp-terraform.md.tmpl")))
	if script == nil {
		t.Fatal("the page has no script")
	}
	after, unknown := rotated()
	rotation, other := asJSON(t, aPlan(keyChange(list("update"), aKey(), after, unknown))), asJSON(t, aPlan(update("leftovers", nil)))
	refused := func(actions ...string) map[string]struct{} {
		out := map[string]struct{}{}
		for _, one := range actions {
			out["actions/"+one] = struct{}{}
		}
		return out
	}
	for name, test := range map[string]struct {
		api      *runsAPI
		canceled bool // the job is, while it waits
		ok       bool
		asked    []string // after the start
		says     string
	}{
		"rotations":                     {&runsAPI{statuses: []string{"planning", "planned"}, plan: rotation}, false, true, []string{"apply"}, "rotates"},
		"no key is due":                 {&runsAPI{statuses: []string{"planned_and_finished"}}, false, true, nil, "run-1: no key is due"},
		"something else":                {&runsAPI{statuses: []string{"planned"}, plan: other}, false, false, []string{"discard"}, "does not hold rotations only"},
		"a gateway that fails once":     {&runsAPI{statuses: []string{"planned"}, plan: rotation, failing: map[string]int{"/run-1": 502}}, false, true, []string{"apply"}, "rotates"},
		"a plan that cannot be read":    {&runsAPI{statuses: []string{"planned"}, failing: map[string]int{"plan/json-output": 403}}, false, false, []string{"discard"}, "could not be read"},
		"a look that is refused":        {&runsAPI{statuses: []string{"planned"}, failing: map[string]int{"/run-1": 403}}, false, false, []string{"discard"}, ""},
		"queued for too long":           {&runsAPI{statuses: []string{"pending"}}, false, false, []string{"discard"}, "run-1 is pending"},
		"planning for too long":         {&runsAPI{statuses: []string{"planning"}, refused: refused("discard")}, false, false, []string{"discard", "cancel"}, "run-1 is planning"},
		"neither":                       {&runsAPI{statuses: []string{"pending"}, refused: refused("discard", "cancel")}, false, false, []string{"discard", "cancel"}, "run-1 may be left"},
		"a cancelled job":               {&runsAPI{statuses: []string{"pending", "planned"}, plan: rotation}, true, false, []string{"discard"}, ""},
		"an error in the run":           {&runsAPI{statuses: []string{"errored"}}, false, false, nil, "run-1 is errored"},
		"a policy":                      {&runsAPI{statuses: []string{"policy_override"}}, false, false, []string{"discard"}, "run-1 is policy_override"},
		"a confirmation without an end": {&runsAPI{statuses: []string{"planned"}, plan: rotation, refused: refused("discard"), failing: map[string]int{"actions/apply": 502}}, false, false, []string{"discard"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.api)
			text := strings.NewReplacer("https://app.terraform.io/api/v2", server.URL, "seq 360", "seq 2", "sleep 10", "sleep 0").Replace(script[1])
			cmd := exec.CommandContext(t.Context(), "bash", "-c", text)
			cmd.Dir = filepath.Join(examples, "scenarios/scheduled-rotation")
			cmd.Env = append(os.Environ(), "TFC_TOKEN=fake-token", "TFC_WORKSPACE_ID=ws-1")
			out := &strings.Builder{}
			cmd.Stdout, cmd.Stderr = out, out
			started := make(chan struct{})
			if test.canceled {
				test.api.looked = func() {
					<-started
					_ = cmd.Process.Signal(syscall.SIGTERM)
				}
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			close(started)
			err := cmd.Wait()
			server.Close() // and no request is under way any more
			want := []string{""}
			for _, one := range test.asked {
				want = append(want, "actions/"+one)
			}
			if (err == nil) != test.ok || !slices.Equal(test.api.asked, want) || !strings.Contains(out.String(), test.says) {
				t.Errorf("ended with %v, asked for %q, want %q and %q:\n%s", err, test.api.asked, want, test.says, out)
			}
		})
	}
}
