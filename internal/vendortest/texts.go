// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// claim is a way to say of keys what only some vendors can do.
type claim struct {
	pattern *regexp.Regexp
	true    func(keyseries.Capabilities) bool
}

var claims = []claim{
	{
		regexp.MustCompile(`(?i)old(er)? (key|one)[^.]*(expires at|expiry at|an end at|expiry is set)|previous key[^.]*expires at|even if Terraform never runs`),
		func(c keyseries.Capabilities) bool { return c.End == keyseries.Later },
	},
	{
		regexp.MustCompile(`(?i)the \**first apply after (the overlap|that)\** (disables and )?(revokes|deletes) the old`),
		func(c keyseries.Capabilities) bool { return c.End != keyseries.Later },
	},
	{
		regexp.MustCompile(`(?i)first apply after (the overlap|that)\**[^.]*(revokes|deletes) (it|the old|the replaced)`),
		func(c keyseries.Capabilities) bool { return c.End != keyseries.Later || c.Remains },
	},
	{
		regexp.MustCompile("(?i)`?lifetime`?[^.:;]* in place|change applies in place"),
		func(c keyseries.Capabilities) bool { return c.End == keyseries.Later },
	},
	{
		regexp.MustCompile("(?i)set `lifetime`|key(s)? expires? (after|even)|has expired"),
		func(c keyseries.Capabilities) bool { return c.End != keyseries.Never },
	},
	{
		regexp.MustCompile(`(?i)keys never expire`),
		func(c keyseries.Capabilities) bool { return c.End == keyseries.Never },
	},
	{
		regexp.MustCompile(`(?i)(^|\. )(renamed|name[^.]* changes?) in place`),
		func(c keyseries.Capabilities) bool { return c.Name.Renames },
	},
	{
		regexp.MustCompile(`(?i)cannot be renamed`),
		func(c keyseries.Capabilities) bool { return !c.Name.Renames },
	},
	{
		regexp.MustCompile(`(?i)secret is shown by the API only once`),
		func(c keyseries.Capabilities) bool { return c.Recovery == keyseries.ByMark },
	},
	{
		regexp.MustCompile(`(?i)secret is chosen by this provider`),
		func(c keyseries.Capabilities) bool { return c.Recovery == keyseries.BySecret },
	},
	{
		regexp.MustCompile(`(?i)never used and is at least 24 hours old is revoked`),
		keyseries.Capabilities.ClearsUnused,
	},
}

// endings are what the page of a key must say of the key before a rotation.
var endings = map[keyseries.End]*regexp.Regexp{
	keyseries.Later:  regexp.MustCompile(`old one's expiry is set at the server|expires at the proxy after|old key's expiry is set at the vendor's server`),
	keyseries.AtMint: regexp.MustCompile(`first apply after the overlap (revokes|deletes) the old`),
	keyseries.Never:  regexp.MustCompile(`first apply after the overlap [a-z ]*(revokes|deletes) the old`),
}

// texts compares what the pages of a kind of key promise with what the vendor can do: the
// resource's description, those of its attributes, and the vendor's own guide.
func texts(t *testing.T, row Row) {
	process, err := protocol.Start(t.Context(), row.Start(t, 0).Serve)
	if err != nil {
		t.Fatal(err)
	}
	block := process.Schemas().ResourceSchemas[row.Type].Block
	pages := map[string]string{"description": block.Description, "guide": guide(t, row.Type)}
	described("", block.Attributes, pages)
	for where, text := range pages {
		for _, one := range claims {
			if said := one.pattern.FindString(text); said != "" && !one.true(row.Can) {
				t.Errorf("%s of %s says %q, which its vendor cannot do", where, row.Type, said)
			}
		}
	}
	if whole := pages["description"] + pages["overlap"]; !endings[row.Can.End].MatchString(whole) {
		t.Errorf("the page of %s does not say what ends the old key after a rotation", row.Type)
	}
}

// described adds the descriptions of attributes by their paths.
func described(prefix string, attributes []*tfprotov6.SchemaAttribute, pages map[string]string) {
	for _, a := range attributes {
		pages[prefix+a.Name] = a.Description
		if a.NestedType != nil {
			described(prefix+a.Name+".", a.NestedType.Attributes, pages)
		}
	}
}

// guide is the page of the vendor of a type, "" where there is none.
func guide(t *testing.T, kind string) string {
	t.Helper()
	root, err := filepath.Abs(".")
	for err == nil {
		if _, found := os.Stat(filepath.Join(root, "templates")); found == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("the templates of the pages were not found")
		}
		root = filepath.Dir(root)
	}
	page, err := os.ReadFile(filepath.Join(root, "templates", "guides", strings.Split(kind, "_")[1]+".md.tmpl")) //nolint:gosec // a page of this repository
	if err != nil {
		return ""
	}
	return string(page)
}
