// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// LosesMarks reports whether the server showed the current key without the mark that it was asked for with: it keeps
// no other one either, so that neither the key of a lost attempt nor a newer state is recognised.
func (m *Memory) LosesMarks(c Capabilities) bool {
	mark, _ := Key{Name: m.Shown}.Marked()
	return m.Shown != "" && !c.Name.Unmarked && !m.adopted() && mark.Series != m.Series
}

// traces are keys of the owner that carry no mark, and that such a server may have made of a key of this series: called
// like the current key or an unsettled attempt, and created since. They may as well be another resource's.
func (m *Memory) traces(v Vendor, have State, keys *Listing) []Key {
	if !m.LosesMarks(v.Capabilities()) {
		return nil
	}
	since := have.CreatedAt
	for _, a := range m.Unsettled {
		if sent := a.sent(); sent.Before(since) {
			since = sent
		}
	}
	return slices.DeleteFunc(slices.SortedFunc(maps.Values(keys.byID), byAge), func(key Key) bool {
		_, marked := key.Marked()
		called := key.Name == m.Shown || m.Series != "" && strings.Contains(key.Name, m.Series) ||
			slices.ContainsFunc(m.Unsettled, func(a Attempt) bool { return ident.MayBecome(a.Shown, key.Name) })
		return marked || m.own(key.ID, have) || !called || !key.CreatedAt.IsZero() && key.CreatedAt.Before(since) ||
			key.OwnerID != v.Owner() && key.OwnerID != "" || key.Person != "" || key.Ended(v.Now())
	})
}

// sent is when an attempt may have been sent at the earliest: it is remembered from its failure on.
func (a Attempt) sent() time.Time { return a.At.Add(-recoveryTime) }

// mayHaveCreated reports whether a key without a mark was created when the attempt may have done it.
func (a Attempt) mayHaveCreated(key Key) bool {
	return key.CreatedAt.IsZero() || !key.CreatedAt.Before(a.sent()) && !key.CreatedAt.After(a.At.Add(SettleFor))
}

// tell names them.
func tell(v Vendor, traces []Key) (notices []Notice) {
	for _, key := range traces {
		notices = append(notices, Notice{key.ID, "may be of this series", fmt.Sprintf(
			"The server changes the names of keys, so the marker is lost, and it shows %s as %q, for the same owner. An attempt whose answer was lost may have created it, or a newer state than this one, or it is the key of another resource. It is left alone. If it is not needed: %s",
			v.Capabilities().other(key), key.Name, v.RevokeCommand(key.ID))})
	}
	return notices
}
