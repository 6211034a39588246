// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
)

// A list without end is asked for once, and the error names it.
func TestListWithoutEnd(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	id, _ := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "a"})
	w.Inject(simkit.Fault{Kind: simkit.EndlessList})
	if _, err := w.client.Accounts(t.Context()); !errors.Is(err, apiclient.ErrListTooLarge) || !strings.Contains(err.Error(), "list service accounts") {
		t.Errorf("got %v", err)
	}
	same(t, w.Count(elevenlabssim.OpListAccounts), 1)
	_, err := w.client.Key(t.Context(), w.account, id, start)
	if err == nil || !strings.Contains(err.Error(), "list API keys of service account "+w.account) {
		t.Errorf("got %v", err)
	}
	same(t, w.Count(elevenlabssim.OpListKeys), 1)
}
