// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Assignment says which guardrail a key has.
type Assignment struct {
	KeyHash     string `json:"key_hash"`
	GuardrailID string `json:"guardrail_id"`
}

// guardrail is "" for a key without an assignment.
func (a *Assignment) guardrail() string {
	if a == nil {
		return ""
	}
	return a.GuardrailID
}

// Assignments gives the guardrails of all keys, by hash, from the list that this process
// remembers. It is empty where the server answers 404 twice, as it does for other empty lists.
func (c *Client) Assignments(ctx context.Context) (*List[*Assignment], error) {
	return c.assignmentsOf(ctx, "", "/guardrails/assignments/keys")
}

// assignmentsOf gives the assignments of one guardrail, "" for all.
func (c *Client) assignmentsOf(ctx context.Context, guardrailID, path string) (*List[*Assignment], error) {
	request := apiclient.Request{
		Operation: apiclient.Operation{Name: "list guardrail assignments", Kind: apiclient.Read}, Method: http.MethodGet, Path: path,
		Query: url.Values{"limit": {""}},
	}
	read := func(_ context.Context, a *Assignment) (*Assignment, error) { return a, nil }
	return c.assignments.All(ctx, guardrailID, func(ctx context.Context, note func(string)) iter.Seq2[*Assignment, error] {
		return func(yield func(*Assignment, error) bool) {
			some := false
			for a, err := range pages(c, request, listSize, read, func(a *Assignment) string { return a.KeyHash })(ctx, note) {
				if !some && apierr.IsNotFound(err) {
					return
				}
				some = true
				if !yield(a, err) {
					return
				}
			}
		}
	})
}

type guardrail struct {
	ID string `json:"id"`
}

// CheckGuardrail is an error where the organization has no guardrail of that id: a key that is created for it would
// have to be deleted again. One look does for all keys of a run. What it does not show is no error.
func (c *Client) CheckGuardrail(ctx context.Context, id string) error {
	id = Canonical(id)
	if list := c.assignments.Peek(""); list != nil {
		for _, a := range list.ByID {
			if a.GuardrailID == id {
				return nil
			}
		}
	}
	look := c.guardrails.First(ctx, id, 1, c.findGuardrail(id))
	if look.Err != nil || len(look.Items) > 0 {
		return nil //nolint:nilerr // it is not known then
	}
	return &apierr.Error{
		Operation: opReadGuardrail, Status: http.StatusNotFound, Message: "the organization of the management key has no guardrail " + id,
		Hint: "Check guardrail_id and openrouter.management_key.",
	}
}

const opReadGuardrail = "read guardrail"

// findGuardrail is a list of the guardrail alone, empty where it is not there. A server that lets no guardrail be read
// may answer 404 as well: only where another one can be read is it missing, and after ten seconds, because it may be as
// new as the key.
func (c *Client) findGuardrail(id string) apiclient.Fetch[*guardrail] {
	return func(ctx context.Context, _ func(string)) iter.Seq2[*guardrail, error] {
		return func(yield func(*guardrail, error) bool) {
			there, err := c.hasGuardrail(ctx, id)
			if err == nil && !there {
				there, err = c.mayHaveGuardrail(ctx, id)
			}
			if err == nil && !there {
				there, err = apiclient.Vanished(ctx, c.http, func(ctx context.Context) (bool, error) { return c.hasGuardrail(ctx, id) })
			}
			if err != nil || there {
				yield(&guardrail{id}, err)
			}
		}
	}
}

