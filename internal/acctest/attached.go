// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// AttachedCLI is [World.CLI] with the provider in the test's process, as a debugger attaches it: without a
// process for each command, which takes most of the time of a short one. The provider has the world's
// environment, see [World.Setenv], and that of the workspace, of which a world has one then. Its log is looked
// through for secrets, too.
func (w *World) AttachedCLI() *CLI {
	t, ok := w.T.(*testing.T)
	if !ok {
		w.T.Fatal("AttachedCLI needs a *testing.T")
	}
	t.Helper()
	w.scanLogsAtEnd(t)
	server, err := w.Server()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	config, closed, failed := make(chan *plugin.ReattachConfig), make(chan struct{}), make(chan error, 1)
	go func() {
		failed <- tf6server.Serve("registry.terraform.io/orgkeys/orgkeys", func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, config, closed), tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride(), tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
	}()
	var at *plugin.ReattachConfig
	select {
	case at = <-config:
	case err := <-failed:
		t.Fatalf("the provider cannot be served: %v", err)
	}
	t.Cleanup(func() {
		stop()
		<-closed
	})
	type address struct{ Network, String string }
	one := struct {
		Protocol             string
		ProtocolVersion, Pid int
		Test                 bool
		Addr                 address
	}{string(at.Protocol), at.ProtocolVersion, os.Getpid(), true, address{at.Addr.Network(), at.Addr.String()}}
	all, err := json.Marshal(map[string]any{"registry.terraform.io/orgkeys/orgkeys": one, "registry.opentofu.org/orgkeys/orgkeys": one})
	if err != nil {
		t.Fatal(err)
	}
	c := w.CLI()
	c.attached = "TF_REATTACH_PROVIDERS=" + string(all)
	return c
}

// alsoSet says what the environment of the next command has besides the world's.
func (w *World) alsoSet(env []string) {
	w.envMu.Lock()
	defer w.envMu.Unlock()
	w.also = slices.Clone(env)
}
