// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// AdoptedKey is a key as an API shows it that creates none.
type AdoptedKey struct {
	ID, Name, Status string
	Dead             string // why it no longer works and never will, such as "is archived"; "" = it may work
	PlaceID          string // "" = none, or the usual one where the API does not name it
	OwnerType        string // as inventories name it; "" = another one
	OwnerID          string
	Hint             string // the secret's ends
	CreatedAt        time.Time
	ExpiresAt        time.Time // zero = never
	EndHidden        bool      // the answer left it out
}

// AdoptedKeys are the keys of one organization whose API creates none: read from their list, changed, and switched off.
type AdoptedKeys struct {
	*Whole[*AdoptedKey]
	HTTP    *Client
	Noun    string // "API key"
	Console string // where users change keys by hand, for messages: "the Console"
	// Get and Change are requests about one key. The fields of a change are name and status, in the form of the API.
	Get    func(ctx context.Context, id string) (*AdoptedKey, error)
	Change func(ctx context.Context, id string, fields map[string]any) (*AdoptedKey, error)
	// Credential is what the client works with. Apart: it is of a kind that no list shows.
	Credential secret.Text
	Apart      bool

	changed sync.Map // ids of the keys that this process has sent a change of
}

// Key reads one key: from the list, and alone where that has none. A 404 is an [apierr.Error].
func (k *AdoptedKeys) Key(ctx context.Context, id string) (AdoptedKey, error) {
	return k.key(ctx, id, k.All)
}

// KeyAtStart is [AdoptedKeys.Key] from the list as this process first saw it. A key that it has changed since is read
// alone.
func (k *AdoptedKeys) KeyAtStart(ctx context.Context, id string) (AdoptedKey, error) {
	if _, changed := k.changed.Load(id); changed {
		return k.Read(ctx, id)
	}
	return k.key(ctx, id, k.AtStart)
}

func (k *AdoptedKeys) key(ctx context.Context, id string, read func(context.Context) (*List[*AdoptedKey], error)) (AdoptedKey, error) {
	list, err := read(ctx)
	if err != nil && !errors.Is(err, ErrNoList) {
		return AdoptedKey{}, err
	}
	if err == nil {
		if key, there := list.ByID[id]; there {
			return *key, nil
		}
	}
	return k.Read(ctx, id)
}

// Read is [AdoptedKeys.Key] by a request of its own.
func (k *AdoptedKeys) Read(ctx context.Context, id string) (AdoptedKey, error) {
	return ValueOf(Confirmed(ctx, k.HTTP, time.Time{}, func() (*AdoptedKey, error) { return k.Get(ctx, id) }))
}

// Update changes name, status or both.
func (k *AdoptedKeys) Update(ctx context.Context, id string, fields map[string]any) (AdoptedKey, error) {
	k.changed.Store(id, true)
	defer k.Drop()
	return Changed(k.Noun+" "+id, func() (AdoptedKey, error) { return ValueOf(k.Change(ctx, id, fields)) },
		func() (AdoptedKey, error) { return k.Read(ctx, id) })
}

// SwitchOff gives a key a status in which it does not work. One that no longer works is success, after a look where the
// answer leaves it open.
func (k *AdoptedKeys) SwitchOff(ctx context.Context, id, status string) error {
	ctx = Patient(ctx)
	key, err := k.Update(ctx, id, map[string]any{"status": status})
	off := func() bool { return key.Dead != "" || key.Status == status }
	if err == nil && off() || err != nil && !Unclear(err) {
		return err
	}
	refused := err
	done, err := Vanished(ctx, k.HTTP, func(ctx context.Context) (bool, error) {
		key, err = k.Read(ctx, id)
		return off(), err
	})
	if err == nil && !done {
		err = refused
		if err == nil && key.Status != "" { // where no answer shows one, the good one is believed
			err = &apierr.Error{
				Operation: "update " + k.Noun, Message: fmt.Sprintf("the server accepted the status %s, but key %s is still %s", status, id, key.Status),
				Hint: "The key may still work. Try again later, or change it in " + k.Console + ".",
			}
		}
	}
	return err
}

// Unclear says that a look decides what a failed change did: a refusal may mean that there is nothing
// to do, and a good status that came with an unusable answer that it is done.
func Unclear(err error) bool {
	var foreign *Foreign
	failed, ok := apierr.As(err)
	return ok && !errors.As(err, &foreign) && (failed.Status/100 == 2 ||
		slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}, apierr.Status(err)))
}

// MayBeOwn says that a key may be the one that the client works with: all that the API shows of its secret fits. Where
// it shows no end, the list decides: the key is another one if the list shows its hint, or one that the client works
// with. An error leaves it open.
func (k *AdoptedKeys) MayBeOwn(ctx context.Context, id, hint string) (bool, error) {
	if own, sure := k.fits(hint); sure || k.Apart {
		return own && sure, nil
	}
	list, err := k.All(ctx)
	if err != nil {
		return true, err
	}
	if listed, there := list.ByID[id]; there {
		if own, sure := k.fits(listed.Hint); sure {
			return own, nil
		}
	}
	for _, other := range list.ByID {
		if own, sure := k.fits(other.Hint); own && sure && other.ID != id && other.Dead == "" {
			return false, nil
		}
	}
	return true, nil
}

// fits says that a hint is that of the credential; sure takes the end of a secret, or what
// contradicts: beginnings are alike.
func (k *AdoptedKeys) fits(hint string) (own, sure bool) {
	_, end, _ := secret.Ends(hint)
	own = secret.Fits(k.Credential, hint)
	return own, !own || len(end) >= 4
}
