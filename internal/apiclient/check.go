// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Base says what the address of a vendor's API may be.
type Base struct {
	// Default is the address without a setting; "" where one has to be set.
	Default string
	// Credential is what is sent there, for messages: "master key".
	Credential string
	// AllowHTTP: http may go to other machines than this one, without encryption.
	AllowHTTP bool
	// AllowedBy is the argument that sets AllowHTTP, "" where there is none.
	AllowedBy string
}

// Check accepts https, and http on this machine's loopback; no credentials, query or
// fragment, because the credential goes wherever base points. The error goes on after the
// setting's name and repeats no text that may be a secret.
func (b Base) Check(base string) error {
	u, err := url.Parse(base)
	if err := secret.CheckPlaceholder(base); err != nil {
		return err
	}
	switch {
	case base == "" && b.Default == "":
		return errors.New("is empty")
	case base == "":
		return errors.New("is empty: leave it out for " + b.Default)
	case err != nil || u.Hostname() == "":
		example := b.Default
		if example == "" {
			example = "https://host.example.com"
		}
		return errors.New("is not a URL such as " + example)
	case u.User != nil:
		return fmt.Errorf("must not carry credentials: the %s has its own argument", b.Credential)
	case strings.ContainsAny(base, "?#"):
		return errors.New("must not carry a query or a fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (b.AllowHTTP || isLoopback(u.Hostname())):
		return nil
	case u.Scheme == "http":
		host := u.Hostname()
		if secret.Scrub(host) != host || !strings.Contains(host, ".") {
			host = "another machine" // who knows what was given in place of an address
		}
		way := "http is for loopback addresses only"
		if b.AllowedBy != "" {
			way = "or set " + b.AllowedBy + " = true if the network between is private; without it http is for loopback addresses only"
		}
		return fmt.Errorf("uses http to %s: the %s would travel unencrypted; use https (%s)", host, b.Credential, way)
	default:
		return errors.New("has another scheme than https: use https")
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// CheckCredential refuses what cannot be the credential of an API, without repeating it.
// White space around it does not count. The error goes on after the setting's name.
func CheckCredential(credential secret.Text) error {
	text := strings.TrimSpace(credential.Reveal())
	if text == "" {
		return errors.New("is empty")
	}
	if err := secret.CheckCredential(text); err != nil {
		return err
	}
	if strings.Trim(text, "\"'`") != text {
		return errors.New("is in quotes, which count as part of it: remove them (docker --env-file, for example, keeps them)")
	}
	if strings.ContainsAny(text, " \t\r\n") {
		return errors.New("contains white space in the middle: it is not one key")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < '!' || r > '~' }) {
		return errors.New("contains a character that no key has, perhaps an invisible one that was copied along")
	}
	return nil
}
