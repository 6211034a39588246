// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// What the inventories of a whole organization have in common. They read through the
// lists that this process remembers: several inventories in one configuration, and the
// resources beside them, cost one read of each project.

// eachProject calls visit for the project with that id or, when it is null, for every
// active one in the order of their names. One that is archived meanwhile is left out.
func eachProject(ctx context.Context, c *api.Client, projectID types.String, visit func(api.Project) error) error {
	if !projectID.IsNull() {
		// Looked at first: from the list alone a wrong organization could not be told.
		p, err := c.Project(ctx, projectID.ValueString(), time.Time{})
		if err != nil {
			return err
		}
		return visit(p)
	}
	list, err := c.ActiveProjects(ctx)
	if err != nil {
		return err
	}
	warnIncomplete(ctx, "projects", list)
	for _, p := range byName(list) {
		if err := visit(p); err != nil && !isGone(err) {
			return err
		}
	}
	return nil
}

// byName sorts projects.
func byName(list *api.List[api.Project]) []api.Project {
	return slices.SortedFunc(maps.Values(list.ByID), func(a, b api.Project) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// oldestFirst sorts what is in a list by its age.
func oldestFirst[T any](list *api.List[T], facts func(T) (created time.Time, id string)) []T {
	return slices.SortedFunc(maps.Values(list.ByID), func(a, b T) int {
		createdA, idA := facts(a)
		createdB, idB := facts(b)
		return cmp.Or(createdA.Compare(createdB), cmp.Compare(idA, idB))
	})
}

// keyFacts is what an inventory tells of a key of either kind.
type keyFacts struct {
	ID            types.String `tfsdk:"id"`
	Name          types.String `tfsdk:"name"`
	RedactedValue types.String `tfsdk:"redacted_value"`
	OwnerType     types.String `tfsdk:"owner_type"`
	OwnerID       types.String `tfsdk:"owner_id"`
	OwnerName     types.String `tfsdk:"owner_name"`
	OwnerEmail    types.String `tfsdk:"owner_email"`
	CreatedAt     types.String `tfsdk:"created_at"`
	AgeDays       types.Int64  `tfsdk:"age_days"`
	LastUsedAt    types.String `tfsdk:"last_used_at"`
	UnusedDays    types.Int64  `tfsdk:"unused_days"`
	ExpiresAt     types.String `tfsdk:"expires_at"`
}

var keyFactAttributes = map[string]schema.Attribute{
	"id":             schema.StringAttribute{Computed: true, MarkdownDescription: "The key's id."},
	"name":           schema.StringAttribute{Computed: true, MarkdownDescription: "The key's name, without this provider's marker."},
	"redacted_value": schema.StringAttribute{Computed: true, MarkdownDescription: "What the API shows of the secret: its ends."},
	"owner_type":     schema.StringAttribute{Computed: true, MarkdownDescription: "`user`, a person, or `service_account`; null if the API does not tell."},
	"owner_id":       schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the person or service account that owns the key."},
	"owner_name":     schema.StringAttribute{Computed: true, MarkdownDescription: "The name of the person or service account."},
	"owner_email":    schema.StringAttribute{Computed: true, MarkdownDescription: "The person's e-mail address; null for service accounts and where the API does not tell."},
	"created_at":     schema.StringAttribute{Computed: true, MarkdownDescription: "When the key was made, RFC 3339 in UTC."},
	"age_days":       schema.Int64Attribute{Computed: true, MarkdownDescription: "How many whole days ago that was."},
	"last_used_at":   schema.StringAttribute{Computed: true, MarkdownDescription: "When the key was last used, RFC 3339 in UTC; null if never. A hint: the API does not say how far it lags behind."},
	"unused_days":    schema.Int64Attribute{Computed: true, MarkdownDescription: "For how many whole days the key has not been used; since it was made if never."},
	"expires_at":     schema.StringAttribute{Computed: true, MarkdownDescription: "When the key ends by itself, RFC 3339 in UTC; null if never."},
}

// usedKey is what [keyFacts] are taken from.
type usedKey struct {
	id, shown, redacted              string
	ownerType, ownerID, owner, email string
	created, lastUsed, expires       time.Time
}

func (k usedKey) facts(now time.Time) keyFacts {
	name, _, _ := keyseries.Read(k.shown)
	return keyFacts{
		ID: types.StringValue(k.id), Name: types.StringValue(name), RedactedValue: crud.Optional(k.redacted),
		OwnerType: crud.Optional(k.ownerType), OwnerID: crud.Optional(k.ownerID),
		OwnerName: crud.Optional(k.owner), OwnerEmail: crud.Optional(k.email),
		CreatedAt: crud.Timestamp(k.created), AgeDays: days(now.Sub(k.created)),
		LastUsedAt: crud.Timestamp(k.lastUsed), UnusedDays: days(now.Sub(k.idleSince())),
		ExpiresAt: crud.Timestamp(k.expires),
	}
}

// idleSince is when the key was last used or, if never, made.
func (k usedKey) idleSince() time.Time {
	if k.lastUsed.IsZero() {
		return k.created
	}
	return k.lastUsed
}

func days(d time.Duration) types.Int64 { return types.Int64Value(int64(d / (24 * time.Hour))) }

// keyFilter narrows an inventory of keys; what is set must all hold.
type keyFilter struct {
	OwnerType     types.String `tfsdk:"owner_type"`
	UnusedFor     types.String `tfsdk:"unused_for"`
	ExpiresWithin types.String `tfsdk:"expires_within"`
	OlderThan     types.String `tfsdk:"older_than"`
}

var keyFilterAttributes = map[string]schema.Attribute{
	"owner_type": schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "Only keys of this kind of owner: `user`, which is a person, or `service_account`. Unset: of both.",
		Validators:          []validator.String{stringvalidator.OneOf("user", "service_account")},
	},
	"unused_for": schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "Only keys that have not been used for at least this long, such as `90d`; a key that was never used counts from when it was made. Unset: used or not.",
		Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
	},
	"expires_within": schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "Only keys that end by themselves within this time from now, such as `14d`. Unset: whether they end or not.",
		Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
	},
	"older_than": schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "Only keys that were made at least this long ago, such as `180d`. Unset: of any age.",
		Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
	},
}

