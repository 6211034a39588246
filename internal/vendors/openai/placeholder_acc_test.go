// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// The placeholder inside another text is refused in every argument and variable that takes
// a credential, an identity, a recipient or an address, by its name and before any call.
func TestAccCLIWrappedPlaceholder(t *testing.T) {
	t.Parallel()
	const p = secret.Placeholder
	w := acctest.NewRealTime(t, openaisim.Options{})
	file := filepath.Join(t.TempDir(), "identity.txt")
	if err := os.WriteFile(file, []byte("# mine\nkey: "+p+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	provider := func(arguments string) string { return "provider \"orgkeys\" {\n  " + arguments + "\n}\n" + stack() }
	based := base64.StdEncoding.EncodeToString([]byte("x" + p))
	t.Run("all", func(t *testing.T) { // ends before the calls are counted
		for name, test := range map[string]struct {
			config, env string
			names       string
		}{
			"openai.admin_key":           {provider(fmt.Sprintf("openai = { admin_key = %q }", "Bearer "+p)), "", "openai.admin_key"},
			"openai.base_url":            {provider(fmt.Sprintf("openai = { base_url = %q }", "https://"+p+".example.com/v1")), "", "openai.base_url"},
			"seal.identity":              {provider(fmt.Sprintf("seal = { identity = %q }", `{"key":"`+p+`"}`)), "", "seal.identity"},
			"seal.recipients":            {provider(fmt.Sprintf("seal = { recipients = [%q, %q] }", w.Recipient, based)), "", "seal.recipients, recipient 2 of 2"},
			"seal_recipients":            {bareProvider + stack(fmt.Sprintf("seal_recipients = [%q]", "age1"+p)), "", "seal_recipients, recipient 1 of 1"},
			"identity":                   {bareProvider + fmt.Sprintf("ephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value = \"x\"\n  identity = %q\n}\n", "'"+p+"'"), "", "identity argument"},
			"OPENAI_ADMIN_KEY":           {provider(""), "OPENAI_ADMIN_KEY=" + based, "OPENAI_ADMIN_KEY"},
			"ORGKEYS_OPENAI_BASE_URL":    {provider(""), "ORGKEYS_OPENAI_BASE_URL=https://example.com/" + p, "ORGKEYS_OPENAI_BASE_URL"},
			"ORGKEYS_SEAL_IDENTITY":      {provider(""), "ORGKEYS_SEAL_IDENTITY=\"" + p + "\"", "ORGKEYS_SEAL_IDENTITY"},
			"ORGKEYS_SEAL_IDENTITY_FILE": {provider(""), "ORGKEYS_SEAL_IDENTITY_FILE=" + file, "ORGKEYS_SEAL_IDENTITY_FILE"},
			"ORGKEYS_SEAL_RECIPIENTS":    {provider(""), "ORGKEYS_SEAL_RECIPIENTS=" + w.Recipient + ",'" + p + "'", "ORGKEYS_SEAL_RECIPIENTS, recipient 2 of 2"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := w.CLI()
				c.Config(test.config)
				if test.env != "" {
					c.Env = []string{test.env}
				}
				says(t, c.Must([]string{"plan", "-no-color"}, 1).Output, test.names, "holds the placeholder of orgkeys_unsealed among other characters")
			})
		}
	})
	if got := len(w.Sim.Journal()); got != 0 {
		t.Errorf("%d calls were sent", got)
	}
}

// The placeholder alone, with white space around it, counts as not yet known also where
// recipients come from the environment.
func TestAccCLIPlaceholderAsRecipientInTheEnvironment(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	c.Config("provider \"orgkeys\" {}\n" + stack())
	c.Env = []string{"ORGKEYS_SEAL_RECIPIENTS= " + secret.Placeholder + "\r"}
	c.Plan()
}
