// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// record is an object that holds nothing secret: of any [recordKind].
type record struct {
	simkit.Object
	kind   *recordKind
	org    *organization
	parent string         // ids of the path before its own, joined with "/"
	fields map[string]any // as answers show them, but for id and created_at
}

// recordKind is a kind of objects that differs from others in nothing but what is here.
type recordKind struct {
	name     string // of its operations: "groups"
	noun     string // "group"
	path     string // of the list
	wildcard string // of one object's path
	prefix   string // of ids; "" = the body of the create has the id
	object   string // the field object of answers, "" = none
	deleted  string // the field object of the answer to a delete
	created  bool   // answers show created_at

	// next: the cursor is the field next; otherwise last_id.
	next        bool
	most, usual int  // the largest page, and the one nobody asks for
	least       *int // the smallest page, nil = 1
	newestFirst bool
	listOnly    bool     // there is no GET of one
	filters     []string // query parameters of the list: the field of that name must be equal
	typed       string   // a query parameter of the GET of one: the field of that name must be equal
	typical     string   // its value where a request gives none
	tellsID     bool     // the answer to a delete names the object, also where prefix is ""

	// rows are the objects below a parent, where there are more than the stored ones; nil = those.
	rows func(s *Server, c *call, parent string, stored []*record) []*record
	// spell gives an id of a request the form it is stored in; nil = as it is.
	spell func(id string) string

	// always are the fields, with the id, of objects that a parent has from the start, unless others
	// were seeded.
	always []map[string]any
	// within checks the parent, beyond a project's being active.
	within func(s *Server, c *call) *simkit.Problem
	// create gives the fields of a new object, and its id where prefix is "".
	create func(s *Server, c *call, f simkit.Fields) (fields map[string]any, id string, bad *simkit.Problem)
	// update gives the fields that change.
	update func(s *Server, c *call, r *record, f simkit.Fields) (map[string]any, *simkit.Problem)
	// mayDelete refuses a delete.
	mayDelete func(s *Server, c *call, r *record) *simkit.Problem
	// afterDelete takes along what is below.
	afterDelete func(s *Server, r *record)
	// answer changes what an answer shows; nil = the fields.
	answer func(s *Server, operation string, r *record, shown map[string]any) map[string]any
	// takes are the fields of a create, changes those of an update.
	takes, changes []string
}

// recordKinds are all of them: a new kind adds its file and one line here.
func recordKinds() []*recordKind {
	return slices.Concat(
		[]*recordKind{groupKind, groupMemberKind},
		[]*recordKind{identityProviderKind, federationRuleKind},
		[]*recordKind{roleKind, projectRoleKind}, assignmentKinds,
		[]*recordKind{userKind, projectUserKind, projectGroupKind, inviteKind},
		[]*recordKind{rateLimitKind, spendAlertKind, projectSpendAlertKind},
	)
}

// kind is a kind by its name. The store has them, because kinds know each other.
func (st *store) kind(name string) *recordKind { return st.kinds[name] }

func kindsByName() map[string]*recordKind {
	out := map[string]*recordKind{}
	for _, k := range recordKinds() {
		out[k.name] = k
	}
	return out
}

func recordRoutes() []route {
	var out []route
	for _, k := range recordKinds() {
		out = append(out, k.routes()...)
	}
	return out
}

func (k *recordKind) routes() []route {
	one := k.path + "/{" + k.wildcard + "}"
	out := []route{{http.MethodGet, k.path, k.name + ".list", k.list}}
	if k.create != nil {
		out = append(out, route{http.MethodPost, k.path, k.name + ".create", k.add})
	}
	if !k.listOnly {
		out = append(out, route{http.MethodGet, one, k.name + ".get", k.get})
	}
	if k.update != nil {
		out = append(out, route{http.MethodPost, one, k.name + ".update", k.change})
	}
	if k.deleted != "" {
		out = append(out, route{http.MethodDelete, one, k.name + ".delete", k.remove})
	}
	return out
}

// parent is the key of the parent that a request names, once it is there.
func (k *recordKind) parent(s *Server, c *call) (string, *simkit.Problem) {
	var ids []string
	for part := range strings.SplitSeq(k.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			ids = append(ids, c.Path(strings.TrimSuffix(name, "}")))
		}
	}
	if strings.Contains(k.path, "{project_id}") {
		if _, bad := s.activeProject(c); bad != nil {
			return "", bad
		}
	}
	if k.within != nil {
		if bad := k.within(s, c); bad != nil {
			return "", bad
		}
	}
	parent := strings.Join(ids, "/")
	if len(k.always) > 0 && len(s.store.of(k.name, c.org, parent)) == 0 {
		for _, fields := range k.always {
			id, _ := fields["id"].(string)
			s.store.addRecord(k, c.org, parent, id, normal(fields), c.Now)
		}
	}
	return parent, nil
}

