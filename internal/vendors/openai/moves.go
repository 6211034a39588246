// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// otherProviders differ in their namespaces and are all called openai. OpenTofu gives
// the old provider for the first instance of a resource only: once that has moved, it
// names ours. Types of one name differ in attributes, and ids may have the project in
// front.
var otherProviders = []string{"openai", "orgkeys"}

var projectMoves = []crud.Move{{
	Type: "openai_project", Providers: otherProviders,
	IDs: func(_ context.Context, source crud.Attributes) []string {
		return []string{source.Text("id", "project_id")}
	},
}}

var serviceAccountMoves = []crud.Move{
	{Type: "openai_project_service_account", Providers: otherProviders, IDs: movedAccount},
	{Type: "openai_service_account", Providers: otherProviders, IDs: movedAccount},
}

var apiKeyMoves = []crud.Move{{
	Type: "openai_project_api_key", Providers: otherProviders,
	IDs: func(ctx context.Context, source crud.Attributes) []string {
		key := last(source.Text("id"))
		source.WarnPlaintext(ctx, key, secrets...)
		return []string{source.Text("project_id"), key}
	},
}}

var adminKeyMoves = []crud.Move{{
	Type: "openai_admin_api_key", Providers: otherProviders,
	IDs: func(ctx context.Context, source crud.Attributes) []string {
		key := source.Text("id")
		source.WarnPlaintext(ctx, key, secrets...)
		return []string{key}
	},
}}

// movedAccount leaves behind the key that some providers let the API make with an
// account: here keys are resources of their own.
func movedAccount(ctx context.Context, source crud.Attributes) []string {
	project, account := source.Text("project_id"), last(source.Text("service_account_id", "id"))
	if key := source.Text("api_key_id"); key != "" {
		crud.Warn(ctx, crud.Named("first key", "", key), "of service account "+account+" is not managed",
			"Key %[1]s came with service account %[2]s. It keeps working, but nothing manages it now. Import it as an orgkeys_openai_api_key with the id %[3]s/%[1]s, or revoke it once nothing uses it.", key, account, project)
	}
	source.WarnPlaintext(ctx, source.Text("api_key_id"), secrets...)
	return []string{project, account}
}

// movedID takes an id over from the first of these attributes that has one.
func movedID(names ...string) func(context.Context, crud.Attributes) []string {
	return func(_ context.Context, source crud.Attributes) []string { return []string{last(source.Text(names...))} }
}

// movedInProject is movedID for what is in a project.
func movedInProject(names ...string) func(context.Context, crud.Attributes) []string {
	return func(_ context.Context, source crud.Attributes) []string {
		return []string{source.Text("project_id"), last(source.Text(names...))}
	}
}

// secrets are the attributes in which other providers keep a secret.
var secrets = []string{"value", "api_key", "api_key_value"}

// last is the object's own part of an id such as "proj_abc123:user-abc123".
func last(id string) string { return id[strings.LastIndexAny(id, ":/")+1:] }

// assignmentMoves take over assignments of these types. One of them is in some providers the
// role that a user has itself: its state names no role_id.
func assignmentMoves(project string, kinds ...string) []crud.Move {
	var out []crud.Move
	for _, kind := range kinds {
		out = append(out, crud.Move{Type: kind, Providers: otherProviders, IDs: func(_ context.Context, source crud.Attributes) []string {
			ids := []string{source.Text("role_id"), "user/" + source.Text("user_id")}
			if group := source.Text("group_id"); group != "" {
				ids[1] = "group/" + group
			}
			if project != "" {
				ids = append([]string{source.Text(project)}, ids...)
			}
			return ids
		}})
	}
	return out
}
