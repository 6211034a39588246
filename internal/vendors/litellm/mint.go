// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
)

// Choose makes a secret of 256 random bits.
func (k *keys) Choose() (chosen secret.Text, id string) {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	chosen = secret.New("sk-" + base64.RawURLEncoding.EncodeToString(random))
	return chosen, chosen.Fingerprint()
}

// isAnother reports whether the answer to a create is about a key that the request did not create. A
// secret that was not chosen here is ours with the mark of the request; where the proxy chooses, a key
// without any mark is ours by its alias, which no two keys have.
func (k *keys) isAnother(ctx context.Context, request keyseries.Request, answered api.Key) bool {
	chosen := !request.Secret.Empty()
	if chosen && answered.Hash == request.Secret.Fingerprint() {
		return false
	}
	if _, shown := answered.Fields["metadata"]; chosen && !shown {
		read, err := k.client.Key(ctx, k.team, answered.Hash, k.Now())
		if err != nil {
			return true
		}
		answered = read
	}
	mark := markerOf(answered).mark()
	if mark == request.Mark {
		return false
	}
	return chosen || mark != keyseries.Mark{} || answered.Alias != "" && !api.SameAlias(request.Name, answered.Alias)
}

// anotherKey is the unknown outcome of a create that was answered with another key.
func anotherKey(answered api.Key) error {
	return &apierr.Error{
		Operation: "create key", Outcome: apierr.Unknown,
		Message: fmt.Sprintf("the proxy answered with another key (%s, %q), which is left alone", answered.Hash, answered.Alias),
		Hint:    "Something between this machine and the proxy may mix up answers, such as a caching gateway. Check litellm.base_url.",
	}
}

// followed are settings of a key that are no arguments, and without which the next key could do or spend more than the
// one that it follows, or would do it under other names.
var followed = []string{
	"access_group_ids", "agent_id", "aliases", "allowed_cache_controls", "budget_fallbacks", "budget_id", "budget_limits",
	"model_max_budget", "object_permission", "organization_id", "permissions", "project_id", "tpd_limit",
}

// follow gives a new key the settings of the key that it follows.
func (k *keys) follow(fields map[string]any) {
	for _, name := range followed {
		raw := k.yielded.Fields[name]
		switch name {
		case "organization_id": // which the team of a key has; lists, and some versions, have it as org_id
			if k.team != "" {
				continue
			}
			if isEmpty(raw) {
				raw = k.yielded.Fields["org_id"]
			}
		case "budget_id": // a soft_budget makes one of its own
			if !k.want.SoftBudget.IsNull() || alertsOnly(k.yielded) {
				continue
			}
		case "object_permission":
			raw = withoutNulls(raw)
		}
		if !isEmpty(raw) {
			fields[name] = raw
		}
	}
}

// isEmpty reports whether a field sets nothing.
func isEmpty(raw json.RawMessage) bool {
	return slices.Contains([]string{"", "null", "{}", "[]", `""`}, string(raw))
}

// alertsOnly reports whether a key's budget has nothing but a soft budget: the proxy made it for this very key.
func alertsOnly(k api.Key) bool {
	var budget map[string]json.RawMessage
	_ = json.Unmarshal(k.Fields["litellm_budget_table"], &budget)
	return !isEmpty(budget["soft_budget"]) && !slices.ContainsFunc([]string{
		"max_budget", "max_parallel_requests", "tpm_limit", "rpm_limit", "model_max_budget", "allowed_models",
	}, func(limit string) bool { return !isEmpty(budget[limit]) })
}

// withoutNulls is the object without what it does not set, and without its own id.
func withoutNulls(raw json.RawMessage) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return nil
	}
	maps.DeleteFunc(object, func(name string, value json.RawMessage) bool {
		return name == "object_permission_id" || string(value) == "null"
	})
	if raw, err := json.Marshal(object); err == nil && len(object) > 0 {
		return raw
	}
	return nil
}

// refusals are how often a proxy must refuse chosen secrets until a run takes it for a rule.
const refusals = 2