// of are the records of a kind, by its name, below a parent, oldest first.
func (st *store) of(kind string, org *organization, parent string) []*record {
	return slices.DeleteFunc(slices.Clone(st.records), func(r *record) bool { return r.kind.name != kind || r.org != org || r.parent != parent })
}

func (k *recordKind) all(s *Server, c *call, parent string) []*record {
	stored := s.store.of(k.name, c.org, parent)
	if k.rows == nil {
		return stored
	}
	return k.rows(s, c, parent, stored)
}

func (k *recordKind) find(s *Server, c *call) (*record, *simkit.Problem) {
	parent, bad := k.parent(s, c)
	if bad != nil {
		return nil, bad
	}
	id := c.Path(k.wildcard)
	if k.spell != nil {
		id = k.spell(id)
	}
	if r, ok := simkit.Find(k.all(s, c, parent), id); ok {
		return r, nil
	}
	return nil, notFound(k.noun, id)
}

func (k *recordKind) show(s *Server, operation string, r *record) any {
	shown := map[string]any{"id": r.ID}
	if k.object != "" {
		shown["object"] = k.object
	}
	if k.created {
		shown["created_at"] = r.At.Unix()
	}
	maps.Copy(shown, r.fields)
	if k.answer != nil {
		return k.answer(s, operation, r, shown)
	}
	return shown
}

func (k *recordKind) list(s *Server, c *call) (any, *simkit.Problem) {
	if bad := s.checkQuery(c, append([]string{"limit", "after", "before", "order"}, k.filters...)...); bad != nil {
		return nil, bad
	}
	most, least := k.most, 1
	if most == 0 {
		most = maxLimit
	}
	if k.least != nil {
		least = *k.least
	}
	usual := k.usual
	if usual == 0 {
		usual = defaultLimit
	}
	limit, bad := c.Number("limit", usual, least, most)
	if bad != nil {
		return nil, bad
	}
	parent, bad := k.parent(s, c)
	if bad != nil {
		return nil, bad
	}
	all := k.all(s, c, parent)
	newest := k.newestFirst
	switch order := c.Query("order"); order {
	case "":
	case "asc", "desc":
		newest = order == "desc"
	default:
		return nil, simkit.BadRequest("order", "order must be asc or desc, not %q", order)
	}
	if newest {
		slices.Reverse(all)
	}
	after := c.Query("after")
	if k.next {
		after = strings.TrimPrefix(after, cursorPrefix)
	}
	page, found := simkit.NewPage(c.Call, all, simkit.Window{After: after, Limit: limit},
		func(r *record) bool { return k.passes(c, r) }, func(r *record) any { return k.show(s, k.name+".list", r) })
	if !found {
		return nil, notFound(k.noun, after)
	}
	if !k.next {
		return wirePage(page), nil
	}
	out := wireNextList{Object: "list", Data: page.Rows, HasMore: page.More}
	if page.More && page.Last != "" {
		next := cursorPrefix + page.Last
		out.Next = &next
	}
	return out, nil
}

// passes says whether the filters of a list let a record through.
func (k *recordKind) passes(c *call, r *record) bool {
	return !slices.ContainsFunc(k.filters, func(name string) bool { return c.HasQuery(name) && r.fields[name] != c.Query(name) })
}

// cursorPrefix makes the cursor of lists of the newer style no id.
const cursorPrefix = "after:"

type wireNextList struct {
	Object  string  `json:"object"`
	Data    []any   `json:"data"`
	HasMore bool    `json:"has_more"`
	Next    *string `json:"next"`
}

func (k *recordKind) add(s *Server, c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, false, k.takes...)
	if bad != nil {
		return nil, bad
	}
	parent, bad := k.parent(s, c)
	if bad != nil {
		return nil, bad
	}
	fields, id, bad := k.create(s, c, f)
	if bad != nil {
		return nil, bad
	}
	r := s.store.addRecord(k, c.org, parent, id, fields, c.Now)
	return k.show(s, k.name+".create", r), nil
}

func (st *store) addRecord(k *recordKind, org *organization, parent, id string, fields map[string]any, now time.Time) *record {
	object := st.issuer.ObjectWithID(id, now)
	if id == "" {
		object = st.issuer.Object(k.prefix, now)
	}
	r := &record{Object: object, kind: k, org: org, parent: parent, fields: fields}
	st.records = append(st.records, r)
	return r
}

func (k *recordKind) get(s *Server, c *call) (any, *simkit.Problem) {
	r, bad := k.find(s, c)
	switch {
	case bad != nil:
		return nil, bad
	case !k.ofType(c, r):
		return nil, notFound(k.noun, r.ID)
	case c.Stale(r):
		return nil, notFound(k.noun, r.ID)
	}
	return k.show(s, k.name+".get", r), nil
}

