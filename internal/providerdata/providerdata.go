// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package providerdata is what the configured provider hands to its objects.
package providerdata

import (
	"fmt"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
)

// Data is the configured provider.
type Data struct {
	Seal seal.Settings

	vendors map[string]connection
}

type connection struct {
	client any
	err    error // why there is no client
}

// Connect records the client of a vendor, by the name of its block, or why it has none.
func (d *Data) Connect(vendor string, client any, err error) {
	if d.vendors == nil {
		d.vendors = map[string]connection{}
	}
	d.vendors[vendor] = connection{client, err}
}

// Client gets a vendor's client from the provider's data. The error says why there is
// none: [crud.ErrNotYetKnown], or what is missing or wrong in the vendor's block.
func Client[C any](providerData any, vendor string) (C, error) {
	var none C
	data, err := crud.Client[*Data](providerData)
	if err != nil {
		return none, err
	}
	connected := data.vendors[vendor]
	if connected.err != nil {
		return none, connected.err
	}
	client, ok := connected.client.(C)
	if !ok {
		return none, fmt.Errorf("the provider has no client of this kind for %s (%T); this is a bug in the provider", vendor, connected.client)
	}
	return client, nil
}

// Seal gets the sealing settings from the provider's data. The error is
// [crud.ErrNotYetKnown], or says that the provider is not configured.
func Seal(providerData any) (seal.Settings, error) {
	data, err := crud.Client[*Data](providerData)
	if err != nil {
		return seal.Settings{}, err
	}
	return data.Seal, nil
}
