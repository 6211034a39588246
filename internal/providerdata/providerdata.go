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

	vendors map[string]Connection
}

// Connection is how the objects of a vendor reach it.
type Connection struct {
	Client any
	Err    error // why there is no client
	// Absent: the configuration has no block of the vendor, nor the environment a credential.
	Absent bool
}

// Connect records how a vendor is reached, by the name of its block.
func (d *Data) Connect(vendor string, c Connection) {
	if d.vendors == nil {
		d.vendors = map[string]Connection{}
	}
	d.vendors[vendor] = c
}

// Present reports whether a vendor was configured, rightly or wrongly. The error says that
// the provider was not.
func Present(providerData any, vendor string) (bool, error) {
	data, err := crud.Client[*Data](providerData)
	if err != nil {
		return false, err
	}
	connected, there := data.vendors[vendor]
	return there && !connected.Absent, nil
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
	if connected.Err != nil {
		return none, connected.Err
	}
	client, ok := connected.Client.(C)
	if !ok {
		return none, fmt.Errorf("the provider has no client of this kind for %s (%T); this is a bug in the provider", vendor, connected.Client)
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
