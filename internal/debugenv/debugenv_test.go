// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package debugenv_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	_ "github.com/orgkeys/terraform-provider-orgkeys/internal/debugenv"
)

const inChild = "ORGKEYS_TEST_IN_CHILD"

// TestInChild runs in a process that was started with the switches set.
func TestInChild(t *testing.T) {
	if os.Getenv(inChild) == "" {
		for _, debug := range []string{"http2debug=1", "http2debug=2", "gctrace=0, http2debug=2,madvdontneed=1", "gctrace=0 http2debug=2", "x=1;http2debug=1"} {
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInChild$", "-test.v") //nolint:gosec // this very program
			child.Env = append(os.Environ(), inChild+"=1", "GODEBUG="+debug, "TF_LOG_SDK_PROTO_DATA_DIR="+t.TempDir())
			out, err := child.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "spoke HTTP/2.0") {
				t.Errorf("GODEBUG=%s: %v: %s", debug, err, out)
			}
			if strings.Contains(string(out), "http2:") || strings.Contains(string(out), "token-fake") {
				t.Errorf("GODEBUG=%s: net/http wrote its debug log:\n%s", debug, out)
			}
		}
		return
	}
	if dir, ok := os.LookupEnv("TF_LOG_SDK_PROTO_DATA_DIR"); ok {
		t.Errorf("TF_LOG_SDK_PROTO_DATA_DIR is %q", dir)
	}
	if settings := os.Getenv("GODEBUG"); strings.Contains(settings, "http2debug") || strings.Contains(settings, "gctrace") && settings != "gctrace=0,madvdontneed=1" {
		t.Errorf("GODEBUG is %q", settings)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token-fake")
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	t.Log("spoke " + resp.Proto)
}
