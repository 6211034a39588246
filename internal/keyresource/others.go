// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// warnPrevious shows the reviewer what this apply does to previous keys, and why.
func (r *keyResource[P]) warnPrevious(ctx context.Context, want keyseries.Wanted, have keyseries.State, m keyseries.Memory, d keyseries.Decision) {
	for _, id := range d.Shorten {
		crud.Warn(ctx, crud.Named("previous key", have.Name, id), "is made to expire when its overlap ends", "At the server it expires at another time, or never. This apply makes key %s expire at %s.", id, stamp(m.Previous[id].End))
	}
	for _, id := range d.Align {
		names := strings.Join(want.Sent(m.Previous[id]), " and ")
		crud.Warn(ctx, crud.Named("previous key", have.Name, id), "is given its "+names, "A change of %s has not reached key %s. This apply sends what is configured.", names, id)
	}
	for _, id := range d.Revoke {
		if id == d.InUse {
			crud.Warn(ctx, crud.Named("previous key", have.Name, id), "is not revoked while the provider uses it", "The overlap of key %s of %q ended at %s. The apply fails until the provider has another %s.", id, have.Name, stamp(m.Previous[id].End), r.kind.Can.Words.Credential)
			continue
		}
		crud.Warn(ctx, crud.Named("previous key", have.Name, id), "is revoked", "The overlap of key %s of %q ended at %s, so it is revoked.", id, have.Name, m.Previous[id].End.UTC().Format(time.RFC3339))
	}
}

// warnOld names own arguments that somebody else has changed on previous keys.
func (r *keyResource[P]) warnOld(ctx context.Context, state P, seen *keyseries.Observed) {
	s := r.kind.series(state)
	for _, key := range seen.Old {
		was := seen.Memory.Previous[key.ID]
		if was.AtOnce || !seen.Memory.Looked.Before(was.End) { // it is on its way out by our own doing
			continue
		}
		for _, a := range r.kind.Own {
			before, asked := was.Answers[a.Name]
			if !asked || a.Shown == nil || slices.Contains(was.Stale, a.Name) {
				continue
			}
			shown := a.Shown(key)
			if shown == nil || spelling(shown) == before || spelling(shown) == seen.Memory.Answers[a.Name] || a.spells(shown, a.Place.get(state)) {
				continue
			}
			value := "."
			if public(shown) {
				value = ": the server shows " + text(shown) + "."
			}
			crud.Warn(ctx, crud.Named("previous key", s.Name.ValueString(), key.ID), "has another value for "+a.Name+" than before", "It was changed outside Terraform%s Workloads that still use this key may fail before its overlap ends at %s: give them the secret of the current key, or change it back. An apply sends nothing, unless the configuration changes.", value, stamp(was.End))
		}
	}
}

// warnOthers names every working key of the series that is not the state's, those to be
// revoked and those to be left alone.
func (r *keyResource[P]) warnOthers(ctx context.Context, state P, have keyseries.State, m keyseries.Memory, d keyseries.Decision) {
	command := r.command(state)
	for _, other := range m.Others {
		switch {
		case d.Clears(other.ID) && other.Unsettled:
			crud.Warn(ctx, crud.Named("leftover key", have.Name, other.ID), "is revoked", "An earlier apply of this state created %s, but the answer was lost, so its secret was never stored. This apply revokes it.", other)
		case d.Clears(other.ID):
			crud.Warn(ctx, crud.Named("leftover key", have.Name, other.ID), "is revoked", "%s belongs to this series, but is neither the current nor a previous key of this state: another run created it, or a run that was interrupted. It is more than 24 hours old and was never used. This apply revokes it.", capital(other.String()))
		case !r.namesFirst(other.ID): // the refresh has
		default:
			r.warnLeftover(ctx, have, m, other, command)
		}
	}
}

// warnLeftover names a working key of the series that no apply revokes.
func (r *keyResource[P]) warnLeftover(ctx context.Context, have keyseries.State, m keyseries.Memory, other keyseries.Other, command func(string) string) {
	if r.kind.Can.Newer(other, have, m) {
		crud.Warn(ctx, crud.Named("leftover key", have.Name, other.ID), "is newer than this state", "%s carries the marker of this series and is newer than key %s: another run created it, this state is older than the server, or the marker was copied. It is left alone. If it is not needed: %s", capital(other.String()), have.ID, command(other.ID))
		return
	}
	until := "This configuration does not revoke it before it is 24 hours old, and then only if it stays unused."
	switch {
	case other.WasUsed, !other.LastUsedAt.IsZero():
		until = "It was used, so this configuration does not revoke it."
	case r.kind.Can.LastUse == keyseries.UseHidden, other.UseHidden:
		until = "The API does not show whether it is used, so this configuration does not revoke it."
	case !r.kind.Can.ClearsUnused(), other.Unproven:
		until = "It cannot be proven that it is of this series, so this configuration does not revoke it."
	}
	crud.Warn(ctx, crud.Named("leftover key", have.Name, other.ID), "is left alone", "%s %s and works, but is neither the current nor a previous key of this state: %s. %s If it is not needed: %s",
		capital(other.String()), other.Is(), other.From(r.kind.Can.Words.Credential), until, command(other.ID))
}

// named are the keys that a refresh of this process has named, by provider configuration:
// a plan need not name them again.
var named sync.Map

type namedKey struct {
	data any
	id   string
}

// namesFirst reports whether this is the first time that the process names a key, or says
// something of it.
func (r *keyResource[P]) namesFirst(id string) bool {
	_, before := named.LoadOrStore(namedKey{r.data, id}, true)
	return !before
}
