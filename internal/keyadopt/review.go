// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyadopt

import (
	"cmp"
	"context"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// due says whether a key is so old that a user has to look at it; not where its creation or the time is unknown.
func due(created, now time.Time, after string) bool {
	age, err := span.Parse(after)
	return err == nil && !created.IsZero() && now.Sub(created) >= age
}

// dated is the end of the name that a warning proposed before.
var dated = pattern.Lazy(`-\d{4}-\d{2}-\d{2}$`)

// successor is a name for the key that replaces another one.
func successor(name string, now time.Time) string {
	return dated().ReplaceAllString(name, "") + now.UTC().Format("-2006-01-02")
}

// lookedAt is the moment of a look, zero with a warning where no clock can be trusted with an age.
func (k Kind[M]) lookedAt(ctx context.Context, v Vendor, p Parts) time.Time {
	skew, known := v.HTTP.Skew()
	switch {
	case known && skew.Abs() <= keyseries.MaxSkew:
		return v.HTTP.Now()
	case p.ReviewAfter.ValueString() == "":
	case known:
		crud.Warn(ctx, k.object(p), "was read while this machine's clock is wrong", "This machine's clock differs from the server's by %s. Whether the key is older than review_after is not decided until the clock is right.", skew.Abs().Round(time.Second))
	default:
		crud.Warn(ctx, k.object(p), "was read without the server's time", "The server's answers carry no time. Until they do, it is not decided whether the key is older than review_after.")
	}
	return time.Time{}
}

// warnReview warns of a key that is older than is wanted, as it was at the last look.
func (k Kind[M]) warnReview(ctx context.Context, has, want Parts, at time.Time) {
	age := want.ReviewAfter.ValueString()
	if !due(crud.Moment(has.CreatedAt), at, age) {
		return
	}
	if cmp.Or(want.Status.ValueString(), has.Status.ValueString()) == k.Off {
		crud.Warn(ctx, k.object(has), "is "+k.Off+" and older than review_after", "It was created at %s, which is longer ago than review_after (%s). %s does not work: when nothing needs it any more, set on_destroy = %q, apply, and remove this resource.",
			has.CreatedAt.ValueString(), age, k.Words.Idle, k.last().Name)
		return
	}
	where := ""
	if has.PlaceID != nil && has.PlaceID.ValueString() != "" {
		where = " in " + k.Place + " " + has.PlaceID.ValueString()
	}
	crud.Warn(ctx, k.object(has), "has to be replaced by a user", "It was created at %s, which is longer ago than review_after (%s). The API cannot create keys: create one called %q in %s%s, hand it to the workload, and declare it in a second resource. Then set status = %q here. With no more than a new id here, this key stays %s and is in no state, unless on_destroy was applied before with another value than %s.",
		has.CreatedAt.ValueString(), age, successor(has.Name.ValueString(), at), k.Words.Console, where, k.Off, k.On, forget)
}
