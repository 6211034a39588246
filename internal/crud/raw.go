// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// The CLI prints the values of attributes as they are. A name of the server's with control
// characters must stay exact in state, or it could be neither imported nor compared: all
// that can be done is to say so, escaped.

// rawHere bounds how many values one warning lists.
const rawHere = 5

// WarnRaw names the values of now that act on a terminal: control characters in any, and
// marks that turn the direction of text in those that prior does not have.
func WarnRaw(ctx context.Context, object string, sensitive func(attribute string) bool, prior, now tftypes.Value) {
	var names, lines []string
	_ = tftypes.Walk(now, func(at *tftypes.AttributePath, value tftypes.Value) (bool, error) {
		if steps := at.Steps(); len(steps) > 0 {
			if name, ok := steps[0].(tftypes.AttributeName); ok && sensitive(string(name)) {
				return false, nil
			}
		}
		text, ok := textOf(value)
		if !ok || !raw(text, func() bool { return known(prior, at, value) }) {
			return true, nil
		}
		names = append(names, spelled(at))
		lines = append(lines, fmt.Sprintf("%s is \"%s\".", spelled(at), secret.PrintableLine(text)))
		return true, nil
	})
	if len(names) == 0 {
		return
	}
	what := "control characters in " + names[0]
	if more := len(lines) - rawHere; more > 0 {
		lines = append(lines[:rawHere], fmt.Sprintf("So are %d more.", more))
	}
	Warn(ctx, object, "has "+what,
		"%s The characters are escaped in this message. The value is in state as the server has it. Terraform prints it unescaped, also in plans and outputs, where it may change what the terminal shows: look at such a plan through \"cat -v\". If it is not intended, rename the object.", strings.Join(lines, " "))
}

// raw reports whether a text acts on a terminal.
func raw(text string, known func() bool) bool {
	return strings.ContainsFunc(text, unicode.IsControl) ||
		strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) && !known()
}

// known reports whether an object has exactly this value at the same place.
func known(object tftypes.Value, at *tftypes.AttributePath, value tftypes.Value) bool {
	before, _, err := tftypes.WalkAttributePath(object, at)
	if err != nil {
		return false
	}
	text, ok := before.(tftypes.Value)
	return ok && text.Equal(value)
}

func textOf(value tftypes.Value) (text string, ok bool) {
	if !value.Type().Is(tftypes.String) || value.IsNull() || !value.IsKnown() {
		return "", false
	}
	return text, value.As(&text) == nil
}

// spelled is a place in an object as configurations write it: keys[0].name.
func spelled(at *tftypes.AttributePath) string {
	p := path.Empty()
	for _, step := range at.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			p = p.AtName(string(step))
		case tftypes.ElementKeyInt:
			p = p.AtListIndex(int(step))
		case tftypes.ElementKeyString:
			p = p.AtMapKey(string(step))
		}
	}
	return p.String()
}
