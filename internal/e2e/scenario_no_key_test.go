// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/issuer"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const clusterToken = "system:serviceaccount:payments:payments-api"

// The whole road from keys to identities and back, under two workloads that call all the time:
// no request is refused.
func TestScenarioNoKey(t *testing.T) {
	t.Parallel()
	r := read(t, "no-key")
	sim := r.World.Sim
	github := issuer.New(t, "https://token.actions.githubusercontent.com", "github-1")
	cluster := issuer.New(t, "https://cluster.example", "cluster-1")
	sim.PublishKeys(github.URL, github.KeySet())
	kubectl(r, cluster)

	r.says(r.Next("age-keygen -o identity.txt"), "Apply complete! Resources: 5 added")
	deploy, api := callAll(t, sim.URL()), callAll(t, sim.URL())
	r.Run("terraform output -json sealed_values | jq -r .deploy >deploy.age")
	deploy.use(with(r.opened("deploy.age", "identity.txt")))
	api.use(with(r.opened("api.age", "identity.txt")))

	planned := r.Next(`access = "both"`)
	r.says(planned, "Plan: 4 to add, 0 to change, 0 to destroy", "do not take them away yet: payments-", "Used within the last 7 days")
	both := r.Next("terraform output -json identities")
	r.says(both, "Apply complete! Resources: 4 added, 0 changed, 0 destroyed", "OPENAI_IDENTITY_PROVIDER_ID")

	wrong := r.Run("printf 'no token\\n' | sh try-access.sh api || echo \"ended with $?\"; printf x | sh try-access.sh nobody || echo \"ended with $?\"")
	r.says(wrong, "the exchange is refused: invalid_subject_token", "the output identities has no nobody", "ended with 1")
	r.says(r.Next("sh try-access.sh api"), "api gets access for 3", "a call with it answers 200")

	// Each pod and each run that starts now exchanges a token of its own.
	identity := func(workload string, from *issuer.Issuer, claims map[string]any) func(context.Context) (string, error) {
		var ids map[string]string
		if err := json.Unmarshal([]byte(r.Run("terraform output -json identities | jq -c ."+workload)), &ids); err != nil {
			t.Fatal(err)
		}
		claims["aud"] = "https://api.openai.com/v1"
		return exchanged(sim.URL()+"/oauth/token", ids, sim.Clock().Now, func() string { return from.Token(sim.Clock().Now(), time.Hour, claims) })
	}
	byIdentity := func() {
		deploy.use(identity("deploy", github, map[string]any{"sub": "repo:acme/payments:ref:refs/heads/main", "repository": "acme/payments", "ref": "refs/heads/main"}))
		api.use(identity("api", cluster, map[string]any{"sub": clusterToken}))
	}
	byIdentity()
	r.says(r.Next("terraform plan"), "do not take them away yet")
	for _, pause := range []struct {
		of    time.Duration
		quiet bool
	}{{25 * time.Hour, false}, {6 * 24 * time.Hour, true}} {
		deploy.between(func() { api.between(func() { sim.Clock().Advance(pause.of) }) })
		if waits := strings.Contains(r.Run("terraform plan"), "do not take them away yet"); waits == pause.quiet {
			t.Errorf("%s later the check waits: %t", pause.of, waits)
		}
	}
	r.says(r.Run("terraform apply"), "0 added, 0 changed, 0 destroyed") // of somebody who knows nothing of the move
	sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.Altered, Omit: []string{"last_used_at"}})
	r.says(r.Run("terraform plan"), "do not take them away yet: payments-", "its last use is not shown")
	sim.ClearFaults()
	r.says(r.Run("mv cluster.auto.tfvars.json gone; terraform plan || mv gone cluster.auto.tfvars.json"), "cluster_issuer is missing")

	gone := r.Next(`access = "identity"`)
	r.says(gone, "Plan: 0 to add, 0 to change, 2 to destroy", "Apply complete! Resources: 0 added, 0 changed, 2 destroyed")
	if live := r.live(); len(live) != 0 {
		t.Errorf("%v work after the keys were taken away", live)
	}
	deploy.goesOn()
	api.goesOn()

	r.says(r.Next(`access = "both"`), "Apply complete! Resources: 2 added, 0 changed, 0 destroyed")
	r.Run("terraform output -json sealed_values | jq -r .deploy >deploy.age")
	deploy.use(with(r.opened("deploy.age", "identity.txt")))
	api.use(with(r.opened("api.age", "identity.txt")))
	r.says(r.Next(`access = "key"`), "Plan: 0 to add, 0 to change, 4 to destroy", "will be deleted", "0 added, 0 changed, 4 destroyed")
	deploy.goesOn()
	api.goesOn()
	if live := r.live(); !slices.Equal(live, []string{"payments-api", "payments-deploy"}) {
		t.Errorf("%v work at the end of the way back", live)
	}
	deploy.stop()
	api.stop()
	r.Run("rm deploy.age")
	r.Next("terraform destroy")
}

