// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command texts copies what users read of the provider's Go code, its messages and
// descriptions, into Markdown files: each literal in the line in which the code has it, so
// that a checker of prose reports the right line.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// unread are packages whose texts no user of the provider reads.
var unread = regexp.MustCompile(`(^|/)(sim|simkit|toysim|toy|acctest|bench|chaos|demo|e2e|simulator|release|tools|vendortest|walls|openapifacts|testdata)(/|$)`)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: texts FROM TO")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "texts:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && unread.MatchString(filepath.ToSlash(path)) {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		page, err := texts(path)
		if err != nil || page == "" {
			return err
		}
		target := filepath.Join(to, path+".md")
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // these are copies of public code
			return err
		}
		return os.WriteFile(target, []byte(page), 0o644) //nolint:gosec // these are copies of public code
	})
}

// sentence is a literal that is read, not compared: it has several words.
var sentence = regexp.MustCompile(`\w+ \w+ \w+|\w+ \w+\.`)

// texts is the page of one file, "" for a file without any.
func texts(path string) (string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	lines := map[int]string{}
	last := 0
	ast.Inspect(file, func(node ast.Node) bool {
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil || !sentence.MatchString(text) {
			return true
		}
		at := files.Position(literal.Pos()).Line
		lines[at] = strings.TrimSpace(lines[at] + " " + strings.Join(strings.Fields(text), " "))
		last = max(last, at)
		return true
	})
	var page strings.Builder
	for at := 1; at <= last; at++ {
		page.WriteString(lines[at] + "\n")
	}
	return page.String(), nil
}
