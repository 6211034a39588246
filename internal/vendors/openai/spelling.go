// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// described is what a plan modifier says of itself.
type described string

func (d described) Description(context.Context) string         { return string(d) }
func (d described) MarkdownDescription(context.Context) string { return string(d) }

// sameAs plans no change where only the spelling differs: the one in state stays.
type sameAs struct {
	described
	same func(planned, has string) bool
}

var (
	sameRole    = sameAs{"The short and the long form of one role's id are no change.", api.SameRole}
	sameAddress = sameAs{"Upper and lower case of an address are no change.", strings.EqualFold}
	sameAmount  = sameAs{"Another spelling of the same amount is no change.", func(planned, has string) bool {
		a, err := centsOf(planned)
		b, hasErr := centsOf(has)
		return err == nil && hasErr == nil && a == b
	}}
)

func (s sameAs) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if planned, has := req.PlanValue.ValueString(), req.StateValue.ValueString(); planned != "" && has != "" && s.same(planned, has) {
		resp.PlanValue = req.StateValue
	}
}
