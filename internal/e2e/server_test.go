// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
)

// vault is a real Vault in dev mode on loopback: unsealed, in memory, with a KV engine of
// version 2 at secret/.
type vault struct {
	t       *testing.T
	program string
	address string // host and port
	name    string // of the workload's secret
	token   string
	home    string
	client  *api.Client

	logs      []*output // of each start
	unsealKey string
	stdin     io.Closer     // closed to end it
	done      chan struct{} // closed when it has ended
}

// aVault starts one that lives as long as the test, for a secret of that name.
func aVault(t *testing.T, name string) *vault {
	t.Helper()
	program := os.Getenv("ORGKEYS_VAULT")
	if program == "" {
		t.Fatal("no Vault: make e2e builds one and sets ORGKEYS_VAULT")
	}
	v := &vault{t: t, program: program, name: name, token: "fake-root-" + rand.Text(), home: t.TempDir()}
	for range 5 {
		v.address = freeAddress(t)
		if v.start() {
			return v
		}
	}
	t.Fatal("Vault found no free port")
	return nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// supervise ends Vault when its own input closes: also when the tests are killed.
const supervise = `exec 3<&0
"$@" & vault=$!
(cat <&3; kill "$vault") >/dev/null 2>&1 &
wait "$vault"`

// start starts it with an empty memory. It is false when the port was taken meanwhile.
func (v *vault) start() bool {
	v.t.Helper()
	out := &output{ready: make(chan struct{})}
	v.logs = append(v.logs, out)
	cmd := exec.CommandContext(context.Background(), "sh", "-c", supervise, "vault",
		v.program, "server", "-dev", "-dev-no-store-token", "-dev-listen-address="+v.address)
	// The token in the environment: everybody on the machine can read arguments.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + v.home, "VAULT_DEV_ROOT_TOKEN_ID=" + v.token}
	cmd.Dir, cmd.Stdout, cmd.Stderr = v.home, out, out
	stdin, err := cmd.StdinPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	v.stdin, v.done = stdin, done
	v.t.Cleanup(v.stop)

	select {
	case <-out.ready:
	case <-done:
		if strings.Contains(out.String(), "address already in use") {
			return false
		}
		v.t.Fatalf("Vault did not start:\n%s", out)
	case <-v.t.Context().Done():
		v.t.Fatalf("Vault did not get ready:\n%s", out)
	}
	v.unsealKey = regexp.MustCompile(`Unseal Key: (\S+)`).FindStringSubmatch(out.String())[1]

	config := api.DefaultConfig()
	config.Address, config.MaxRetries, config.Timeout = v.url(), 0, time.Minute
	v.client, err = api.NewClient(config)
	if err != nil {
		v.t.Fatal(err)
	}
	v.client.SetToken(v.token)
	health, err := v.client.Sys().HealthWithContext(v.t.Context())
	if err != nil || health.Version != "1.21.0" || health.Sealed {
		v.t.Fatalf("not an open Vault 1.21.0: %+v, %v", health, err)
	}
	return true
}

func (v *vault) url() string { return "http://" + v.address }

// stop ends it; what it held is gone.
func (v *vault) stop() {
	_ = v.stdin.Close()
	<-v.done
}

// seal makes it answer 503 to everything and keep what it holds.
func (v *vault) seal() {
	v.t.Helper()
	if err := v.client.Sys().SealWithContext(v.t.Context()); err != nil {
		v.t.Fatal(err)
	}
}

func (v *vault) unseal() {
	v.t.Helper()
	status, err := v.client.Sys().UnsealWithContext(v.t.Context(), v.unsealKey)
	if err != nil || status.Sealed {
		v.t.Fatalf("still sealed: %v", err)
	}
}

// read gives the key that Vault holds for the workload, and how often it was written.
func (v *vault) read(ctx context.Context) (key string, version int, err error) {
	held, err := v.client.KVv2("secret").Get(ctx, v.name)
	if err != nil {
		return "", 0, err
	}
	if held.Data == nil { // deleted
		return "", held.VersionMetadata.Version, api.ErrSecretNotFound
	}
	key, _ = held.Data["key"].(string)
	return key, held.VersionMetadata.Version, nil
}

// holds is [vault.read] in a test: "" when there is nothing.
func (v *vault) holds() string {
	v.t.Helper()
	key, _, err := v.read(v.t.Context())
	if err != nil && !errors.Is(err, api.ErrSecretNotFound) {
		v.t.Fatal(err)
	}
	return key
}

// writes is how often the secret was written.
func (v *vault) writes() int {
	v.t.Helper()
	_, version, err := v.read(v.t.Context())
	if err != nil && !errors.Is(err, api.ErrSecretNotFound) {
		v.t.Fatal(err)
	}
	return version
}

// job makes a token that may do no more than the policy says.
func (v *vault) job(policy, token string) {
	v.t.Helper()
	if err := v.client.Sys().PutPolicyWithContext(v.t.Context(), "job", policy); err != nil {
		v.t.Fatal(err)
	}
	_, err := v.client.Auth().Token().CreateWithContext(v.t.Context(), &api.TokenCreateRequest{ID: token, Policies: []string{"job"}})
	if err != nil {
		v.t.Fatal(err)
	}
}

// output keeps what Vault prints, and tells when it is ready.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	once  sync.Once
	ready chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	// The last thing it says before it only logs.
	if strings.Contains(o.text.String(), "Development mode should NOT be used") {
		o.once.Do(func() { close(o.ready) })
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
