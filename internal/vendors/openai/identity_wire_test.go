// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/issuer"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const (
	providerType = "orgkeys_openai_workload_identity_provider"
	ruleType     = "orgkeys_openai_federation_rule"
	providers    = "workload_identity_providers"
	rules        = "federation_rules"
)

// identityScene is a project with an account, and for rules a provider.
type identityScene struct {
	*acctest.World
	project, account, provider string
	keySet                     string // of an issuer
}

func newIdentityScene(t *testing.T, options openaisim.Options) *identityScene {
	t.Helper()
	s := &identityScene{World: acctest.New(t, options), keySet: " " + string(issuer.New(t, "", "key-1").KeySet())}
	s.project = s.Sim.SeedProject("payments")
	s.account = s.Sim.SeedServiceAccount(s.project, "ci", "member")
	s.provider = s.Sim.SeedRecord(openaisim.Record{Kind: providers, Fields: fields{
		"name": "seeded", "type": "oidc", "issuer": "https://issuer.example", "audience": "a", "enabled": true, "description": nil,
		"attribute_transformations": []any{}, "verification": fields{"type": "discovery", "discovery_url": nil},
	}})
	return s
}

// identityRow is one kind of object: its least configuration, and one with everything.
type identityRow struct {
	kind        string // of the simulator
	typ         string
	parent      func(*identityScene) string
	least, most func(*identityScene) fields
	optional    []string // fields of answers that may be missing
}

var identityRows = []identityRow{
	{
		kind: providers, typ: providerType,
		parent: func(*identityScene) string { return "" },
		least: func(*identityScene) fields {
			return fields{"name": "github", "issuer": "https://token.actions.githubusercontent.com", "audience": "https://api.openai.com/v1"}
		},
		most: func(s *identityScene) fields {
			return fields{
				"name": "cluster", "issuer": "https://cluster.example/", "audience": "openai", "description": "the cluster", "enabled": false,
				"attribute_transformations": []fields{{"attribute": "team", "expression": "assertion.team"}, {"attribute": "openai.app", "expression": "assertion.app"}},
				"verification":              fields{"jwks": s.keySet},
			}
		},
		optional: []string{"description", "enabled", "attribute_transformations", "verification", "updated_at", "object", "type"},
	}, {
		kind: rules, typ: ruleType,
		parent: func(s *identityScene) string { return s.provider },
		least: func(s *identityScene) fields {
			return fields{"workload_identity_provider_id": s.provider, "project_id": s.project, "service_account_id": s.account, "attribute_matchers": map[string]string{"sub": "repo:acme/app:*"}}
		},
		most: func(s *identityScene) fields {
			return fields{
				"workload_identity_provider_id": s.provider, "project_id": s.project, "service_account_id": s.account,
				"attribute_matchers": map[string]string{"sub": "x", "attempt": "1", "ratio": "1.50", "protected": "true", "label": `"true"`, "quoted": `"x"`, "odd": "null", "id": "007"},
				"name":               "main", "description": "the main branch", "enabled": false, "scopes": []string{"api.model.request", "api.model.read"},
			}
		},
		optional: []string{"name", "description", "enabled", "permissions", "updated_at", "object", "workload_identity_provider_id"},
	},
}

// eachIdentityRow runs a test on every kind of object, each in a scene of its own.
func eachIdentityRow(t *testing.T, test func(t *testing.T, s *identityScene, r identityRow, o *governed)) {
	t.Helper()
	for _, r := range identityRows {
		t.Run(r.kind, func(t *testing.T) {
			t.Parallel()
			s := newIdentityScene(t, openaisim.Options{})
			ws, err := s.Workspace(t.Context(), r.typ, true)
			if err != nil {
				t.Fatal(err)
			}
			test(t, s, r, &governed{t, s, r, ws})
		})
	}
}

// governed is one object under a configuration.
type governed struct {
	t  *testing.T
	s  *identityScene
	r  identityRow
	ws *protocol.Workspace
}

func (o *governed) plan(attributes fields) (*protocol.Plan, error) {
	o.t.Helper()
	o.ws.Said = nil
	return o.ws.Plan(o.t.Context(), o.want(attributes), true)
}

