// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package release_test

import (
	"archive/zip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/release"
)

// here is the one platform of the releases in these tests: there is a program for it, this test.
var here = runtime.GOOS + "_" + runtime.GOARCH

// built writes a release that is in order. Its program is a small one, built for the
// purpose as releases are.
func built(t *testing.T) release.Dist {
	t.Helper()
	d := release.Dist{
		Dir: t.TempDir(), Version: "0.1.0", Commit: "0123abc", Committed: time.Unix(1_700_000_000, 0),
		Platforms: []string{here},
		Verify: func(signature, file string) error {
			text, err := os.ReadFile(signature)
			if err == nil && string(text) != "signed "+filepath.Base(file) {
				err = errors.New("bad signature")
			}
			return err
		},
	}
	d.Manifest = filepath.Join(d.Dir, "manifest.json")
	write(t, d.Manifest, `{"version": 1, "metadata": {"protocol_versions": ["6.0"]}}`)
	pack(t, d, 0o755, d.Committed, "LICENSE", d.Program(here))
	list(t, d, nil)
	sum(t, d, "")
	return d
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func file(d release.Dist, end string) string {
	return filepath.Join(d.Dir, release.Project+"_"+d.Version+"_"+end)
}

// pack writes the archive.
func pack(t *testing.T, d release.Dist, mode os.FileMode, at time.Time, names ...string) {
	t.Helper()
	out, err := os.Create(file(d, here+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	archive := zip.NewWriter(out)
	for _, name := range names {
		header := &zip.FileHeader{Name: name, Modified: at}
		header.SetMode(0o644)
		data := []byte("text")
		if name == d.Program(here) {
			header.SetMode(mode)
			if data, err = os.ReadFile(program); err != nil {
				t.Fatal(err)
			}
		}
		in, err := archive.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
}

// list writes the list of contents, after edit has changed it.
func list(t *testing.T, d release.Dist, edit func(map[string]any)) {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	components := []any{map[string]any{"name": "std", "version": info.GoVersion, "purl": "pkg:golang/std"}}
	for _, module := range info.Deps {
		components = append(components, map[string]any{"name": module.Path, "version": module.Version, "purl": "pkg:golang/" + module.Path})
	}
	bom := map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components,
		"metadata": map[string]any{"component": map[string]any{"name": info.Main.Path, "version": d.Version}},
	}
	if edit != nil {
		edit(bom)
	}
	text, err := json.Marshal(bom)
	if err != nil {
		t.Fatal(err)
	}
	name := file(d, here+".zip.sbom.json")
	write(t, name, string(text))
	write(t, name+".sig", "signed "+filepath.Base(name))
}

// sum writes the sums, and more lines.
func sum(t *testing.T, d release.Dist, more string) {
	t.Helper()
	var lines strings.Builder
	for name, from := range map[string]string{"manifest.json": d.Manifest, here + ".zip": file(d, here+".zip")} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(data), filepath.Base(file(d, name)))
	}
	write(t, file(d, "SHA256SUMS"), lines.String()+more)
	write(t, file(d, "SHA256SUMS.sig"), "signed "+filepath.Base(file(d, "SHA256SUMS")))
}

func TestCheck(t *testing.T) {
	t.Parallel()
	if err := built(t).Check(); err != nil {
		t.Fatalf("a release in order is refused: %v", err)
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, d *release.Dist)
		want  string
	}{
		"a platform is missing": {func(_ *testing.T, d *release.Dist) { d.Platforms = append(d.Platforms, "plan9_amd64") }, "plan9_amd64"},
		"an archive too many":   {func(t *testing.T, d *release.Dist) { write(t, file(*d, "plan9_amd64.zip"), "") }, "the archives are"},
		"another byte in an archive": {func(t *testing.T, d *release.Dist) {
			pack(t, *d, 0o755, d.Committed, d.Program(here), "LICENSE")
		}, "the sum of"},
		"sums of more files":        {func(t *testing.T, d *release.Dist) { sum(t, *d, "00  list.sbom.json\n") }, `names "list.sbom.json"`},
		"sums signed by no one":     {func(t *testing.T, d *release.Dist) { write(t, file(*d, "SHA256SUMS.sig"), "signed other") }, "bad signature"},
		"the list signed by no one": {func(t *testing.T, d *release.Dist) { write(t, file(*d, here+".zip.sbom.json.sig"), "") }, "bad signature"},
		"another protocol": {func(t *testing.T, d *release.Dist) {
			write(t, d.Manifest, `{"version": 1, "metadata": {"protocol_versions": ["5.0"]}}`)
		}, "want version 1 and protocol 6.0"},
		"a file too many": {func(t *testing.T, d *release.Dist) {
			pack(t, *d, 0o755, d.Committed, "LICENSE", d.Program(here), "identity.txt")
		}, "identity.txt does not belong there"},
		"no licence":    {func(t *testing.T, d *release.Dist) { pack(t, *d, 0o755, d.Committed, d.Program(here)) }, "LICENSE is missing"},
		"not a program": {func(t *testing.T, d *release.Dist) { pack(t, *d, 0o644, d.Committed, "LICENSE", d.Program(here)) }, "has mode"},
		"time of the build": {func(t *testing.T, d *release.Dist) {
			pack(t, *d, 0o755, d.Committed.Add(time.Hour), "LICENSE", d.Program(here))
		}, "not of the time of the commit"},
		"another platform's program": {func(t *testing.T, d *release.Dist) {
			d.Platforms = []string{"plan9_arm"}
			for _, end := range []string{".zip", ".zip.sbom.json", ".zip.sbom.json.sig"} {
				if err := os.Rename(file(*d, here+end), file(*d, "plan9_arm"+end)); err != nil {
					t.Fatal(err)
				}
			}
		}, "was built with GO"},
		"a module is not listed": {func(t *testing.T, d *release.Dist) {
			list(t, *d, func(bom map[string]any) { bom["components"] = bom["components"].([]any)[1:] })
		}, "but the program was linked from"},
		"the list is no CycloneDX": {func(t *testing.T, d *release.Dist) {
			list(t, *d, func(bom map[string]any) { bom["bomFormat"] = "SPDX" })
		}, "not CycloneDX"},
		"the list of another version": {func(t *testing.T, d *release.Dist) {
			list(t, *d, func(bom map[string]any) {
				bom["metadata"].(map[string]any)["component"].(map[string]any)["version"] = "0.0.9"
			})
		}, "is about"},
		"the list has a serial number": {func(t *testing.T, d *release.Dist) {
			list(t, *d, func(bom map[string]any) { bom["serialNumber"] = "urn:uuid:0" })
		}, "would differ"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := built(t)
			c.spoil(t, &d)
			if err := d.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the release is judged %v, want %q", err, c.want)
			}
		})
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	d := built(t)
	if err := d.Run(t.Context()); err != nil {
		t.Errorf("a program that answers is refused: %v", err)
	}
	if err := release.Versioned(t.Context(), program, "0.2.0"); err == nil {
		t.Error("a program of another version is not noticed")
	}
	if err := release.Greets(t.Context(), "/bin/true"); err == nil {
		t.Error("a program that says nothing is not noticed")
	}
	if err := release.Greets(t.Context(), "/usr/bin/env"); err == nil {
		t.Error("a program that is no provider is not noticed")
	}
}
