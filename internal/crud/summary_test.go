// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// nameless are the functions whose errors belong to no object, and why. Warnings have no
// exception: Terraform folds those of one summary.
var nameless = map[string]string{
	"crud.refuseNull":         "a validator knows no name; Terraform prints the address",
	"crud.write":              "private state that cannot be written; Terraform prints the address",
	"crud.writeStrays":        "private state that cannot be written; Terraform prints the address",
	"crud.List":               "a list block is about many objects",
	"crud.move":               "a state that is not an object names nothing",
	"keyinventory.parse":      "a data source over many keys has no name",
	"keyadopt.Keys":           "an organization has one list of keys",
	"keyinventory.check":      "what is no id names nothing; Terraform prints the address",
	"keyresource.readMemory":  "private state that cannot be read; Terraform prints the address",
	"provider.ValidateString": "the provider block is one",
	"provider.connect":        "the provider block is one",
	"provider.recipients":     "the provider block is one",
	"provider.identity":       "the provider block is one",
	"unsealed.Open":           "the block has no name; Terraform prints its address",
}

// isNameless says whether a function's summaries need no name. A validator knows none;
// Terraform prints the address.
func isNameless(where string) bool {
	_, function, _ := strings.Cut(where, ".")
	return nameless[where] != "" || strings.HasPrefix(function, "Validate")
}

// calls of the provider that report something, and which argument names the object.
var (
	reports = map[string]int{"Warn": 1, "WarnAt": 2, "WarnGone": 1, "WarnNotRead": 1}
	raw     = []string{"AddWarning", "AddAttributeWarning", "NewWarningDiagnostic", "NewAttributeWarningDiagnostic"}
)

// TestEverySummaryNamesItsObject reads the provider's code: no warning and no error may
// have a summary that two objects share.
func TestEverySummaryNamesItsObject(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, file := range providerFiles(t) {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		must(t, err)
		for _, decl := range parsed.Decls {
			where := parsed.Name.Name
			if f, ok := decl.(*ast.FuncDecl); ok {
				where += "." + f.Name.Name
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if literal, ok := n.(*ast.CompositeLit); ok && !summarized(literal) && !isNameless(where) {
					t.Errorf("%s: %s reports an error about an object without its name or id", set.Position(literal.Pos()), where)
				}
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if wrong := summaryFault(file, where, call); wrong != "" {
					t.Errorf("%s: %s %s", set.Position(call.Pos()), where, wrong)
				}
				if _, ok := reports[nameOf(call.Fun)]; ok {
					seen++
				}
				return true
			})
		}
	}
	if seen < 10 {
		t.Errorf("only %d warnings found: this test reads the wrong files", seen)
	}
}

func TestSummaryFault(t *testing.T) {
	t.Parallel()
	for code, wrong := range map[string]bool{
		`crud.Warn(ctx, "API key", "is due", "")`:                            true,
		`crud.Warn(ctx, k.Noun, "is due", "")`:                               true,
		`crud.Warn(ctx, crud.Named("API key", "", ""), "is due", "")`:        true,
		`crud.Warn(ctx, crud.Named("API key", m.Name, ""), "is due", "")`:    false,
		`crud.Warn(ctx, object, "is due", "")`:                               false,
		`crud.WarnGone(&diags, k.Noun, gone)`:                                true,
		`crud.WarnGone(&diags, r.named(s), gone)`:                            false,
		`diags.AddWarning("x "+id, "")`:                                      true,
		`crud.AddError(&diags, "read "+k.Noun, err)`:                         true,
		`crud.AddError(&diags, "read "+r.named(s), err)`:                     false,
		`resp.Diagnostics.AddError("Unable to plan "+k.Noun, "")`:            true,
		`resp.Diagnostics.AddError("Unable to plan "+found.DisplayName, "")`: false,
		`resp.Diagnostics.AddAttributeError(at, "Invalid key", "")`:          true,
		`resp.Diagnostics.AddAttributeError(at, "Invalid "+r.named(s), "")`:  false,
		`diag.NewErrorDiagnostic("Unable to read the state", "")`:            true,
	} {
		parsed, err := parser.ParseExpr(code)
		must(t, err)
		if got := summaryFault("x.go", "x.f", parsed.(*ast.CallExpr)); (got != "") != wrong {
			t.Errorf("%s: %q", code, got)
		}
	}
}

func TestSummarized(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		`crud.At{Path: at, Summary: "Nothing to seal to"}`:            false,
		`crud.At{Path: at, Summary: "Nothing to seal to: "+k.object}`: true,
		`At{Path: at, Summary: fmt.Sprintf("key %s", s.ID)}`:          true,
		`crud.At{Path: at}`: false,
		`crud.Object{}`:     true,
	} {
		parsed, err := parser.ParseExpr(code)
		must(t, err)
		if got := summarized(parsed.(*ast.CompositeLit)); got != want {
			t.Errorf("%s: %t", code, got)
		}
	}
}

func providerFiles(t *testing.T) (files []string) {
	t.Helper()
	must(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := entry.Name(); {
		case entry.IsDir() && (name == "acctest" || name == "e2e" || name == "demo" || name == "tools" || name == "testdata"):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			files = append(files, path)
		}
		return nil
	}))
	return files
}

// summaryFault says what is wrong with one call, "" if nothing is.
func summaryFault(file, where string, call *ast.CallExpr) string {
	name := nameOf(call.Fun)
	_, method := call.Fun.(*ast.SelectorExpr)
	own := filepath.Base(file) == "diagnostics.go"
	for _, one := range raw {
		if name == one && !own {
			return "must warn through crud.Warn or crud.WarnAt"
		}
	}
	if at, ok := reports[name]; ok && at < len(call.Args) {
		if !particular(call.Args[at]) && nameless[where] == "" {
			return "warns about an object without its name or id"
		}
		return ""
	}
	if own || isNameless(where) {
		return ""
	}
	var summary ast.Expr
	switch name {
	case "AddError":
		summary = call.Args[0] // of diagnostics
		if len(call.Args) == 3 {
			summary = call.Args[1] // of crud.AddError
		}
	case "AddAttributeError", "NewAttributeErrorDiagnostic":
		summary = call.Args[1]
	case "NewErrorDiagnostic":
		summary = call.Args[0]
	default:
		return ""
	}
	if method || len(call.Args) == 3 {
		if !particular(summary) {
			return "reports an error about an object without its name or id"
		}
	}
	return ""
}

// summarized reports whether a literal of crud.At, or of anything else, has no summary that
// two objects share.
func summarized(literal *ast.CompositeLit) bool {
	if literal.Type == nil || nameOf(literal.Type) != "At" {
		return true
	}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok && nameOf(pair.Key) == "Summary" {
			return particular(pair.Value)
		}
	}
	return false
}

// particular reports whether an expression differs from object to object.
func particular(expr ast.Expr) bool {
	found := false
	ast.Inspect(expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch nameOf(n.Fun) {
			case "Named":
				for _, arg := range n.Args[1:] {
					_, literal := arg.(*ast.BasicLit)
					found = found || !literal
				}
				return false
			case "named", "Target", "String", "ValueString":
				found = true
			}
		case *ast.Ident:
			found = found || n.Name == "object" || n.Name == "id" || n.Name == "values"
		case *ast.SelectorExpr:
			switch n.Sel.Name {
			case "Where", "DisplayName", "ID":
				found = true
			}
		}
		return true
	})
	return found
}

func nameOf(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	case *ast.IndexExpr:
		return nameOf(fun.X)
	}
	return fmt.Sprintf("%T", fun)
}
