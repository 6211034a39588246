// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package allkeys is the inventory of API keys over all vendors. It knows none of them:
// each hands in the kind of its keys with its block.
package allkeys

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

// DataSource gives the inventory over those of the vendors that have API keys.
func DataSource(blocks []vendorblock.Block) func() datasource.DataSource {
	vendors := slices.DeleteFunc(slices.Clone(blocks), func(b vendorblock.Block) bool { return b.APIKeys.Connect == nil })
	slices.SortFunc(vendors, func(a, b vendorblock.Block) int { return cmp.Compare(a.Name, b.Name) })
	return crud.Lookup[any, model]{
		TypeName: "api_keys", Noun: "API keys of all vendors", Schema: schemaOf(vendors),
		Connect: func(providerData any) (any, error) { return providerData, nil },
		Find: func(ctx context.Context, providerData any, asked model) (model, error) {
			return find(ctx, vendors, providerData, asked)
		},
	}.DataSource()
}

// found is what a vendor has, as far as it could be read.
type found struct {
	keyinventory.Kind
	rows     []keyinventory.Row
	gaps     keyinventory.Gaps
	warnings diag.Diagnostics
	err      error
}

// find reads the vendors that are asked for side by side. One that is named must be read;
// of another one that cannot be read the answer is incomplete.
func find(ctx context.Context, vendors []vendorblock.Block, providerData any, asked model) (model, error) {
	asked.APIKeys, asked.Incomplete = []row{}, []string{}
	named := asked.named()
	chosen, err := choose(vendors, providerData, named)
	if err != nil {
		return asked, err
	}
	gaps := &keyinventory.Gaps{}
	if len(chosen) == 0 {
		gaps.Note("API keys")("no vendor is configured. Give the credential of at least one, in its block of the provider or in the environment (" + variables(vendors) + ")")
	}
	var failed []error
	for i, one := range readAll(ctx, chosen, providerData, asked) {
		vendor := chosen[i]
		crud.PassWarnings(ctx, one.warnings)
		for of, reasons := range one.gaps.All() {
			for _, why := range reasons {
				gaps.Note(vendor.Title + " " + of)(why)
			}
		}
		if one.err != nil {
			failed = append(failed, fmt.Errorf("the argument vendors names %s, whose keys cannot be read: %w", vendor.Name, one.err))
			gaps.Note(vendor.Title + " " + one.Noun + "s")("not all of them could be read: " + reason(one.err))
		}
		// A source that lists all places as one gives their keys mixed.
		slices.SortStableFunc(one.rows, func(a, b keyinventory.Row) int {
			return cmp.Or(cmp.Compare(a.Place.Name, b.Place.Name), cmp.Compare(a.Place.ID, b.Place.ID))
		})
		for _, key := range one.rows {
			asked.APIKeys = append(asked.APIKeys, rowOf(vendor.Name, key))
		}
	}
	switch {
	case ctx.Err() != nil:
		return asked, ctx.Err() // nothing is wrong with the vendors
	case named != nil && failed != nil:
		return asked, errors.Join(failed...)
	}
	gaps.Warn(ctx)
	for of, reasons := range gaps.All() {
		asked.Incomplete = append(asked.Incomplete, secret.ShownLine(of+": "+strings.Join(reasons, "; ")))
	}
	return asked, nil
}

// choose gives the vendors that are named or, when none is, those that are configured.
func choose(vendors []vendorblock.Block, providerData any, named []string) ([]vendorblock.Block, error) {
	var chosen []vendorblock.Block
	for _, one := range vendors {
		present, err := providerdata.Present(providerData, one.Name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(named, one.Name) || named == nil && present {
			chosen = append(chosen, one)
		}
	}
	return chosen, nil
}

// readAll reads the vendors side by side. Each has its own pace and its own warnings.
func readAll(ctx context.Context, chosen []vendorblock.Block, providerData any, asked model) []*found {
	all := make([]*found, len(chosen))
	var group sync.WaitGroup
	for i, vendor := range chosen {
		all[i] = &found{Kind: vendor.APIKeys}
		group.Go(func() { all[i].read(ctx, providerData, asked.filter()) })
	}
	group.Wait()
	return all
}

func (f *found) read(ctx context.Context, providerData any, filter keyinventory.Filter) {
	source, err := f.Connect(providerData)
	if err != nil {
		f.err = err
		return
	}
	rows, gaps, err := keyinventory.Read(crud.WithWarnings(ctx, &f.warnings), source, f.Kind, "", filter)
	f.rows, f.gaps, f.err = rows, *gaps, err
}

// variables are those that hold the credentials of the vendors.
func variables(vendors []vendorblock.Block) string {
	var names []string
	for _, one := range vendors {
		names = append(names, one.Credential.Env)
	}
	return strings.Join(names, ", ")
}

// reason is an error in one line, and then what its client advises.
func reason(err error) string {
	err = apierr.Unmanaged(err)
	text := err.Error()
	if e, ok := apierr.As(err); ok && e.Hint != "" {
		text += ". " + e.Hint
	}
	return strings.Join(strings.Fields(text), " ")
}
