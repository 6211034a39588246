// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const templates = "../../templates"

// TestSnippets holds the Terraform code in the page templates and READMEs against the
// language and against the provider: its syntax, its format, and the types, arguments, values and
// attributes of orgkeys that it names. What other providers have is not looked at.
func TestSnippets(t *testing.T) {
	t.Parallel()
	reviewer := newSnippetReviewer(t)
	count := 0
	for _, top := range []string{templates, examples, root + "/README.md", root + "/CONTRIBUTING.md"} {
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".tmpl" && filepath.Ext(path) != ".md" {
				return err
			}
			for line, text := range snippets(read(t, path)) {
				count++
				for _, complaint := range reviewer.review(text) {
					t.Errorf("%s: in the terraform block of line %d: %s", path, line, complaint)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if count < 15 {
		t.Errorf("only %d terraform blocks were found", count)
	}
}

// What is wrong with a snippet must be found.
func TestSnippetsAreReviewed(t *testing.T) {
	t.Parallel()
	reviewer := newSnippetReviewer(t)
	key := func(more string) string {
		return "resource \"orgkeys_openai_api_key\" \"k\" {\n  project_id         = \"proj_abc123\"\n" +
			"  service_account_id = \"user-abc123\"\n  name               = \"k\"\n" + more + "}\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"right":                {key("\n  lifetime     = \"90d\"\n  rotate_after = \"60d\"\n"), ""},
		"indented":             {"  lifetime = \"90d\"\n\n  overlap  = \"1h\"\n", "not formatted"},
		"an excerpt":           {"  lifetime = \"90d\"\n  overlap  = \"1h\"\n", ""},
		"broken":               {"resource \"a\" {\n", "syntax"},
		"not formatted":        {"a = 1\nbcd = 2\n", "not formatted"},
		"a template action":    {"a = \"{{ .Name }}\"\n", "template action"},
		"another provider":     {"resource \"vault_kv_secret_v2\" \"x\" {\n  nonsense = 1\n}\n", ""},
		"unknown resource":     {"resource \"orgkeys_openai_key\" \"x\" {}\n", `no resource "orgkeys_openai_key"`},
		"unknown data source":  {"data \"orgkeys_unsealed\" \"x\" {}\n", `no data "orgkeys_unsealed"`},
		"unknown argument":     {key("  lifetim            = \"90d\"\n"), `no argument "lifetim"`},
		"computed argument":    {key("  version            = 1\n"), `"version" cannot be set`},
		"nested argument":      {"provider \"orgkeys\" {\n  seal = { recipient = [] }\n}\n", `no argument "seal.recipient"`},
		"unknown block":        {key("\n  seal {}\n"), `no block "seal"`},
		"meta argument":        {key("\n  lifecycle {\n    create_before_destroy = true\n  }\n"), ""},
		"missing argument":     {"resource \"orgkeys_openai_project\" \"x\" {}\n", `"name" is missing`},
		"bad value":            {key("  lifetime           = \"ninety days\"\n"), "lifetime"},
		"bad pair of values":   {key("\n  lifetime     = \"60d\"\n  rotate_after = \"90d\"\n"), "rotate_after"},
		"bad ephemeral value":  {"ephemeral \"orgkeys_unsealed\" \"x\" {\n  sealed_value = var.x\n  when_locked  = \"wait\"\n}\n", "when_locked"},
		"wrong kind of value":  {key("  scopes             = { a = \"b\" }\n"), `"scopes"`},
		"list configuration":   {"list \"orgkeys_openai_api_key\" \"x\" {\n  provider = orgkeys\n\n  config {\n    project = \"p\"\n  }\n}\n", `no argument "project"`},
		"action configuration": {"action \"orgkeys_openai_revoke_key\" \"x\" {\n  config {\n    project_id = \"p\"\n  }\n}\n", `"key_id" is missing`},
		"reference":            {"a = orgkeys_openai_api_key.k.versions\n", `orgkeys_openai_api_key has no attribute "versions"`},
		"ephemeral reference":  {"a = \"${ephemeral.orgkeys_unsealed.k.secret}\"\n", `orgkeys_unsealed has no attribute "secret"`},
		"reference in a block": {"resource \"x\" \"y\" {\n  z {\n    a = data.orgkeys_openai_project.p[0].ids\n  }\n}\n", `has no attribute "ids"`},
		"right references":     {"a = [orgkeys_openai_api_key.k[\"x\"].version, orgkeys_openai_api_key.k, ephemeral.orgkeys_unsealed.k.value]\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := strings.Join(reviewer.review(dedent(c.text)), "\n")
			if c.want == "" && found != "" || !strings.Contains(found, c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
}

var fence = regexp.MustCompile("(?ms)^[ \t]*```terraform\n(.*?)^[ \t]*```")

// snippets are the terraform blocks of a page by the line they begin in.
func snippets(page string) map[int]string {
	found := map[int]string{}
	for _, at := range fence.FindAllStringSubmatchIndex(page, -1) {
		found[1+strings.Count(page[:at[2]], "\n")] = dedent(page[at[2]:at[3]])
	}
	return found
}

// dedent takes away what all lines are indented by: in a list, or as an excerpt.
func dedent(text string) string {
	lines := strings.SplitAfter(text, "\n")
	margin := -1
	for _, line := range lines {
		if content := strings.TrimLeft(line, " "); strings.TrimSpace(content) != "" {
			if indent := len(line) - len(content); margin < 0 || indent < margin {
				margin = indent
			}
		}
	}
	for i, line := range lines {
		lines[i] = line[min(max(margin, 0), len(line)-len(strings.TrimLeft(line, " "))):]
	}
	return strings.Join(lines, "")
}

type snippetReviewer struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	kinds  map[string]map[string]*tfprotov6.Schema // by kind of block and type
}

func newSnippetReviewer(t *testing.T) *snippetReviewer {
	t.Helper()
	process, err := protocol.Start(t.Context(), acctest.New(t, openaisim.Options{}).Server)
	if err != nil {
		t.Fatal(err)
	}
	all := process.Schemas()
	actions := map[string]*tfprotov6.Schema{}
	for name, action := range all.ActionSchemas {
		actions[name] = action.Schema
	}
	return &snippetReviewer{t: t, server: process.Server(), kinds: map[string]map[string]*tfprotov6.Schema{
		"provider": {"orgkeys": all.Provider}, "resource": all.ResourceSchemas, "data": all.DataSourceSchemas,
		"ephemeral": all.EphemeralResourceSchemas, "list": all.ListResourceSchemas, "action": actions,
	}}
}

// review says what is wrong with a snippet.
func (r *snippetReviewer) review(text string) []string {
	if strings.Contains(text, "{{") {
		return []string{"there is a template action in it, so it cannot be checked"}
	}
	file, diags := hclsyntax.ParseConfig([]byte(text), "snippet", hcl.InitialPos)
	if diags.HasErrors() {
		return []string{"syntax: " + diags.Error()}
	}
	var complaints []string
	if formatted := hclwrite.Format([]byte(text)); !bytes.Equal(formatted, []byte(text)) {
		complaints = append(complaints, fmt.Sprintf("it is not formatted; it should be\n%s", formatted))
	}
	body := file.Body.(*hclsyntax.Body)
	for _, block := range body.Blocks {
		complaints = append(complaints, r.block(block)...)
	}
	return append(complaints, r.references(body)...)
}

// metaArguments belong to the language, by kind of block; those of "" to all of them.
var metaArguments = map[string][]string{
	"":         {"count", "for_each", "provider", "depends_on", "lifecycle"},
	"resource": {"provisioner", "connection"},
	"provider": {"alias"},
	"list":     {"limit", "include_resource"},
}

// block reviews a block of the provider.
func (r *snippetReviewer) block(block *hclsyntax.Block) []string {
	if len(block.Labels) == 0 || !strings.HasPrefix(block.Labels[0], "orgkeys") || r.kinds[block.Type] == nil {
		return nil
	}
	name := block.Labels[0]
	schema := r.kinds[block.Type][name]
	if schema == nil {
		return []string{fmt.Sprintf("there is no %s %q; there are %v", block.Type, name, slices.Sorted(maps.Keys(r.kinds[block.Type])))}
	}
	meta := append(slices.Clone(metaArguments[""]), metaArguments[block.Type]...)
	body := block.Body
	if block.Type == "list" || block.Type == "action" {
		outer := body
		body = &hclsyntax.Body{}
		for _, inner := range outer.Blocks {
			if inner.Type == "config" {
				body = inner.Body
			}
		}
		for given := range outer.Attributes {
			if !slices.Contains(meta, given) {
				return []string{fmt.Sprintf("%s has no argument %q outside config", name, given)}
			}
		}
		meta = nil
	}

	var complaints []string
	given := map[string]hclsyntax.Expression{}
	for argument, attribute := range body.Attributes {
		if !slices.Contains(meta, argument) {
			given[argument] = attribute.Expr
		}
	}
	for _, inner := range body.Blocks {
		if !slices.Contains(meta, inner.Type) {
			complaints = append(complaints, fmt.Sprintf("%s has no block %q", name, inner.Type))
		}
	}
	complaints = append(complaints, arguments(name, "", schema.Block.Attributes, given)...)
	if len(complaints) > 0 {
		return complaints
	}
	return r.values(block.Type, name, schema, given)
}

// arguments compares given arguments with those there are, into nested objects.
func arguments(name, prefix string, there []*tfprotov6.SchemaAttribute, given map[string]hclsyntax.Expression) []string {
	var complaints []string
	known := map[string]*tfprotov6.SchemaAttribute{}
	for _, attribute := range there {
		known[attribute.Name] = attribute
		if _, ok := given[attribute.Name]; attribute.Required && !ok {
			complaints = append(complaints, fmt.Sprintf("%s: %q is missing", name, prefix+attribute.Name))
		}
	}
	for argument, expression := range given {
		attribute := known[argument]
		switch {
		case attribute == nil:
			complaints = append(complaints, fmt.Sprintf("%s has no argument %q", name, prefix+argument))
			continue
		case !attribute.Required && !attribute.Optional:
			complaints = append(complaints, fmt.Sprintf("%s: %q cannot be set", name, prefix+argument))
		}
		object, ok := expression.(*hclsyntax.ObjectConsExpr)
		if attribute.NestedType == nil || !ok {
			continue
		}
		nested := map[string]hclsyntax.Expression{}
		for _, item := range object.Items {
			nested[hcl.ExprAsKeyword(item.KeyExpr)] = item.ValueExpr
		}
		complaints = append(complaints, arguments(name, prefix+argument+".", attribute.NestedType.Attributes, nested)...)
	}
	return complaints
}

// values lets the provider validate what is literal; all else counts as not known yet.
func (r *snippetReviewer) values(kind, name string, schema *tfprotov6.Schema, given map[string]hclsyntax.Expression) []string {
	values := map[string]tftypes.Value{}
	for _, attribute := range schema.Block.Attributes {
		typ := attribute.ValueType()
		expression, ok := given[attribute.Name]
		if !ok {
			values[attribute.Name] = tftypes.NewValue(typ, nil)
			continue
		}
		value, err := literal(expression, typ)
		if err != nil {
			return []string{fmt.Sprintf("%s: the value of %q: %v", name, attribute.Name, err)}
		}
		values[attribute.Name] = value
	}
	config, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), values))
	if err != nil {
		r.t.Fatal(err)
	}
	var said []*tfprotov6.Diagnostic
	switch kind {
	case "resource":
		resp, err := r.server.ValidateResourceConfig(r.t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: &config})
		if err != nil {
			r.t.Fatal(err)
		}
		said = resp.Diagnostics
	case "data":
		resp, err := r.server.ValidateDataResourceConfig(r.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: &config})
		if err != nil {
			r.t.Fatal(err)
		}
		said = resp.Diagnostics
	case "ephemeral":
		resp, err := r.server.ValidateEphemeralResourceConfig(r.t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: &config})
		if err != nil {
			r.t.Fatal(err)
		}
		said = resp.Diagnostics
	}
	var complaints []string
	for _, one := range said {
		if one.Severity == tfprotov6.DiagnosticSeverityError {
			complaints = append(complaints, fmt.Sprintf("%s: %s: %s: %s", name, one.Attribute, one.Summary, one.Detail))
		}
	}
	return complaints
}