func (k *keys) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	mark := marker{Series: request.Mark.Series, Nonce: request.Mark.Nonce, Entries: markerOf(k.yielded).Entries}
	fields := map[string]any{"key_alias": request.Name, "metadata": metadataOf(k.want.Metadata, k.yielded.Metadata, mark)}
	for _, name := range settings {
		if value, configured := k.field(name); configured {
			fields[name] = value
		}
	}
	k.follow(fields)
	if k.want.Disabled.ValueBool() {
		fields["blocked"] = true
	}
	if !request.Secret.Empty() && k.client.Refusals.Load() >= refusals {
		return keyseries.Minted{}, keyseries.ErrNotChosen
	}
	mint := func() (api.MintedKey, error) {
		return k.client.MintKey(ctx, k.team, request.Secret, request.Lifetime, fields)
	}
	minted, err := mint()
	if taken := api.IsAliasTaken(err); taken || apierr.IsNotFound(err) { // the latter may be a gateway's
		late, there, lookErr := k.late(ctx, request)
		switch {
		case lookErr != nil:
			return keyseries.Minted{}, unknown(err, lookErr)
		case there:
			minted, err = late, nil
		case taken:
			if err = k.free(ctx, request, err); err == nil {
				minted, err = mint()
			}
		default:
			var none bool
			if err, none = k.client.CreateNotFound(ctx, k.team, err); !none && request.Secret.Empty() { // it is found by its mark
				err = apierr.With(err, func(e *apierr.Error) { e.Outcome = apierr.Unknown })
			}
		}
	}
	if !request.Secret.Empty() && api.IsNotChosen(err) {
		k.client.Refusals.Add(1)
		return keyseries.Minted{}, fmt.Errorf("%w (%w)", keyseries.ErrNotChosen, err)
	}
	if err != nil {
		return keyseries.Minted{}, err
	}
	if k.isAnother(ctx, request, minted.Key) {
		return keyseries.Minted{}, anotherKey(minted.Key)
	}
	if !request.Secret.Empty() && minted.Hash != request.Secret.Fingerprint() {
		// The proxy has chosen another one. Its key is of no use to anybody.
		if err := k.Revoke(context.WithoutCancel(ctx), minted.Hash, minted.CreatedAt); err != nil {
			return keyseries.Minted{}, fmt.Errorf("the proxy ignored the chosen secret, and key %s, which it created, could not be deleted: %w. To delete it: %s", minted.Hash, err, k.RevokeCommand(minted.Hash))
		}
		return keyseries.Minted{}, keyseries.ErrNotChosen
	}
	return keyseries.Minted{
		ID: minted.Hash, Name: minted.Alias, CreatedAt: minted.CreatedAt, ExpiresAt: minted.ExpiresAt, Secret: minted.Secret, Own: own{minted.Key},
	}, nil
}

// late finds the key of a chosen secret that a request created whose answer is an error, or one before it: a repeated
// create meets its own alias before its own secret.
func (k *keys) late(ctx context.Context, request keyseries.Request) (minted api.MintedKey, there bool, err error) {
	if request.Secret.Empty() {
		return minted, false, nil
	}
	found, err := k.client.Key(ctx, k.team, request.Secret.Fingerprint(), time.Time{})
	if apierr.IsGone(err) {
		return minted, false, nil
	}
	return api.MintedKey{Key: found, Secret: request.Secret}, err == nil, err
}

// unknown makes a refusal one that may have been preceded by a success.
func unknown(refusal, look error) error {
	return &apierr.Error{
		Operation: "create key", Outcome: apierr.Unknown, Cause: look,
		Message: fmt.Sprintf("%v. It is not known whether an earlier request created the key: %v", refusal, look),
	}
}

// free takes the alias of a new key away from a key of the same series that another run
// left with it, and deletes what this very attempt left, whose secret nobody has. Any
// other key keeps it.
func (k *keys) free(ctx context.Context, request keyseries.Request, taken error) error {
	holders, err := k.client.ByAlias(ctx, "", request.Name)
	if err != nil {
		return fmt.Errorf("%w. It is not known which key has the alias: %w", taken, err)
	}
	for _, holder := range holders {
		seen := seriesKey(holder)
		if seen.Mark == request.Mark { // whoever it is stamped with: nobody else has seen the nonce
			if err := k.Revoke(ctx, holder.Hash, holder.CreatedAt); err != nil {
				return fmt.Errorf("%w. Key %s, which an earlier attempt left behind, could not be deleted: %w", taken, holder.Hash, err)
			}
			continue
		}
		if holder.UserID != "" && holder.UserID == k.yielded.UserID && seen.OwnerID == "" {
			seen.OwnerID = k.Owner() // the proxy has stamped both
		}
		if ours := seen.Mark.Series == request.Mark.Series; !ours || seen.OwnerID != k.Owner() || seen.Person != "" {
			err := fmt.Errorf("%w. It is key %s. Choose another name; or, if this apply replaces that key, replace it without create_before_destroy, because no two keys have the same alias; or, if an earlier run of this configuration created that key, import it (terraform import ADDRESS %s); or, if it is not needed, delete it: %s", taken, holder.Hash, holder.Hash, k.RevokeCommand(holder.Hash))
			if ours { // an attempt of this series is settled by its nonce
				err = fmt.Errorf("%w: %w", keyseries.ErrTaken, err)
			}
			return err
		}
		if _, err := k.rename(ctx, holder.Hash, request.Name+"-"+holder.Hash[:8]); err != nil {
			return fmt.Errorf("%w. Key %s of this series has the alias, and could not be renamed: %w", taken, holder.Hash, err)
		}
	}
	if len(holders) == 0 {
		return fmt.Errorf("%w, and no list shows it: %w", keyseries.ErrTaken, taken)
	}
	return nil
}
