// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"fmt"
	"slices"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// One picks the only object of a name from all there are by id; none and several are
// errors. where completes "there is no object called … ".
func One[T any](noun, where, name string, byID map[string]T, nameOf func(T) string) (T, error) {
	var match T
	var ids []string
	for id, candidate := range byID {
		if ident.SameName(nameOf(candidate), name) {
			match = candidate
			ids = append(ids, secret.PrintableLine(id))
		}
	}
	switch len(ids) {
	case 1:
		return match, nil
	case 0:
		return match, fmt.Errorf("there is no %s called %q %s. Names are compared exactly", noun, name, where)
	default:
		slices.Sort(ids)
		return match, fmt.Errorf("%d %ss %s are called %q: %s. Look the right one up by id", len(ids), noun, where, name, strings.Join(ids, ", "))
	}
}