func (o *governed) want(attributes fields) map[string]protocol.Settings {
	if attributes == nil {
		return nil
	}
	return map[string]protocol.Settings{"x": {Attributes: attributes}}
}

// action is what a plan does.
func (o *governed) action(attributes fields) protocol.Action {
	o.t.Helper()
	plan, err := o.plan(attributes)
	if err != nil {
		o.t.Fatal(err, o.ws.Said)
	}
	if change := plan.Changes["x"]; change != nil {
		return change.Action
	}
	return protocol.NoOp
}

func (o *governed) tryApply(attributes fields) error {
	o.t.Helper()
	plan, err := o.plan(attributes)
	if err != nil {
		return err
	}
	return o.ws.Apply(o.t.Context(), plan, o.want(attributes))
}

// apply applies, and holds that nothing is left to do and that nothing was said but what may be.
func (o *governed) apply(attributes fields, may ...string) {
	o.t.Helper()
	if err := o.tryApply(attributes); err != nil {
		o.t.Fatal(err, o.ws.Said)
	}
	o.quiet(may...)
	if got := o.action(attributes); got != protocol.NoOp {
		o.t.Fatalf("the second plan would %s: %v", got, o.ws.Said)
	}
	o.quiet(may...)
}

func (o *governed) quiet(may ...string) {
	o.t.Helper()
	for _, said := range o.ws.Said {
		if said.Error || !slices.ContainsFunc(may, func(part string) bool { return strings.Contains(said.Text, part) }) {
			o.t.Errorf("said in %s: %s", said.Walk, said.Text)
		}
	}
}

func (o *governed) said(part string) {
	o.t.Helper()
	if !slices.ContainsFunc(o.ws.Said, func(said protocol.Said) bool { return strings.Contains(said.Text, part) }) {
		o.t.Errorf("%q is not said: %v", part, o.ws.Said)
	}
}

// records are the objects at the server, without the seeded provider.
func (o *governed) records() []openaisim.Record {
	return slices.DeleteFunc(o.s.Sim.Records(o.r.kind), func(r openaisim.Record) bool { return r.ID == o.s.provider })
}

func (o *governed) only() openaisim.Record {
	o.t.Helper()
	all := o.records()
	if len(all) != 1 {
		o.t.Fatalf("%d objects at the server, want 1", len(all))
	}
	return all[0]
}

// What is created, changed, taken away and destroyed, and what the server has then.
func TestIdentityLife(t *testing.T) {
	t.Parallel()
	eachIdentityRow(t, func(t *testing.T, s *identityScene, r identityRow, o *governed) {
		t.Helper()
		o.apply(r.least(s))
		least := o.only()
		if least.Fields["enabled"] != true {
			t.Errorf("created with %v", least.Fields)
		}
		for range 2 {
			o.apply(r.most(s))
			most := o.only()
			if most.ID != least.ID {
				t.Error("a change replaced the object")
			}
			if r.kind == rules {
				same(t, "sent", fields{"matchers": most.Fields["attribute_matchers"], "permissions": most.Fields["permissions"], "name": most.Fields["name"]}, fields{
					"matchers":    fields{"sub": "x", "attempt": 1, "ratio": 1.5, "protected": true, "label": "true", "quoted": "x", "odd": "null", "id": "007"},
					"permissions": fields{"type": "restricted", "scopes": []string{"api.model.read", "api.model.request"}}, "name": "main",
				})
			} else {
				how, _ := most.Fields["verification"].(map[string]any)
				same(t, "sent", []any{how["type"], most.Fields["description"], most.Fields["enabled"]}, []any{"uploaded_jwks", "the cluster", false})
			}
			// Taken away: everything but enabled goes back to what the API begins with.
			o.apply(r.least(s), "becomes unrestricted")
			back := o.only()
			back.Fields["updated_at"], back.Fields["enabled"] = least.Fields["updated_at"], true
			same(t, "taken away", back.Fields, least.Fields)
		}
		o.apply(nil, "will be deleted")
		if left := o.records(); len(left) != 0 {
			t.Errorf("%v is left", left)
		}
		o.apply(r.most(s))
		o.apply(nil, "will be deleted")
	})
}

