// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// A proxy with a certificate of its own: refused before anything is sent, until its root
// is given. Other roots beside it do no harm.
func TestAccCLICACertificate(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	target, err := url.Parse(w.Sim.URL())
	if err != nil {
		t.Fatal(err)
	}
	base := target.Path
	target.Path = ""
	proxy := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(target))
	t.Cleanup(proxy.Close)
	c := w.CLI()
	c.Env = []string{"ORGKEYS_OPENAI_BASE_URL=" + proxy.URL + base}
	const project = "resource \"orgkeys_openai_project\" \"p\" {\n  name = \"x\"\n}\n"
	c.Config(bareProvider + project)
	says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, "certificate is not trusted", "ca_certificate in the provider block")
	if got := len(w.Sim.Journal()); got != 0 {
		t.Fatalf("%d calls were made", got)
	}
	c.Write("ca.pem", "# of the proxy\n"+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw})))
	c.Config("provider \"orgkeys\" {\n  openai = { ca_certificate = file(\"${path.module}/ca.pem\") }\n}\n" + project)
	c.Apply()
	c.NoChanges()
}

// What is no certificate is refused while validating; the CLI prints nothing of it.
func TestAccCLIWrongCACertificate(t *testing.T) {
	t.Parallel()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	w := acctest.NewRealTime(t, openaisim.Options{})
	for name, test := range map[string]struct{ text, says string }{
		"a private key":      {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "openai.ca_certificate holds a private key: it was sent to no one"},
		"the name of a file": {"/etc/hunter2.pem", "openai.ca_certificate holds no certificate but the name of a file"},
		"nothing":            {" ", "openai.ca_certificate is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.CLI()
			c.Env = []string{"TF_VAR_ca=" + test.text}
			c.Config("variable \"ca\" {}\nprovider \"orgkeys\" {\n  openai = { ca_certificate = var.ca }\n}\n" + stack())
			output := c.Must([]string{"plan", "-no-color"}, 1).Output
			says(t, output, test.says)
			for line := range strings.Lines(test.text) {
				if line = strings.TrimSpace(line); len(line) > 8 && !strings.HasPrefix(line, "-----") && strings.Contains(output, line) {
					t.Errorf("the output repeats %q", line)
				}
			}
		})
	}
	if got := len(w.Sim.Journal()); got != 0 {
		t.Errorf("%d calls were made", got)
	}
}
