// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import "context"

// Unseen is a [Source] whose lists may leave keys out without a sign of it.
type Unseen interface {
	// Unseen is why the lists that were read, of one place or with "" of every one, may be
	// incomplete although none said so; "" for lists that can be trusted. It is asked after all of
	// them.
	Unseen(ctx context.Context, placeID string) string
}

// Finder is a [Source] that may know from the lists it remembers in which place a key is.
type Finder interface {
	// Wherever is [Source.Key] of a key whose place is not known, or from such a list.
	Wherever(ctx context.Context, id string) (Row, error)
}

// wherever looks for a key without its place: to list every place would cost more.
func wherever(ctx context.Context, s Source, id string) (Row, error) {
	if f, ok := bare(s).(Finder); ok {
		return f.Wherever(ctx, id)
	}
	return s.Key(ctx, Place{}, id)
}

// bare is a source as its vendor has made it.
func bare(s Source) Source {
	if c, ok := s.(connected); ok {
		return c.Source
	}
	return s
}

// unseen asks a source, if it is one that has to be asked.
func unseen(ctx context.Context, s Source, placeID string) string {
	if u, ok := bare(s).(Unseen); ok {
		return u.Unseen(ctx, placeID)
	}
	return ""
}