// What a server says less, or in its own way, is no difference.
func TestIdentityAnswers(t *testing.T) {
	t.Parallel()
	eachIdentityRow(t, func(t *testing.T, s *identityScene, r identityRow, o *governed) {
		t.Helper()
		for _, config := range []fields{r.least(s), r.most(s)} {
			for _, omitted := range append(r.optional, strings.Join(r.optional, " ")) {
				s.Sim.ClearFaults()
				s.Sim.Inject(simkit.Fault{Operation: r.kind + ".get", Kind: simkit.Altered, Omit: strings.Fields(omitted)},
					simkit.Fault{Operation: r.kind + ".create", Kind: simkit.Altered, Omit: strings.Fields(omitted)},
					simkit.Fault{Operation: r.kind + ".update", Kind: simkit.Altered, Omit: strings.Fields(omitted)})
				o.apply(config, "becomes unrestricted")
			}
			s.Sim.ClearFaults()
			o.apply(config, "becomes unrestricted")
		}
		one := o.only()
		if r.kind == rules {
			s.Sim.ChangeRecord(r.kind, one.Parent, one.ID, fields{"permissions": fields{"type": "restricted", "scopes": []string{"api.model.read", "api.model.request"}}})
		} else {
			all, _ := one.Fields["attribute_transformations"].([]any)
			s.Sim.ChangeRecord(r.kind, "", one.ID, fields{"attribute_transformations": []any{all[1], all[0]}, "issuer": "https://cluster.example"})
		}
		o.apply(r.most(s))
		o.apply(r.least(s), "becomes unrestricted")
		if r.kind == providers { // the server fills in what is usual
			s.Sim.ChangeRecord(r.kind, "", one.ID, fields{"verification": fields{"type": "discovery", "discovery_url": "https://token.actions.githubusercontent.com/.well-known/openid-configuration"}})
			o.apply(r.least(s))
		}
	})
}

// Another issuer is verified with its own keys, whatever the server has kept of the former one; an address that is
// written holds for the new issuer too.
func TestAnotherIssuer(t *testing.T) {
	t.Parallel()
	const former, next, usual = "https://former.example", "https://next.example", "/.well-known/openid-configuration"
	written := fields{"verification": fields{"discovery_url": former + usual}}
	for name, c := range map[string]struct {
		config, served fields
		want           any
	}{
		"the server filled in what is usual": {nil, fields{"type": "discovery", "discovery_url": former + usual}, nil},
		"the usual address is written":       {written, fields{"type": "discovery", "discovery_url": nil}, former + usual},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newIdentityScene(t, openaisim.Options{})
			ws, err := s.Workspace(t.Context(), providerType, true)
			if err != nil {
				t.Fatal(err)
			}
			o := &governed{t, s, identityRows[0], ws}
			config := with(with(o.r.least(s), fields{"issuer": former}), c.config)
			o.apply(config)
			s.Sim.ChangeRecord(providers, "", o.only().ID, fields{"verification": c.served})
			o.apply(with(config, fields{"issuer": next}))
			one := o.only()
			how, _ := one.Fields["verification"].(map[string]any)
			same(t, "provider", []any{one.Fields["issuer"], how["type"], how["discovery_url"]}, []any{next, "discovery", c.want})
		})
	}
}

// A text that neither null nor an empty text takes away stays, with a warning and no endless plan.
func TestIdentityDescriptionThatStays(t *testing.T) {
	t.Parallel()
	eachIdentityRow(t, func(t *testing.T, s *identityScene, r identityRow, o *governed) {
		t.Helper()
		config := with(r.least(s), fields{"description": "kept"})
		o.apply(config)
		s.Sim.Inject(simkit.Fault{Operation: r.kind + ".update", Field: "description", Kind: simkit.StatusBefore, Status: 400, Message: "description must be a string"})
		if err := o.tryApply(r.least(s)); err != nil {
			t.Fatal(err, o.ws.Said)
		}
		o.said("differs from its configuration at the server")
		if got := o.action(r.least(s)); got != protocol.NoOp {
			t.Errorf("the next plan would %s", got)
		}
		s.Sim.ClearFaults()
		o.apply(config)
		s.Sim.Inject(simkit.Fault{Operation: r.kind + ".update", Field: "description", Kind: simkit.StatusBefore, Status: 400, Times: 1})
		o.apply(r.least(s))
		if got := o.only().Fields["description"]; got != nil && got != "" {
			t.Errorf("the server has %v", got)
		}
	})
}

