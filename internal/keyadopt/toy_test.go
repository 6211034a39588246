// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyadopt_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyadopt"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// toy are keys unlike those of the rows of [vendortest.Adopted]: in no place, with other statuses, and one way to end
// them.
var toy = keyadopt.Kind[tokenModel]{
	TypeName: "toy_token", Title: "Toy", Noun: "token",
	Words: keyadopt.Words{Console: "the page"}, Longest: 20,
	On: "live", Off: "paused", Dead: dead,
	Ends:  []keyadopt.End{{Name: "revoke", Status: "revoked", Does: "revokes it", Done: "revoked", Final: "Revoking is final"}},
	Own:   map[string]schema.Attribute{"shown": crud.Fixed("What is shown.")},
	Parts: func(m *tokenModel) keyadopt.Parts { return keyadopt.Parts{Key: &m.Key, Hint: &m.Shown} },
}

var dead = map[string]string{"revoked": "is revoked"}

type tokenModel struct {
	keyadopt.Key
	Shown types.String `tfsdk:"shown"`
}

// vendor has one token, and notes what is sent.
func vendor(status string) (keyadopt.Vendor, *[]string) {
	sent := &[]string{}
	token := &apiclient.AdoptedKey{ID: "t1", Name: "a", Status: status, Dead: dead[status], OwnerType: keyinventory.OwnedByUser, OwnerID: "u1", Hint: "to...7Q"}
	return keyadopt.Vendor{AdoptedKeys: &apiclient.AdoptedKeys{
		Whole: apiclient.NewWhole(func(k *apiclient.AdoptedKey) string { return k.ID }, func(context.Context, func(string)) iter.Seq2[*apiclient.AdoptedKey, error] {
			return func(yield func(*apiclient.AdoptedKey, error) bool) { yield(token, nil) }
		}),
		HTTP: apiclient.New(apiclient.Config{Clock: clock.NewFake(time.Time{})}), Noun: "token", Console: "the page",
		Get: func(context.Context, string) (*apiclient.AdoptedKey, error) { return token, nil },
		Change: func(_ context.Context, id string, fields map[string]any) (*apiclient.AdoptedKey, error) {
			*sent = append(*sent, fmt.Sprint(id, fields))
			changed := *token
			if status, ok := fields["status"].(string); ok {
				changed.Status, changed.Dead = status, dead[status]
			}
			token = &changed
			return token, nil
		},
		Credential: secret.New("another-secret"),
	}}, sent
}

func TestKeysInNoPlace(t *testing.T) {
	t.Parallel()
	v, sent := vendor("live")
	var diags diag.Diagnostics
	ctx := crud.WithWarnings(t.Context(), &diags)
	object := toy.Object()
	plan := tokenModel{Key: keyadopt.Key{ID: types.StringValue("t1"), Name: types.StringUnknown(), Status: types.StringValue("paused"), ReviewAfter: types.StringValue("1d"), OnDestroy: types.StringValue("revoke")}}
	if err := object.Look(ctx, v, plan); err != nil || len(*sent) > 0 {
		t.Errorf("%v, sent %v", err, *sent)
	}
	said := ""
	for _, one := range diags {
		said += one.Summary() + ". "
	}
	for _, want := range []string{`Token "a" (t1) will change its status to "paused"`, "belongs to a user", "was read without the server's time"} {
		if !strings.Contains(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
	}
	state, err := object.Create(ctx, v, plan)
	if got := fmt.Sprint(state.Status, state.OwnerID, state.Shown, err, *sent); got != `"paused" "u1" "to...7Q" <nil> [t1map[status:paused]]` {
		t.Errorf("adopted %s", got)
	}
	what, detail := object.Loss(ctx, v, state)
	if got := what + ". " + detail; got != "will be revoked. Revoking is final: the key stops working, and nothing brings it back. To keep it, set on_destroy to forget and apply that first." {
		t.Error(got)
	}
	if err := object.Delete(ctx, v, state); err != nil || fmt.Sprint(*sent) != "[t1map[status:paused] t1map[status:revoked]]" {
		t.Errorf("%v, sent %v", err, *sent)
	}
	if _, err := object.Create(ctx, v, plan); err == nil || !strings.Contains(err.Error(), `token "a" (t1) is revoked`) {
		t.Errorf("adopted what is revoked: %v", err)
	}
}

func TestInventoryOfKeysInNoPlace(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{"live": "[t1 false u1]", "paused": "[t1 true u1]", "revoked": ""} {
		v, sent := vendor(status)
		kind := toy
		kind.Connect = func(any) (keyadopt.Vendor, error) { return v, nil }
		source, err := kind.Source(nil)
		if err != nil {
			t.Fatal(err)
		}
		rows, _, err := keyinventory.Read(t.Context(), source, keyinventory.Kind{Noun: "token"}, "", keyinventory.Filter{})
		got := ""
		for _, row := range rows {
			got += fmt.Sprint([]any{row.Key.ID, row.Disabled, row.Owner.ID})
		}
		if got != want || err != nil {
			t.Errorf("%s: listed %s, want %s (%v)", status, got, want, err)
		}
		row, err := source.Key(t.Context(), keyinventory.Place{}, "t1")
		if err != nil || row.Place != (keyinventory.Place{}) {
			t.Errorf("%s: in %v, %v", status, row.Place, err)
		}
		revoker, err := kind.Revoker(nil, row)
		if err != nil {
			t.Fatal(err)
		}
		if err := revoker.Revoke(t.Context(), "t1", time.Time{}); err != nil || len(*sent) != map[bool]int{true: 1}[dead[status] == ""] {
			t.Errorf("%s: %v, sent %v", status, err, *sent)
		}
	}
}

// What is described is what there is.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	attributes := toy.Object().Schema.Attributes
	if got := len(attributes); got != 10 {
		t.Errorf("%d attributes: %v", got, maps.Keys(attributes))
	}
	const ends = "What a destroy or a changed `id` does to the key: `forget` leaves it as it is, `revoke` revokes it. Default: `forget`."
	if got := attributes["on_destroy"].GetMarkdownDescription(); !strings.HasPrefix(got, ends) {
		t.Error(got)
	}
}
