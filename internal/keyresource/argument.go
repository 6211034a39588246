// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// Effect is what a change of an own argument does.
type Effect int

// The possible values of an [Effect].
const (
	Rotates  Effect = iota // the next key has the new value
	InPlace                // the existing key is changed: its vendor is a [keyseries.Editor]
	Replaces               // the series is replaced, without an overlap
)

// Argument is one of a vendor's own attributes of a key series, whose model P points to.
type Argument[P any] struct {
	Name      string
	Attribute schema.Attribute
	Place     Place[P]
	Effect    Effect
	// Whole: a change in place holds for previous keys too, for as long as they work.
	Whole bool
	// NullIsNone: null in state says that the key has none, not that it is not known, so that
	// a value replaces the series too.
	NullIsNone bool
	// Same reports whether two known values mean the same; nil compares them exactly. adopted: the
	// key was not created here, so that a null in state means "not known".
	Same func(want, have attr.Value, adopted bool) bool
	// Spells reports whether the vendor may show a value of the configuration so; nil asks Same.
	Spells func(shown, configured attr.Value) bool
	// Shown is the value that a vendor's own form of a key shows, nil when it is not in
	// there. Shown itself is nil where no read shows it.
	Shown func(keyseries.Key) attr.Value
	// IfHeld: Shown counts only at an adoption and where the state has a value. Elsewhere nothing is read for it,
	// and what other series have read must not decide.
	IfHeld bool
	// SpellOut completes the error for an imported key that is to rotate while this
	// argument, which no read shows, is not configured: what to write.
	SpellOut string
	// Notice says what a user has to know of what a key shows; "" for nothing. before is the
	// model before it takes the answer over.
	Notice func(key keyseries.Key, before P) (what, text string)
	// Left says what a user has to know in every plan of a value that nobody configures; ""
	// for nothing. A run that has warned of it by Notice, under the same what, is silent.
	Left func(plan P) (what, text string)
	// Look, when set, is an error where the vendor would refuse a known value: before the plan is shown that sends it.
	Look func(ctx context.Context, providerData any, plan P) error
	// Review says what a reviewer has to know of a change; "" for nothing. key begins the text: the
	// existing key or, where the plan rotates, the next one.
	Review func(key string, plan P) (what, text string)
}

// Place is where an attribute is in a model, which P points to.
type Place[P any] struct {
	get func(P) attr.Value
	set func(P, attr.Value)
}

// At gives the place of an attribute from a pointer into the model.
func At[P any, V attr.Value](field func(P) *V) Place[P] {
	return Place[P]{
		get: func(m P) attr.Value { return *field(m) },
		set: func(m P, value attr.Value) {
			if v, ok := value.(V); ok {
				*field(m) = v
			}
		},
	}
}

// configurable distinguishes an argument from a computed attribute.
func (a Argument[P]) configurable() bool {
	return a.Attribute.IsRequired() || a.Attribute.IsOptional()
}

// same reports whether a change from have to want changes nothing.
func (a Argument[P]) same(want, have attr.Value, adopted bool) bool {
	if a.Same != nil {
		return a.Same(want, have, adopted)
	}
	return want.Equal(have)
}

// spells reports whether what the vendor shows may be what is configured.
func (a Argument[P]) spells(shown, configured attr.Value) bool {
	if a.Spells != nil {
		return a.Spells(shown, configured)
	}
	return a.same(shown, configured, false)
}

// null and unknown are values of an attribute's type.
func null(a schema.Attribute) attr.Value    { return valueOf(a, nil) }
func unknown(a schema.Attribute) attr.Value { return valueOf(a, tftypes.UnknownValue) }

func valueOf(a schema.Attribute, raw any) attr.Value {
	ctx := context.Background()
	value, err := a.GetType().ValueFromTerraform(ctx, tftypes.NewValue(a.GetType().TerraformType(ctx), raw))
	if err != nil {
		panic(err) // every type has both
	}
	return value
}

// known reports whether a value and, in a collection, every element is known.
func known(value attr.Value) bool {
	if value.IsUnknown() {
		return false
	}
	if collection, ok := value.(interface{ Elements() []attr.Value }); ok {
		return !slices.ContainsFunc(collection.Elements(), attr.Value.IsUnknown)
	}
	if mapping, ok := value.(interface{ Elements() map[string]attr.Value }); ok {
		for _, element := range mapping.Elements() {
			if element.IsUnknown() {
				return false
			}
		}
	}
	return true
}

// spelling is one text for values that are equal, sets in any order.
func spelling(value attr.Value) string {
	set, ok := value.(interface{ Elements() []attr.Value })
	if !ok || value.IsNull() {
		return value.String()
	}
	elements := make([]string, 0, len(set.Elements()))
	for _, element := range set.Elements() {
		elements = append(elements, element.String())
	}
	slices.Sort(elements)
	return strings.Join(elements, ",")
}

// argumentOf names the argument that places a key and has a value; the owner's noun where none has it.
func (k Kind[P]) argumentOf(model P, value string) string {
	for _, a := range k.Own {
		if a.Effect == Replaces && a.Place.get(model).Equal(types.StringValue(value)) {
			return a.Name
		}
	}
	return k.Can.Words.Owner
}