// Whatever becomes of answers, there is one object, and no second plan.
func TestIdentityLostAnswers(t *testing.T) {
	t.Parallel()
	for _, fault := range []simkit.FaultKind{simkit.CutBefore, simkit.CutAfter, simkit.StatusAfter, simkit.Truncated, simkit.HTML} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			eachIdentityRow(t, func(t *testing.T, s *identityScene, r identityRow, o *governed) {
				t.Helper()
				for _, operation := range []string{".create", ".update", ".delete"} {
					s.Sim.Inject(simkit.Fault{Operation: r.kind + operation, Kind: fault, Times: 1})
				}
				o.apply(r.least(s), "was found", "taken over", "may have been created", "after a lost answer")
				id := o.only().ID
				o.apply(r.most(s))
				if o.only().ID != id {
					t.Error("the object was replaced")
				}
				o.apply(nil, "will be deleted")
				if left := o.records(); len(left) != 0 {
					t.Errorf("%v is left", left)
				}
			})
		})
	}
}

// One 404 proves nothing; what is gone is planned again, and its destroy is no error.
func TestIdentityGone(t *testing.T) {
	t.Parallel()
	eachIdentityRow(t, func(t *testing.T, s *identityScene, r identityRow, o *governed) {
		t.Helper()
		o.apply(r.least(s))
		one := o.only()
		s.Advance(time.Hour)
		s.Sim.Inject(simkit.Fault{Operation: r.kind + ".get", Kind: simkit.NotFoundBefore, Times: 1})
		if got := o.action(r.least(s)); got != protocol.NoOp {
			t.Errorf("after one 404 the plan would %s", got)
		}
		o.quiet()
		for _, operation := range []string{".update", ".delete"} {
			s.Sim.Inject(simkit.Fault{Operation: r.kind + operation, Kind: simkit.NotFoundBefore})
			config := r.most(s)
			if operation == ".delete" {
				config = nil
			}
			if err := o.tryApply(config); err == nil {
				t.Errorf("a 404 of %s was believed", operation)
			}
			o.said("still exists")
			o.only()
			s.Sim.ClearFaults()
		}
		s.Sim.RemoveRecord(r.kind, one.Parent, one.ID)
		if got := o.action(r.least(s)); got != protocol.Create {
			t.Errorf("what is gone is planned as %s", got)
		}
		o.said("no longer exists")
		o.apply(r.least(s), "no longer exists")
		plan, err := o.plan(nil)
		if err != nil {
			t.Fatal(err)
		}
		again := o.only()
		s.Sim.RemoveRecord(r.kind, again.Parent, again.ID)
		if err := o.ws.Apply(t.Context(), plan, nil); err != nil {
			t.Error(err, o.ws.Said)
		}
	})
}

// A change outside is drift that the next apply puts right.
func TestIdentityDrift(t *testing.T) {
	t.Parallel()
	eachIdentityRow(t, func(t *testing.T, s *identityScene, r identityRow, o *governed) {
		t.Helper()
		o.apply(r.most(s))
		one := o.only()
		changes := []fields{{"name": "renamed"}, {"description": nil}, {"enabled": true}}
		if r.kind == rules {
			changes = append(changes, fields{"attribute_matchers": fields{"sub": "x"}}, fields{"permissions": fields{"type": "service_account_default"}})
		} else {
			changes = append(changes, fields{"issuer": "https://elsewhere.example"}, fields{"audience": "b"}, fields{"attribute_transformations": []any{}}, fields{"verification": fields{"type": "discovery", "discovery_url": nil}})
		}
		for _, change := range changes {
			s.Sim.ChangeRecord(r.kind, one.Parent, one.ID, change)
			if got := o.action(r.most(s)); got != protocol.Update {
				t.Errorf("%v outside is planned as %s", change, got)
			}
			o.apply(r.most(s))
		}
		// Where the configuration says nothing, somebody may disable it.
		o.apply(r.least(s), "becomes unrestricted")
		for _, value := range []bool{true, false} {
			s.Sim.ChangeRecord(r.kind, one.Parent, one.ID, fields{"enabled": value})
			o.apply(r.least(s))
			if o.only().Fields["enabled"] != value {
				t.Error("it was enabled or disabled without being asked")
			}
		}
	})
}

