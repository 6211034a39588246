// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A build that fails leaves what is installed, and one version is never two programs.
func TestInstallScript(t *testing.T) {
	t.Parallel()
	bin, folder := t.TempDir(), t.TempDir()
	for name, script := range map[string]string{
		"go": `#!/bin/sh
case "$1 $2" in
"env GOOS") echo linux ;;
"env GOARCH") echo amd64 ;;
"env GOEXE") ;;
"build -ldflags") [ "$BUILDS" != nothing ] && printf '%s' "$BUILDS" >"$5" ;;
*) exit 9 ;;
esac
`,
		"git": "#!/bin/sh\ncase $1 in log) echo 1700000000 ;; status) ;; *) exit 9 ;; esac\n",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	install := func(builds string) bool {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), filepath.Join(root, "scripts/install"), folder)
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "BUILDS="+builds)
		out, err := cmd.CombinedOutput()
		if (err == nil) != strings.Contains(string(out), "export TF_CLI_CONFIG_FILE='"+folder+"/cli.tfrc'") {
			t.Errorf("installing %s ended with %v:\n%s", builds, err, out)
		}
		if left, err := filepath.Glob(filepath.Join(folder, ".new-*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		return err == nil
	}
	// installed gives the version that both mirrors hold, and its program.
	installed := func() (version, program string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(folder, "mirror/*/orgkeys/orgkeys/*/linux_amd64/terraform-provider-orgkeys_v*"))
		if err != nil || len(files) != 2 {
			t.Fatalf("want a program in each of two mirrors: %v, %v", files, err)
		}
		version, program = strings.TrimPrefix(filepath.Base(files[0]), "terraform-provider-orgkeys_v"), read(t, files[0])
		if filepath.Base(files[1]) != filepath.Base(files[0]) || read(t, files[1]) != program || !strings.Contains(files[0], "/orgkeys/"+version+"/") {
			t.Errorf("the mirrors differ: %v", files)
		}
		return version, program
	}

	if !install("one") {
		t.FailNow()
	}
	first, _ := installed()
	if install("nothing") {
		t.Error("a build that failed was installed")
	}
	if version, program := installed(); version != first || program != "one" {
		t.Errorf("a failing build left %s, %q", version, program)
	}
	install("one")
	if version, program := installed(); version != first || program != "one" {
		t.Errorf("the same program again is %s, %q, and was %s", version, program, first)
	}
	install("two")
	if version, program := installed(); version == first || program != "two" {
		t.Errorf("another program is %s, %q", version, program)
	}
}
