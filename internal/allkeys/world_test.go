// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package allkeys_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

const day = 24 * time.Hour

var now = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// vendor is a vendor of keys in rooms, kept in memory.
type vendor struct {
	keyinventory.Everywhere
	rooms  []string // none: the keys are the organization's
	rows   []keyinventory.Row
	gaps   []string
	fails  map[string]error // by room, "" for the organization
	warns  string
	before func(context.Context) error // a list is read
	calls  int
}

func (v *vendor) Now() time.Time { return now }

func (v *vendor) Skew() (time.Duration, bool) { return 0, true }

func (v *vendor) Places(ctx context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	if v.rooms == nil {
		return v.Everywhere.Places(ctx, how, note)
	}
	return func(yield func(keyinventory.Place, error) bool) {
		for _, name := range v.rooms {
			if !yield(keyinventory.Place{ID: "room-" + name, Name: name}, nil) {
				return
			}
		}
	}
}

func (v *vendor) Keys(ctx context.Context, place keyinventory.Place, _ keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	return func(yield func(keyinventory.Row, error) bool) {
		v.calls++
		err := v.fails[place.Name]
		if v.before != nil {
			err = errors.Join(err, v.before(ctx))
		}
		if v.warns != "" {
			crud.Warn(ctx, "the vendor", v.warns, "It does.")
		}
		for _, why := range v.gaps {
			note(why)
		}
		if err != nil {
			yield(keyinventory.Row{}, err)
			return
		}
		for _, row := range v.rows {
			if (v.rooms == nil || row.Place.Name == place.Name) && !yield(row, nil) {
				return
			}
		}
	}
}

func (v *vendor) Key(context.Context, keyinventory.Place, string) (keyinventory.Row, error) {
	panic("an inventory reads no single key")
}

// key is a key without a place, owned by the organization, that was never used.
func key(id, name string, age time.Duration, change ...func(*keyinventory.Row)) keyinventory.Row {
	row := keyinventory.Row{
		Key:   keyseries.Key{ID: id, Name: name, CreatedAt: now.Add(-age)},
		Owner: keyinventory.Owner{Type: keyinventory.OwnedByOrganization}, LastUseKnown: true,
	}
	for _, one := range change {
		one(&row)
	}
	return row
}

func in(room string) func(*keyinventory.Row) {
	return func(r *keyinventory.Row) { r.Place = keyinventory.Place{ID: "room-" + room, Name: room} }
}

func expires(in time.Duration) func(*keyinventory.Row) {
	return func(r *keyinventory.Row) { r.Key.ExpiresAt = now.Add(in) }
}

func useUnknown(r *keyinventory.Row) { r.LastUseKnown = false }

func ownerless(r *keyinventory.Row) { r.Owner = keyinventory.Owner{} }

func ofUser(r *keyinventory.Row) {
	r.Key.Person, r.Owner = "Jo", keyinventory.Owner{Type: keyinventory.OwnedByUser, ID: "u1", Name: "Jo"}
}

// refused is what a client makes of a refusal.
var refused = &apierr.Error{Hint: "Give the provider a token that may read", Operation: "list keys", Status: 403}

// house is the provider with two vendors of keys, and one whose keys nobody asked for.
type house struct {
	t         *testing.T
	red, blue *vendor
	env       map[string]string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return &house{t, &vendor{}, &vendor{}, map[string]string{"RED_TOKEN": "red-fake-0123456789", "BLUE_TOKEN": "blue-fake-0123456789"}}
}

func block(name string, place string, keys *vendor) vendorblock.Block {
	b := vendorblock.Block{
		Name: name, Title: strings.ToUpper(name[:1]) + name[1:], Reaches: "the " + name + " organization",
		Credential: vendorblock.Credential{
			Argument: "token", Noun: "access token", Env: strings.ToUpper(name) + "_TOKEN", Description: "A token.", Where: "Ask your administrator",
			Check: func(token secret.Text) error {
				if !strings.HasPrefix(token.Reveal(), name) {
					return errors.New("belongs to another vendor")
				}
				return nil
			},
		},
		BaseURL: vendorblock.BaseURL{
			Env: []string{"ORGKEYS_" + strings.ToUpper(name) + "_URL"}, Default: "https://" + name + ".invalid", Description: "Where it is.",
			Check: func(string, bool) error { return nil },
		},
		Connect: func(vendorblock.Settings) (any, error) { return keys, nil },
	}
	if keys != nil {
		b.APIKeys = keyinventory.Kind{
			Noun: "API key", Place: place, Can: keyseries.Capabilities{Proof: keyseries.ByOwner},
			Connect: func(data any) (keyinventory.Source, error) { return providerdata.Client[*vendor](data, name) },
		}
	}
	return b
}

// answer is what the inventory gave and said.
type answer struct {
	keys       []map[string]any
	incomplete []string
	said       []string // severity, summary and detail
}

// read asks the inventory under blocks of the provider.
func (h *house) read(ctx context.Context, blocks, asked map[string]any) answer {
	h.t.Helper()
	p, err := protocol.Start(h.t.Context(), provider.NewServer("test", provider.Options{
		Getenv:  func(name string) string { return h.env[name] },
		Vendors: []vendorblock.Block{block("red", "room", h.red), block("blue", "", h.blue), block("green", "", nil)},
	}))
	if err != nil {
		h.t.Fatal(err)
	}
	if said, err := p.Configure(h.t.Context(), whole(p, blocks)); err != nil || len(said) > 0 {
		h.t.Fatal(err, said)
	}
	got, err := p.Data(ctx, "orgkeys_api_keys", asked)
	if err != nil {
		h.t.Fatal(err)
	}
	out := answer{said: spoken(got.Diagnostics)}
	attributes := protocol.Attributes(got.Value)
	for _, one := range list(attributes["api_keys"]) {
		if row, ok := one.(map[string]any); ok {
			out.keys = append(out.keys, row)
		}
	}
	for _, one := range list(attributes["incomplete"]) {
		if line, ok := one.(string); ok {
			out.incomplete = append(out.incomplete, line)
		}
	}
	return out
}

// whole gives blocks null for what is left out of them.
func whole(p *protocol.Process, blocks map[string]any) map[string]any {
	out := maps.Clone(blocks)
	form, _ := p.Schemas().Provider.ValueType().(tftypes.Object)
	for name, block := range blocks {
		typ, _ := form.AttributeTypes[name].(tftypes.Object)
		if arguments, ok := block.(map[string]any); ok {
			all := map[string]tftypes.Value{}
			for argument, one := range typ.AttributeTypes {
				all[argument] = tftypes.NewValue(one, arguments[argument])
			}
			out[name] = all
		}
	}
	return out
}

func list(value any) []any {
	all, _ := value.([]any)
	return all
}

func spoken(said []*tfprotov6.Diagnostic) []string {
	var all []string
	for _, one := range said {
		all = append(all, one.Severity.String()+": "+one.Summary+": "+one.Detail)
	}
	return all
}

// ids are the ids of the keys with their vendors.
func (a answer) ids() []string {
	var all []string
	for _, one := range a.keys {
		vendor, _ := one["vendor"].(string)
		id, _ := one["id"].(string)
		all = append(all, vendor+" "+id)
	}
	return all
}
