// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
)

// Main runs a package's tests with all logs of Terraform and the provider at TRACE in
// a folder that [World.Run] looks through for leaks. Call it from TestMain.
func Main(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "orgkeys-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	logs = filepath.Join(dir, "logs")
	binaries = filepath.Join(dir, "bin")
	for name, value := range map[string]string{
		"TF_LOG": "TRACE", "TF_LOG_PATH_MASK": filepath.Join(logs, "%s.log"),
	} {
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if err := os.MkdirAll(logs, 0o700); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// logs is where the tests of this process log to, binaries where they build.
var logs, binaries string

// Run runs steps with the provider in process under a real CLI. Every plan, every
// state and the logs are looked through for secrets.
func (w *World) Run(steps ...resource.TestStep) {
	t, ok := w.T.(*testing.T)
	if !ok {
		w.T.Fatal("Run needs a *testing.T")
	}
	t.Helper()
	w.scanLogsAtEnd(t)
	for i := range steps {
		if steps[i].Config == "" || steps[i].ImportState || steps[i].Query {
			continue
		}
		scan := leakCheck{w}
		steps[i].ConfigPlanChecks.PreApply = append(steps[i].ConfigPlanChecks.PreApply, scan)
		steps[i].ConfigPlanChecks.PostApplyPostRefresh = append(steps[i].ConfigPlanChecks.PostApplyPostRefresh, scan)
		if !steps[i].PlanOnly && steps[i].ExpectError == nil {
			steps[i].ConfigStateChecks = append(steps[i].ConfigStateChecks, stateLeakCheck{w})
		}
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
}

// scanLogsAtEnd looks through the test's log when it is over, and makes sure there is one.
func (w *World) scanLogsAtEnd(t *testing.T) {
	t.Helper()
	if logs == "" {
		t.Fatal("this package's TestMain must call acctest.Main")
	}
	t.Cleanup(func() {
		if t.Skipped() {
			return
		}
		// The log library names the files after the tests.
		data, err := os.ReadFile(filepath.Join(logs, strings.ReplaceAll(t.Name(), "/", "__")+".log"))
		if err != nil || !strings.Contains(string(data), "sdk.framework") && !t.Failed() {
			t.Errorf("no log of the provider to look through, so the leak scan proves nothing: %v", err)
		}
		for _, one := range leak.In(data, "the log", w.Secrets()) {
			t.Error("LEAK:", one)
		}
	})
}

type leakCheck struct{ w *World }

func (c leakCheck) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = leakError(req.Plan, "plan JSON", c.w)
}

type stateLeakCheck struct{ w *World }

func (c stateLeakCheck) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = leakError(req.State, "state JSON", c.w)
}

func leakError(value any, where string, w *World) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if found := leak.In(data, where, w.Secrets()); len(found) > 0 {
		return fmt.Errorf("LEAK: %s", strings.Join(found, "; "))
	}
	return nil
}