// own compares the vendor's arguments of a plan with those of the state; left are those that the configuration leaves out.
func (k Kind[P]) own(plan, state P, left func(name string) bool, m keyseries.Memory) []keyseries.Own {
	var out []keyseries.Own
	for _, a := range k.Own {
		if !a.configurable() || a.Effect == Replaces {
			continue
		}
		own := keyseries.Own{Name: a.Name, InPlace: a.Effect == InPlace, Whole: a.Whole, Hidden: a.Shown == nil}
		if exists(state) {
			own.Hidden = own.Hidden || a.IfHeld && a.Place.get(state).IsNull()
			own.Open = a.Attribute.IsComputed() && left(a.Name) ||
				a.Place.get(plan).IsNull() && (a.SpellOut != "" && !m.Adopted.IsZero() || a.IfHeld && a.Place.get(state).IsNull())
		}
		own.None = a.Place.get(plan).IsNull()
		if want := a.Place.get(plan); !known(want) {
			own.Unknown = true
		} else if exists(state) {
			own.Changed = !a.same(want, a.Place.get(state), !m.Adopted.IsZero())
		}
		out = append(out, own)
	}
	return out
}

// difference is an own argument of which the vendor has another value than was written.
type difference struct {
	name         string
	have, answer attr.Value
}

// public reports whether such a value is never a secret: texts and maps may hold anything.
func public(value attr.Value) bool {
	switch value.(type) {
	case types.Bool, types.Int64, types.Float64, types.Set:
		return true
	}
	return false
}

// both says what state and the server have, where such a value is never a secret.
func (d difference) both() string {
	if !public(d.have) {
		return ""
	}
	return fmt.Sprintf("It is %s in state and %s at the server. ", text(d.have), text(d.answer))
}

// respelled reports whether a text is another one only as servers spell it.
func respelled(shown, configured attr.Value) bool {
	s, isText := shown.(types.String)
	c, both := configured.(types.String)
	return isText && both && ident.MayBecome(c.ValueString(), s.ValueString())
}

// shown takes over what a look at the current key shows of own arguments: the vendor's
// spelling of what was written last is remembered, and only another answer is a change. What is more
// than a spelling differs in every look.
func (k Kind[P]) shown(model P, key keyseries.Key, m *keyseries.Memory, adopting bool) (differ []difference) {
	for _, a := range k.Own {
		if a.Shown == nil {
			continue
		}
		answer := a.Shown(key)
		if answer == nil {
			continue
		}
		have, spelled := a.Place.get(model), spelling(answer)
		if a.IfHeld && have.IsNull() && !adopting {
			continue
		}
		before, asked := m.Answers[a.Name]
		switch {
		case adopting && have.IsNull(), !a.configurable(), have.IsUnknown():
			a.Place.set(model, answer)
		case a.Effect == Replaces:
		case asked && before == spelled:
			if !have.IsNull() && !a.spells(answer, have) && !respelled(answer, have) {
				differ = append(differ, difference{a.Name, have, answer})
			}
		case asked || adopting, a.Attribute.IsComputed() && have.IsNull():
			a.Place.set(model, answer)
		case !a.spells(answer, have):
			differ = append(differ, difference{a.Name, have, answer})
		}
		if a.configurable() && a.Effect != Replaces {
			remember(m, a.Name, answer)
			m.Saw(a.Name, !a.same(a.Place.get(model), have, false), answer.IsNull())
		}
	}
	return differ
}

// notices warns of what a key shows, before the model takes it over.
func (k Kind[P]) notices(before P, key keyseries.Key, warn func(keyseries.Notice)) {
	for _, a := range k.Own {
		if a.Notice == nil {
			continue
		}
		if what, text := a.Notice(key, before); what != "" {
			warn(keyseries.Notice{ID: key.ID, What: what, Text: text})
		}
	}
}

// warnLeft warns of values that nobody configures, and that the present key keeps.
func (r *keyResource[P]) warnLeft(plan P, left func(name string) bool, warn func(keyseries.Notice)) {
	id := r.kind.series(plan).ID.ValueString()
	for _, a := range r.kind.Own {
		if a.Left == nil || !left(a.Name) {
			continue
		}
		if what, text := a.Left(plan); what != "" && r.namesFirst(id+" "+what) {
			warn(keyseries.Notice{ID: id, What: what, Text: text})
		}
	}
}

// settle gives own attributes that the plan left open the values of an answer, else those
// of the state, else null.
func (k Kind[P]) settle(next, state P, answer any) {
	for _, a := range k.Own {
		if !a.Place.get(next).IsUnknown() {
			continue
		}
		var value attr.Value
		if a.Shown != nil && answer != nil {
			value = a.Shown(keyseries.Key{Own: answer})
		}
		if value == nil && exists(state) {
			value = a.Place.get(state)
		}
		if value == nil || value.IsUnknown() {
			value = null(a.Attribute)
		}
		a.Place.set(next, value)
	}
}

// keep gives own attributes that nobody configured the values of the state: a key that
// stays keeps them.
func (k Kind[P]) keep(plan, state P, left func(name string) bool) {
	for _, a := range k.Own {
		if a.Place.get(plan).IsUnknown() && a.Attribute.IsComputed() && (!a.configurable() || left(a.Name)) {
			a.Place.set(plan, a.Place.get(state))
		}
	}
}

// open makes the own attributes that a new key gets from its vendor unknown: computed
// ones, and with left those that nobody configured.
func (k Kind[P]) open(plan P, left func(name string) bool) {
	for _, a := range k.Own {
		if a.Effect != Replaces && a.Attribute.IsComputed() && (!a.configurable() || left(a.Name)) {
			a.Place.set(plan, unknown(a.Attribute))
		}
	}
}
