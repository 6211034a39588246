// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toy

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy/api"
)

// keys are the calls of a key series at this vendor.
type keys struct {
	client *api.Client
	can    keyseries.Capabilities
	own    arguments // as configured
	mute   bool      // see [Variant.Mute]
}

// The further things that a [Variant] can do.
type (
	choosing  struct{ *keys }
	finishing struct{ *keys }
	yielding  struct{ *keys }
)

var (
	_ keyseries.Vendor   = &keys{}
	_ keyseries.Ender    = &keys{}
	_ keyseries.Editor   = &keys{}
	_ keyseries.Chooser  = &choosing{}
	_ keyseries.Finisher = &finishing{}
	_ keyseries.Yielder  = &yielding{}
	_ keyseries.Finder   = &yielding{}
)

func (k *keys) Capabilities() keyseries.Capabilities { return k.can }

func (k *keys) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	if request.Lifetime > 0 { // it is sent as a moment of the server's clock
		if err := keyseries.KnowTime(ctx, k); err != nil {
			return keyseries.Minted{}, err
		}
	}
	fields := k.own.fields(sent...)
	fields["name"], fields["owner"] = request.Shown, k.own.Owner.ValueString()
	if k.can.Name.Unmarked {
		fields["note"] = request.Mark.Show("")
	}
	made, err := k.client.Create(ctx, fields, request.Secret, request.Lifetime)
	switch apierr.Status(err) {
	case http.StatusForbidden:
		return keyseries.Minted{}, fmt.Errorf("%w: %w", keyseries.ErrNoRoom, err)
	case http.StatusConflict:
		return keyseries.Minted{}, k.taken(ctx, request, err)
	case http.StatusUnprocessableEntity:
		return keyseries.Minted{}, fmt.Errorf("%w: %w", keyseries.ErrNotChosen, err)
	}
	minted := keyseries.Minted{ID: made.ID, Name: made.Name, CreatedAt: made.CreatedAt, ExpiresAt: made.ExpiresAt(), Secret: made.Secret, Own: made.Key}
	if k.mute {
		minted.Own = nil
	}
	return minted, err
}

// taken is the refusal of a name that another key has, unless an attempt of this series may have it.
func (k *keys) taken(ctx context.Context, request keyseries.Request, refused error) error {
	list, err := k.client.FreshKeys(ctx)
	if err != nil {
		return refused
	}
	for _, key := range list.ByID {
		if mark, _ := seriesKey(key).Marked(); key.Name == request.Shown && mark.Series != request.Mark.Series {
			return refused
		}
	}
	return fmt.Errorf("%w: %w", keyseries.ErrTaken, refused)
}

func (k *keys) List(ctx context.Context, how keyseries.How) (*keyseries.Listing, error) {
	read := map[keyseries.How]func(context.Context) (*apiclient.List[*api.Key], error){
		keyseries.Remembered: k.client.Keys, keyseries.Fresh: k.client.FreshKeys, keyseries.AtStart: k.client.KeysAtStart,
	}[how]
	list, err := read(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]keyseries.Key, 0, len(list.ByID))
	for _, key := range list.ByID {
		all = append(all, seriesKey(key))
	}
	out := keyseries.NewListing(all)
	out.Incomplete = list.Incomplete
	return out, nil
}

func (k *keys) Get(ctx context.Context, id string, created time.Time) (keyseries.Key, error) {
	key, err := k.client.Key(ctx, id, created)
	return seriesKey(&key), err
}

func (k *keys) EndAt(ctx context.Context, id string, end time.Time) (keyseries.Key, error) {
	if !end.After(k.Now()) {
		return keyseries.Key{}, keyseries.ErrEnded
	}
	return k.update(ctx, id, api.Fields{"expires_at": end})
}

func (k *keys) Edit(ctx context.Context, id string, change keyseries.Change) (keyseries.Key, error) {
	fields := k.own.fields(change.Own...)
	if change.Name != "" {
		fields["name"] = change.Name
	}
	return k.update(ctx, id, fields)
}

func (k *keys) update(ctx context.Context, id string, fields api.Fields) (keyseries.Key, error) {
	key, err := k.client.Update(ctx, id, fields)
	switch apierr.Status(err) {
	case http.StatusMethodNotAllowed:
		err = fmt.Errorf("%w (%w)", keyseries.ErrCannot, err)
	case http.StatusNotFound:
		if _, getErr := k.client.Key(ctx, id, time.Time{}); getErr != nil {
			err = getErr
		}
	}
	out := seriesKey(&key)
	if k.mute {
		out.Own = nil
	}
	return out, err
}

func (k *keys) Revoke(ctx context.Context, id string, created time.Time) error {
	return k.client.Revoke(ctx, id, created)
}

func (k *keys) Owner() string                  { return k.own.Owner.ValueString() }
func (k *keys) RevokeCommand(id string) string { return "DELETE " + k.client.KeyAddress(id) }
func (k *keys) Now() time.Time                 { return k.client.Now() }
func (k *keys) Skew() (time.Duration, bool)    { return k.client.Skew() }
func (k *keys) Sleep(ctx context.Context, d time.Duration) error {
	return k.client.Sleep(ctx, d)
}

// Choose makes a secret whose hash is the id of its key.
func (c *choosing) Choose() (chosen secret.Text, id string) {
	text := "toy-key-sim-" + rand.Text()
	hash := sha256.Sum256([]byte(text))
	return secret.New(text), hex.EncodeToString(hash[:])
}

func (f *finishing) Finish(ctx context.Context, id string) (handedOn []string, err error) {
	return nil, f.client.Activate(ctx, id)
}

// Yield appends the generation to the name of a key.
func (y *yielding) Yield(ctx context.Context, id string, generation int64) (func(context.Context) error, error) {
	key, err := y.client.Key(ctx, id, time.Time{})
	if err != nil {
		return nil, err
	}
	rename := func(ctx context.Context, name string) error {
		_, err := y.update(ctx, id, api.Fields{"name": name})
		return err
	}
	back := func(ctx context.Context) error { return rename(ctx, key.Name) }
	return back, rename(ctx, fmt.Sprintf("%s-%d", key.Name, generation))
}

// Find takes a unique name for the id of its key.
func (y *yielding) Find(ctx context.Context, named string) (string, error) {
	all, err := y.client.Keys(ctx)
	if err != nil {
		return "", err
	}
	for id, key := range all.ByID {
		if id == named || key.Name == named {
			return id, nil
		}
	}
	return "", &apierr.Gone{What: "key " + named, Why: "there is none of this id or name", Never: true}
}

func seriesKey(key *api.Key) keyseries.Key {
	_, mark, _ := keyseries.Read(key.Note)
	return keyseries.Key{
		ID: key.ID, Name: key.Name, Mark: mark, Redacted: key.Hint, OwnerID: key.Owner,
		CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt(), EndHidden: !key.Expires.Shown, LastUsedAt: key.LastUsedAt, WasUsed: key.Used, Own: *key,
	}
}