func (c *Client) hasGuardrail(ctx context.Context, id string) (bool, error) {
	_, err := send(ctx, c, readGuardrail("guardrails", id), func(g *guardrail) error { return apiclient.SameID(id, g.ID) })
	if apierr.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// mayHaveGuardrail is false where a guardrail that a list shows can be read. The list has a page of those of the default
// workspace, so it does not show that one is missing.
func (c *Client) mayHaveGuardrail(ctx context.Context, id string) (bool, error) {
	list, err := apiclient.JSON(ctx, c.http, readGuardrail("guardrails"), hasList[*guardrail])
	if err != nil {
		return false, err
	}
	known := slices.DeleteFunc(*list.Data, func(g *guardrail) bool { return g == nil || g.ID == "" })
	if len(known) == 0 || slices.ContainsFunc(known, func(g *guardrail) bool { return Canonical(g.ID) == id }) {
		return true, nil
	}
	readable, err := c.hasGuardrail(ctx, known[0].ID)
	return !readable, err
}

func readGuardrail(segments ...string) apiclient.Request {
	return apiclient.Request{
		Operation: apiclient.Operation{Name: opReadGuardrail, Kind: apiclient.Read}, Method: http.MethodGet, Path: apiclient.Path(segments...),
	}
}

// lagging is how long after its creation a key may be missing from the lists of assignments.
const lagging = time.Minute

// LearnGuardrail finds out whether a key still has a guardrail, for [Client.GuardrailOf]. One list may lag: where
// the list of all assignments does not show the key, that of the guardrail is asked too. Where neither does, it
// stays unknown if a list may lack rows or the key is young.
func (c *Client) LearnGuardrail(ctx context.Context, hash, guardrailID string, created time.Time) error {
	all, err := c.Assignments(ctx)
	_, here := c.assigned.Load(hash)
	if err != nil || hash == "" || here || all.ByID[hash].guardrail() != "" {
		return err
	}
	guardrailID = Canonical(guardrailID)
	own, err := c.assignmentsOf(ctx, guardrailID, apiclient.Path("guardrails", guardrailID, "assignments", "keys"))
	if err != nil {
		return err
	}
	switch _, there := own.ByID[hash]; {
	case there:
		c.assigned.Store(hash, guardrailID)
	case len(all.Incomplete)+len(own.Incomplete) > 0, c.Now().Sub(created) <= lagging:
		c.unsure.Store(hash, true)
	}
	return nil
}

// GuardrailOf is the guardrail of a key, "" for none, as [Client.Assign] has set it or [Client.LearnGuardrail] found
// it, or as [Client.Assignments] last read it; known is false where none of them did.
func (c *Client) GuardrailOf(hash string) (id string, known bool) {
	if assigned, here := c.assigned.Load(hash); here {
		id, _ = assigned.(string)
		return id, true
	}
	list := c.assignments.Peek("")
	if list == nil {
		return "", false
	}
	id = list.ByID[hash].guardrail()
	_, unsure := c.unsure.Load(hash)
	return id, id != "" || !unsure
}

// Assign gives a key a guardrail, in place of the one it has. With "" it takes away the
// one it has. [apierr.Gone] as for [Client.Key].
func (c *Client) Assign(ctx context.Context, workspaceID, hash, guardrailID string) (err error) {
	guardrailID = Canonical(guardrailID)
	path := []string{"guardrails", guardrailID, "assignments", "keys"}
	defer func() {
		for _, list := range []string{"", path[1]} {
			switch {
			case err != nil:
				c.assignments.Drop(list)
			case guardrailID == "":
				c.assignments.Remove(list, hash)
			default:
				c.assignments.Add(list, &Assignment{KeyHash: hash, GuardrailID: guardrailID})
			}
		}
	}()
	name := "assign guardrail"
	if guardrailID == "" {
		has, err := c.guardrailNow(ctx, hash)
		if err != nil || has == "" {
			return err
		}
		name, path[1] = "take guardrail away", has
		path = append(path, "remove")
	}
	there := false
	answer, err := apiclient.Changed("API key "+hash, whileYoung(ctx, c, hash, func() (*assigned, error) {
		return apiclient.JSON(ctx, c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: name, Kind: apiclient.Update, Body: apiclient.SameBody(map[string]any{"key_hashes": []string{hash}})},
			Method:    http.MethodPost, Path: apiclient.Path(path...),
		}, apiclient.Anything[assigned])
	}, (*assigned).none), func() (*assigned, error) {
		_, err := c.Key(ctx, workspaceID, hash, c.bornAt(hash))
		there = err == nil
		return nil, err
	})
	check := "Check guardrail_id and openrouter.management_key."
	if !c.bornAt(hash).IsZero() {
		check += " If they are right, this part of the server did not know the new key yet: apply again."
	}
	if there && apierr.IsNotFound(err) && guardrailID != "" {
		err = apierr.Hinted(err, "The organization of the management key has no guardrail "+guardrailID+". "+check)
	}
	if err == nil && answer.none() {
		// Perhaps a request that was repeated, whose first one did it.
		var has string
		has, err = c.guardrailNow(ctx, hash)
		if err = apierr.AfterChange(err); err == nil && has != guardrailID {
			err = &apierr.Error{Operation: name, Message: "the server answered that it assigned guardrail " + guardrailID + " to no key", Hint: check}
		}
	}
	if err == nil {
		c.assigned.Store(hash, guardrailID)
	}
	return err
}

// assigned is the answer to an assignment.
type assigned struct {
	Count apiclient.Number `json:"assigned_count"`
}

// none says that no key was assigned, as far as the answer tells.
func (a *assigned) none() bool {
	if a == nil { // it was empty
		return true
	}
	count, shown := a.Count.Count()
	return shown && count == 0
}

// whileYoung is a change of a key that is repeated while the key is young and not all of the server knows it: a
// 404 says so, or an answer that idle recognises. The change is repeated only the first time that it is sent.
func whileYoung[T any](ctx context.Context, c *Client, hash string, send func() (T, error), idle func(T) bool) func() (T, error) {
	born := c.bornAt(hash)
	return func() (T, error) {
		since, unknown := born, &apierr.Error{Status: http.StatusNotFound}
		born = time.Time{}
		answer, err := apiclient.WhileYoung(ctx, c.http, since, func() (T, error) {
			answer, err := send()
			if err == nil && idle(answer) {
				return answer, unknown
			}
			return answer, err
		})
		if err == error(unknown) { //nolint:errorlint // the very error
			err = nil
		}
		return answer, err
	}
}

// guardrailNow is the guardrail that a key has, "" for none. A list that does not show one may lag: it is read
// again for about ten seconds.
func (c *Client) guardrailNow(ctx context.Context, hash string) (id string, err error) {
	_, err = apiclient.Vanished(ctx, c.http, func(ctx context.Context) (shown bool, err error) {
		c.assignments.Drop("")
		list, err := c.Assignments(ctx)
		if err == nil {
			id = list.ByID[hash].guardrail()
		}
		return id != "", err
	})
	return id, err
}
