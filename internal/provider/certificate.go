// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

const certificateNoun = "CA certificate"

// rootCAs are the machine's root certificates and those of a PEM text.
func rootCAs(text string) (*x509.CertPool, error) {
	further, err := certificates(text)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, errors.New("cannot be used: the machine's own root certificates cannot be read")
	}
	for _, one := range further {
		pool.AddCert(one)
	}
	return pool, nil
}

// certificates reads PEM text; what stands between the blocks is a comment, as in the
// files that tools write. The error continues the argument's name, and
// repeats nothing of the text.
func certificates(text string) ([]*x509.Certificate, error) {
	if text == "" {
		return nil, errors.New("is empty: leave it out to trust only the machine's own root certificates")
	}
	count := strings.Count(text, "-----BEGIN ")
	if count == 0 {
		_ = secret.New(text) // whatever it is
		return nil, fmt.Errorf("holds no certificate but %s. Give the PEM text itself (-----BEGIN CERTIFICATE-----), for example with file(\"ca.pem\")", secret.LooksLike(text))
	}
	if secret.IsPrivate(text) || strings.Contains(text, "PRIVATE KEY") {
		_ = secret.New(text)
		return nil, errors.New("holds a private key: it was sent to no one. Give the certificates alone, and replace that private key if others could read it")
	}
	var all []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("holds something other than a certificate as block %d of %d. Leave only the blocks that begin with -----BEGIN CERTIFICATE-----", len(all)+1, count)
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a damaged certificate as block %d of %d. Copy it again, whole", len(all)+1, count)
		}
		all = append(all, one)
	}
	if len(all) != count {
		return nil, fmt.Errorf("holds PEM blocks that cannot be read (%d of %d). Copy them again, whole and without indentation, each line on a line of its own", count-len(all), count)
	}
	return all, nil
}
