// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package allkeys_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

// Both are markers of this provider, of one series.
const (
	first  = "ledger (ok-k3v6zq2mda.x5b7qd2k)"
	second = "ledger (ok-k3v6zq2mda.y6c3re4m)"
)

func TestRow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.red.rooms = []string{"alpha"}
	full := key("k1", first, day, in("alpha"), expires(day))
	full.Key.LastUsedAt, full.Key.Redacted, full.Disabled, full.LastUseKnown = now, "fake-…1", true, false
	full.Owner = keyinventory.Owner{Type: keyinventory.OwnedByServiceAccount, ID: "o1", Name: "robot"}
	bare := key("k2", "by hand", 0, ownerless, useUnknown)
	bare.Key.CreatedAt = time.Time{}
	h.red.rows, h.blue.rows = []keyinventory.Row{full}, []keyinventory.Row{bare}
	got := h.read(t.Context(), nil, nil)
	want := []map[string]any{
		{
			"vendor": "blue", "place": nil, "place_id": nil, "id": "k2", "name": "by hand", "series": nil, "managed": false,
			"owner_type": "unknown", "owner_id": nil, "owner_name": nil, "created_at": nil, "expires_at": nil,
			"last_used_at": nil, "last_use_known": false, "disabled": false, "redacted_value": nil,
		},
		{
			"vendor": "red", "place": "alpha", "place_id": "room-alpha", "id": "k1", "name": "ledger", "series": "k3v6zq2mda", "managed": true,
			"owner_type": "service_account", "owner_id": "o1", "owner_name": "robot", "created_at": "2027-02-28T12:00:00Z", "expires_at": "2027-03-02T12:00:00Z",
			"last_used_at": "2027-03-01T12:00:00Z", "last_use_known": true, "disabled": true, "redacted_value": "fake-…1",
		},
	}
	if !reflect.DeepEqual(got.keys, want) || got.incomplete != nil || got.said != nil {
		t.Errorf("got %v\nwant %v\nincomplete %v, said %v", got.keys, want, got.incomplete, got.said)
	}
}

