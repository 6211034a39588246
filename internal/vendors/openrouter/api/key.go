// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Key is a key as the API shows it.
type Key struct {
	Hash        string
	Name        string
	Label       string // the secret's ends, "" where it shows something else
	WorkspaceID string
	CreatorID   string // "" = none
	// OwnCreator: the creator is the one whom the management key names as its own, or whom the API stamps keys of ours with.
	OwnCreator bool
	// CreatorUnsure: the creator of this marked key may be the own one: the API did not say, nor showed a key of ours.
	CreatorUnsure bool
	Disabled      bool
	Limit         *float64 // USD, nil = none
	LimitReset    string   // "" = never
	Byok          bool     // other providers' keys count towards the limit
	CreatedAt     time.Time
	ExpiresAt     time.Time // zero = never
	Used          bool      // something was paid for; false says nothing
	Doubtful      bool      // the API showed a moment that cannot be true, left out here
}

// MintedKey is the answer to a mint, the only time the secret is shown.
type MintedKey struct {
	Key
	Secret secret.Text
}

type wireKey struct {
	Hash        string           `json:"hash"`
	Name        string           `json:"name"`
	Label       string           `json:"label"`
	WorkspaceID string           `json:"workspace_id"`
	Creator     *string          `json:"creator_user_id"`
	Disabled    bool             `json:"disabled"`
	Limit       apiclient.Number `json:"limit"`
	LimitReset  *string          `json:"limit_reset"`
	Byok        bool             `json:"include_byok_in_limit"`
	CreatedAt   *string          `json:"created_at"`
	ExpiresAt   *string          `json:"expires_at"`
	Usage       apiclient.Number `json:"usage"`
	ByokUsage   apiclient.Number `json:"byok_usage"`
	Secret      string           `json:"key"` // of a create, where the server puts it here
}

type wireMinted struct {
	one[wireKey]
	Secret string `json:"key"`
}

const (
	opCreateKey = "create API key"
	opListKeys  = "list API keys"
)

var errNoHash = errors.New("it has no hash")

// keyOf reads a key. An error says what is wrong with it. The key is never nil.
func (c *Client) keyOf(w *wireKey) (*Key, error) {
	if w.Hash == "" {
		return &Key{}, errNoHash
	}
	k := &Key{
		Hash: w.Hash, Name: w.Name, Label: apiclient.Redacted(w.Label), WorkspaceID: w.WorkspaceID,
		CreatorID: textOf(w.Creator), Disabled: w.Disabled, LimitReset: textOf(w.LimitReset), Byok: w.Byok,
		Used: positive(w.Usage) || positive(w.ByokUsage),
	}
	if k.Label == k.Name {
		k.Label = "" // some answers repeat the name
	}
	if limit, ok := w.Limit.Float(); ok {
		k.Limit = &limit
	}
	var created, expires error
	k.CreatedAt, created = c.http.Moment("created_at", w.CreatedAt)
	k.ExpiresAt, expires = c.http.Moment("expires_at", w.ExpiresAt)
	wrong := errors.Join(created, expires)
	k.Doubtful = wrong != nil
	return k, wrong
}

// markOwn notes at a key that may be ours whether the API stamps keys of this management key with its creator.
func (c *Client) markOwn(ctx context.Context, k *Key) (err error) {
	if k.CreatorID == "" || c.Ours != nil && !c.Ours(k.Name) {
		return nil
	}
	if _, k.OwnCreator = c.stamps.Load(k.CreatorID); k.OwnCreator {
		return nil
	}
	if _, k.OwnCreator = c.lost.Load(k.Name); k.OwnCreator { // nobody else has seen the nonce in it
		c.Stamped(k.CreatorID)
		return nil
	}
	own, err := c.self(ctx)
	k.OwnCreator = own.CreatorID == k.CreatorID
	k.CreatorUnsure = (err != nil || own.CreatorID == "") && !c.unstamped.Load()
	return err
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func positive(n apiclient.Number) bool {
	v, ok := n.Float()
	return ok && v > 0
}

// credential is what a key says of itself.
type credential struct {
	CreatorID string
	Inference bool // the server says that it can manage nothing
}

// CheckManages is an error where the server says that the credential is an inference key. It is asked once, for a
// short time; what it does not say is no error.
func (c *Client) CheckManages(ctx context.Context) error {
	c.looked.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		own, err := c.self(ctx)
		c.inference = err == nil && own.Inference
	})
	if !c.inference {
		return nil
	}
	return errors.New("the server says that openrouter.management_key, or OPENROUTER_MANAGEMENT_KEY, is an inference key, which cannot manage anything. Create a management key in the settings of the organization under management keys, and give that")
}

