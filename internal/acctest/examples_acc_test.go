// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const (
	examples  = "../../examples"
	queryFile = ".tfquery.hcl"
)

// exampleTests says how each file of examples/ is proven: by its name in the registry's
// layout, or by its path. What neither lists fails TestAccExamples.
var exampleTests = map[string]func(t *testing.T, example string){
	"provider.tf":               planned,
	"resource.tf":               applied,
	"import-by-string-id.tf":    importedByID,
	"import-by-identity.tf":     importedByIdentity,
	"data-source.tf":            applied,
	"ephemeral-resource.tf":     applied,
	"action.tf":                 invoked,
	"list-resource.tfquery.hcl": queried,

	"scenarios/quickstart/main.tf":                     quickstart,
	"scenarios/hand-over/main.tf":                      handOver,
	"scenarios/scheduled-rotation/main.tf":             scheduledRotation,
	"scenarios/hand-over/modules/workload-key/main.tf": mocked,
}

func TestAccExamples(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	err := filepath.WalkDir(examples, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".tf" && !strings.HasSuffix(path, queryFile) {
			return err
		}
		name, err := filepath.Rel(examples, path)
		if err != nil {
			return err
		}
		found[name] = true
		if folder, ok := endToEnd(name); ok {
			found[folder] = true
			return nil
		}
		test, ok := exampleTests[name]
		if base := filepath.Base(name); !ok && !strings.HasPrefix(name, "scenarios/") {
			found[base] = true
			test, ok = exampleTests[base]
		}
		if !ok {
			t.Errorf("%s is proven by no test", name)
			return nil
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, path)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range exampleTests {
		if !found[name] {
			t.Errorf("%s is listed but not there", name)
		}
	}
	for _, folder := range acctest.EndToEnd {
		if !found["scenarios/"+folder] {
			t.Errorf("scenarios/%s is listed for internal/e2e but not there", folder)
		}
	}
}

// endToEnd gives the scenario of a file that is proven by internal/e2e.
func endToEnd(name string) (folder string, ok bool) {
	for _, one := range acctest.EndToEnd {
		if folder := "scenarios/" + one; strings.HasPrefix(name, folder+"/") {
			return folder, true
		}
	}
	return "", false
}

// workspace is a CLI with one example in it and the vendors that it names, or all of them
// for an inventory over all, its made-up ids replaced by seeded ones, and the provider at
// another address if one is given. What it does not name has no credential.
func workspace(t *testing.T, example string, address ...string) (*acctest.World, *acctest.CLI) {
	t.Helper()
	w := acctest.OpenRealTime(t)
	source := "orgkeys/orgkeys"
	for _, source = range address {
		w.Plugins = map[string]string{source: acctest.Build(t, "github.com/orgkeys/terraform-provider-orgkeys")}
	}
	text, replace := read(t, example), []string{`"orgkeys/orgkeys"`, `"` + source + `"`}
	for vendor, begin := range stages {
		if strings.Contains(text, "orgkeys_"+vendor+"_") || strings.Contains(text, "orgkeys_api_keys") {
			replace = append(replace, begin(w, example)...)
		}
	}
	var c *acctest.CLI
	if len(address) > 0 || strings.Contains(example, "/scenarios/") {
		c = w.CLI()
	} else { // many, and short
		c = w.AttachedCLI()
	}
	c.Env = []string{`TF_VAR_seal_recipients=["` + w.Recipient + `"]`}
	c.Write("main.tf", strings.NewReplacer(replace...).Replace(text))
	return w, c
}

func planned(t *testing.T, example string) {
	_, c := workspace(t, example)
	c.Plan()
}

func applied(t *testing.T, example string) {
	w, c := workspace(t, example)
	// Examples name their recipients or leave them to the environment, which has one.
	c.Env = append(c.Env, "ORGKEYS_SEAL_IDENTITY="+w.Identity)
	c.Apply()
	c.NoChanges()
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
}

func imported(t *testing.T, example string) {
	w, c := workspace(t, example)
	before := len(w.Keys())
	if result := c.Apply(); !strings.Contains(result.Output, "1 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Errorf("not a plain import:\n%s", result.Output)
	}
	c.NoChanges()
	if after := len(w.Keys()); after != before {
		t.Errorf("%d keys before the import, %d after", before, after)
	}
}

// importedByID imports an example as it is, and once more without its resource, which the CLI
// then writes.
func importedByID(t *testing.T, example string) {
	imported(t, example)
	_, c := workspace(t, example)
	text := read(t, filepath.Join(c.Dir, "main.tf"))
	at := strings.Index(text, "\nresource \"orgkeys_")
	if at < 0 || strings.Contains(text[at+1:], "\nimport ") {
		t.Fatalf("%s does not end with its resource", example)
	}
	c.Write("main.tf", text[:at])
	result := c.Must([]string{"plan", "-no-color", "-generate-config-out=generated.tf"})
	if !strings.Contains(result.Output, "1 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Errorf("with a generated configuration it is not a plain import:\n%s", result.Output)
	}
}

func importedByIdentity(t *testing.T, example string) {
	acctest.Require(t, "1.12", true)
	imported(t, example)
}

func invoked(t *testing.T, example string) {
	acctest.Require(t, "1.14", false)
	w, c := workspace(t, example)
	invoke := "-invoke=action." + filepath.Base(filepath.Dir(example)) + ".leaked"
	for _, name := range []string{"review.sh", "key-changes.jq"} {
		if err := copyInto(c.Dir, filepath.Join(examples, "scenarios/review-gate"), name); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := runScript(t, c, "review.sh", "TF_CLI_ARGS_plan="+invoke); code != 2 || !strings.Contains(out, "The action **revokes** this key") {
		t.Errorf("review.sh ended with %d:\n%s", code, out)
	}
	c.Must([]string{"apply", "-auto-approve", "-no-color", invoke})
	for _, key := range w.Keys() {
		if key.Works {
			t.Errorf("key %s works after the action", key.ID)
		}
	}
}

// queried adopts what an example finds: that plans imports and nothing else.
func queried(t *testing.T, example string) {
	acctest.Require(t, "1.14", false)
	_, c := workspace(t, example)
	if err := os.Rename(filepath.Join(c.Dir, "main.tf"), filepath.Join(c.Dir, "find"+queryFile)); err != nil {
		t.Fatal(err)
	}
	c.Config("provider \"orgkeys\" {}\n")
	c.Must([]string{"query", "-no-color", "-generate-config-out=found.tf"})
	found := strings.Count(read(t, filepath.Join(c.Dir, "found.tf")), "\nimport {")
	if result := c.Plan(); found == 0 || !strings.Contains(result.Output, fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", found)) {
		t.Errorf("%d objects were found, and their plan is\n%s", found, result.Output)
	}
}

func quickstart(t *testing.T, example string) {
	w, c := workspace(t, example)
	c.Apply()
	c.NoChanges()
	sealed := c.Run("output", "-raw", "sealed_value")
	if !strings.HasPrefix(sealed.Output, "-----BEGIN AGE") {
		t.Errorf("the output is not armored age: %q", sealed.Output)
	}
	if live := len(w.Live()); live != 2 { // the seeded one and ours
		t.Errorf("%d keys work, want 2", live)
	}
}

func handOver(t *testing.T, example string) {
	w, c := workspace(t, example)
	folder := filepath.Dir(example)
	for _, name := range []string{"modules", "deliver.sh", ".gitignore"} {
		if err := copyInto(c.Dir, folder, name); err != nil {
			t.Fatal(err)
		}
	}
	// A list that the provider accepts, as in a recipients file of age.
	c.Env = append(c.Env, `TF_VAR_seal_recipients=["# the team\n\n  `+w.Recipient+`\n"]`)
	delivered := filepath.Join(c.Dir, "payments-worker.age")
	c.Must([]string{"get"})
	c.Apply()
	first := opened(t, w, read(t, delivered))
	if !w.Sim.Valid(first) {
		t.Fatalf("what was delivered is not a working key: %d bytes, %.20q", len(first), first)
	}
	c.NoChanges()
	c.Env = append(c.Env, "TF_VAR_rotate=second")
	c.Apply()
	if second := opened(t, w, read(t, delivered)); second == first || !w.Sim.Valid(second) {
		t.Error("the rotated key was not delivered")
	}
	c.NoChanges()
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
	if files := c.Committable(folder); len(files) > 0 {
		t.Errorf("%q may be committed by accident", files)
	}
	if err := os.Remove(filepath.Join(c.Dir, ".gitignore")); err != nil {
		t.Fatal(err)
	}
	if files := c.Committable(folder); !slices.Contains(files, "payments-worker.age") {
		t.Errorf("without a .gitignore only %q would be committed", files)
	}
}

// opened decrypts what was delivered to the world's recipient.
func opened(t *testing.T, w *acctest.World, sealed string) string {
	t.Helper()
	identity, err := age.ParseX25519Identity(w.Identity)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), identity)
	if err != nil {
		t.Fatalf("what was delivered cannot be opened: %v: %.20q", err, sealed)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// scheduledRotation runs the script of the daily job through all its ends.
func scheduledRotation(t *testing.T, example string) {
	w, c := workspace(t, example)
	for _, name := range []string{"rotate.sh", "only-rotations.jq"} {
		if err := copyInto(c.Dir, filepath.Dir(example), name); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(code int, says string, env ...string) {
		t.Helper()
		if got, out := runScript(t, c, "rotate.sh", env...); got != code || !strings.Contains(out, says) {
			t.Fatalf("rotate.sh ended with %d, want %d and %q:\n%s", got, code, says, out)
		}
	}
	c.Env = append(c.Env, `TF_VAR_deliver_command=umask 077; printf %s "$SECRET" >'`+filepath.Join(w.Store, "worker")+"'")
	expect(1, "the state cannot be listed")
	c.Apply()
	first, old := w.Stored("worker"), read(t, filepath.Join(c.Dir, "terraform.tfstate"))
	identity := "ORGKEYS_SEAL_IDENTITY=" + w.Identity
	expect(0, "nothing to do", identity)
	expect(1, "the plan failed", "OPENAI_ADMIN_KEY=sk-admin-fake")

	w.Sim.Clock().Advance(time.Minute) // the provider goes by the server's clock
	due := "TF_VAR_rotate_after=1s"
	expect(1, "will be rotated", identity, due, "TF_VAR_deliver_command=exit 3") // made, not delivered
	if w.Stored("worker") != first || !w.Sim.Valid(first) {
		t.Error("the old key must work while the delivery fails")
	}
	expect(0, "Apply complete", identity) // delivers, and sets rotate_after back
	if second := w.Stored("worker"); second == first || !w.Sim.Valid(second) || !w.Sim.Valid(first) {
		t.Error("want the new key delivered and the old one working during the overlap")
	}
	expect(0, "nothing to do", identity)

	// A state from before the rotation, put back while the new key is in use.
	newer := read(t, filepath.Join(c.Dir, "terraform.tfstate"))
	for _, key := range w.Live() {
		w.Sim.UseKey(key.ID)
	}
	c.Write("terraform.tfstate", old)
	live := len(w.Live())
	expect(4, "bring back the newer state", identity)
	expect(4, "bring back the newer state", identity, "TF_VAR_rotate=third")
	if len(w.Live()) != live || !w.Sim.Valid(w.Stored("worker")) {
		t.Error("a state older than the server must leave every key alone")
	}
	c.Write("terraform.tfstate", newer)
	expect(0, "nothing to do", identity)
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
}

// mocked runs the module's own tests, which need no API at all.
func mocked(t *testing.T, example string) {
	w := acctest.NewRealTime(t, openaisim.Options{})
	c := w.CLI()
	if err := copyInto(c.Dir, filepath.Dir(example), "."); err != nil {
		t.Fatal(err)
	}
	c.Must([]string{"test", "-no-color"})
	if calls := len(w.Sim.Journal()); calls != 0 {
		t.Errorf("a mocked test made %d calls", calls)
	}
}

// copyInto copies a file or folder of an example into a workspace.
func copyInto(workspace, folder, name string) error {
	from, to := filepath.Join(folder, name), filepath.Join(workspace, name)
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode())
}