func TestWhichVendors(t *testing.T) {
	t.Parallel()
	const (
		redLine   = "Red API keys: not all of them could be read: "
		warning   = "WARNING: The list of Red API keys may be incomplete: The reason: not all of them could be read: "
		failure   = "ERROR: Unable to find API keys of all vendors: "
		noToken   = "there is no Red access token. Give one as red.token in the provider block, best from an ephemeral variable, or in RED_TOKEN. Ask your administrator"
		forbidden = "list keys: no usable answer (HTTP 403 Forbidden). Give the provider a token that may read"
	)
	without := func(h *house) { delete(h.env, "RED_TOKEN") }
	forbid := func(h *house) { h.red.fails = map[string]error{"": refused} }
	for name, c := range map[string]struct {
		prepare         func(*house)
		blocks          map[string]any
		vendors         []string
		want            []string
		incomplete      string // the beginning of the only line
		said            string // the beginning of the only diagnostic
		redRead, asBlue int    // lists that were read
	}{
		"every one by the environment": {want: []string{"blue b", "red r"}, redRead: 1, asBlue: 1},
		"one alone sends nothing to the other": {
			vendors: []string{"blue"}, want: []string{"blue b"}, asBlue: 1,
		},
		"one without credential is not configured": {prepare: without, want: []string{"blue b"}, asBlue: 1},
		"an address alone configures nothing": {
			prepare: func(h *house) { without(h); h.env["ORGKEYS_RED_URL"] = "https://red.invalid" }, want: []string{"blue b"}, asBlue: 1,
		},
		"a block without credential is": {
			prepare: without, blocks: map[string]any{"red": map[string]any{}}, want: []string{"blue b"},
			incomplete: redLine + noToken, said: warning + noToken, asBlue: 1,
		},
		"a block that is not known yet": {
			blocks: map[string]any{"red": protocol.Unknown}, want: []string{"blue b"},
			incomplete: redLine + "the provider's configuration is not known before apply", said: warning, asBlue: 1,
		},
		"named and not known yet": {
			blocks: map[string]any{"red": protocol.Unknown}, vendors: []string{"red"},
			said: "ERROR: Unable to find API keys of all vendors: The argument vendors names red, whose keys cannot be read: the provider's configuration is not known before apply. A value in the provider block comes from something that is not applied yet. Apply that first, with -target=<its address>; or give a data source a depends_on",
		},
		"a wrong credential": {
			prepare: func(h *house) { h.env["RED_TOKEN"] = "other-fake-0123456789" }, want: []string{"blue b"},
			incomplete: redLine + "Invalid Red access token. The access token from RED_TOKEN belongs to another vendor.", said: warning, asBlue: 1,
		},
		"named without credential": {
			prepare: without, vendors: []string{"blue", "red"}, said: "ERROR: Missing Red access token: unable to find API keys of all vendors: The argument vendors names red, whose keys cannot be read: " + noToken, asBlue: 1,
		},
		"one that refuses":       {prepare: forbid, want: []string{"blue b"}, incomplete: redLine + forbidden, said: warning + forbidden, redRead: 1, asBlue: 1},
		"named, and one refuses": {prepare: forbid, vendors: []string{"red"}, said: failure + "Give the provider a token that may read.\n\nThe argument vendors names red, whose keys cannot be read: ", redRead: 1},
		"what was read is kept": {
			prepare: func(h *house) {
				h.red.rooms, h.red.fails = []string{"beta", "alpha"}, map[string]error{"beta": refused}
				h.red.rows = []keyinventory.Row{key("r", "k", day, in("alpha")), key("lost", "k", day, in("beta"))}
			},
			want: []string{"blue b", "red r"}, incomplete: redLine, said: warning, redRead: 2, asBlue: 1,
		},
		"a list that may be incomplete is no failure": {
			prepare: func(h *house) { h.red.gaps = []string{"a row was left out", "the filter is ignored"} }, vendors: []string{"red"}, want: []string{"red r"},
			incomplete: "Red API keys: a row was left out; the filter is ignored",
			said:       "WARNING: The list of Red API keys may be incomplete: The reason: a row was left out; the filter is ignored.", redRead: 1,
		},
		"none": {
			prepare:    func(h *house) { clear(h.env) },
			incomplete: "API keys: no vendor is configured. Give the credential of at least one, in its block of the provider or in the environment (BLUE_TOKEN, RED_TOKEN)",
			said:       "WARNING: The list of API keys may be incomplete: The reason: no vendor is configured. Give",
		},
		"what a vendor warns of": {
			prepare: func(h *house) { h.red.warns = "has a holiday" }, want: []string{"blue b", "red r"},
			said: "WARNING: The vendor has a holiday: It does.", redRead: 1, asBlue: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.red.rows, h.blue.rows = []keyinventory.Row{key("r", "k", day)}, []keyinventory.Row{key("b", "k", day)}
			if c.prepare != nil {
				c.prepare(h)
			}
			got := h.read(t.Context(), c.blocks, map[string]any{"vendors": named(c.vendors)})
			if !slices.Equal(got.ids(), c.want) {
				t.Errorf("keys %v, want %v", got.ids(), c.want)
			}
			only(t, "incomplete", got.incomplete, c.incomplete)
			only(t, "said", got.said, c.said)
			if h.red.calls != c.redRead || h.blue.calls != c.asBlue {
				t.Errorf("red was read %d times, blue %d; want %d and %d", h.red.calls, h.blue.calls, c.redRead, c.asBlue)
			}
		})
	}
}

// named is the value of vendors.
func named(vendors []string) any {
	if vendors == nil {
		return nil
	}
	return vendors
}

// only wants one text that begins so, or none.
func only(t *testing.T, what string, got []string, begin string) {
	t.Helper()
	if begin == "" && got != nil || begin != "" && (len(got) != 1 || !strings.HasPrefix(got[0], begin)) {
		t.Errorf("%s: %q, want one that begins with %q", what, got, begin)
	}
}

