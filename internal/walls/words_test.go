// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package walls

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// vendorWords are vendors' names, and what only some of them call a thing so.
var vendorWords = regexp.MustCompile(`(?i)open_?ai|open_?router|lite_?llm|eleven_?labs|anthropic|claude|\bsk-|xi-api-key` +
	`|\bprojects?\b|\bproj_|project_?id|service[ _-]?accounts?|workspaces?\b|workspace_?id|admin[ _-]?keys?|management[ _-]?keys?|\bteams?\b|team_?id|guardrails?`)

// wordless says whether a package may know no vendor's words.
func wordless(path string) bool { return isCore(path) || path == "internal/provider" }

// vendorList is where the provider names its vendors.
const vendorList = "internal/provider/vendors.go"

// word is a vendor's word and where it stands.
type word struct{ file, text string }

// allowedWords stay, each for its reason.
var allowedWords = []struct {
	word
	why string
}{
	{word{"internal/secret/looks.go", "sk-"}, shape},
	{word{"internal/secret/scrub.go", "sk-"}, shape},
	{word{"internal/provider/provider.go", "service accounts"}, "the provider's description says what it is for, not what a vendor has"},
	{word{"internal/keyinventory/row.go", "service_account"}, "a value of owner_type, which every vendor's owners are told in"},
	{word{"internal/keyinventory/row.go", "serviceaccount"}, "a value of owner_type, which every vendor's owners are told in"},
	{word{"internal/vendortest/calls.go", "workspace"}, commandLine},
	{word{"internal/vendortest/leak.go", "workspace"}, commandLine},
	{word{"internal/vendortest/saga.go", "workspace"}, commandLine},
	{word{"internal/vendortest/stage.go", "workspace"}, commandLine},
	{word{"internal/vendortest/trial.go", "workspace"}, commandLine},
	{word{"internal/simkit/journal.go", "xi-api-key"}, "a header that no journal may show, whoever sent it"},
}

const (
	commandLine = "a folder of configuration with its state, as the CLI calls it"
	shape       = "the shape of many vendors' keys, found where no client of this process had the key"
)

// wordsOf are the vendors' words in the names, texts and comments of a file; imports do
// not count.
func wordsOf(file *ast.File) []string {
	var all []string
	take := func(text string) {
		for _, found := range vendorWords.FindAllString(text, -1) {
			all = append(all, strings.ToLower(found))
		}
	}
	for _, group := range file.Comments {
		take(group.Text())
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Ident:
			take(node.Name)
		case *ast.BasicLit:
			if text, err := strconv.Unquote(node.Value); err == nil && node.Kind == token.STRING {
				take(text)
			}
		}
		return true
	})
	slices.Sort(all)
	return slices.Compact(all)
}

func TestCoreHasNoVendorsWords(t *testing.T) {
	t.Parallel()
	looked := 0
	needed := map[word]bool{}
	for path, one := range load(t) {
		if !wordless(path) {
			continue
		}
		for _, name := range slices.Concat(one.GoFiles, one.IgnoredGoFiles) {
			at := path + "/" + name
			if at == vendorList || strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(one.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			looked++
			for _, text := range wordsOf(file) {
				w := word{at, text}
				if !isAllowed(w) {
					t.Errorf("%s says %q: the core knows no vendor; let the vendor pass the word in", at, text)
				}
				needed[w] = true
			}
		}
	}
	if looked < 80 {
		t.Errorf("only %d files were looked at", looked)
	}
	for _, one := range allowedWords {
		if one.why == "" || !needed[one.word] {
			t.Errorf("%s says no %q any more, or there is no reason for it: take it off the list", one.file, one.text)
		}
	}
}

// A text of the provider's own that looks like a secret would be removed from its messages.
func TestNoTextLooksLikeASecret(t *testing.T) {
	t.Parallel()
	for path, one := range load(t) {
		for _, name := range one.GoFiles {
			if strings.HasPrefix(path, "internal/secret") || strings.Contains(path, "sim") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(one.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, err := strconv.Unquote(literal.Value)
					if err == nil && strings.Contains(text, " ") && secret.Scrub(text) != text {
						t.Errorf("%s/%s: a reader would see %q", path, name, secret.Scrub(text))
					}
				}
				return true
			})
		}
	}
}

func isAllowed(w word) bool {
	for _, one := range allowedWords {
		if one.word == w {
			return true
		}
	}
	return false
}

func TestVendorsWordsAreFound(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][]string{
		`// Keys belong to an OpenAI project.`:                               {"openai", "project"},
		`var text = "the service account " + name`:                           {"service account"},
		"var text = `serviceAccountID`":                                      {"serviceaccount"},
		`var projectID, adminKey string`:                                     {"adminkey", "projectid"},
		`const prefix = "sk-" // LiteLLM's`:                                  {"litellm", "sk-"},
		`func f() { /* see ElevenLabs */ open("workspace_id") }`:             {"elevenlabs", "workspace_id"},
		`var header = "xi-api-key"; type openaiClient struct{}`:              {"openai", "xi-api-key"},
		`const where = "proj_1 in \x74eam 2"`:                                {"proj_", "team"},
		`import openai "example.com/openai"`:                                 nil,
		`var projected, task, riskKey = "steam", "projection", "administer"`: nil,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "toy.go", fmt.Sprintf("package toy\n\n%s\n", code), parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if got := wordsOf(file); !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", code, got, want)
		}
	}
}
