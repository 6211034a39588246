// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// blockName is the vendor's block in the provider's configuration.
const blockName = "openai"

// Block is this vendor's entry in the provider.
func Block() vendorblock.Block {
	return vendorblock.Block{
		Name: blockName, Title: "OpenAI", Reaches: "the OpenAI organization",
		Credential: vendorblock.Credential{
			Argument: "admin_key", Noun: "admin key", Env: "OPENAI_ADMIN_KEY",
			Description: "An organization admin key (`sk-admin-…`) with write access to \"Organization Administration\"; never a project key.",
			Where:       "Admin keys (sk-admin-…) are created by organization owners in the dashboard under organization settings",
			Prefixes:    []string{"sk-admin-"},
			Check:       api.CheckAdminKey,
		},
		BaseURL: vendorblock.BaseURL{
			Env: []string{"ORGKEYS_OPENAI_BASE_URL"}, Default: api.DefaultBaseURL,
			Description: "Where the Administration API is: https, or http on a loopback address. The admin key is sent there, so `OPENAI_BASE_URL`, which users point at inference proxies, is not read.",
			Check:       func(base string, _ bool) error { return api.CheckBaseURL(base) },
		},
		Connect:            connectTo,
		APIKeys:            apiKeys.Kind,
		Resources:          resources(),
		DataSources:        dataSources(),
		EphemeralResources: ephemeralResources(),
		Actions:            actions(),
		ListResources:      listResources(),
	}
}

func connectTo(s vendorblock.Settings) (any, error) {
	return api.New(api.Config{
		BaseURL: s.BaseURL, AdminKey: s.Credential, UserAgent: s.UserAgent,
		RequestsPerMinute: s.RequestsPerMinute, BusyTimeout: s.BusyTimeout,
		Clock: s.Clock, AttemptTimeout: s.AttemptTimeout,
		RootCAs: s.RootCAs, Transport: s.Transport,
	})
}
