// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

type wireKey struct {
	ID          string           `json:"key_id"`
	Name        string           `json:"name"`
	Hint        string           `json:"hint"`
	AccountID   string           `json:"service_account_user_id"`
	CreatedAt   apiclient.Number `json:"created_at_unix"`
	Disabled    bool             `json:"is_disabled"`
	Reason      *string          `json:"disable_reason"`
	Permissions permissions      `json:"permissions"`
	Limit       apiclient.Number `json:"character_limit"`
	Count       apiclient.Number `json:"character_count"`
	AllowedIPs  []string         `json:"allowed_ips"`
}

type wireMinted struct {
	ID     string `json:"key_id"`
	Secret string `json:"xi-api-key"`
}

// deleted is the answer to a delete, whose form is not documented.
type deleted struct {
	Done json.RawMessage `json:"deleted"`
	ID   json.RawMessage `json:"key_id"`
}

// of says that the answer does not say that the key is left, or that another one is deleted.
func (d *deleted) of(id string) bool {
	return string(d.Done) != "false" && (d.ID == nil || string(d.ID) == strconv.Quote(id))
}

// permissions are a list, or the word for all of them, which is null as well.
type permissions []string

func (p *permissions) UnmarshalJSON(data []byte) error {
	var word string
	if json.Unmarshal(data, &word) == nil {
		return nil
	}
	return json.Unmarshal(data, (*[]string)(p))
}

// keysOf reads the rows of a list of one account.
func (c *Client) keysOf(rows []json.RawMessage, accountID string) []Key {
	keys := make([]Key, 0, len(rows))
	for _, raw := range rows {
		keys = append(keys, c.keyOf(raw, accountID))
	}
	return keys
}

// keyOf reads a key. Of one that cannot be read it gives what says which key it is, as far as that goes.
func (c *Client) keyOf(raw json.RawMessage, accountID string) Key {
	var w wireKey
	if json.Unmarshal(raw, &w) != nil {
		var which struct {
			ID   string `json:"key_id"`
			Name string `json:"name"`
		}
		_ = json.Unmarshal(raw, &which)
		return Key{ID: which.ID, Name: which.Name, AccountID: accountID, wrong: errUnread}
	}
	k := Key{
		ID: w.ID, Name: w.Name, AccountID: w.AccountID, Disabled: w.Disabled, Permissions: w.Permissions, AllowedIPs: w.AllowedIPs,
		Redacted: apiclient.Redacted(w.Hint),
	}
	if k.AccountID == "" {
		k.AccountID = accountID
	}
	if k.Redacted != "" && !strings.ContainsAny(k.Redacted, ".*•…") {
		k.Redacted = "..." + k.Redacted
	}
	if w.Disabled && w.Reason != nil {
		k.Reason = *w.Reason
	}
	if limit, ok := w.Limit.Float(); ok {
		whole := int64(limit)
		k.Limit = &whole
	}
	count, ok := w.Count.Float()
	k.Used = ok && count > 0
	k.CreatedAt, k.wrong = c.moment(w.CreatedAt)
	return k
}