// literal is the value of an expression that needs nothing else, and unknown otherwise.
func literal(expression hclsyntax.Expression, typ tftypes.Type) (tftypes.Value, error) {
	value, diags := expression.Value(nil)
	if diags.HasErrors() || !value.IsWhollyKnown() {
		return tftypes.NewValue(typ, tftypes.UnknownValue), nil
	}
	text, err := ctyjson.Marshal(value, value.Type())
	if err != nil {
		return tftypes.Value{}, err
	}
	return tfprotov6.DynamicValue{JSON: text}.Unmarshal(typ)
}

// references reviews what is read from objects of the provider, anywhere in a body.
func (r *snippetReviewer) references(body *hclsyntax.Body) []string {
	var complaints []string
	for _, attribute := range body.Attributes {
		for _, traversal := range attribute.Expr.Variables() {
			complaints = append(complaints, r.reference(traversal)...)
		}
	}
	for _, block := range body.Blocks {
		complaints = append(complaints, r.references(block.Body)...)
	}
	return complaints
}

func (r *snippetReviewer) reference(traversal hcl.Traversal) []string {
	var names []string // indexes do not matter here
	for _, step := range traversal {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			names = append(names, step.Name)
		case hcl.TraverseAttr:
			names = append(names, step.Name)
		}
	}
	kind := "resource"
	if names[0] == "data" || names[0] == "ephemeral" {
		kind, names = names[0], names[1:]
	}
	if len(names) == 0 || !strings.HasPrefix(names[0], "orgkeys_") {
		return nil
	}
	schema := r.kinds[kind][names[0]]
	if schema == nil {
		return []string{fmt.Sprintf("there is no %s %q", kind, names[0])}
	}
	if len(names) < 3 || slices.ContainsFunc(schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == names[2] }) {
		return nil
	}
	return []string{fmt.Sprintf("%s has no attribute %q", names[0], names[2])}
}
