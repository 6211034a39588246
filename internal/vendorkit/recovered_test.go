// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendorkit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
)

func TestWarnRecovered(t *testing.T) {
	t.Parallel()
	for want, how := range map[string]apiclient.Recovered{
		"": {},
		`Folder "a" (f1) was taken over: The answer to the creation of folder "a" was lost.`: {Adopted: true},
		`The list also shows f2, f3, which`:                                                  {Twins: []string{"f2", "f3"}},
		`(no list): look for another one`:                                                    {Unchecked: errors.New("no list")},
	} {
		var diags diag.Diagnostics
		vendorkit.WarnRecovered(crud.WithWarnings(t.Context(), &diags), "folder", "a", "f1", how)
		said := ""
		for _, one := range diags {
			said += fmt.Sprintf("%s: %s", one.Summary(), one.Detail())
		}
		if want == "" && said != "" || !strings.Contains(said, want) {
			t.Errorf("%+v: %q", how, said)
		}
	}
}
