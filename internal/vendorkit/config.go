// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendorkit

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

// Config is what a client is made of, all but its dialect.
func Config(s vendorblock.Settings) apiclient.Config {
	return apiclient.Config{
		BaseURL: s.BaseURL, Credential: s.Credential, UserAgent: s.UserAgent,
		RequestsPerMinute: s.RequestsPerMinute, BusyTimeout: s.BusyTimeout,
		Clock: s.Clock, AttemptTimeout: s.AttemptTimeout,
		RootCAs: s.RootCAs, Transport: s.Transport,
	}
}