// kubectl puts a cluster's kubectl before everything else: its issuer, its keys and its tokens.
func kubectl(r *reader, cluster *issuer.Issuer) {
	r.Helper()
	folder := r.TempDir()
	for name, content := range map[string]string{
		"issuer.json": `{"issuer":"` + cluster.URL + `"}`, "keys.json": string(cluster.KeySet()),
		"token": cluster.Token(r.World.Sim.Clock().Now(), time.Hour, map[string]any{"sub": clusterToken, "aud": []string{"https://api.openai.com/v1"}}),
		"kubectl": "#!/bin/sh\ncase \"$*\" in\n" +
			"'get --raw /.well-known/openid-configuration') cat \"" + folder + "/issuer.json\" ;;\n" +
			"'get --raw /openid/v1/jwks') cat \"" + folder + "/keys.json\" ;;\n" +
			"'create token payments-api --namespace payments --audience https://api.openai.com/v1') cat \"" + folder + "/token\" ;;\n" +
			"*) exit 64 ;;\nesac\n",
	} {
		if err := os.WriteFile(folder+"/"+name, []byte(content), 0o700); err != nil { //nolint:gosec // one of them is a program
			r.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(r.Context(), "sh", "-n", folder+"/kubectl").CombinedOutput(); err != nil {
		r.Fatalf("%v: %s", err, out)
	}
	r.Run("PATH=" + folder + ":$PATH; export PATH")
}

// with is a workload's way to what it calls with: a key that it was given.
func with(key string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return key, nil }
}

// exchanged is another way: access for the workload's own token, exchanged again when half of
// its time is over, as the vendor's clients do.
func exchanged(endpoint string, ids map[string]string, now func() time.Time, token func() string) func(context.Context) (string, error) {
	var access string
	var until time.Time
	return func(ctx context.Context) (string, error) {
		if access != "" && now().Before(until) {
			return access, nil
		}
		got, err := issuer.Exchange(ctx, endpoint, ids["OPENAI_IDENTITY_PROVIDER_ID"], ids["OPENAI_SERVICE_ACCOUNT_ID"], token())
		access, until = got, now().Add(30*time.Minute)
		return got, err
	}
}

// caller is a workload that calls the API all the time.
type caller struct {
	t      *testing.T
	models string
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	get     func(context.Context) (string, error)
	calls   int
	refused []string
	moved   chan struct{}
}

// callAll starts a workload, which begins to call when it has something to call with.
func callAll(t *testing.T, base string) *caller {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &caller{t: t, models: base + "/models", cancel: cancel, done: make(chan struct{}), moved: make(chan struct{})}
	go func() {
		defer close(c.done)
		for ctx.Err() == nil {
			c.call(ctx)
			_ = clock.System().Sleep(ctx, 5*time.Millisecond) // the pace of a service, not a wait
		}
	}()
	t.Cleanup(c.stop)
	return c
}

// between does something between two calls: no clock jumps in the middle of one.
func (c *caller) between(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

func (c *caller) call(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.get == nil {
		return
	}
	secret, err := c.get(ctx)
	why := ""
	if err == nil {
		why, err = ask(ctx, c.models, secret)
	}
	if err != nil {
		why = err.Error()
	}
	if ctx.Err() != nil {
		return // the end of the test broke it off
	}
	if c.calls++; why != "" {
		c.refused = append(c.refused, why)
	}
	close(c.moved)
	c.moved = make(chan struct{})
}

// ask is one call; why is what refused it, "" for nothing.
func ask(ctx context.Context, address, secret string) (why string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode == http.StatusOK {
		return "", err
	}
	return answer.Status, nil
}

// use deploys the workload with another way to what it calls with, and waits for calls with it.
func (c *caller) use(get func(context.Context) (string, error)) {
	c.t.Helper()
	c.mu.Lock()
	c.get = get
	c.mu.Unlock()
	c.goesOn()
}

// goesOn waits for some calls more, none of them refused.
func (c *caller) goesOn() {
	c.t.Helper()
	limit, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	for from := -1; ; {
		c.mu.Lock()
		calls, refused, moved := c.calls, c.refused, c.moved
		c.mu.Unlock()
		if len(refused) > 0 {
			c.t.Fatalf("%d of %d calls were refused: %s", len(refused), calls, strings.Join(refused, ", "))
		}
		if from < 0 {
			from = calls
		}
		if calls >= from+5 {
			return
		}
		select {
		case <-moved:
		case <-limit.Done():
			c.t.Fatal("the workload does not call")
		}
	}
}

func (c *caller) stop() {
	c.cancel()
	<-c.done
	if len(c.refused) > 0 {
		c.t.Errorf("%d of %d calls were refused: %s", len(c.refused), c.calls, strings.Join(c.refused, ", "))
	}
}
