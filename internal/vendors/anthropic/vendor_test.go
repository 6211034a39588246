// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic_test

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

const (
	keyType       = "orgkeys_anthropic_api_key"
	workspaceType = "orgkeys_anthropic_workspace"
)

type (
	settings = vendortest.Settings
	policy   = anthropicsim.Policy
	key      = anthropicsim.Key
)

var same, with = vendortest.Same, vendortest.With

// world is a stage with a workspace and a key of a service account in it.
type world struct {
	*vendortest.Stage
	*anthropicsim.Server
	workspace, key string
}

func begin(t *testing.T, typeName string, p policy) *world {
	t.Helper()
	a := acctest.Open(t)
	w := &world{Server: anthropicsim.Start(t, anthropicsim.Options{Clock: a.Simulated, Policy: p, MaxPage: 2})}
	a.Attach("anthropic", w.Server)
	w.workspace = w.SeedWorkspace("Payments")
	w.key, _ = w.SeedKey(key{Name: "billing", WorkspaceID: w.workspace, Principal: "svac_1"})
	contract := contracttest.Load(t, "sim/contract/anthropic-admin.json", "", "Error")
	t.Cleanup(func() { vendortest.KeepsTo(t, contract, w.Journal()) }) // whatever the test was about
	w.Stage = vendortest.Begin(t, a.For(w.Server.Engine, nil), typeName)
	return w
}
