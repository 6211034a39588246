// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package sim simulates the OpenAI organization administration API in
// memory, statefully, for tests and for trying the provider without an account.
// Every key it issues is fake and says so ("sk-admin-sim-…").
//
// # What is modelled
//
// Projects, service accounts and their keys, project API keys and admin API
// keys, and the audit log of what was done to them through the API, as the public reference pages and guides described them in November
// 2026, and one inference call, GET /v1/models, that shows whether a project
// key works at this moment, or what a token was exchanged for: workload identity providers and
// their federation rules are simulated with that exchange. Users, groups, roles and who has them,
// invites, rate limits and spend alerts are records of package-wide kinds, see [Record]. Spend
// limits, permissions, retention and service tiers are settings, see [Setting]. Anything else
// answers 501. A new area
// gets a file of its own with its routes, and a name in routes.
//
// Faults, journal, clock, limits and control are those of package simkit.
//
// The package shares no type with a client. What it answers is held against the
// vendor's published OpenAPI document and the vendor's Go client by its tests.
//
// # Facts
//
//   - POST to an item is the update; deletes answer 200 with a small object;
//     any create may answer 201 (Policy.Created201).
//   - Secrets are shown by the create alone. No answer shows scopes.
//   - Objects of another organization are 404, as if they were not there.
//   - A service account made with create_service_account_only has the role
//     "none" and no key; the role can be left but not written.
//   - A key update needs scopes or expires_in_seconds, neither null; empty
//     scopes lift the restriction; the expiry counts from the request; an
//     expired key stays as it is.
//   - Without owner_project_access the key list leaves out keys whose owner is
//     no member of the project.
//   - Archiving is final, answers 400 the second time and for the default
//     project, and turns everything below the project into 400.
//   - There is no idempotency key: a repeated create makes a second object.
//   - A rate limit is there with its model and is only changed. A spend limit and a model
//     policy are 404 until they are set, and are replaced whole; so are alerts.
//   - A workload's own token (a JWT of OpenID Connect) is exchanged at /oauth/token, here below
//     the base path, without a credential. The token needs a kid and iss, aud, sub, exp and iat;
//     the issuer is compared without a trailing slash. Exactly one enabled rule for the account
//     has to match, on raw claims as JSON and on derived openai.* attributes as text; a text may
//     end in a wildcard. Access lives at most an hour and never longer than the token, and is for
//     the inference side alone. Refusals are in OAuth's form.
//   - An organization has at most 50 identity providers, each with at most 50 rules, one for an
//     account; their names are unique. A provider with rules cannot be deleted.
//
// # Unknown or disputed, and what was picked
//
//   - A GET of an archived project: answers it (Policy.ProjectGetHidesArchived).
//   - Expired keys: stay listed and readable (Policy.ExpiredKeysUnlisted,
//     ExpiredKeysGone).
//   - Several keys on one account: allowed (Policy.OneKeyPerAccount).
//   - Deleting a service account's key: allowed
//     (Policy.NoServiceAccountKeyDelete).
//   - Service accounts in the default project: allowed, as seen in practice,
//     though a help article says otherwise (Policy.DefaultProjectClosed).
//   - Refusals by a key policy: 400, no code. The maximum lifetime binds new
//     keys of service accounts and key updates that set an expiry, not admin
//     keys. It is checked against the time asked for, not the age of the key.
//   - A project key on an administration endpoint: 401 (Policy.WrongKey403).
//   - A restricted admin key reads only with api.management.read and writes
//     only with api.management.write; one does not include the other.
//   - owner_project_access: inactive for the role "none" unless a role in the
//     project was assigned to the account or to a group of it, or access was
//     given from outside.
//   - Unknown request fields and query parameters: 400 (Policy.LenientFields).
//   - The older project field "geography": taken in place of residency by the
//     create (EU = EU_STORAGE_PROCESSING), together with it 400; an update takes
//     it and changes nothing. Answers show residency (Policy.Geography).
//   - The audit log: newest first, the tracking id of a key is its id, unrestricted
//     keys have empty scopes, admin keys show with tenant_only alone.
//   - Order of other lists: oldest first. A cursor is any object of the collection,
//     even one the filter hides; a deleted one answers 404.
//   - The limit of the admin key list: 1 to 100.
//   - Scopes are opaque words, on create an empty list is unrestricted, and
//     inference does not look at them.
//   - Key owners without access, expired and unknown keys and keys of archived
//     projects: all 401 at the inference side, at once and without delay.
//   - Where no body is needed, none, null and {} are the same.
//   - An account or project update without fields: 200 and no change. A null
//     name of a project: no change; a null external_key_id removes it. External
//     keys are opaque and residencies need no entitlement.
//   - Changing an archived project: 400.
//   - A spend alert above the limit: 400; equal to it, and a limit set below alerts that are
//     there: allowed (refused with Policy.LimitAboveAlerts). A rate limit that a model does not have: 400.
//   - Retention at the start: modified_abuse_monitoring, in a project organization_default; every
//     hosted tool is allowed, and no tier beside standard.
//   - Error codes: project_not_found, invalid_api_key and missing_scope as
//     documented, otherwise null. A refusal by the rate limit has no headers.
//   - Deleting the admin key in use: allowed.
//   - last_used_at: set at once, for admin keys by every admitted call.
//   - Request bodies over 1 MiB: 413.
//   - Service accounts are in the list of users, as readers.
//   - Ids of predefined roles: the short form (Policy.LongRoleIDs); requests may name
//     either.
//   - A role that a group has shows in the list of each member with the group as its
//     source; it cannot be removed there: 400.
//   - Owners of the organization cannot be changed or removed in a project: 400.
//   - Invites expire after seven days.
//   - Of the expressions that derive attributes, only the way to a claim is evaluated
//     (assertion.a.b); any other matches nothing. Keys of an issuer that is not on this machine
//     come from PublishKeys.
//   - Rules of a deleted account or an archived project: stay, and match nothing. Access ends at
//     once with its provider, its rule, its account or its project.
//   - Refusals of identity providers and rules: 400, no code.
//
// # How to see a fault found from outside
//
// Policies stay until changed; faults are rules that meet single requests. Both
// can be set over the control handler.
//
//	names trimmed, in lower case, cut at 64, in NFD    Policy.StoredNames
//	answers with geography; residency ignored          Policy.Geography, ResidencyIgnored
//	a role that no update changes                      Policy.RoleUpdateIgnored
//	an update that answers the state before            Fault FormerAnswer
//	an answer without role, with another residency     Fault Altered, Omit or Set
//	an answer about another object                     Fault Crossed (OtherID)
//	created_at 1e308 or in milliseconds                Fault Altered (Set), Milliseconds
//	no Date, a garbled or a wrong one                  Policy.Date; simkit.Clock.Set
//	one 404 for an object that is there, or for a time Fault NotFoundBefore, Times or For
//	owner_project_access refused, unnamed, ignored     Policy.OwnerAccessRefused, …Unnamed, OwnerAccessIgnored
//	a lifetime refused, scopes taken                   Policy.ExpiryUpdateRefused, or Fault with Field "expires_in_seconds"
//	no key update; an update without effect            Policy.NoKeyUpdate, KeyUpdateIgnored
//	DELETE of an account's key answers 400             Policy.NoServiceAccountKeyDelete
//	DELETE of one key answers 403                      Fault StatusBefore with ObjectID
//	lists or reads behind by reads or by time          Fault StaleList, StaleGet, Lag or LagTime
//	an echoed credential                               Fault Echo, or {credential} in Body, Message, Header
//	control characters                                 Fault with Message; names by Seed… and Rename…
//	429 with Retry-After                               Fault StatusBefore with Status and RetryAfter
//	a list without end; huge names                     Fault EndlessList, RepeatedCursor; SeedKey, or Altered with Set
//	HTML block pages                                   Fault BlockPage (nothing done), HTML (work done)
//	a lost answer                                      Fault CutAfter, HangAfter, StatusAfter, Truncated
//	somebody's key under a name of ours                SeedKey (a person's), SeedAdminKey
//	a used key                                         UseKey
//
// # Order of checks
//
// Key (401, 403), rate limit (429), fault, parameters and body (400), project
// (404, 400), object (404), policy (400, 409).
package sim