// An import changes nothing where the configuration says what is there; a value that is not known
// yet replaces nothing.
func TestIdentityImportAndUnknown(t *testing.T) {
	t.Parallel()
	eachIdentityRow(t, func(t *testing.T, s *identityScene, r identityRow, o *governed) {
		t.Helper()
		o.apply(r.most(s))
		one := o.only()
		c := configured(t, s.World, nil)
		id := strings.TrimPrefix(one.Parent+"/"+one.ID, "/")
		by := fields{"id": one.ID}
		if one.Parent != "" {
			by["workload_identity_provider_id"] = one.Parent
		}
		imported, err := c.resource(r.typ).Import(t.Context(), id, nil)
		c.calm(err, imported.Diagnostics)
		same(t, "imported by identity", c.imported(r.typ, by), c.read(r.typ, imported))
		held := protocol.Held{Value: imported.Value, Identity: imported.Identity, Private: imported.Private}
		read, err := c.resource(r.typ).Read(t.Context(), held)
		c.calm(err, read.Diagnostics)
		o.ws.State = map[string]*protocol.Instance{"x": {Current: &protocol.Held{Value: read.Value, Identity: read.Identity, Private: read.Private}}}
		if got := o.action(r.most(s)); got != protocol.NoOp {
			plan, _ := o.plan(r.most(s))
			t.Errorf("after the import the plan would %s: %v", got, plan.Changes["x"].Attributes())
		}
		unknown := r.most(s)
		for name := range unknown {
			if name != "enabled" {
				unknown[name] = protocol.Unknown
			}
		}
		if got := o.action(unknown); got != protocol.Update {
			t.Errorf("unknown values are planned as %s", got)
		}
		plan, err := o.plan(unknown)
		if err == nil {
			err = o.ws.Apply(t.Context(), plan, o.want(r.most(s)))
		}
		if err != nil || o.only().ID != one.ID {
			t.Error(err, o.ws.Said)
		}
		var names []string
		config := fields{}
		if r.kind == rules {
			config["workload_identity_provider_id"] = s.provider
		}
		for _, found := range c.list(r.typ, config, 0, true) {
			names = append(names, found.name)
			if found.id["id"] == one.ID {
				same(t, "listed", found.body, c.imported(r.typ, by))
			}
		}
		same(t, "listed", len(names), len(s.Sim.Records(r.kind)))
		look := with(config, fields{"name": one.Fields["name"]})
		same(t, "looked up", c.data(r.typ, look), c.data(r.typ, with(config, fields{"id": one.ID})))
	})
}

// The API is silent on rules whose account or project is gone: both are handled.
func TestRuleOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, goes := range map[string]func(*identityScene){
		"account": func(s *identityScene) { s.Sim.DeleteServiceAccount(s.account) },
		"project": func(s *identityScene) { s.Sim.ArchiveProject(s.project) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := ruleScene(t)
			config := o.r.least(s)
			o.apply(config)
			one := o.only()
			goes(s)
			o.apply(config) // the rule is there still
			s.Sim.RemoveRecord(rules, one.Parent, one.ID)
			if got := o.action(config); got != protocol.Create {
				t.Errorf("the plan would %s", got)
			}
			o.said("no longer exists")
			o.apply(nil, "no longer exists")
		})
	}
	t.Run("another organization", func(t *testing.T) {
		t.Parallel()
		s, o := ruleScene(t)
		o.apply(o.r.least(s))
		destroy, err := o.plan(nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Setenv("OPENAI_ADMIN_KEY", s.Sim.NewOrganization())
		if _, err := o.plan(o.r.least(s)); err == nil {
			t.Error("another organization's key is taken for drift")
		}
		o.said("does not exist in the organization of this admin key")
		if err := o.ws.Apply(t.Context(), destroy, nil); err == nil || o.ws.State["x"] == nil {
			t.Errorf("another organization's key destroys the rule: %v", err)
		}
	})
}

