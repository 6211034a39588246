// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package leak looks for secrets where none may be.
package leak

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// In looks for secrets in text: plain, escaped as in URLs and JSON, hexadecimal, and inside
// base64 of either alphabet at each of its three alignments. It returns what it found,
// without repeating the secret.
func In(text []byte, where string, secrets []string) []string {
	var found []string
	for i, secret := range secrets {
		for form, needle := range forms(secret) {
			if bytes.Contains(text, []byte(needle)) {
				found = append(found, fmt.Sprintf("secret %d (%s…) as %s in %s", i, secret[:min(9, len(secret))], form, where))
			}
		}
	}
	slices.Sort(found)
	return found
}

// forms are written here once more, not taken from the provider: a form that its scrubbing
// forgot shall be found.
func forms(secret string) map[string]string {
	out := map[string]string{"plain text": secret}
	add := func(name, form string) {
		if form != secret { // else it is found as plain text
			out[name] = form
		}
	}
	add("lower case", strings.ToLower(secret))
	add("upper case", strings.ToUpper(secret))
	add("URL text", url.QueryEscape(secret))
	escaped, _ := json.Marshal(secret) // of a string: cannot fail
	add("JSON text", string(escaped[1:len(escaped)-1]))
	if quoted := strconv.Quote(secret); quoted != string(escaped) {
		add("quoted text", quoted[1:len(quoted)-1])
	}
	var all strings.Builder
	for _, c := range []byte(secret) {
		fmt.Fprintf(&all, "%%%02X", c)
	}
	add("percent signs", all.String())
	add("hexadecimal", hex.EncodeToString([]byte(secret)))
	for shift := range 3 {
		shifted := []byte(strings.Repeat("x", shift) + secret)
		// Only the characters that depend on the secret alone.
		start, end := (shift*8+5)/6, len(shifted)*8/6
		standard, inURL := base64.StdEncoding.EncodeToString(shifted)[start:end], base64.URLEncoding.EncodeToString(shifted)[start:end]
		add(fmt.Sprintf("base64 shifted by %d", shift), standard)
		if inURL != standard {
			add(fmt.Sprintf("base64 for URLs shifted by %d", shift), inURL)
		}
	}
	return out
}

// InTree looks through every file below dir, into saved plans too, but not below
// skipped folders. It tells how many files it read.
func InTree(dir string, skipped []string, secrets []string) (found []string, files int, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(skipped, path) {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path) //nolint:gosec // the tests' own folder
		if err != nil {
			return err
		}
		files++
		found = append(found, In(data, path, secrets)...)
		inside, err := inZip(data, path, secrets)
		found = append(found, inside...)
		return err
	})
	return found, files, err
}

// inZip looks into a saved plan, which is a zip file.
func inZip(data []byte, path string, secrets []string) ([]string, error) {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return nil, nil
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, file := range archive.File {
		r, err := file.Open()
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil {
			return nil, err
		}
		found = append(found, In(content, path+":"+file.Name, secrets)...)
	}
	return found, nil
}
