// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// Filter narrows an inventory of keys; what is set must all hold. A model embeds it.
type Filter struct {
	OwnerType     types.String `tfsdk:"owner_type"`
	UnusedFor     types.String `tfsdk:"unused_for"`
	ExpiresWithin types.String `tfsdk:"expires_within"`
	OlderThan     types.String `tfsdk:"older_than"`
	// NeverExpires keeps keys without an end, or with false those with one; null is both. No
	// vendor's own inventory has it as an argument.
	NeverExpires types.Bool `tfsdk:"-"`
}

// filterIn are the filter's arguments in an object that has them.
func filterIn(o types.Object) Filter {
	return Filter{
		OwnerType: textIn(o, "owner_type"), UnusedFor: textIn(o, "unused_for"),
		ExpiresWithin: textIn(o, "expires_within"), OlderThan: textIn(o, "older_than"),
	}
}

// FilterAttributes are the attributes of [Filter]; which owners there are, and what they
// are called, is the vendor's.
func FilterAttributes(ownerType schema.StringAttribute) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"owner_type": ownerType,
		"unused_for": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only keys that have not been used for at least this long, such as `90d`; a key that was never used counts from when it was created. Unset: used or not.",
			Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
		},
		"expires_within": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only keys that expire within this time from now, such as `14d`. Unset: whether they expire or not.",
			Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
		},
		"older_than": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only keys that were created at least this long ago, such as `180d`. Unset: of any age.",
			Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
		},
	}
}

// filtering is a [Filter] at work: it keeps the ids of the keys that a filter leaves out
// only because the vendor does not show what it asks about.
type filtering struct {
	tests []test
	now   time.Time           // by the server's clock, which is known once it has answered
	lacks map[string][]string // ids, by argument
}

// test is one argument of a filter.
type test struct {
	argument string
	lacks    string // what is unknown of keys that it can neither keep nor rule out
	timed    bool   // it asks for the time
	// passes is asked for a key that works; known is false when that cannot be said.
	passes func(row Row, now time.Time) (passes, known bool)
}

// parse reads the arguments.
func (f Filter) parse() (*filtering, error) {
	out := &filtering{lacks: map[string][]string{}}
	if !f.OwnerType.IsNull() {
		wanted := f.OwnerType.ValueString()
		out.tests = append(out.tests, test{"owner_type", "the owner", false, func(row Row, _ time.Time) (bool, bool) {
			if wanted == OwnerUnknown {
				return row.Owner.Type == "", true
			}
			return row.Owner.Type == wanted, row.Owner.Type != ""
		}})
	}
	if !f.NeverExpires.IsNull() {
		wanted := f.NeverExpires.ValueBool()
		out.tests = append(out.tests, test{"never_expires", "the expiry", false, func(row Row, _ time.Time) (bool, bool) {
			return row.Key.ExpiresAt.IsZero() == wanted, !row.Key.EndHidden
		}})
	}
	for _, one := range []struct {
		argument, lacks string
		value           types.String
		passes          func(row Row, d time.Duration, now time.Time) (passes, known bool)
	}{
		{"unused_for", "the last use", f.UnusedFor, func(row Row, d time.Duration, now time.Time) (bool, bool) {
			young := !row.Key.CreatedAt.IsZero() && now.Sub(row.Key.CreatedAt) < d // than it could be unused for so long
			return !young && now.Sub(row.idleSince()) >= d, young || !row.idleSince().IsZero()
		}},
		{"expires_within", "the expiry", f.ExpiresWithin, func(row Row, d time.Duration, now time.Time) (bool, bool) {
			return !row.Key.ExpiresAt.IsZero() && row.Key.ExpiresAt.Sub(now) <= d, !row.Key.EndHidden
		}},
		{"older_than", "the creation", f.OlderThan, func(row Row, d time.Duration, now time.Time) (bool, bool) {
			return now.Sub(row.Key.CreatedAt) >= d, !row.Key.CreatedAt.IsZero()
		}},
	} {
		if one.value.IsNull() {
			continue
		}
		d, err := span.Parse(one.value.ValueString())
		if err != nil {
			return nil, &crud.At{Path: path.Root(one.argument), Summary: "Invalid " + one.argument, Detail: one.argument + " is wrong: " + err.Error() + "."}
		}
		out.tests = append(out.tests, test{one.argument, one.lacks, true, func(row Row, now time.Time) (bool, bool) { return one.passes(row, d, now) }})
	}
	return out, nil
}

// keeps reports whether a key works and passes every test.
func (f *filtering) keeps(row Row) bool {
	if row.Key.Ended(f.now) {
		return false
	}
	var unknown []string
	for _, one := range f.tests {
		passes, known := one.passes(row, f.now)
		switch {
		case !known, one.timed && f.now.IsZero():
			unknown = append(unknown, one.argument)
		case !passes:
			return false
		}
	}
	for _, argument := range unknown {
		f.lacks[argument] = append(f.lacks[argument], row.Key.ID)
	}
	return len(unknown) == 0
}

// mostNamed bounds how many keys a warning names.
const mostNamed = 10

// report notes which keys were left out for what is unknown of them, and starts anew.
func (f *filtering) report(note Note) {
	for _, one := range f.tests {
		ids := f.lacks[one.argument]
		if len(ids) == 0 {
			continue
		}
		slices.Sort(ids)
		named := strings.Join(ids[:min(len(ids), mostNamed)], ", ")
		if more := len(ids) - mostNamed; more > 0 {
			named += fmt.Sprintf(" and %d more", more)
		}
		why := fmt.Sprintf("the API does not show %s of some keys", one.lacks)
		if one.timed && f.now.IsZero() {
			why = "the server's answers carry no time"
		}
		note(fmt.Sprintf("%s, so %s leaves them out: %s", why, one.argument, named))
	}
	clear(f.lacks)
}
