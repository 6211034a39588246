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
	for _, c := range []struct {
		name, want string
		how        apiclient.Recovered
	}{
		{"a", "", apiclient.Recovered{}},
		{"a", `Folder "a" (f1) was taken over: The answer to the creation of folder "a" was lost. The only one of that name created since then, f1,`, apiclient.Recovered{Adopted: true}},
		{"", `Folder f1 was taken over: The answer to the creation of this folder was lost. The only one like it created since then, f1,`, apiclient.Recovered{Adopted: true}},
		{"a", `The list also shows f2, f3, which has the same name at the server`, apiclient.Recovered{Twins: []string{"f2", "f3"}}},
		{"", `The list also shows f2, which is like it at the server`, apiclient.Recovered{Twins: []string{"f2"}}},
		{"", `(no list): look for another one like it`, apiclient.Recovered{Unchecked: errors.New("no list")}},
		{"a", `(no list): look for another one of that name`, apiclient.Recovered{Unchecked: errors.New("no list")}},
	} {
		var diags diag.Diagnostics
		vendorkit.WarnRecovered(crud.WithWarnings(t.Context(), &diags), "folder", c.name, "f1", c.how)
		said := ""
		for _, one := range diags {
			said += fmt.Sprintf("%s: %s", one.Summary(), one.Detail())
		}
		if c.want == "" && said != "" || !strings.Contains(said, c.want) || strings.Contains(said, `""`) {
			t.Errorf("%+v: %q", c.how, said)
		}
	}
}