// Each vendor that is named and cannot be read is an error of its own.
func TestEveryFailureIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.red.fails, h.blue.fails = map[string]error{"": refused}, map[string]error{"": refused}
	got := h.read(t.Context(), nil, map[string]any{"vendors": []string{"red", "blue"}})
	if len(got.said) != 2 || !strings.Contains(got.said[0], "vendors names blue") || !strings.Contains(got.said[1], "vendors names red") || got.keys != nil {
		t.Errorf("said %q, keys %v", got.said, got.keys)
	}
}

// What a server says of the credential gets neither into state nor into a warning.
func TestNoSecretInIncomplete(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.env["RED_TOKEN"] = "red-fake-told-0123456789"
	h.red.fails = map[string]error{"": errors.New("no\nsuch token red-fake-told-0123456789 \x1b[31m")}
	got := h.read(t.Context(), nil, nil)
	if all := strings.Join(append(got.said, got.incomplete...), ""); len(got.incomplete) != 1 || strings.Contains(all, "told") || strings.ContainsAny(all, "\n\x1b") {
		t.Errorf("said %q, incomplete %q", got.said, got.incomplete)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.red.rows = []keyinventory.Row{
		key("endless", "k", 100*day), key("young", "k", day, expires(day)), key("user", "k", 100*day, expires(30*day), ofUser),
	}
	h.blue.rows = []keyinventory.Row{key("silent", "k", 100*day, useUnknown, ownerless)}
	for name, c := range map[string]struct {
		asked      map[string]any
		want       []string
		incomplete string
	}{
		"none":           {want: []string{"blue silent", "red endless", "red user", "red young"}},
		"never_expires":  {asked: map[string]any{"never_expires": true}, want: []string{"blue silent", "red endless"}},
		"expires once":   {asked: map[string]any{"never_expires": false}, want: []string{"red user", "red young"}},
		"expires_within": {asked: map[string]any{"expires_within": "2d"}, want: []string{"red young"}},
		"older_than":     {asked: map[string]any{"older_than": "50d", "vendors": []string{"red"}}, want: []string{"red endless", "red user"}},
		"unknown owner":  {asked: map[string]any{"owner_type": "unknown"}, want: []string{"blue silent"}},
		"user": {
			asked: map[string]any{"owner_type": "user"}, want: []string{"red user"},
			incomplete: "Blue API keys: the API does not show the owner of some keys, so owner_type leaves them out: silent",
		},
		"unused_for": {
			asked: map[string]any{"unused_for": "90d"}, want: []string{"red endless", "red user"},
			incomplete: "Blue API keys: the API does not show the last use of some keys, so unused_for leaves them out: silent",
		},
		"an end rules out what is unknown": {asked: map[string]any{"unused_for": "90d", "never_expires": false}, want: []string{"red user"}},
	} {
		got := h.read(t.Context(), nil, c.asked)
		if !slices.Equal(got.ids(), c.want) {
			t.Errorf("%s: keys %v, want %v", name, got.ids(), c.want)
		}
		only(t, name+": incomplete", got.incomplete, c.incomplete)
	}
}

// The order is the same whether a vendor lists its keys place by place or as one.
func TestOrder(t *testing.T) {
	t.Parallel()
	for name, rooms := range map[string][]string{"by place": {"beta", "alpha"}, "as one": nil} {
		h := newHouse(t)
		h.red.rooms = rooms
		h.red.rows = []keyinventory.Row{
			key("b1", "k", 2*day, in("beta")), key("b2", "k", day, in("beta")), key("a2", "k", day, in("alpha")), key("a1", "k", 3*day, in("alpha")),
		}
		want := []string{"red a1", "red a2", "red b1", "red b2"}
		if got := h.read(t.Context(), nil, nil); !slices.Equal(got.ids(), want) {
			t.Errorf("%s: %v, want %v", name, got.ids(), want)
		}
	}
}

// A marker can be copied: its series is shown, but whoever copied it owns no key of ours.
func TestManaged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.red.rooms = []string{"alpha", "beta"}
	h.red.rows = []keyinventory.Row{
		key("second", second, day, in("beta")), key("first", first, 3*day, in("beta"), expires(time.Hour)),
		key("copied", first, 2*day, in("alpha")), key("user", second, 4*day, in("alpha"), ofUser), key("foreign", "ledger", day, in("alpha")),
	}
	want := map[string][2]any{
		"first": {"k3v6zq2mda", true}, "second": {"k3v6zq2mda", false}, "copied": {"k3v6zq2mda", false}, "user": {"k3v6zq2mda", false}, "foreign": {nil, false},
	}
	for _, asked := range []map[string]any{nil, {"never_expires": true}} { // the copy stays one without its original
		for _, one := range h.read(t.Context(), nil, asked).keys {
			id, _ := one["id"].(string)
			if got := [2]any{one["series"], one["managed"]}; got != want[id] {
				t.Errorf("%s is of series %v, managed %v; want %v", id, got[0], got[1], want[id])
			}
		}
	}
}

