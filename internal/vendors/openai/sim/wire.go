// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"strconv"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// The JSON of the API, written down apart from any client so that a mistake in
// one is not repeated by the other.

type wireError struct {
	Error wireErrorBody `json:"error"`
}

type wireErrorBody struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    any     `json:"code"` // string or null; a number only by fault
}

type wireList struct {
	Object  string  `json:"object"`
	Data    []any   `json:"data"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
	HasMore bool    `json:"has_more"`
}

// wirePage is a page of a list. Without objects its ids are null.
func wirePage(p simkit.Page) wireList {
	out := wireList{Object: "list", Data: p.Rows, HasMore: p.More}
	if len(p.Rows) > 0 {
		out.FirstID, out.LastID = &p.First, &p.Last
	}
	return out
}

type wireDeleted struct {
	Object  string `json:"object"`
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
}

type wireProject struct {
	ID            string  `json:"id"`
	Object        string  `json:"object"`
	Name          string  `json:"name"`
	CreatedAt     int64   `json:"created_at"`
	ArchivedAt    *int64  `json:"archived_at"`
	Status        string  `json:"status"`
	ExternalKeyID *string `json:"external_key_id"`
	Residency     string  `json:"residency,omitempty"`
	Geography     string  `json:"geography,omitempty"` // the older field, by policy
}

type wireAccount struct {
	Object    string `json:"object"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	CreatedAt int64  `json:"created_at"`
}

type wireNewAccount struct {
	wireAccount
	APIKey *wireNewKey `json:"api_key"`
}

type wireNewKey struct {
	Object    string `json:"object"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"created_at"`
	Value     string `json:"value"`
	wireExpiry
}

// wireExpiry is expires_at as the newer contract has it (a number or null) or,
// left empty by an older organization, not at all.
type wireExpiry struct {
	ExpiresAt *nullableTime `json:"expires_at,omitempty"`
}

type wireKey struct {
	Object             string       `json:"object"`
	ID                 string       `json:"id"`
	Name               string       `json:"name"`
	RedactedValue      string       `json:"redacted_value"`
	CreatedAt          int64        `json:"created_at"`
	LastUsedAt         nullableTime `json:"last_used_at"`
	OwnerProjectAccess string       `json:"owner_project_access"`
	Owner              wireOwner    `json:"owner"`
	wireExpiry
}

type wireOwner struct {
	Type           string            `json:"type"`
	User           *wireUserOwner    `json:"user,omitempty"`
	ServiceAccount *wireAccountOwner `json:"service_account,omitempty"`
}

type wireUserOwner struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"created_at"`
	Role      string `json:"role"`
}

type wireAccountOwner struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"created_at"`
	Role      string `json:"role"`
}

type wireAdminKey struct {
	Object        string         `json:"object"`
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	RedactedValue string         `json:"redacted_value"`
	CreatedAt     int64          `json:"created_at"`
	ExpiresAt     nullableTime   `json:"expires_at"`
	LastUsedAt    nullableTime   `json:"last_used_at"`
	Owner         wireAdminOwner `json:"owner"`
}

type wireAdminOwner struct {
	Type      string `json:"type"`
	Object    string `json:"object"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"created_at"`
	Role      string `json:"role"`
}

type wireNewAdminKey struct {
	wireAdminKey
	Value string `json:"value"`
}

// nullableTime is a moment in Unix seconds; the zero moment is null.
type nullableTime time.Time

func (t nullableTime) MarshalJSON() ([]byte, error) {
	moment := time.Time(t)
	if moment.IsZero() {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, moment.Unix(), 10), nil
}
