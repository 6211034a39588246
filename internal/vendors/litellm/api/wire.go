// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// wireKey are the fields of a key that are read here, and all of them. A bare hash has none.
type wireKey struct {
	Token, TokenID, Secret                       string // Secret is of a create; elsewhere what was asked for
	Alias, Name, TeamID, UserID, Status, Deleted string
	Created, Expires, Active                     string
	Metadata                                     map[string]json.RawMessage

	all map[string]json.RawMessage
}

// UnmarshalJSON decodes each field by itself, so that one of an unexpected type spoils
// neither the list it is in nor the secret beside it.
func (w *wireKey) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &w.Token) == nil {
		return nil
	}
	if err := json.Unmarshal(data, &w.all); err != nil {
		return err
	}
	for name, into := range map[string]*string{
		"token": &w.Token, "token_id": &w.TokenID, "key": &w.Secret, "key_alias": &w.Alias, "key_name": &w.Name, "team_id": &w.TeamID,
		"user_id": &w.UserID, "status": &w.Status, "deleted_at": &w.Deleted, "created_at": &w.Created, "expires": &w.Expires, "last_active": &w.Active,
	} {
		if raw := w.all[name]; json.Unmarshal(raw, into) != nil {
			*into = string(raw) // something is there, whatever it is
		}
	}
	if raw := w.all["metadata"]; json.Unmarshal(raw, &w.Metadata) != nil {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			_ = json.Unmarshal([]byte(text), &w.Metadata)
		}
	}
	return nil
}

// Field reads a field of a key that may be null, also from a text: proxies write numbers so
// as well. ok is false for what was not shown, or is of another type.
func Field[T any](raw json.RawMessage) (value *T, ok bool) {
	if json.Unmarshal(raw, &value) == nil {
		return value, true
	}
	var text string
	if json.Unmarshal(raw, &text) == nil && json.Unmarshal([]byte(text), &value) == nil {
		return value, value != nil
	}
	return nil, false
}

// orZero is [Field] where null and what cannot be read are zero.
func orZero[T any](raw json.RawMessage) (value T) {
	if read, ok := Field[T](raw); ok && read != nil {
		value = *read
	}
	return value
}

// moment reads a time of an answer, which is UTC where it has no zone.
func (c *Client) moment(name, text string) (time.Time, error) {
	written := strings.Replace(text, " ", "T", 1)
	if written == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", written)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05.999999999", written)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("its %s is not a time", name)
	}
	if !c.http.Plausible(at) {
		return time.Time{}, fmt.Errorf("its %s cannot be true: it is more than ten years from now", name)
	}
	return at.UTC(), nil
}
