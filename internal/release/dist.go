// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package release checks what a release has in it before anyone gets it: archives, sums,
// signatures, lists of contents, and the program itself.
package release

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Project begins the name of every file of a release.
const Project = "terraform-provider-orgkeys"

// Platforms are those that a release has a program for: what the Terraform Registry
// recommends. Elsewhere users build from source.
var Platforms = []string{"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm", "linux_arm64", "windows_amd64"}

// Dist is the folder that a build of a release has written.
type Dist struct {
	Dir       string
	Manifest  string // path of the registry's manifest
	Version   string
	Commit    string
	Committed time.Time
	Platforms []string
	// Verify fails unless signature is a signature of file by the key of the release.
	Verify func(signature, file string) error
}

// Check gives an error for everything that is wrong with the files.
func (d Dist) Check() error {
	problems := []error{d.names(), d.manifest(), d.sums()}
	for _, platform := range d.Platforms {
		info, err := d.archive(platform)
		problems = append(problems, err)
		if err == nil {
			problems = append(problems, d.contents(platform, info))
		}
	}
	return errors.Join(problems...)
}

// file is the path of a file of the release by the end of its name.
func (d Dist) file(end string) string {
	return filepath.Join(d.Dir, Project+"_"+d.Version+"_"+end)
}

// Program is the name of the program in the archive of a platform.
func (d Dist) Program(platform string) string {
	name := Project + "_v" + d.Version
	if strings.HasPrefix(platform, "windows_") {
		name += ".exe"
	}
	return name
}

// names compares the archives that are there with those that should be.
func (d Dist) names() error {
	found, err := filepath.Glob(filepath.Join(d.Dir, "*.zip"))
	if err != nil {
		return err
	}
	var want []string
	for _, platform := range d.Platforms {
		want = append(want, d.file(platform+".zip"))
	}
	slices.Sort(want)
	if !slices.Equal(found, want) {
		return fmt.Errorf("the archives are %q, want %q", found, want)
	}
	return nil
}

// manifest is what the registry reads to know the plugin protocol.
func (d Dist) manifest() error {
	text, err := os.ReadFile(d.Manifest)
	if err != nil {
		return err
	}
	var manifest struct {
		Version  int
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return fmt.Errorf("%s: %w", d.Manifest, err)
	}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.Protocols, []string{"6.0"}) {
		return fmt.Errorf("%s says %+v, want version 1 and protocol 6.0", d.Manifest, manifest)
	}
	return nil
}

// sums compares SHA256SUMS with the files, and asks for its signature. The registry
// refuses a release whose sums name more than archives and manifest.
func (d Dist) sums() error {
	files := map[string]string{filepath.Base(d.file("manifest.json")): d.Manifest}
	for _, platform := range d.Platforms {
		archive := d.file(platform + ".zip")
		files[filepath.Base(archive)] = archive
	}
	path := d.file("SHA256SUMS")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	problems := []error{d.Verify(path+".sig", path)}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		file, ok := files[name]
		if !ok {
			problems = append(problems, fmt.Errorf("%s names %q, which does not belong there or is named twice", path, name))
			continue
		}
		delete(files, name)
		data, err := os.ReadFile(file)
		if err != nil {
			problems = append(problems, err)
		} else if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != sum {
			problems = append(problems, fmt.Errorf("%s: the sum of %s is %s, not %s", path, file, got, sum))
		}
	}
	for name := range files {
		problems = append(problems, fmt.Errorf("%s does not name %s", path, name))
	}
	return errors.Join(problems...)
}

// archive looks into the archive of a platform and gives what its program was built from.
func (d Dist) archive(platform string) (*buildinfo.BuildInfo, error) {
	path := d.file(platform + ".zip")
	files, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer func() { _ = files.Close() }()
	modes := map[string]os.FileMode{"LICENSE": 0o644, d.Program(platform): 0o755}
	var problems []error
	for _, file := range files.File {
		mode, ok := modes[file.Name]
		delete(modes, file.Name)
		switch {
		case !ok:
			problems = append(problems, fmt.Errorf("%s: %s does not belong there", path, file.Name))
		case file.Mode() != mode:
			problems = append(problems, fmt.Errorf("%s: %s has mode %v, want %v", path, file.Name, file.Mode(), mode))
		case file.Modified.Unix() != d.Committed.Unix():
			problems = append(problems, fmt.Errorf("%s: %s is of %v, not of the time of the commit, %v", path, file.Name, file.Modified, d.Committed))
		}
	}
	for name := range modes {
		problems = append(problems, fmt.Errorf("%s: %s is missing", path, name))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	program, err := d.read(files, platform)
	if err != nil {
		return nil, err
	}
	return d.builtFor(platform, program)
}

// read gives the bytes of the program in an archive.
func (d Dist) read(files *zip.ReadCloser, platform string) ([]byte, error) {
	program, err := files.Open(d.Program(platform))
	if err != nil {
		return nil, err
	}
	defer func() { _ = program.Close() }()
	return io.ReadAll(program)
}

// builtFor compares what a program says about its build with what it should be.
func (d Dist) builtFor(platform string, program []byte) (*buildinfo.BuildInfo, error) {
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return nil, fmt.Errorf("the program for %s: %w", platform, err)
	}
	system, processor, _ := strings.Cut(platform, "_")
	want := map[string]string{"GOOS": system, "GOARCH": processor, "CGO_ENABLED": "0", "-trimpath": "true", "-tags": "grpcnotrace"}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			want[setting.Key] = d.Commit // a build in a linked work tree has none
		}
		if expected, ok := want[setting.Key]; ok && setting.Value != expected {
			return nil, fmt.Errorf("the program for %s was built with %s=%s, want %s", platform, setting.Key, setting.Value, expected)
		}
		delete(want, setting.Key)
	}
	if len(want) > 0 {
		return nil, fmt.Errorf("the program for %s has no record of its build: %v", platform, want)
	}
	return info, nil
}