// ruleScene is a scene and its federation rules.
func ruleScene(t *testing.T) (*identityScene, *governed) {
	t.Helper()
	s := newIdentityScene(t, openaisim.Options{})
	ws, err := s.Workspace(t.Context(), ruleType, true)
	if err != nil {
		t.Fatal(err)
	}
	return s, &governed{t, s, identityRows[1], ws}
}

// A replacement says once what changes.
func TestWhyARuleIsReplaced(t *testing.T) {
	t.Parallel()
	s, o := ruleScene(t)
	config := o.r.least(s)
	o.apply(config)
	project := s.Sim.SeedProject("other")
	if got := o.action(with(config, fields{"project_id": project, "service_account_id": s.Sim.SeedServiceAccount(project, "ci", "member")})); got != protocol.DeleteThenCreate {
		t.Errorf("the plan would %s", got)
	}
	for _, said := range o.ws.Said {
		if got := strings.Count(said.Text, " changes from "); got != 2 {
			t.Errorf("%d changes are named, want 2: %s", got, said.Text)
		}
	}
	o.said("its project_id changes from " + s.project + " to " + project)
}

// A provider with rules stays, and the error names them.
func TestProviderWithRules(t *testing.T) {
	t.Parallel()
	s := newIdentityScene(t, openaisim.Options{})
	ws, err := s.Workspace(t.Context(), providerType, true)
	if err != nil {
		t.Fatal(err)
	}
	o := &governed{t, s, identityRows[0], ws}
	o.apply(o.r.least(s))
	one := o.only()
	rule := s.Sim.SeedRecord(openaisim.Record{Kind: rules, Parent: one.ID, Fields: fields{"name": "by hand", "service_account_id": s.account, "project_id": s.project, "enabled": true}})
	if err := o.tryApply(nil); err == nil {
		t.Fatal("the provider is gone")
	}
	o.said(`"by hand" (` + rule + ")")
	o.only()
	// A rule that was just deleted may count for a moment.
	s.Sim.RemoveRecord(rules, one.ID, rule)
	s.Sim.Inject(simkit.Fault{Operation: providers + ".delete", Kind: simkit.StatusBefore, Status: 409, Times: 1})
	o.apply(nil, "will be deleted")
}

// A second rule for an account is warned of in the plan, and the refusal names the first one.
func TestSecondRuleForAnAccount(t *testing.T) {
	t.Parallel()
	s, o := ruleScene(t)
	first := s.Sim.SeedRecord(openaisim.Record{Kind: rules, Parent: s.provider, Fields: fields{"name": "by hand", "service_account_id": s.account, "project_id": s.project, "enabled": true, "attribute_matchers": fields{"sub": "x"}}})
	if err := o.tryApply(o.r.least(s)); err == nil {
		t.Error("two rules for one account")
	}
	o.said("may exist already")
	o.said("terraform import <address> " + s.provider + "/" + first)
	o.said("If this apply replaces it, take create_before_destroy out of its lifecycle block")
}

