// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package vendorkit is what the objects of every vendor do with what a client of
// [apiclient] has read: lists as a key series, an inventory or a listing needs them.
package vendorkit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strings"
	"sync"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// Listing indexes a list of keys for their series, once per list. A fresh one has also
// the rows whose moments cannot be true: one may be what a lost mint left behind. A list
// that cannot be read to its end is a [keyseries.ErrNoList].
func Listing[T any](how keyseries.How, list *apiclient.List[T], err error, convert func(T) keyseries.Key) (*keyseries.Listing, error) {
	return ListingAsKnown(how, list, err, 0, convert)
}

// ListingAsKnown is [Listing] where the form of a key hangs on what else is known: a list is indexed again once more is.
func ListingAsKnown[T any](how keyseries.How, list *apiclient.List[T], err error, known int64, convert func(T) keyseries.Key) (*keyseries.Listing, error) {
	if errors.Is(err, apiclient.ErrNoList) {
		return nil, fmt.Errorf("%w (%w)", keyseries.ErrNoList, err)
	}
	if err != nil {
		return nil, err
	}
	if how == keyseries.Fresh && len(list.Doubtful) > 0 {
		list = &apiclient.List[T]{ByID: Merge(list.ByID, list.Doubtful), Incomplete: list.Incomplete}
	}
	kept, _ := list.Derive(func(map[string]T) any { return &index{} }).(*index)
	kept.Lock()
	defer kept.Unlock()
	if kept.listing == nil || kept.known < known {
		all := make([]keyseries.Key, 0, len(list.ByID))
		for _, key := range list.ByID {
			all = append(all, convert(key))
		}
		kept.listing, kept.known = keyseries.NewListing(all), known
		kept.listing.Incomplete = list.Incomplete
	}
	return kept.listing, nil
}

// index is a list as it was indexed last.
type index struct {
	sync.Mutex
	known   int64
	listing *keyseries.Listing
}

// Rows gives a list another form: the one that is remembered, or page by page.
func Rows[T, R any](how keyinventory.How, note keyinventory.Note, remembered func() (*apiclient.List[T], error), paged iter.Seq2[T, error], form func(T) R) iter.Seq2[R, error] {
	if how == keyinventory.Remembered {
		paged = everything(note, remembered)
	}
	return As(paged, form)
}

// everything walks a list that is read as a whole.
func everything[T any](note keyinventory.Note, read func() (*apiclient.List[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		list, err := read()
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, why := range list.Incomplete {
			note(why)
		}
		for one := range maps.Values(list.ByID) {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// As gives what a walk finds another form, up to the first error.
func As[T, R any](walk iter.Seq2[T, error], form func(T) R) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for one, err := range walk {
			if err != nil {
				var none R
				yield(none, err)
				return
			}
			if !yield(form(one), nil) {
				return
			}
		}
	}
}

// WarnIncomplete warns where a list may be incomplete, once for all reasons. of is what it
// lists, in the plural.
func WarnIncomplete[T any](ctx context.Context, of string, list *apiclient.List[T]) {
	if len(list.Incomplete) > 0 {
		keyinventory.MayLack(ctx, of)(strings.Join(list.Incomplete, "; "))
	}
}

// One picks the only object of a name from a list; where says where it was looked for.
func One[T any](noun, where, name string, list *apiclient.List[T], nameOf func(T) string) (T, error) {
	return crud.One(noun, where, name, list.ByID, nameOf)
}

// Merge gives one map of several; of equal keys the last one counts.
func Merge[K comparable, V any](all ...map[K]V) map[K]V {
	out := map[K]V{}
	for _, one := range all {
		maps.Copy(out, one)
	}
	return out
}

// Curl is the command that sends a request by hand, with a credential from the variable
// env. The credential goes through a pipe: on curl's command line every process could read
// it. header holds %s where the credential is, such as "Authorization: Bearer %s".
func Curl(header, env, method, address string) string {
	return fmt.Sprintf(`printf 'header = "%s"' "$%s" | curl -K - -X %s %s`, header, env, method, address)
}
