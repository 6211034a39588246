// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic_test

import (
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

const (
	keyType       = "orgkeys_anthropic_api_key"
	workspaceType = "orgkeys_anthropic_workspace"
	day           = 24 * time.Hour
)

type (
	settings = vendortest.Settings
	policy   = anthropicsim.Policy
	key      = anthropicsim.Key
)

var (
	same, with = vendortest.Same, vendortest.With
	contract   *contracttest.Contract
	loading    sync.Once
)

// world is a stage with a workspace and a key of a service account in it.
type world struct {
	*vendortest.Stage
	*anthropicsim.Server
	workspace, key string
	start          time.Time
}

func begin(t *testing.T, typeName string, p policy) *world {
	t.Helper()
	a := acctest.Open(t)
	w := &world{Server: anthropicsim.Start(t, anthropicsim.Options{Clock: a.Simulated, Policy: p, MaxPage: 2}), start: a.Clock.Now()}
	a.Attach("anthropic", w.Server)
	w.workspace = w.SeedWorkspace("Payments")
	w.key, _ = w.SeedKey(key{Name: "billing", WorkspaceID: w.workspace, Principal: "svac_1"})
	loading.Do(func() { contract = contracttest.Load(t, "sim/contract/anthropic-admin.json", "", "Error") })
	t.Cleanup(func() { vendortest.KeepsTo(t, contract, w.Journal()) }) // whatever the test was about
	w.Stage = vendortest.Begin(t, a.For(w.Server.Engine, nil), typeName)
	return w
}

// in is a moment so long after the world began, as state has it.
func (w *world) in(d time.Duration) string { return w.start.Add(d).Format(time.RFC3339) }
