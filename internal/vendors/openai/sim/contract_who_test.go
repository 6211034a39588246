// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"net/http"
	"testing"

	"github.com/openai/openai-go/v3"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// whoMayDoWhat asks for users, groups, roles and who has them. project is a project's id.
func (k *checked) whoMayDoWhat(project string) {
	k.t.Helper()
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	const users, groups, roles, invites = "/organization/users", "/organization/groups", "/organization/roles", "/organization/invites"
	id := func(o object) string { s, _ := o["id"].(string); return s }
	user := k.sim.SeedRecord(openaisim.Record{Kind: "users", Fields: object{"name": "Jo", "email": "jo@example.com", "role": "reader"}})

	k.send(get, users+"?limit=100", "", false)
	k.send(get, users+"/"+user, "", false)
	k.send(post, users+"/"+user, `{"role":"owner"}`, false)
	k.send(post, users+"/"+user, `{"role":7}`, true)
	k.send(post, users+"/"+user, `{"role":"reader"}`, false)

	group := id(k.send(post, groups, `{"name":"g"}`, false))
	k.send(post, groups, `{}`, true)
	k.send(get, groups+"?limit=1000&order=desc", "", false)
	k.send(get, groups+"/"+group, "", false)
	k.send(post, groups+"/"+group, `{"name":"h"}`, false)
	k.send(post, groups+"/"+group+"/users", `{"user_id":"`+user+`"}`, false)
	k.send(get, groups+"/"+group+"/users", "", false)
	k.send(get, groups+"/"+group+"/users/"+user, "", false)

	for _, at := range []struct{ roles, place string }{{roles, "/organization"}, {"/projects/" + project + "/roles", "/projects/" + project}} {
		role := id(k.send(post, at.roles, `{"role_name":"r","permissions":["api.model.read"]}`, false))
		k.send(post, at.roles, `{"role_name":"r"}`, true)
		k.send(get, at.roles, "", false)
		k.send(get, at.roles+"/"+role, "", false)
		k.send(post, at.roles+"/"+role, `{"role_name":"s","description":"d","permissions":[]}`, false)
		k.send(post, at.roles+"/"+role, `{"description":null}`, false)
		for _, who := range []string{"/users/" + user, "/groups/" + group} {
			k.send(post, at.place+who+"/roles", `{"role_id":"`+role+`"}`, false)
			k.send(get, at.place+who+"/roles", "", false)
			k.send(get, at.place+who+"/roles/"+role, "", false)
			k.send(del, at.place+who+"/roles/"+role, "", false)
		}
		k.send(del, at.roles+"/"+role, "", false)
	}

	p := "/organization/projects/" + project
	k.send(post, p+"/groups", `{"group_id":"`+group+`","role":"role-api-project-member"}`, false)
	k.send(get, p+"/groups", "", false)
	k.send(get, p+"/groups/"+group, "", false)
	k.send(del, p+"/groups/"+group, "", false)
	k.send(post, p+"/users", `{"email":"jo@example.com","role":"member"}`, false)
	k.send(get, p+"/users", "", false)
	k.send(get, p+"/users/"+user, "", false)
	k.send(post, p+"/users/"+user, `{"role":"owner"}`, false)
	k.send(del, p+"/users/"+user, "", false)

	invite := id(k.send(post, invites, `{"email":"new@example.com","role":"reader","projects":[{"id":"`+project+`","role":"member"}]}`, false))
	k.send(post, invites, `{"email":"new@example.com"}`, true)
	k.send(get, invites, "", false)
	k.send(get, invites+"/"+invite, "", false)
	k.send(del, invites+"/"+invite, "", false)

	k.send(del, groups+"/"+group+"/users/"+user, "", false)
	k.send(del, groups+"/"+group, "", false)
	k.send(del, users+"/"+user, "", false)
}

func TestVendorClientWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	org, c, _ := vendor(t, openaisim.Options{MaxPage: 1})
	ctx, w := t.Context(), c.world()
	jo := c.sim.SeedRecord(openaisim.Record{Kind: "users", Fields: object{"name": "Jo", "email": "jo@example.com", "role": "reader"}})

	var names []string
	users := org.Users.ListAutoPaging(ctx, openai.AdminOrganizationUserListParams{})
	for users.Next() {
		names = append(names, users.Current().Name)
	}
	noError(t, users.Err())
	same(t, names, []string{"Organization Owner", "ci", "Jo"})
	u, err := org.Users.Update(ctx, jo, openai.AdminOrganizationUserUpdateParams{Role: openai.String("owner")})
	noError(t, err)
	same(t, []any{u.ID, u.Role, u.AddedAt, u.IsServiceAccount}, []any{jo, "owner", start.Unix(), false})

	g, err := org.Groups.New(ctx, openai.AdminOrganizationGroupNewParams{Name: "g"})
	noError(t, err)
	same(t, []any{g.Name, g.CreatedAt, g.IsScimManaged, g.GroupType}, []any{"g", start.Unix(), false, "group"})
	member, err := org.Groups.Users.New(ctx, g.ID, openai.AdminOrganizationGroupUserNewParams{UserID: w.account})
	noError(t, err)
	same(t, []any{member.UserID, member.GroupID}, []any{w.account, g.ID})

	var roles []string
	r, err := org.Projects.Roles.New(ctx, w.project, openai.AdminOrganizationProjectRoleNewParams{RoleName: "r", Permissions: []string{"api.model.read"}, Description: openai.String("d")})
	noError(t, err)
	same(t, []any{r.Name, r.Description, r.Permissions, r.PredefinedRole, r.ResourceType}, []any{"r", "d", []string{"api.model.read"}, false, "api.project"})
	pages := org.Projects.Roles.ListAutoPaging(ctx, w.project, openai.AdminOrganizationProjectRoleListParams{})
	for pages.Next() {
		roles = append(roles, pages.Current().Name)
	}
	noError(t, pages.Err())
	same(t, roles, []string{"owner", "member", "viewer", "r"})

	in, err := org.Projects.Groups.New(ctx, w.project, openai.AdminOrganizationProjectGroupNewParams{GroupID: g.ID, Role: r.ID})
	noError(t, err)
	same(t, []any{in.GroupID, in.GroupName, in.ProjectID}, []any{g.ID, "g", w.project})
	_, err = org.Projects.Groups.New(ctx, w.project, openai.AdminOrganizationProjectGroupNewParams{GroupID: g.ID, Role: r.ID})
	vendorError(t, err, 400, "", "already exists in project")
	// What the group has, its members inherit.
	inherited, err := org.Projects.Users.Roles.Get(ctx, w.project, w.account, r.ID)
	noError(t, err)
	same(t, []any{inherited.Name, inherited.AssignmentSources[0].PrincipalID, inherited.AssignmentSources[0].PrincipalType}, []any{"r", g.ID, "group"})
	_, err = org.Projects.Users.Roles.Delete(ctx, w.project, w.account, r.ID)
	vendorError(t, err, 400, "", "inherited")
	given, err := org.Projects.Users.Roles.New(ctx, w.project, w.account, openai.AdminOrganizationProjectUserRoleNewParams{RoleID: r.ID})
	noError(t, err)
	same(t, []any{given.Role.ID, given.User.ID, given.Object}, []any{r.ID, w.account, "user.role"})
	toGroup, err := org.Groups.Roles.New(ctx, g.ID, openai.AdminOrganizationGroupRoleNewParams{RoleID: "role-api-organization-reader"})
	noError(t, err)
	same(t, []any{toGroup.Role.PredefinedRole, toGroup.Group.ID, toGroup.Group.ScimManaged}, []any{true, g.ID, false})
	_, err = org.Roles.Delete(ctx, "role-api-organization-reader")
	vendorError(t, err, 400, "", "predefined")

	owner := c.sim.Records("users")
	same(t, len(owner), 1)
	pu, err := org.Projects.Users.New(ctx, w.project, openai.AdminOrganizationProjectUserNewParams{UserID: openai.String(jo), Role: "member"})
	noError(t, err)
	same(t, []any{pu.ID, pu.Email, pu.Role, pu.AddedAt}, []any{jo, "jo@example.com", "member", start.Unix()})
	_, err = org.Projects.Users.New(ctx, w.project, openai.AdminOrganizationProjectUserNewParams{Email: openai.String("jo@example.com"), Role: "member"})
	vendorError(t, err, 400, "", "already exists in project")
	_, err = org.Projects.Users.Delete(ctx, w.project, jo) // an owner since above
	vendorError(t, err, 400, "", "owners cannot be removed")

	i, err := org.Invites.New(ctx, openai.AdminOrganizationInviteNewParams{Email: "new@example.com", Role: "reader"})
	noError(t, err)
	same(t, []any{i.Status, i.ExpiresAt > i.CreatedAt, len(i.Projects)}, []any{"pending", true, 1}) // the legacy default project
	for address, says := range map[string]string{"new@example.com": "already invited", "Jo@example.com": "already a member"} {
		_, err = org.Invites.New(ctx, openai.AdminOrganizationInviteNewParams{Email: address, Role: "reader"})
		vendorError(t, err, 400, "", says)
	}
	c.sim.ChangeRecord("invites", "", i.ID, object{"status": "accepted"})
	_, err = org.Invites.Delete(ctx, i.ID)
	vendorError(t, err, 400, "", "accepted")

	c.sim.ChangeRecord("groups", "", g.ID, object{"is_scim_managed": true})
	_, err = org.Groups.Users.Delete(ctx, g.ID, w.account)
	vendorError(t, err, 400, "", "SCIM")
}
