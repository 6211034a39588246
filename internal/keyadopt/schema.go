// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyadopt

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// stays leaves what is not configured as it is.
var stays = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}

func (k Kind[M]) schema() schema.Schema {
	ends, does := []string{forget}, []string{"`" + forget + "` leaves it as it is"}
	for _, one := range k.Ends {
		ends, does = append(ends, one.Name), append(does, fmt.Sprintf("`%s` %s", one.Name, one.Does))
	}
	console, died := k.Words.Console, k.Words.Died
	attributes := map[string]schema.Attribute{
		"id": crud.Parent("The id of the key, as " + console + ", the inventory and `terraform query` show it. A change adopts the other key, and `on_destroy` applies to the old one."),
		"name": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: stays,
			MarkdownDescription: fmt.Sprintf("The key's name, up to %d characters. Changed in place. Unset: left alone.", k.Longest),
			Validators:          []validator.String{crud.Name(), stringvalidator.UTF8LengthAtMost(k.Longest)},
		},
		"status": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: stays,
			MarkdownDescription: fmt.Sprintf("`%s`, or `%s` for a key that refuses every call. Changed in place. Unset: left alone. If the key %s, it has that status, whatever is configured.", k.On, k.Off, died),
			Validators:          []validator.String{stringvalidator.OneOf(k.On, k.Off)},
		},
		"review_after": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The age, such as `90d`, from which every plan warns that a user has to replace the key in " + console + ". Unset: no warning. A change sends nothing.",
			Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
		},
		"on_destroy": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(forget),
			MarkdownDescription: "What a destroy or a changed `id` does to the key: " + strings.Join(does, ", ") + ". Default: `" + forget + "`. A changed value takes effect only if it is applied before the destroy.",
			Validators:          []validator.String{stringvalidator.OneOf(ends...)},
		},
		"owner_type": crud.Fixed("Whom the key acts for: " + k.Owners.Means + "; null if it is of another kind."),
		"owner_id":   crud.Fixed("The id of the " + k.Owners.Who + "; null for a key of the organization."),
		"created_at": crud.Fixed("When the key was created, RFC 3339 in UTC."),
		"expires_at": crud.Fixed("When the key expires, RFC 3339 in UTC; null if never. Chosen in " + console + " when the key is created."),
	}
	maps.Copy(attributes, k.Own)
	return schema.Schema{
		MarkdownDescription: k.About + " Creating this resource adopts the key. It changes nothing at the vendor, unless `name` or `status` differ; the plan shows such a change. There is no rotation: `review_after` warns when a user has to replace the key.\n\n" +
			"A key that " + died + " cannot be brought back. It stays in state with that `status`, nothing is sent for it, and every plan warns.",
		Attributes: attributes,
	}
}