const (
	opReadSelf = "read the management key"
	// selfPause is how long the management key is not asked for again after trouble: looks for a lost create are
	// seconds apart.
	selfPause = 30 * time.Second
	// selfPatience is how long it is waited for, so that trouble with it leaves time to settle a lost create.
	selfPatience = time.Minute
)

// own is what the management key says of itself, once asked.
type own struct {
	turn *semaphore.Weighted // one asks, and who waits for that can be stopped
	credential
	known bool
	err   error     // of the last time that it was asked
	again time.Time // it is not asked before that, after trouble
}

// self asks the management key what it is and whom its keys are stamped with. A refusal is kept: a gateway may not let
// the question through.
func (c *Client) self(ctx context.Context) (credential, error) {
	if err := c.own.turn.Acquire(ctx, 1); err != nil {
		return credential{}, &apierr.Error{Operation: opReadSelf, Outcome: apierr.NotSent, Cause: err}
	}
	defer c.own.turn.Release(1)
	if c.own.known || c.Now().Before(c.own.again) {
		return c.own.credential, c.own.err
	}
	patient, cancel := context.WithTimeout(ctx, selfPatience)
	defer cancel()
	answer, err := send(patient, c, apiclient.Request{
		Operation: apiclient.Operation{Name: opReadSelf, Kind: apiclient.Read}, Method: http.MethodGet, Path: "/key",
	}, apiclient.Anything[struct {
		Creator      *string `json:"creator_user_id"`
		Management   *bool   `json:"is_management_key"`
		Provisioning *bool   `json:"is_provisioning_key"` // its former name
	}])
	switch status := apierr.Status(err); {
	case err == nil:
		c.own.known, c.own.CreatorID = true, textOf(answer.Creator)
		yes, no := false, false
		for _, says := range []*bool{answer.Management, answer.Provisioning} {
			yes, no = yes || says != nil && *says, no || says != nil && !*says
		}
		c.own.Inference = no && !yes
	case ctx.Err() != nil:
		return credential{}, err // which says nothing of the server
	case apierr.IsNotFound(err): // by whomever: the server cannot say
		c.own.known, err = true, nil
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError && status != http.StatusTooManyRequests:
		c.own.known = true
	default:
		c.own.again = c.Now().Add(selfPause)
	}
	c.own.err = err
	return c.own.credential, err
}

// Stamped notes whom the API named as creator of a key that was minted here: the management key need not
// name the same. "" notes that it names nobody, so that a key with a creator is somebody else's.
func (c *Client) Stamped(creatorID string) {
	if creatorID == "" {
		c.unstamped.Store(true)
		return
	}
	c.stamps.Store(creatorID, true)
}

// Stamps reports whether the API names the creator of this key on keys of ours.
func (c *Client) Stamps(k Key) bool {
	_, noted := c.stamps.Load(k.CreatorID)
	return k.OwnCreator || noted
}

// MintKey creates a key in a workspace, "" for the default one, once. fields are what it
// gets beside name and lifetime. An [apierr.Unknown] outcome is the caller's to settle.
func (c *Client) MintKey(ctx context.Context, workspaceID, name string, lifetime time.Duration, fields map[string]any) (MintedKey, error) {
	defer c.keys.Drop(workspaceID)
	request := apiclient.Request{
		Method: http.MethodPost, Path: "/keys",
		Operation: apiclient.Operation{Name: opCreateKey, Kind: apiclient.Create, Body: func(now time.Time) (any, error) {
			body := map[string]any{"name": name}
			maps.Copy(body, fields)
			if workspaceID != "" {
				body["workspace_id"] = workspaceID
			}
			if lifetime > 0 { // rounded up: the API takes whole seconds
				body["expires_at"] = now.Add(lifetime + time.Second - 1).UTC().Truncate(time.Second).Format(time.RFC3339)
			}
			return body, nil
		}},
	}
	// A 404 is about the workspace, which may be new: nothing was created.
	answer, err := apiclient.WhileYoung(ctx, c.http, c.bornAt(workspaceID), func() (*wireMinted, error) {
		return apiclient.JSON(ctx, c.http, request, func(answer *wireMinted) error {
			if answer.Data == nil || answer.Data.Hash == "" {
				return errNoHash
			}
			if answer.Secret == "" {
				answer.Secret = answer.Data.Secret
			}
			return apiclient.CheckSecret(answer.Secret, answer.Data.Hash)
		})
	})
	if apierr.IsUnknown(err) {
		c.lost.Store(name, true)
	}
	if err != nil {
		return MintedKey{}, err
	}
	// What is wrong with the rest of the answer does not make the secret a wrong one.
	key, _ := c.keyOf(answer.Data)
	minted := MintedKey{Key: *key, Secret: secret.New(answer.Secret)}
	if minted.WorkspaceID == "" {
		if read, err := c.Key(ctx, "", minted.Hash, c.Now()); err == nil {
			minted.Key = read // what the answer has left out
		}
	}
	c.Stamped(minted.CreatorID)
	_ = c.markOwn(ctx, &minted.Key) // asks nobody: the creator was just stamped
	c.http.Created(minted.CreatedAt)
	if minted.CreatedAt.IsZero() {
		minted.CreatedAt = c.Now().Truncate(time.Second)
	}
	c.minted.Store(minted.Hash, minted.CreatedAt)
	c.keys.Drop(minted.WorkspaceID)
	return minted, nil
}