// ofType says whether a record is of the type that a GET asks for.
func (k *recordKind) ofType(c *call, r *record) bool {
	asked, is := k.typical, k.typical
	if c.HasQuery(k.typed) {
		asked = c.Query(k.typed)
	}
	if shown, there := r.fields[k.typed].(string); there {
		is = shown
	}
	return asked == is
}

func (k *recordKind) change(s *Server, c *call) (any, *simkit.Problem) {
	f, bad := s.readBody(c, false, k.changes...)
	if bad != nil {
		return nil, bad
	}
	r, bad := k.find(s, c)
	if bad != nil {
		return nil, bad
	}
	changed, bad := k.update(s, c, r, f)
	if bad != nil {
		return nil, bad
	}
	maps.Copy(r.fields, changed)
	return k.show(s, k.name+".update", r), nil
}

func (k *recordKind) remove(s *Server, c *call) (any, *simkit.Problem) {
	r, bad := k.find(s, c)
	if bad != nil {
		return nil, bad
	}
	if k.mayDelete != nil {
		if bad := k.mayDelete(s, c, r); bad != nil {
			return nil, bad
		}
	}
	s.store.removeRecord(s, r)
	shown := map[string]any{"object": k.deleted, "deleted": true}
	if k.prefix != "" || k.tellsID {
		shown["id"] = r.ID
	}
	return shown, nil
}

func (st *store) removeRecord(s *Server, r *record) {
	st.records = slices.DeleteFunc(st.records, func(o *record) bool { return o == r })
	if r.kind.afterDelete != nil {
		r.kind.afterDelete(s, r)
	}
}

// Record is an object of one of the kinds without a secret, as the simulator stores it.
type Record struct {
	ID     string         `json:"id"`
	Kind   string         `json:"kind"`   // "groups", as in the names of its operations
	Parent string         `json:"parent"` // ids of the path before its own, joined with "/"
	At     time.Time      `json:"created_at"`
	Fields map[string]any `json:"fields"` // as answers show them
}

// Records returns all objects of a kind, "" = of all, in order of creation.
func (s *Server) Records(kind string) []Record {
	s.Lock()
	defer s.Unlock()
	out := []Record{}
	for _, r := range s.store.records {
		if kind == "" || r.kind.name == kind {
			out = append(out, Record{r.ID, r.kind.name, r.parent, r.At, maps.Clone(r.fields)})
		}
	}
	return out
}

// SeedRecord adds an object to the first organization, as if somebody had created it in the
// dashboard, and returns its id. Without an ID the simulator gives one.
func (s *Server) SeedRecord(r Record) (id string) {
	s.Lock()
	defer s.Unlock()
	k := kindCalled(r.Kind)
	now := s.Clock().Now()
	if r.ID == "" && k.prefix == "" {
		panic("openaisim: " + r.Kind + " have no ids of their own: give one")
	}
	return s.store.addRecord(k, s.store.organizations[0], r.Parent, r.ID, normal(r.Fields), now).ID
}

// ChangeRecord sets fields of an object from outside.
func (s *Server) ChangeRecord(kind, parent, id string, fields map[string]any) {
	s.Lock()
	defer s.Unlock()
	maps.Copy(s.store.mustRecord(kind, parent, id).fields, normal(fields))
}

// RemoveRecord removes an object from outside.
func (s *Server) RemoveRecord(kind, parent, id string) {
	s.Lock()
	defer s.Unlock()
	s.store.removeRecord(s, s.store.mustRecord(kind, parent, id))
}

func (st *store) mustRecord(kind, parent, id string) *record {
	for _, r := range st.records {
		if r.kind.name == kind && r.parent == parent && r.ID == id {
			return r
		}
	}
	panic(fmt.Sprintf("openaisim: there is no %s %s below %q", kind, id, parent))
}

func kindCalled(name string) *recordKind {
	for _, k := range recordKinds() {
		if k.name == name {
			return k
		}
	}
	panic("openaisim: no such kind of objects: " + name)
}

// normal gives values the types that JSON decodes to.
func normal(fields map[string]any) map[string]any {
	out := map[string]any{}
	data, err := json.Marshal(fields)
	if err != nil || json.Unmarshal(data, &out) != nil {
		panic("openaisim: fields are no JSON")
	}
	if out == nil {
		out = map[string]any{}
	}
	return out
}

// number reads a whole number of a body between bounds; there is false when it was not sent.
func number(f simkit.Fields, name string, least, most int64) (n int64, there bool, bad *simkit.Problem) {
	if !f.Has(name) {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(string(f[name]), 10, 64)
	if err != nil || n < least || n > most {
		return 0, false, simkit.BadRequest(name, "%s must be a whole number from %d to %d", name, least, most)
	}
	return n, true, nil
}
