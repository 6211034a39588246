// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// install installs the provider as `make install` does, and beside it the stand-in for a
// secret store. It returns the mirror that has both.
func (d *demo) install() (string, error) {
	say("Installing the provider and a stand-in for a secret store, as make install does…")
	home := filepath.Join(d.dir, "installed")
	if err := d.build("scripts/install", home); err != nil {
		return "", err
	}
	mirror := filepath.Join(home, "mirror")
	const version = "1.0.0"
	name := "terraform-provider-store_v" + version
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	program := ""
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		file := filepath.Join(mirror, host, "orgkeys", "store", version, runtime.GOOS+"_"+runtime.GOARCH, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return "", err
		}
		if program != "" {
			if err := os.Link(program, file); err != nil {
				return "", err
			}
			continue
		}
		program = file
		if err := d.build("go", "build", "-o", file, "./internal/acctest/store/cmd/terraform-provider-store"); err != nil {
			return "", err
		}
	}
	return mirror, nil
}

// build runs a command of the repository, whose output is shown only when it fails.
func (d *demo) build(name string, args ...string) error {
	out, err := exec.CommandContext(d.ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
