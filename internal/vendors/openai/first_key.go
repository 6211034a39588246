// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// An older server creates an account with a first key, whether it is asked for or not.

// leaveFirstKeys notes the keys of an account whose answer was lost: one of them may be
// the first key. They are left alone, because another run may have created them.
func leaveFirstKeys(ctx context.Context, c *api.Client, account serviceAccountModel) {
	list, err := c.FreshKeys(ctx, account.ProjectID.ValueString())
	if err != nil {
		crud.Warn(ctx, account.named(), "was not checked for a first key", "Older servers create an account with a key that was not requested. It is not known whether this account has one, because the keys of project %s could not be listed: %v", account.ProjectID.ValueString(), err)
		return
	}
	for id, key := range list.ByID {
		if key.OwnerID == account.ID.ValueString() && !expired(c, key.ExpiresAt) {
			crud.NoteStray(ctx, id)
			warnFirstKey(ctx, c, account, id, "is left alone, because an answer was lost and it is not known who created the key")
		}
	}
	if len(list.Incomplete) > 0 {
		crud.Warn(ctx, account.named(), "may have a first key that is not listed", "Older servers create an account with a key that was not requested. The list of keys may be incomplete: %s. Look for keys of this account in the dashboard.", strings.Join(list.Incomplete, "; "))
	}
}

// strayFirstKeys names the keys that the creation of an account left, as long as they work.
func strayFirstKeys(ctx context.Context, c *api.Client, account serviceAccountModel, ids []string) []string {
	projectID := account.ProjectID.ValueString()
	list, err := c.Keys(ctx, projectID)
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		var key *api.APIKey
		if err == nil {
			key = list.ByID[id]
		}
		if key == nil { // a list may leave keys out
			alone, readErr := c.Key(ctx, projectID, id, time.Time{})
			if key = &alone; apierr.IsGone(readErr) {
				return true
			} else if readErr != nil {
				warnFirstKey(ctx, c, account, id, fmt.Sprintf("may still work: it could not be read (%v)", readErr))
				return false
			}
		}
		if expired(c, key.ExpiresAt) {
			return true
		}
		warnFirstKey(ctx, c, account, id, "still works")
		return false
	})
}

// warnFirstKey names a key that came with the creation of an account.
func warnFirstKey(ctx context.Context, c *api.Client, account serviceAccountModel, id, what string) {
	crud.Warn(ctx, account.named(), "has key "+id+", which was not asked for",
		"The server gave the service account this key when the account was created. It %s. Its secret is stored nowhere. If no workload uses it, delete it in the dashboard or with: %s\n\nWhere the organization deletes no single keys, only deleting the account revokes it. Every plan names the key until it is gone.",
		what, revokeCommand(c, "/organization/projects/"+account.ProjectID.ValueString()+"/api_keys/"+id))
}

// named is how messages name the account.
func (m serviceAccountModel) named() string {
	return crud.Named("service account", m.Name.ValueString(), m.ID.ValueString())
}
