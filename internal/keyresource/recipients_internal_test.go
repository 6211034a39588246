// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A list without any public key is refused, unless one of its elements is yet to come.
func TestRecipientsThatAreBlank(t *testing.T) {
	t.Parallel()
	blank, comment, late := types.StringValue(" "), types.StringValue("# none"), types.StringUnknown()
	for name, c := range map[string]struct {
		elements []attr.Value
		wrong    bool
	}{
		"none":               {},
		"blank":              {[]attr.Value{blank, comment}, true},
		"not known":          {[]attr.Value{late}, false},
		"blank beside that":  {[]attr.Value{blank, late}, false},
		"wrong beside that":  {[]attr.Value{late, types.StringValue("age1nonsense")}, true},
		"the null beside it": {[]attr.Value{late, types.StringNull()}, true},
	} {
		var resp validator.ListResponse
		RecipientList().ValidateList(t.Context(), validator.ListRequest{Path: path.Root("seal_recipients"), ConfigValue: types.ListValueMust(types.StringType, c.elements)}, &resp)
		if resp.Diagnostics.HasError() != c.wrong {
			t.Errorf("%s: %v", name, resp.Diagnostics)
		}
	}
}
