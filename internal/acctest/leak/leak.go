// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package leak looks for secrets where none may be.
package leak

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// In looks for secrets in text: plain, and inside base64 at each of its three
// alignments. It returns what it found, without repeating the secret.
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

func forms(secret string) map[string]string {
	out := map[string]string{"plain text": secret}
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		// Only the characters that depend on the secret alone.
		start := (shift*8 + 5) / 6
		end := (shift + len(secret)) * 8 / 6
		out[fmt.Sprintf("base64 shifted by %d", shift)] = encoded[start:end]
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
