// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// serve makes a client of a server that answers every request the same way.
func serve(t *testing.T, handler http.HandlerFunc) *api.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := api.New(api.Config{
		BaseURL: server.URL, AdminKey: secret.New("sk-admin-fake-0123456789"), Clock: clock.NewFake(start),
		Transport: &http.Transport{DisableKeepAlives: true}, UserAgent: "orgkeys-test/1",
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestRedirectsElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		t.Errorf("%s %s went to the other server, Authorization: %t", r.Method, r.URL, r.Header.Get("Authorization") != "")
	}))
	t.Cleanup(other.Close)
	w := begin(t, openaisim.Options{})
	w.know()
	w.sim.Inject(simkit.Fault{Kind: simkit.Redirect, Body: other.URL + "/v1/organization/projects"})
	for name, err := range map[string]error{
		"read":   w.readKey(),
		"update": w.client.SetKeyScopes(t.Context(), w.project, w.key, nil),
		"delete": w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}),
		"create": func() error { _, err := w.mint(); return err }(),
		"list":   func() error { _, err := w.client.Keys(t.Context(), w.project); return err }(),
		"end": func() error {
			_, err := w.client.EndKeyAt(t.Context(), w.project, w.key, start.Add(time.Hour))
			return err
		}(),
	} {
		failed := failure(t, err, apierr.Refused)
		contains(t, failed.Error(), "redirect", other.URL)
		contains(t, failed.Hint, "base_url")
		if strings.Contains(failed.Error()+failed.Hint, "sk-admin") {
			t.Errorf("%s: the message holds the key", name)
		}
	}
	w.count("", 6)
}

func TestRedirectsWithinTheOrigin(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	path := "/organization/projects/" + w.project
	w.sim.Inject(simkit.Fault{Kind: simkit.Redirect, Body: w.sim.URL() + path, Times: 1})
	p, err := w.client.ConfirmProject(t.Context(), w.project, time.Time{})
	if err != nil || p.ID != w.project {
		t.Errorf("got %+v, %v, want the redirect followed", p, err)
	}
	// A write that moves is not the write that was asked for.
	w.sim.ResetJournal()
	w.sim.Inject(simkit.Fault{Kind: simkit.Redirect, Body: w.sim.URL() + path, Times: 1})
	_, err = w.mint()
	_ = failure(t, err, apierr.Refused)
	w.count("", 1)
	// A loop ends.
	w.sim.ClearFaults()
	w.sim.ResetJournal()
	w.sim.Inject(simkit.Fault{Kind: simkit.Redirect, Body: w.sim.URL() + path})
	_, err = w.client.ConfirmProject(t.Context(), w.project, time.Time{})
	contains(t, failure(t, err, apierr.Refused).Error(), "redirect")
	if n := w.sim.Count(""); n > 5 {
		t.Errorf("%d requests", n)
	}
}

func TestOversizedAnswersAreRefused(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"id":"proj_1","name":"`)
		_, _ = io.Copy(w, bytes.NewReader(bytes.Repeat([]byte("x"), 9<<20)))
		_, _ = fmt.Fprint(w, `"}`)
	})
	_, err := client.ConfirmProject(t.Context(), "proj_1", time.Time{})
	contains(t, failure(t, err, apierr.Unknown).Error(), "larger than 8 MiB")
	if requests.Load() != 1 {
		t.Errorf("%d requests, want one: it would be as large again", requests.Load())
	}
	_, err = client.MintKey(t.Context(), "proj_1", "user-1", api.MintRequest{Name: "x"})
	_ = failure(t, err, apierr.Unknown)
	if requests.Load() != 2 {
		t.Errorf("%d requests, want two", requests.Load())
	}
}

// What is no list must not be taken for an empty one.
func TestAnswersThatAreNoList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status            int
		kind, body, place string
	}{
		{200, "application/json", `{}`, ""},
		{200, "application/json", `null`, ""},
		{200, "application/json", `[]`, ""},
		{200, "application/json", `"down"`, ""},
		{200, "application/json", `{"data":null}`, ""},
		{200, "application/json", `{"message":"maintenance"}`, ""},
		{200, "application/json", `{"data":[`, ""},
		{200, "text/html", `<p>hello</p>`, ""},
		{200, "", "", ""},
		{204, "", "", ""},
		{304, "", "", ""},
		{307, "application/json", "", ""},
	} {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		if list, err := client.Keys(t.Context(), "proj_1"); err == nil {
			t.Errorf("%d %s %q became a list of %d keys", c.status, c.kind, c.body, len(list.ByID))
		} else {
			notGone(t, err)
		}
	}
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":[]}`)
	})
	if list, err := client.Keys(t.Context(), "proj_1"); err != nil || len(list.ByID) != 0 {
		t.Errorf("an empty list became %v, %v", list, err)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	var got http.Header
	var path string
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, path = r.Header, r.URL.String()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"proj_1"}`)
	})
	_, err := client.ConfirmProject(t.Context(), "proj_1", time.Time{})
	ok(t, err)
	if got.Get("Authorization") != "Bearer sk-admin-fake-0123456789" || got.Get("User-Agent") != "orgkeys-test/1" || path != "/organization/projects/proj_1" {
		t.Errorf("%s with %q, agent %q", path, got.Get("Authorization"), got.Get("User-Agent"))
	}
}

// The environment is the provider's to read, and not all of it.
func TestEnvironmentIsNotRead(t *testing.T) {
	for _, name := range []string{"OPENAI_ADMIN_KEY", "OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_WEBHOOK_SECRET"} {
		t.Setenv(name, "from-the-environment")
	}
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
	t.Setenv("OPENAI_LOG", "debug")
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), "from-the-environment") {
				t.Errorf("the header %s comes from the environment", name)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"proj_1"}`)
	})
	_, err := client.ConfirmProject(t.Context(), "proj_1", time.Time{})
	ok(t, err)
}
