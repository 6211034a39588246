// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

// authority makes a root certificate and its private key, both as PEM text.
func authority(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secretDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secretDER}))
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	one, key := authority(t, "one")
	two, _ := authority(t, "two")
	damaged := strings.Replace(two, "M", "*", 1)
	for name, test := range map[string]struct {
		text  string
		count int
		says  string
	}{
		"one":                           {one, 1, ""},
		"several":                       {one + two, 2, ""},
		"comments between them":         {"# one\n" + one + "subject=CN = two\n\n" + two + "\n", 2, ""},
		"lines that end as on Windows":  {strings.ReplaceAll(one, "\n", "\r\n"), 1, ""},
		"nothing":                       {"", 0, "is empty"},
		"no PEM":                        {"hunter2-fake-hunter2", 0, "holds no certificate but text of 20 characters"},
		"the name of a file":            {"/etc/ssl/hunter2.pem", 0, `holds no certificate but the name of a file. Give the PEM text itself (-----BEGIN CERTIFICATE-----), for example with file("ca.pem")`},
		"base64 of PEM":                 {base64.StdEncoding.EncodeToString([]byte(one)), 0, "holds no certificate but a PEM block in base64"},
		"a private key":                 {key, 0, "holds a private key: it was sent to no one"},
		"a private key beside":          {one + key, 0, "holds a private key"},
		"an identity in a comment":      {"# AGE-SECRET-KEY-1FAKE\n" + one, 0, "holds a private key"},
		"a request":                     {strings.ReplaceAll(one, "CERTIFICATE", "CERTIFICATE REQUEST"), 0, "holds something other than a certificate as block 1 of 1"},
		"a public key beside":           {one + strings.ReplaceAll(two, "CERTIFICATE", "PUBLIC KEY"), 0, "as block 2 of 2"},
		"a certificate that is none":    {one + "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n", 0, "holds a damaged certificate as block 2 of 2"},
		"base64 that is none":           {damaged + one, 0, "holds PEM blocks that cannot be read (1 of 2)"},
		"cut off":                       {one + two[:len(two)/2], 0, "holds PEM blocks that cannot be read (1 of 2)"},
		"indented":                      {"  " + strings.ReplaceAll(one, "\n", "\n  "), 0, "holds PEM blocks that cannot be read (1 of 1)"},
		"line breaks written as \\n":    {strings.ReplaceAll(one, "\n", `\n`), 0, "whole and without indentation"},
		"only the first line of a file": {"-----BEGIN CERTIFICATE-----", 0, "(1 of 1)"},
	} {
		all, err := certificates(trimmed(test.text))
		if len(all) != test.count || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %d certificates, %v", name, len(all), err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "aHVud")) {
			t.Errorf("%s: the message repeats the text: %v", name, err)
		}
	}
}

// Further roots join the machine's and replace none of them.
func TestRootCAs(t *testing.T) {
	t.Parallel()
	text, _ := authority(t, "one")
	further, err := certificates(trimmed(text))
	if err != nil {
		t.Fatal(err)
	}
	want, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	want.AddCert(further[0])
	got, err := rootCAs(trimmed(text))
	if err != nil || !got.Equal(want) {
		t.Errorf("%v, the pool differs: %t", err, !got.Equal(want))
	}
	if _, err := rootCAs("nonsense"); err == nil {
		t.Error("nonsense was accepted")
	}
}

// Every vendor declares the whole of its entry, and no two share a name or a variable.
func TestVendorTable(t *testing.T) {
	t.Parallel()
	taken := map[string]string{"seal": "the provider", "secret_storage": "the provider"}
	for _, b := range vendors() {
		for what, text := range map[string]string{
			"name": b.Name, "title": b.Title, "reach": b.Reaches, "argument": b.Credential.Argument, "noun": b.Credential.Noun,
			"variable": b.Credential.Env, "description": b.Credential.Description, "source": b.Credential.Where, "address": b.BaseURL.Description,
		} {
			if text == "" || strings.TrimSpace(text) != text {
				t.Errorf("%s: its %s is %q", b.Name, what, text)
			}
		}
		for _, name := range append([]string{b.Name, b.Credential.Env}, b.BaseURL.Env...) {
			if other := taken[name]; other != "" {
				t.Errorf("%s: %s is already %s's", b.Name, name, other)
			}
			taken[name] = b.Name
		}
		if len(b.BaseURL.Env) == 0 || !strings.HasPrefix(b.BaseURL.Env[0], "ORGKEYS_") {
			t.Errorf("%s: the first variable of its address is none of this provider's: %v", b.Name, b.BaseURL.Env)
		}
		if b.BaseURL.Check("", true) == nil || b.BaseURL.Check("http://api.example.com", false) == nil {
			t.Errorf("%s: an address that is empty, or not encrypted, is accepted", b.Name)
		}
		if b.BaseURL.Default != "" && b.BaseURL.Check(b.BaseURL.Default, false) != nil {
			t.Errorf("%s: its own address is refused", b.Name)
		}
		if len(b.DataSources) == 0 {
			t.Errorf("%s offers nothing", b.Name)
		}
	}
}