// Key reads one key by a request of its own; [apierr.Gone] on two 404s where its workspace is confirmed,
// or where none is known. created may be zero.
func (c *Client) Key(ctx context.Context, workspaceID, hash string, created time.Time) (Key, error) {
	k, err := apiclient.Confirmed(ctx, c.http, created, func() (*Key, error) {
		return c.about(ctx, hash, apiclient.Request{
			Operation: apiclient.Operation{Name: "read API key", Kind: apiclient.Read}, Method: http.MethodGet, Path: apiclient.Path("keys", hash),
		})
	})
	if !apierr.IsNotFound(err) {
		return apiclient.ValueOf(k, err)
	}
	gone := &apierr.Gone{What: "API key " + hash, Why: "it was deleted outside Terraform, or it expired"}
	if workspaceID == "" {
		gone.Why, gone.Never = "the organization of the management key has no API key of this hash", true
		return Key{}, gone
	}
	if _, err := c.Workspace(ctx, workspaceID, time.Time{}); err != nil {
		return Key{}, err
	}
	return Key{}, gone
}

// UpdateKey changes what fields name; nil clears. [apierr.Gone] as for [Client.Key].
func (c *Client) UpdateKey(ctx context.Context, workspaceID, hash string, fields map[string]any) (Key, error) {
	defer c.keys.Drop(workspaceID)
	k, err := apiclient.Changed("API key "+hash, whileYoung(ctx, c, hash, func() (*Key, error) {
		return c.about(ctx, hash, apiclient.Request{
			Operation: apiclient.Operation{Name: "update API key", Kind: apiclient.Update, Body: apiclient.SameBody(fields)},
			Method:    http.MethodPatch, Path: apiclient.Path("keys", hash),
		})
	}, func(*Key) bool { return false }), func() (*Key, error) {
		k, err := c.Key(ctx, workspaceID, hash, c.bornAt(hash))
		return &k, err
	})
	if err == nil {
		c.keys.Change("", hash, func(*Key) *Key { return k })
	}
	return apiclient.ValueOf(k, err)
}

// bornAt is when this run created a key or a workspace; zero for any other.
func (c *Client) bornAt(id string) time.Time {
	at, _ := c.minted.Load(id)
	created, _ := at.(time.Time)
	return created
}

// about is a request about one key and its answer.
func (c *Client) about(ctx context.Context, hash string, r apiclient.Request) (k *Key, err error) {
	_, err = send(ctx, c, r, func(w *wireKey) error {
		if err := apiclient.SameID(hash, w.Hash); err != nil {
			return err
		}
		k, err = c.keyOf(w)
		return err
	})
	if err == nil {
		if asked := c.markOwn(ctx, k); ctx.Err() != nil {
			return k, asked
		}
	}
	return k, err
}

// RevokeKey deletes a key; one that is known to be gone already is success. created may be zero.
func (c *Client) RevokeKey(ctx context.Context, workspaceID, hash string, created time.Time) (err error) {
	ctx = apiclient.Patient(ctx)
	if created.IsZero() {
		created = c.bornAt(hash)
	}
	defer func() {
		if err == nil {
			c.keys.Remove(workspaceID, hash)
			c.keys.Remove("", hash) // the list of the default workspace, which has an id as well
		} else {
			c.keys.Drop(workspaceID)
		}
	}()
	_, err = apiclient.WhileYoung(ctx, c.http, created, func() (*deleted, error) {
		return apiclient.JSON(ctx, c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: "revoke API key", Kind: apiclient.Update, Ack: true}, Method: http.MethodDelete, Path: apiclient.Path("keys", hash),
		}, apiclient.Anything[deleted])
	})
	return apiclient.Deleted(ctx, c.http, "API key "+hash, err, func(ctx context.Context) (bool, error) {
		_, err := c.Key(ctx, workspaceID, hash, created)
		if _, gone := apierr.AsGone(err); gone {
			return true, nil
		}
		return false, err
	})
}
