// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// KeyKinds says which new keys an organization permits.
type KeyKinds string

// The settings of the key governance page in the dashboard.
const (
	KeyKindsAll             KeyKinds = ""
	KeyKindsServiceAccounts KeyKinds = "service_accounts" // only keys of service accounts
	KeyKindsUsers           KeyKinds = "users"            // only keys of users
	KeyKindsNone            KeyKinds = "none"             // no new keys
)

// NameRule is what a server does to names.
type NameRule string

// The name rules.
const (
	NamesKept       NameRule = ""
	NamesTrimmed    NameRule = "trimmed"    // without white space at both ends
	NamesLower      NameRule = "lower"      // in lower case
	NamesCut        NameRule = "cut"        // at 64 characters
	NamesDecomposed NameRule = "decomposed" // in Unicode's form NFD
)

func (n NameRule) apply(name string) string {
	switch n {
	case NamesTrimmed:
		return strings.TrimSpace(name)
	case NamesLower:
		return strings.ToLower(name)
	case NamesCut:
		characters := []rune(name)
		return string(characters[:min(64, len(characters))])
	case NamesDecomposed:
		return norm.NFD.String(name)
	}
	return name
}

// Policy is the set of switches that make the simulated organization stricter,
// older or odder. The zero value is a current organization without guard rails.
type Policy struct {
	// MaxKeyLifetime makes expires_in_seconds mandatory on every new key of a
	// service account and bounds it there and on key updates (whole seconds,
	// 0 = no limit). A violation answers 400. Admin keys are not affected.
	MaxKeyLifetime time.Duration
	// ProjectMaxKeyLifetime holds project limits by project id; the shorter of
	// the two limits counts.
	ProjectMaxKeyLifetime map[string]time.Duration
	// AllowedKeyKinds refuses new keys with 400. Existing keys stay.
	AllowedKeyKinds KeyKinds
	// ProjectAllowedKeyKinds restricts projects further, by project id; it never
	// loosens AllowedKeyKinds.
	ProjectAllowedKeyKinds map[string]KeyKinds
	// OneKeyPerAccount answers 409 to a key for an account that has a live one.
	OneKeyPerAccount bool
	// NoKeyUpdate is the status (404 or 405) that an organization without the
	// key update endpoint answers; 0 = the endpoint works.
	NoKeyUpdate int
	// KeyUpdateIgnored makes a key update answer 200 and change nothing.
	KeyUpdateIgnored bool
	// NoServiceAccountKeyDelete answers 400 to deleting a service account's key,
	// as the older contract did.
	NoServiceAccountKeyDelete bool
	// ExpiryIgnored makes new keys of service accounts ignore
	// expires_in_seconds, and leaves expires_at out of every project key answer.
	ExpiryIgnored bool
	// Created201 makes every create answer 201 instead of 200.
	Created201 bool
	// WrongKey403 answers 403 instead of 401 to a project key on an
	// administration endpoint.
	WrongKey403 bool
	// LenientFields ignores unknown request fields and query parameters, which
	// otherwise answer 400.
	LenientFields bool
	// ProjectGetHidesArchived answers 404 to a GET of an archived project.
	ProjectGetHidesArchived bool
	// ExpiredKeysUnlisted leaves expired project keys out of lists; a GET still
	// finds them.
	ExpiredKeysUnlisted bool
	// ExpiredKeysGone leaves expired project keys out of lists and answers 404
	// to everything that names one.
	ExpiredKeysGone bool
	// OwnerAccessRefused answers 400 to the list parameter owner_project_access,
	// as an older organization would.
	OwnerAccessRefused bool
	// OwnerAccessRefusedUnnamed is OwnerAccessRefused without a word about which
	// parameter is meant.
	OwnerAccessRefusedUnnamed bool
	// OwnerAccessIgnored takes owner_project_access and answers as without it.
	OwnerAccessIgnored bool
	// StoredNames changes the names of new and renamed objects before they are
	// stored.
	StoredNames NameRule
	// Geography answers projects with the older field geography ("EU") in place
	// of residency.
	Geography bool
	// ResidencyIgnored takes residency and stores none.
	ResidencyIgnored bool
	// RoleUpdateIgnored makes an account update answer 200 and leave the role.
	RoleUpdateIgnored bool
	// ExpiryUpdateRefused answers 400 to a key update with expires_in_seconds;
	// scopes alone can be changed.
	ExpiryUpdateRefused bool
	// DefaultProjectClosed answers 400 to a new service account in the default
	// project. Sources disagree; see the package documentation.
	DefaultProjectClosed bool
	// LongRoleIDs shows the ids of predefined roles in the long form, with the place behind.
	// Requests may name either form.
	LongRoleIDs bool
	// LimitAboveAlerts answers 400 to a spend limit below a spend alert, as alerts above
	// the limit always are.
	LimitAboveAlerts bool
}

// maxLifetime is the limit in force for a project, 0 = none.
func (p *Policy) maxLifetime(projectID string) time.Duration {
	limit := p.MaxKeyLifetime
	if own := p.ProjectMaxKeyLifetime[projectID]; own > 0 && (limit == 0 || own < limit) {
		limit = own
	}
	return limit
}

// checkLifetime holds seconds (0 = none asked) against the limit of a project.
func (p *Policy) checkLifetime(projectID string, seconds int64) *simkit.Problem {
	limit := int64(p.maxLifetime(projectID) / time.Second)
	switch {
	case limit == 0:
		return nil
	case seconds == 0:
		return simkit.BadRequest("expires_in_seconds",
			"API keys must expire: set expires_in_seconds to at most %d, the maximum lifetime allowed here", limit)
	case seconds > limit:
		return simkit.BadRequest("expires_in_seconds",
			"expires_in_seconds is %d, but API keys may live for at most %d seconds here", seconds, limit)
	}
	return nil
}

func (p *Policy) checkAccountKeys(projectID string) *simkit.Problem {
	for whose, kinds := range map[string]KeyKinds{"organization": p.AllowedKeyKinds, "project": p.ProjectAllowedKeyKinds[projectID]} {
		switch kinds {
		case KeyKindsUsers, KeyKindsNone:
			return simkit.BadRequest("", "The %s does not allow new API keys of service accounts", whose)
		}
	}
	return nil
}
