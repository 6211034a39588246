// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// importForm is how objects of a type are imported, as its messages say it, and import ids of
// the right form that no object has.
type importForm struct {
	form, example string
	nothing       []string
}

// everyImport has a row for each resource of the provider. Parents are there, are none, or are
// objects of another kind: all are natural mistakes.
func everyImport(o organizations) map[string]importForm {
	project, account, key, group := o.project, o.account, o.key, o.group
	one := func(example string, nothing ...string) importForm { return importForm{"<id>", example, nothing} }
	inProject := func(child, example string, nothing ...string) importForm {
		row := importForm{form: "<project_id>/<" + child + ">", example: "proj_abc123/" + example}
		for _, id := range nothing {
			row.nothing = append(row.nothing, project+"/"+id, account+"/"+id, "proj_none/"+id)
		}
		return row
	}
	ofProject := importForm{"<project_id>", "proj_abc123", []string{"proj_none"}}
	const organization = "organization" // the only one, so every other id is of nothing
	return map[string]importForm{
		"orgkeys_openai_project":                         one("proj_abc123", "proj_none", account, key),
		"orgkeys_openai_service_account":                 inProject("id", "user-abc123", "user-none", project, key),
		"orgkeys_openai_api_key":                         inProject("id", "key_abc123", "key_none", project, account),
		"orgkeys_openai_admin_key":                       one("key_abc123", "key_none", project, account, key),
		"orgkeys_openai_group":                           one("group_abc123", "group_none"),
		"orgkeys_openai_group_member":                    {"<group_id>/<user_id>", "group_abc123/user-abc123", []string{group + "/user-none", "group_none/user-none"}},
		"orgkeys_openai_role":                            one("role_abc123", "role_none"),
		"orgkeys_openai_project_role":                    inProject("id", "role_abc123", "role_none"),
		"orgkeys_openai_role_assignment":                 {"<role_id>/user/<user_id> or <role_id>/group/<group_id>", "role_abc123/group/group_abc123", []string{"role_none/group/" + group, "role_none/group/group_none", "role_none/user/user-none"}},
		"orgkeys_openai_project_role_assignment":         {"<project_id>/<role_id>/user/<user_id> or <project_id>/<role_id>/group/<group_id>", "proj_abc123/role_abc123/group/group_abc123", []string{project + "/role_none/group/" + group, project + "/role_none/user/user-none", "proj_none/role_none/group/group_none"}},
		"orgkeys_openai_project_group":                   inProject("group_id", "group_abc123", group, "group_none"),
		"orgkeys_openai_project_user":                    inProject("user_id", "user-abc123", "user-none"),
		"orgkeys_openai_user_role":                       {"<user_id>", "user-abc123", []string{"user-none"}},
		"orgkeys_openai_invite":                          one("invite-abc123", "invite-none"),
		"orgkeys_openai_project_rate_limit":              inProject("model", "gpt-4.1", "gpt-none"),
		"orgkeys_openai_project_model_permissions":       ofProject,
		"orgkeys_openai_project_hosted_tool_permissions": ofProject,
		"orgkeys_openai_project_service_tiers":           ofProject,
		"orgkeys_openai_project_spend_limit":             ofProject,
		"orgkeys_openai_spend_limit":                     one(organization, "proj_none"),
		"orgkeys_openai_project_spend_alert":             inProject("id", "alert_abc123", "alert_none"),
		"orgkeys_openai_spend_alert":                     one("alert_abc123", "alert_none"),
		"orgkeys_openai_project_data_retention":          ofProject,
		"orgkeys_openai_data_retention":                  one(organization, "proj_none"),
		"orgkeys_openai_workload_identity_provider":      one("wip_abc123", "wip_none"),
		"orgkeys_openai_federation_rule":                 {"<workload_identity_provider_id>/<id>", "wip_abc123/wifr_abc123", []string{"wip_none/wifr_none"}},
		"orgkeys_openrouter_workspace":                   one("0f8d1b6e-0000-4000-8000-000000000000, or its slug", "0f8d1b6e-0000-4000-8000-00000000none", "none"),
		"orgkeys_openrouter_api_key":                     one("the 64 characters of its hash", strings.Repeat("0", 64), "none"),
		"orgkeys_litellm_key":                            one("the 64 characters of its hash, or its alias", strings.Repeat("0", 64), "none"),
		"orgkeys_elevenlabs_service_account":             one("user_abc123", "user_none"),
		"orgkeys_elevenlabs_api_key":                     {"<service_account_id>/<id>", "user_abc123/key_abc123", []string{"user_none/key_none"}},
		"orgkeys_anthropic_workspace":                    one("wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ", "wrkspc_none"),
		"orgkeys_anthropic_api_key":                      one("apikey_01Rj2N8SVvo6BePZj99NhmiT", "apikey_none"),
	}
}

// organizations are the simulated ones of all vendors, with their samples.
type organizations struct {
	*acctest.World
	all    map[string]simulators.Simulator // by the vendor's name
	openai *openaisim.Server

	project, account, key, group string // of it
}

func newOrganizations(t *testing.T) organizations {
	t.Helper()
	o := organizations{World: acctest.Open(t), all: map[string]simulators.Simulator{}}
	for _, vendor := range simulators.All {
		o.all[vendor.Name] = o.Simulate(vendor.Name)
		o.all[vendor.Name].SeedSample()
	}
	var ok bool
	if o.openai, ok = o.all["openai"].(*openaisim.Server); !ok {
		t.Fatal("the simulator of OpenAI is another one")
	}
	o.project = o.openai.SeedProject("payments")
	o.account = o.openai.SeedServiceAccount(o.project, "worker", "member")
	o.key, _ = o.openai.SeedKey(openaisim.KeySpec{AccountID: o.account, Name: "worker"})
	o.group = o.openai.SeedRecord(openaisim.Record{Kind: "groups", Fields: map[string]any{"name": "writers"}})
	return o
}

