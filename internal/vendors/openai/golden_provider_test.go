// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// blockOf is a provider block with one nested block in it.
func (s *scene) blockOf(process *protocol.Process, name string, of values) values {
	s.t.Helper()
	whole, ok := process.Schemas().Provider.ValueType().(tftypes.Object)
	if !ok {
		s.t.Fatal("the provider block is no object")
	}
	nested, err := protocol.Value(whole.AttributeTypes[name], of)
	s.fail(err)
	var parts map[string]tftypes.Value
	s.fail(nested.As(&parts))
	return values{name: parts}
}

// configure configures a provider with an environment and a block.
func (s *scene) configure(title string, environment map[string]string, name string, of values) {
	s.t.Helper()
	s.title("%s", title)
	before := maps.Clone(environment)
	for variable, value := range environment {
		before[variable] = s.w.Getenv(variable)
		s.w.Setenv(variable, value)
	}
	process, err := protocol.Start(s.t.Context(), s.w.Server)
	s.fail(err)
	var block values
	if name != "" {
		block = s.blockOf(process, name, of)
	}
	said, err := process.Configure(s.t.Context(), block)
	s.fail(err)
	if !s.said("configure", said) {
		s.line("configure: done")
	}
	for variable, value := range before {
		s.w.Setenv(variable, value)
	}
}

// late begins processes whose provider block is not known yet.
func (s *scene) late(name string, of values) {
	s.t.Helper()
	process, err := protocol.Start(s.t.Context(), s.w.Server)
	s.fail(err)
	s.block = values{name: protocol.Unknown}
	if of != nil {
		s.block = s.blockOf(process, name, of)
	}
}

// providerScenes are provider blocks.
var providerScenes = map[string]func(*scene){
	"provider from its block": func(s *scene) {
		s.configure("nothing", nil, "", nil)
		for title, of := range (steps{
			{"a project key", values{"admin_key": "sk-proj-fake"}},
			{"an unusual key", values{"admin_key": "sk-fake"}},
			{"a key of two lines", values{"admin_key": "sk-admin-fake\nsk-admin-fake"}},
			{"an identity as key", values{"admin_key": s.w.Identity}},
			{"a placeholder as key", values{"admin_key": secret.Placeholder}},
			{"http elsewhere", values{"base_url": "http://api.example.com/v1"}},
			{"no address", values{"base_url": "api"}},
			{"a password in the address", values{"base_url": "https://user:fake@api.example.com/v1"}},
			{"no requests", values{"requests_per_minute": 0}},
			{"no duration", values{"busy_timeout": "long"}},
			{"all right", values{"requests_per_minute": 10, "busy_timeout": "2h"}},
		}).all() {
			s.configure(title, nil, "openai", of)
		}
		for title, of := range (steps{
			{"no recipient", values{"recipients": []string{}}},
			{"a wrong recipient", values{"recipients": []string{s.w.Recipient, "age1nonsense"}}},
			{"an identity as recipient", values{"recipients": []string{s.w.Identity}}},
			{"a wrong identity", values{"identity": "nonsense"}},
			{"a recipient as identity", values{"identity": s.w.Recipient}},
			{"a placeholder as identity", values{"identity": secret.Placeholder}},
		}).all() {
			s.configure(title, nil, "seal", of)
		}
	},
	"provider from its environment": func(s *scene) {
		for _, one := range []struct{ title, variable, value string }{
			{"a project key", "OPENAI_ADMIN_KEY", "sk-proj-fake"},
			{"a wrong address", "ORGKEYS_OPENAI_BASE_URL", "ftp://api.example.com"},
			{"a wrong recipient", "ORGKEYS_SEAL_RECIPIENTS", "age1nonsense"},
			{"two recipients", "ORGKEYS_SEAL_RECIPIENTS", s.w.Recipient + ", " + s.w.Recipient},
			{"a wrong identity", "ORGKEYS_SEAL_IDENTITY", "nonsense"},
			{"no identity file", "ORGKEYS_SEAL_IDENTITY_FILE", "/nowhere/identity.txt"},
			{"a proxy", "HTTPS_PROXY", "http://user:fake-password@proxy.example.com"},
		} {
			s.configure(one.title, map[string]string{one.variable: one.value}, "", nil)
		}
	},
	"objects of a wrong environment": func(s *scene) {
		s.keys()
		s.apply("create", s.key())
		s.data("a data source", projectType, values{"id": s.project})
		for _, one := range []struct{ title, variable, value string }{
			{"an admin key that is a project key", "OPENAI_ADMIN_KEY", "sk-proj-fake"},
			{"an address of another scheme", "ORGKEYS_OPENAI_BASE_URL", "ftp://api.example.com"},
		} {
			before := s.w.Getenv(one.variable)
			s.w.Setenv(one.variable, one.value)
			s.data(one.title+": a data source", projectType, values{"id": s.project})
			s.plan(one.title+": a key that is there", s.key())
			s.act(one.title+": an action", values{"project_id": s.project, "key_id": "key_fake"})
			s.w.Setenv(one.variable, before)
		}
	},
	"provider not known yet": func(s *scene) {
		s.late("openai", nil)
		s.kind = projectType
		s.plan("a project", values{"name": "payments"})
		s.kind, s.project = accountType, "proj_fake"
		s.plan("a service account", s.accountOf())
		s.keys()
		s.plan("a key", s.key())
		s.block = nil
		s.apply("create", s.key())
		s.late("openai", values{"admin_key": protocol.Unknown})
		s.plan("a key that is there", s.key())
		s.destroy("a key is destroyed")
		s.kind = adminType
		s.held = nil
		s.plan("an admin key", admin())
		s.data("a data source", projectType, values{"name": "payments"})
		s.list("a list", projectType, nil)
		s.run("an ephemeral key", keyType, s.key(), nil)
		s.act("an action", values{"project_id": s.project, "key_id": "key_fake"})
	},
	"sealing not known yet": func(s *scene) {
		s.keys()
		s.late("seal", nil)
		s.plan("recipients", s.key())
		s.block = values{"secret_storage": protocol.Unknown}
		s.plan("storage", s.key())
		s.block = nil
		s.apply("create", s.key())
		s.late("seal", nil)
		s.plan("recipients of a key that is there", s.key())
		s.block = values{"secret_storage": protocol.Unknown}
		s.plan("storage of a key that is there", s.key())
		s.late("seal", values{"identity": protocol.Unknown})
		s.plan("identity of a key that is there", s.key())
		s.run("unsealed", unsealedType, values{"sealed_value": s.held.Attributes()["sealed_value"]}, nil)
	},
}
