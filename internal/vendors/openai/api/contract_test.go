// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"net/http"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// newer are the requests that the API of November 2026 takes and the document of August lacks.
var newer = map[string]string{
	"no route: GET /v1/organization/projects/{}/{}":           "service tiers came in November",
	"no route: POST /v1/organization/projects/{}/{}":          "service tiers came in November",
	"no route: POST /v1/organization/projects/{}/api_keys/{}": "key updates came in November",
	"undocumented request field: POST /organization/projects/{project_id}/service_accounts/{service_account_id}/api_keys expires_in_seconds": "expiry of service account keys came in September",
}

// byContract holds what the client sends against the facts of the vendor's document, in every
// test of this package that does not leave the network to the client.
func byContract(t *testing.T, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	if next == nil {
		return nil
	}
	contract := contracttest.Load(t, "../sim/contract/openai-admin.json", openaisim.BasePath, "ErrorResponse")
	return contract.Transport(next, func(difference string) {
		if newer[difference] == "" {
			t.Errorf("the client leaves the contract: %s", difference)
		}
	})
}