// requests is how many all vendors have got.
func (o organizations) requests() (sum int) {
	for _, sim := range o.all {
		sum += len(sim.Journal())
	}
	return sum
}

// process is a new process of the provider.
func (o organizations) process(t *testing.T) *protocol.Process {
	t.Helper()
	p, err := protocol.Start(t.Context(), o.Server)
	if err == nil {
		var said []*tfprotov6.Diagnostic
		said, err = p.Configure(t.Context(), nil)
		if err == nil {
			err = protocol.Failure(said)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// resources are the types that the provider has, which a table must have too.
func (o organizations) resources(t *testing.T) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(o.process(t).Schemas().ResourceSchemas))
}

// resource are the calls about resources of a type, in a process of their own.
func (o organizations) resource(t *testing.T, kind string) *protocol.Resource {
	t.Helper()
	r, err := o.process(t).Resource(kind)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// importOf imports an object by its id or its identity and reads it: what is said.
func importOf(t *testing.T, r *protocol.Resource, id string, identity map[string]any) (said []*tfprotov6.Diagnostic) {
	t.Helper()
	found, err := r.Import(t.Context(), id, identity)
	if err == nil && protocol.Failure(found.Diagnostics) == nil {
		said = found.Diagnostics
		found, err = r.Read(t.Context(), protocol.Held{Value: found.Value, Private: found.Private, Identity: found.Identity})
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(said, found.Diagnostics...)
}

// identityIn takes an import id of one of the forms apart.
func identityIn(t *testing.T, forms, id string) map[string]any {
	t.Helper()
	parts := strings.Split(id, "/")
	for form := range strings.SplitSeq(forms, " or ") {
		names := strings.Split(form, "/")
		identity := map[string]any{}
		for i, name := range names {
			attribute, isOne := strings.CutPrefix(strings.TrimSuffix(name, ">"), "<")
			switch {
			case len(parts) != len(names) || !isOne && name != parts[i]:
				identity = nil
			case isOne && identity != nil:
				identity[attribute] = parts[i]
			}
		}
		if identity != nil {
			return identity
		}
	}
	t.Fatalf("%q has none of the forms %s", id, forms)
	return nil
}

// wrongIDs are a right import id as users get it wrong.
func wrongIDs(id string) []string {
	wrong := []string{id + "/x/y", " " + id, id + "\u00a0", id + "/", "/" + id, id + "/..", id + "?x=y", "a b"}
	for i, r := range id {
		if r == '/' {
			wrong = append(wrong, id[:i], id[:i+1], id[i:], id[:i+1]+" "+id[i+1:], id[:i]+"/"+id[i:])
		}
	}
	return wrong
}

// namedKind is the type whose import names the object in another way as well: by a name of any form.
const namedKind = "orgkeys_litellm_key"

// checkImport says what a message about an import lacks, and what it must not say.
func checkImport(t *testing.T, what string, said []*tfprotov6.Diagnostic, wants ...string) {
	t.Helper()
	if len(said) != 1 || said[0].Severity != tfprotov6.DiagnosticSeverityError {
		t.Errorf("%s: says %v, want one error", what, said)
		return
	}
	text := said[0].Summary + "\n" + said[0].Detail
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s: does not say %q:\n%s", what, want, text)
		}
	}
	for _, never := range []string{" is gone\n", "outside", "removed from state", "state rm", "stays in state", "<nil>", "%!"} {
		if strings.Contains(text, never) {
			t.Errorf("%s: says %q:\n%s", what, never, text)
		}
	}
}

// An import of what is not there is not found, at every vendor: by its id and by its identity.
// It never was, so nobody revoked or deleted it.
func TestEveryImportOfNothing(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	rows := everyImport(o)
	for _, kind := range o.resources(t) {
		row, has := rows[kind]
		if !has {
			t.Errorf("%s has no row in the table of imports", kind)
		}
		r := o.resource(t, kind)
		wants := []string{"not found", "The import id has the form " + row.form + ", such as " + row.example, "the object is of this kind"}
		for _, id := range row.nothing {
			checkImport(t, kind+" by "+id, importOf(t, r, id, nil), wants...)
			checkImport(t, kind+" by the identity of "+id, importOf(t, r, "", identityIn(t, row.form, id)), wants...)
		}
	}
}

// An import id or identity of a wrong form is refused, with the form and an example, before
// anything is asked for.
func TestEveryImportOfAWrongForm(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	rows := everyImport(o)
	for _, kind := range o.resources(t) {
		row, r := rows[kind], o.resource(t, kind)
		for _, id := range row.nothing {
			for _, wrong := range wrongIDs(id) {
				if kind == namedKind && ident.CheckName(wrong) == nil {
					continue
				}
				checkImport(t, kind+" by "+wrong, importOf(t, r, wrong, nil),
					"Invalid import id", "The import id must have the form "+row.form+",", "An example is "+row.example+".")
			}
			for part := range identityIn(t, row.form, id) {
				for _, wrong := range []string{"", " x", "a/b", "..", "x\u00a0"} {
					if kind == namedKind && ident.CheckName(wrong) == nil {
						continue
					}
					identity := identityIn(t, row.form, id)
					identity[part] = wrong
					checkImport(t, kind+" by a wrong "+part, importOf(t, r, "", identity),
						"Invalid import identity", "The identity's "+part+" ", "The import id of such an object has the form "+row.form+", such as "+row.example+".")
				}
			}
		}
	}
	if got := o.requests(); got != 0 {
		t.Errorf("%d requests sent, want none", got)
	}
}