// Key sets that differ in spelling only, and values that mean the same, change nothing.
func TestIdentitySpellings(t *testing.T) {
	t.Parallel()
	eachIdentityRow(t, func(t *testing.T, s *identityScene, r identityRow, o *governed) {
		t.Helper()
		config := r.most(s)
		o.apply(config)
		s.Sim.ResetJournal()
		if r.kind == rules {
			config["attribute_matchers"] = map[string]string{"sub": `"x"`, "attempt": "1.0", "ratio": "1.5", "protected": "true", "label": `"true"`, "quoted": "x", "odd": `"null"`, "id": `"007"`}
		} else {
			how, _ := config["verification"].(map[string]any)
			var set any
			if err := json.Unmarshal([]byte(how["jwks"].(string)), &set); err != nil {
				t.Fatal(err)
			}
			pretty, err := json.MarshalIndent(set, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			config["verification"] = fields{"jwks": string(pretty)}
		}
		o.apply(config)
		if sent := s.Sim.Count(r.kind + ".update"); sent != 0 {
			t.Errorf("%d updates for another spelling", sent)
		}
	})
}

// Eight requests a minute are enough for anything.
func TestIdentityUnderThrottling(t *testing.T) {
	t.Parallel()
	for _, r := range identityRows {
		t.Run(r.kind, func(t *testing.T) {
			t.Parallel()
			s := newIdentityScene(t, openaisim.Options{PerMinute: 8})
			ws, err := s.Workspace(t.Context(), r.typ, true)
			if err != nil {
				t.Fatal(err)
			}
			o := &governed{t, s, r, ws}
			for range 4 {
				o.apply(r.least(s), "becomes unrestricted")
				o.apply(r.most(s))
			}
			o.apply(nil, "will be deleted")
		})
	}
}

// What is wrong is refused before anything is sent, and no private key is repeated.
func TestIdentityInput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row   int
		set   fields
		wants string
	}{
		{0, fields{"name": ""}, "name must not be empty"},
		{0, fields{"issuer": "token.actions.githubusercontent.com"}, "must be an address that begins with https://"},
		{0, fields{"issuer": "https://x.example?y=1"}, "no query and no fragment"},
		{0, fields{"issuer": "https://a:b@x.example"}, "user or a password"},
		{0, fields{"audience": ""}, "audience must not be empty"},
		{0, fields{"description": ""}, "description must not be empty"},
		{0, fields{"verification": fields{"jwks": "x"}}, "must be a JSON object"},
		{0, fields{"verification": fields{"jwks": `{"keys":[]}`}}, "has no keys"},
		{0, fields{"verification": fields{"jwks": `{"keys":[{"kty":"EC","kid":"a","d":"fake-private"}]}`}}, "holds a private key"},
		{0, fields{"verification": fields{"jwks": `{"keys":[{"kty":"EC"}]}`}}, "without a kid"},
		{0, fields{"verification": fields{"jwks": `{"keys":[{"kid":"a"},{"kid":"a"}]}`}}, "without a kid of its own"},
		{0, fields{"verification": fields{}}, "one (and only one)"},
		{0, fields{"verification": fields{"discovery_url": "https://x.example", "jwks": `{"keys":[{"kid":"a"}]}`}}, "one (and only one)"},
		{0, fields{"attribute_transformations": []fields{{"attribute": strings.Repeat("a", 257), "expression": "assertion.a"}}}, "at most 256"},
		{0, fields{"attribute_transformations": []fields{{"attribute": "a", "expression": ""}}}, "between 1 and 4096"},
		{1, fields{"attribute_matchers": map[string]string{}}, "at least 1"},
		{1, fields{"attribute_matchers": map[string]string{"sub": "*"}}, "would match any value"},
		{1, fields{"attribute_matchers": map[string]string{"sub": "a*b"}}, "only be the last character"},
		{1, fields{"attribute_matchers": map[string]string{"sub": ""}}, "must not be empty"},
		{1, fields{"scopes": []string{}}, "at least 1"},
		{1, fields{"scopes": []string{" a"}}, "white space"},
		{1, fields{"project_id": "a/b"}, "project_id"},
	} {
		s := newIdentityScene(t, openaisim.Options{})
		r := identityRows[c.row]
		ws, err := s.Workspace(t.Context(), r.typ, true)
		if err != nil {
			t.Fatal(err)
		}
		o := &governed{t, s, r, ws}
		if _, err := o.plan(with(r.least(s), c.set)); err == nil {
			t.Errorf("%v is taken", c.set)
			continue
		}
		o.said(c.wants)
		for _, said := range o.ws.Said {
			if strings.Contains(said.Text, "fake-private") {
				t.Errorf("a private key is repeated: %s", said.Text)
			}
		}
		if calls := len(s.Sim.Journal()); calls != 0 {
			t.Errorf("%v: %d calls", c.set, calls)
		}
	}
}
