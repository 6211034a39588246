// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

const keyType = "orgkeys_litellm_key"

type settings = vendortest.Settings

var same, with = vendortest.Same, vendortest.With

// world is a stage at a proxy with a team.
type world struct {
	*vendortest.Stage
	*litellmsim.Server
	team string
}

func begin(t *testing.T, policy litellmsim.Policy) *world {
	t.Helper()
	var proxy *litellmsim.Server
	opened := vendorWorld(t, policy, 0, func(at *keysAt) vendortest.Sim { proxy = at.Server; return at })
	return &world{vendortest.Begin(t, opened, keyType), proxy, proxy.SeedTeam("payments")}
}

// at has the provider work with a proxy.
func (w *world) at(proxy *litellmsim.Server) {
	w.Setenv("LITELLM_API_KEY", proxy.AdminKey())
	w.Setenv("ORGKEYS_LITELLM_BASE_URL", proxy.URL())
}

// now is the proxy's time.
func (w *world) now() time.Time { return w.Server.Clock().Now() }

// works opens the secret in state, which must be the one that works.
func (w *world) works() {
	w.T.Helper()
	identities, err := seal.ParseIdentities(secret.New(w.Identity))
	if err != nil {
		w.T.Fatal(err)
	}
	text, err := identities.Open(fmt.Sprint(w.Attributes()["sealed_value"]))
	if err != nil || !w.Valid(text.Reveal()) {
		w.T.Errorf("the secret in state does not work (%v)", err)
	}
}

// aliases are those of all keys, in order of creation.
func (w *world) aliases() (all []string) {
	for _, key := range w.Keys() {
		all = append(all, key.Alias)
	}
	return all
}
