// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package release

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// bom is what is read of a list of contents: a bill of materials in CycloneDX.
type bom struct {
	Format   string `json:"bomFormat"`
	Spec     string `json:"specVersion"`
	Serial   string `json:"serialNumber"`
	Metadata struct {
		Timestamp string
		Component component
	}
	Components []component
}

type component struct {
	Name    string
	Version string
	PURL    string `json:"purl"`
	Hashes  []struct{ Alg, Content string }
}

// contents compares the list of an archive's contents with what the program in it says it
// was linked from: every module in its version, and nothing else.
func (d Dist) contents(platform string, info *buildinfo.BuildInfo) error {
	path := d.file(platform + ".zip.sbom.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := d.Verify(path+".sig", path); err != nil {
		return err
	}
	var list bom
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if list.Format != "CycloneDX" || list.Spec == "" {
		return fmt.Errorf("%s is %q %q, not CycloneDX", path, list.Format, list.Spec)
	}
	if list.Serial != "" || list.Metadata.Timestamp != "" {
		return fmt.Errorf("%s has a serial number or a time: another build of the commit would differ", path)
	}
	if main := list.Metadata.Component; main.Name != info.Main.Path || main.Version != d.Version {
		return fmt.Errorf("%s is about %s %s, not %s %s", path, main.Name, main.Version, info.Main.Path, d.Version)
	}
	want := []string{"std " + info.GoVersion}
	for _, module := range info.Deps {
		want = append(want, module.Path+" "+module.Version)
	}
	var have []string
	for _, one := range list.Components {
		if one.PURL == "" {
			return fmt.Errorf("%s: %s has no package URL", path, one.Name)
		}
		have = append(have, one.Name+" "+one.Version)
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(want, have) {
		return fmt.Errorf("%s lists %q, but the program was linked from %q", path, have, want)
	}
	return nil
}
