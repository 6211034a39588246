// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs_test

import (
	"fmt"
	"testing"
	"time"

	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

func TestPlainServiceAccounts(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]elevenlabssim.Policy{"usual": {}, "without creation times": {NoCreated: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendortest.PlainObjects(t, vendortest.ObjectRow{
				Type: accountType,
				Start: func(t *testing.T) *vendortest.Objects {
					t.Helper()
					w := begin(t, policy, accountType)
					return &vendortest.Objects{
						Stage:  w.Stage,
						Config: func(name string) settings { return settings{"name": name} },
						Seed:   w.SeedAccount,
						Remove: w.RemoveAccount,
						Names: func() map[string]string {
							names := map[string]string{}
							for _, one := range w.Accounts() {
								names[one.ID] = one.Name
							}
							return names
						},
					}
				},
				Create: elevenlabssim.OpCreateAccount, List: elevenlabssim.OpListAccounts,
				Answer:  func(id, _ string, _ time.Time) string { return fmt.Sprintf(`{"service-account-user-id":%q}`, id) },
				IDField: "service-account-user-id", Omit: []string{"name", "created_at_unix"},
				NoAPI: "There is no such API at elevenlabs.base_url", Missing: "terraform state rm", Unknown: "no service account with the id", Loss: "will be forgotten, not deleted",
				LookUpBy: "name", Inventory: "service_accounts",
			})
		})
	}
}
