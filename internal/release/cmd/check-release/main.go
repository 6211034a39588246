// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command check-release looks whether a folder has all that a release needs, as
// goreleaser has just built it from the present commit, signed with the key
// GPG_FINGERPRINT.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/release"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "check-release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 2 {
		return errors.New("usage: check-release FOLDER")
	}
	dist, err := open(ctx, os.Args[1])
	if err != nil {
		return err
	}
	if err := errors.Join(dist.Check(), dist.Run(ctx)); err != nil {
		return err
	}
	fmt.Printf("%s has a release %s of commit %.12s: %d archives, their sums and lists of contents, all signed.\n",
		dist.Dir, dist.Version, dist.Commit, len(dist.Platforms))
	return nil
}

func open(ctx context.Context, dir string) (release.Dist, error) {
	dist := release.Dist{Dir: dir, Manifest: "terraform-registry-manifest.json", Platforms: release.Platforms}
	text, err := os.ReadFile(filepath.Join(dir, "metadata.json"))
	if err != nil {
		return dist, err
	}
	var metadata struct{ Version, Commit string }
	if err := json.Unmarshal(text, &metadata); err != nil {
		return dist, err
	}
	dist.Version, dist.Commit = metadata.Version, metadata.Commit
	out, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=%ct", dist.Commit).Output()
	if err != nil {
		return dist, fmt.Errorf("git log of %s: %w", dist.Commit, err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return dist, err
	}
	dist.Committed = time.Unix(seconds, 0)
	key := os.Getenv("GPG_FINGERPRINT")
	dist.Verify = func(signature, file string) error { return verify(ctx, key, signature, file) }
	return dist, nil
}

// verify asks gpg, and holds the key it names against the one that should have signed.
func verify(ctx context.Context, key, signature, file string) error {
	gpg := exec.CommandContext(ctx, "gpg", "--batch", "--status-fd", "1", "--verify", signature, file)
	out, err := gpg.CombinedOutput()
	if err != nil {
		return fmt.Errorf("gpg --verify %s: %w: %s", signature, err, out)
	}
	for line := range strings.Lines(string(out)) {
		// The signing key comes first, its primary key last.
		if fields := strings.Fields(line); len(fields) > 2 && fields[1] == "VALIDSIG" {
			if key != "" && (fields[2] == key || fields[len(fields)-1] == key) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s is not signed by %q: %s", file, key, out)
}
