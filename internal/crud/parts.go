// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// part is what the server answered instead, of an argument or of a part of one, by its dotted
// name; "" for nothing.
func (a answers) part(name string) string {
	root, part, deeper := strings.Cut(name, ".")
	if !deeper {
		return a[root]
	}
	var parts map[string]json.RawMessage
	if json.Unmarshal([]byte(a[root]), &parts) != nil {
		return ""
	}
	return plainText(parts[part])
}

// plainText is a JSON value as messages show it, as [shown] does: a text as it is, "" for null or none.
func plainText(value json.RawMessage) string {
	var text *string
	var texts []string
	switch {
	case json.Unmarshal(value, &texts) == nil && texts != nil:
		return "[" + strings.Join(texts, ", ") + "]"
	case json.Unmarshal(value, &text) != nil:
		return string(value)
	case text == nil:
		return ""
	}
	return *text
}

// differences say how what was asked for differs from what the server has, "" for nothing: of an
// object each part that has a known value, of anything else the whole.
func differences(name string, asked tftypes.Value, answered string) (lines []string) {
	var parts map[string]json.RawMessage
	if !asked.Type().Is(tftypes.Object{}) || answered != "" && json.Unmarshal([]byte(answered), &parts) != nil {
		return []string{difference(name, shown(asked), answered)}
	}
	values := attributesOf(asked)
	for _, part := range slices.Sorted(maps.Keys(values)) {
		mine, err := json.Marshal(plainOf(values[part]))
		if err == nil && !values[part].IsNull() && values[part].IsFullyKnown() && string(mine) != string(parts[part]) {
			lines = append(lines, difference(name+"."+part, shown(values[part]), plainText(parts[part])))
		}
	}
	return lines
}

func difference(name, asked, answered string) string {
	has := "the server does not confirm it"
	if answered != "" {
		has = fmt.Sprintf("the server has %q", answered)
	}
	return fmt.Sprintf("%s is %q in the configuration, %s.", name, asked, has)
}
