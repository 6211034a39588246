// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toy

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy/api"
)

// Variant is one way in which the vendor can be. The policy of the simulator has to fit.
type Variant struct {
	Can keyseries.Capabilities
	// Finishes: a new key has to be activated.
	Finishes bool
	// Yields: names are unique, so the current key gives up its name before a rotation.
	Yields bool
	// Mute: answers to writes do not show the vendor's own arguments.
	Mute bool
}

// Usual is a vendor that can do everything.
func Usual() Variant {
	return Variant{Can: keyseries.Capabilities{
		End: keyseries.Later, Proof: keyseries.ByOwner, Gone: keyseries.ByNeighbours, LastUse: keyseries.UseTime,
		Words: keyseries.Words{
			Owner: "owner", Tenant: "organization", Credential: "root key",
			PersonalKey: "Create a key of an owner that is no user, and have the user revoke theirs",
		},
	}}
}

func (v Variant) expires() bool { return v.Can.End != keyseries.Never }

// bind gives the calls for the keys of one owner with these arguments.
func (v Variant) bind(providerData any, own arguments) (keyseries.Vendor, error) {
	client, err := connect(providerData)
	if err != nil {
		return nil, err
	}
	return v.vendor(client, own), nil
}

func (v Variant) vendor(client *api.Client, own arguments) keyseries.Vendor {
	k := &keys{client: client, can: v.Can, own: own, mute: v.Mute}
	switch {
	case v.Can.Recovery == keyseries.BySecret:
		return &choosing{k}
	case v.Finishes:
		return &finishing{k}
	case v.Yields:
		return &yielding{k}
	default:
		return k
	}
}
