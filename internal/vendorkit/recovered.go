// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendorkit

import (
	"context"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// WarnRecovered says what became of a create whose answer was lost; nothing where none was. name is "" where objects
// have none.
func WarnRecovered(ctx context.Context, noun, name, id string, how apiclient.Recovered) {
	object, asked, like, alike := crud.Named(noun, name, id), crud.Named(noun, name, ""), "of that name", "has the same name"
	if name == "" {
		asked, like, alike = "this "+noun, "like it", "is like it"
	}
	if how.Adopted {
		crud.Warn(ctx, object, "was taken over", "The answer to the creation of %s was lost. The only one %s created since then, %s, was taken over as its result.", asked, like, id)
	}
	if len(how.Twins) > 0 {
		crud.Warn(ctx, object, "may have been created twice", "The answer to the first request was lost, and %s %s was created by a second one. The list also shows %s, which %s at the server: the first request may have created it. Nothing was done about it: remove it if it is not needed.", noun, id, strings.Join(how.Twins, ", "), alike)
	}
	if how.Unchecked != nil {
		crud.Warn(ctx, object, "may have been created twice", "The answer to the first request was lost, and %s %s was created by a second one. It could not be checked whether the first request created one, too (%v): look for another one %s.", noun, id, how.Unchecked, like)
	}
}
