// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// markOwn notes at a key that may be ours whether the API stamps keys of this management key with its creator.
func (c *Client) markOwn(ctx context.Context, k *Key) (err error) {
	nonce := c.nonceOf(k.Name)
	if k.CreatorID == "" || nonce == "" {
		return nil
	}
	if _, lost := c.lost.Load(nonce); lost { // nobody else has seen it
		c.Stamped(k.CreatorID)
	}
	if c.Stamps(*k) {
		return nil
	}
	own, err := c.self(ctx)
	k.OwnCreator, k.Unread, k.Unnamed = own.CreatorID == k.CreatorID, err != nil, own.CreatorID == ""
	return err
}

func (c *Client) nonceOf(name string) string {
	if c.Nonce == nil {
		return name
	}
	return c.Nonce(name)
}

// Stamped notes whom the API named as creator of a key that was minted here: the management key need not
// name the same.
func (c *Client) Stamped(creatorID string) {
	if _, noted := c.stamps.LoadOrStore(creatorID, true); !noted {
		c.known.Add(1)
	}
}

// Ours notes a key in state that was minted here, by its hash: a list may show that it has no creator.
func (c *Client) Ours(hash string) { c.ours.Store(hash, true) }

// Learn takes from a list what it shows of keys in state.
func (c *Client) Learn(list *List[*Key]) {
	c.ours.Range(func(hash, _ any) bool {
		if k := list.ByID[fmt.Sprint(hash)]; k != nil {
			c.ours.Delete(hash) // it does not change
			c.noted(*k)
		}
		return true
	})
}

// noted notes whom the API named as creator of a key that was minted here. Where it named nobody, and the management key
// names nobody either, a key with a creator is somebody else's. Where it did not say, nothing is known.
func (c *Client) noted(k Key) {
	switch {
	case k.CreatorID != "":
		c.Stamped(k.CreatorID)
	case k.NoCreator && c.unstamped.CompareAndSwap(false, true):
		c.known.Add(1)
	}
}

// IsAnothers reports whether a key has another user as creator than the management key names.
func (c *Client) IsAnothers(ctx context.Context, k Key) bool {
	if k.CreatorID == "" || c.Stamps(k) {
		return false
	}
	own, err := c.self(ctx)
	return err == nil && own.CreatorID != "" && own.CreatorID != k.CreatorID
}

// Known rises with what is known of creators: see [Client.Stamps] and [Client.MayStamp].
func (c *Client) Known() int64 { return c.known.Load() }

// Stamps reports whether the API names the creator of this key on keys of ours.
func (c *Client) Stamps(k Key) bool {
	_, noted := c.stamps.Load(k.CreatorID)
	return k.OwnCreator || noted
}

// MayStamp reports whether the API may do so all the same: it did not say whom the management key belongs to.
func (c *Client) MayStamp(k Key) bool { return k.Unread || k.Unnamed && !c.unstamped.Load() }

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

// self asks the management key what it is and whom its keys are stamped with. A refusal is kept: a gateway may not let
// the question through.
func (c *Client) self(ctx context.Context) (credential, error) {
	return c.own.Get(ctx, c.Now, func(ctx context.Context) (own credential, known bool, err error) {
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
			yes, no := false, false
			for _, says := range []*bool{answer.Management, answer.Provisioning} {
				yes, no = yes || says != nil && *says, no || says != nil && !*says
			}
			return credential{CreatorID: textOf(answer.Creator), Inference: no && !yes}, true, nil
		case apierr.IsNotFound(err): // by whomever: the server cannot say
			return own, true, nil
		default:
			return own, status >= http.StatusBadRequest && status < http.StatusInternalServerError && status != http.StatusTooManyRequests, err
		}
	})
}
