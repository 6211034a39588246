// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package toy is a second vendor, for tests alone: a room in the shape of a real one. Its
// API is the one that package toysim simulates, and a [Variant] says what of it there is.
// The released provider does not have it.
package toy

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy/api"
)

// The environment that the block reads.
const (
	RootKeyEnv = "TOY_ROOT_KEY"
	BaseURLEnv = "ORGKEYS_TOY_BASE_URL"
)

const blockName = "toy"

// Block is this vendor's entry in the provider.
func Block(v Variant) vendorblock.Block {
	return vendorblock.Block{
		Name: blockName, Title: "Toy", Reaches: "the toys",
		Credential: vendorblock.Credential{
			Argument: "root_key", Noun: "root key", Env: RootKeyEnv,
			Description: "The root key.", Where: "The simulator tells its root key", Check: apiclient.CheckCredential,
		},
		BaseURL: vendorblock.BaseURL{
			Env: []string{BaseURLEnv}, Description: "Where the simulator is.",
			Check: func(base string, _ bool) error { return api.Base.Check(base) },
		},
		Connect:            connectTo,
		APIKeys:            v.table().Kind,
		Resources:          []func() resource.Resource{v.keyResource()},
		DataSources:        []func() datasource.DataSource{v.table().InventorySource()},
		EphemeralResources: v.ephemeralResources(),
		Actions:            []func() action.Action{v.revocation().Action()},
	}
}

// ephemeralResources: a key that nothing ends is no key for one run.
func (v Variant) ephemeralResources() []func() ephemeral.EphemeralResource {
	if !v.expires() {
		return nil
	}
	return []func() ephemeral.EphemeralResource{v.run().Ephemeral()}
}

func connectTo(s vendorblock.Settings) (any, error) {
	return api.New(apiclient.Config{
		BaseURL: s.BaseURL, Credential: s.Credential, UserAgent: s.UserAgent,
		RequestsPerMinute: s.RequestsPerMinute, BusyTimeout: s.BusyTimeout, Clock: s.Clock,
		AttemptTimeout: s.AttemptTimeout, RootCAs: s.RootCAs, Transport: s.Transport,
	}), nil
}

func connect(providerData any) (*api.Client, error) {
	return providerdata.Client[*api.Client](providerData, blockName)
}