// All vendors are asked at the same time: each waits for the other here.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var both sync.WaitGroup
	both.Add(2)
	met := make(chan struct{})
	go func() { both.Wait(); close(met) }()
	wait := func(ctx context.Context) error {
		both.Done()
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		select {
		case <-met:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	h.red.before, h.blue.before, h.red.warns, h.blue.warns = wait, wait, "is red", "is blue"
	if got := h.read(t.Context(), nil, nil); got.incomplete != nil || len(got.said) != 2 {
		t.Errorf("incomplete %v, said %v", got.incomplete, got.said)
	}
}

// A run that is stopped has no inventory, not an incomplete one.
func TestStopped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.red.before = func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }
	if got := h.read(ctx, nil, nil); len(got.said) != 1 || !strings.HasPrefix(got.said[0], "ERROR: Unable to find API keys of all vendors: Context canceled.") {
		t.Errorf("said %q", got.said)
	}
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, err := protocol.Start(t.Context(), provider.NewServer("test", provider.Options{
		Vendors: []vendorblock.Block{block("red", "room", h.red), block("green", "", nil)},
	}))
	if err != nil {
		t.Fatal(err)
	}
	form := p.Schemas().DataSourceSchemas["orgkeys_api_keys"].ValueType()
	for name, c := range map[string]struct {
		asked map[string]any
		says  string // "" = it is right
	}{
		"a vendor":                 {asked: map[string]any{"vendors": []string{"red"}}},
		"one without API keys":     {asked: map[string]any{"vendors": []string{"green"}}, says: `value must be one of: ["red"]`},
		"no vendor at all":         {asked: map[string]any{"vendors": []string{}}, says: "at least 1"},
		"a kind of owner":          {asked: map[string]any{"owner_type": "organization"}},
		"no kind of owner":         {asked: map[string]any{"owner_type": "robot"}, says: "owner_type"},
		"a time that is none":      {asked: map[string]any{"older_than": "3 months"}, says: "older_than"},
		"an attribute of the rows": {asked: map[string]any{"never_expires": true, "expires_within": "1d"}},
	} {
		packed, err := protocol.Pack(form, c.asked)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := p.Server().ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: "orgkeys_api_keys", Config: packed})
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(spoken(resp.Diagnostics), "\n"); (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: says %q, want %q", name, said, c.says)
		}
	}
}

// The page says what a place is at each vendor and which keys it lists nowhere, and offers those that have API keys.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	red := block("red", "room", h.red)
	red.APIKeys.Unlisted = "keys of guests"
	p, err := protocol.Start(t.Context(), provider.NewServer("test", provider.Options{
		Vendors: []vendorblock.Block{red, block("blue", "", h.blue), block("green", "", nil)},
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, attribute := range p.Schemas().DataSourceSchemas["orgkeys_api_keys"].Block.Attributes {
		switch attribute.Name {
		case "incomplete":
			if !strings.HasSuffix(attribute.Description, "list is there. Red lists no keys of guests.") {
				t.Errorf("incomplete is described as %q", attribute.Description)
			}
		case "vendors":
			if !strings.Contains(attribute.Description, "these vendors: `blue`, `red`.") {
				t.Errorf("vendors is described as %q", attribute.Description)
			}
		case "api_keys":
			at := slices.IndexFunc(attribute.NestedType.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == "place" })
			if text := attribute.NestedType.Attributes[at].Description; !strings.Contains(text, "is in: at Red its room. Null") {
				t.Errorf("place is described as %q", text)
			}
		}
	}
}