// matches tells whether a key that still works passes the filter.
func (f keyFilter) matches(k usedKey, now time.Time) bool {
	atLeast := func(wanted types.String, since time.Time) bool {
		d, err := span.Parse(wanted.ValueString())
		return wanted.IsNull() || err == nil && now.Sub(since) >= d
	}
	if !k.expires.IsZero() && !now.Before(k.expires) {
		return false
	}
	if !f.ExpiresWithin.IsNull() {
		d, err := span.Parse(f.ExpiresWithin.ValueString())
		if err != nil || k.expires.IsZero() || k.expires.Sub(now) > d {
			return false
		}
	}
	return (f.OwnerType.IsNull() || f.OwnerType.ValueString() == k.ownerType) &&
		atLeast(f.UnusedFor, k.idleSince()) && atLeast(f.OlderThan, k.created)
}

// with gives one map of several.
func with[V any](all ...map[string]V) map[string]V {
	out := map[string]V{}
	for _, one := range all {
		maps.Copy(out, one)
	}
	return out
}

// current picks the one key of a name; of one series that rotates, its newest. A marker
// can be copied: with byOwner, a key whose owner is not the series' is ignored.
func current(ctx context.Context, noun, where string, name types.String, keys []usedKey, byOwner bool) (usedKey, error) {
	bySeries := map[string][]usedKey{} // else by id
	for _, key := range keys {
		plain, mark, ours := keyseries.Read(key.shown)
		if !ident.SameName(plain, name.ValueString()) {
			continue
		}
		in := "id " + key.id
		if ours {
			in = "series " + mark.Series
		}
		bySeries[in] = append(bySeries[in], key)
	}
	candidates := api.List[usedKey]{ByID: map[string]usedKey{}}
	for in, members := range bySeries {
		newest := map[string]usedKey{} // by owner
		for _, key := range members {
			if strings.HasPrefix(in, "series ") && copied(key, members, byOwner) {
				crud.Warn(ctx, crud.Named(noun, name.ValueString(), key.id), "is ignored", "Its name carries the marker of a series of this provider, but it belongs to another owner (%s): somebody copied the name.", cmp.Or(key.owner, key.ownerID))
				continue
			}
			owner := ""
			if byOwner {
				owner = key.ownerID
			}
			if before, there := newest[owner]; !there || before.before(key) {
				newest[owner] = key
			}
		}
		for _, key := range newest {
			candidates.ByID[key.id] = key
		}
	}
	return one(noun, where, name, &candidates, func(usedKey) string { return name.ValueString() })
}

// copied tells that the marker of a key is a copy: keys of a series belong to service
// accounts, and of two with one mark only the older got it from us.
func copied(key usedKey, members []usedKey, byOwner bool) bool {
	if byOwner && key.ownerType == "user" {
		return true
	}
	_, mark, _ := keyseries.Read(key.shown)
	return slices.ContainsFunc(members, func(other usedKey) bool {
		_, theirs, _ := keyseries.Read(other.shown)
		return theirs == mark && other.id != key.id && other.created.Before(key.created)
	})
}

// before tells that another key of a series is the later one. Of two that were created
// in one second the one that is running out is the earlier.
func (k usedKey) before(other usedKey) bool {
	switch {
	case !k.created.Equal(other.created):
		return k.created.Before(other.created)
	case k.expires.IsZero() || other.expires.IsZero():
		return !k.expires.IsZero()
	default:
		return k.expires.Before(other.expires)
	}
}
