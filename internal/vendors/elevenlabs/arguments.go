// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/api"
)

// shows reads an own argument from the vendor's form of a key.
func shows(read func(api.Key) attr.Value) func(keyseries.Key) attr.Value {
	return func(key keyseries.Key) attr.Value {
		if own, ok := key.Own.(api.Key); ok {
			return read(own)
		}
		return nil
	}
}

// apiKeyOwn are the vendor's own arguments of a key series.
var apiKeyOwn = []keyresource.Argument[*apiKeyModel]{
	{
		Name:      "service_account_id",
		Attribute: crud.Parent("The id of the service account that owns the keys. A change replaces the series: the old keys are deleted."),
		Place:     keyresource.At(func(m *apiKeyModel) *types.String { return &m.ServiceAccountID }),
		Effect:    keyresource.Replaces,
	}, {
		Name: "permissions",
		Attribute: schema.SetAttribute{
			Required: true, ElementType: types.StringType,
			MarkdownDescription: "What the keys may do, such as `text_to_speech` and `voices_read`, or `[\"all\"]` for everything; there is no default. The vendor adds permissions as time goes on, so its server decides which ones are valid. Changed in place.",
			Validators:          []validator.Set{crud.NoNulls(), setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(crud.Text("a permission", checkPermission)), aloneAll{}},
		},
		Place: keyresource.At(func(m *apiKeyModel) *types.Set { return &m.Permissions }), Effect: keyresource.InPlace, Whole: true,
		Spells: func(shown, configured attr.Value) bool {
			return shown.Equal(configured) || isAll(textsOf(shown)) && isAll(textsOf(configured))
		},
		Shown: shows(func(key api.Key) attr.Value {
			if key.Permissions == nil || isAll(key.Permissions) {
				return crud.Texts([]string{all})
			}
			return crud.Texts(key.Permissions)
		}),
		Review: func(key string, plan *apiKeyModel) (what, text string) {
			if !slices.Contains(textsOf(plan.Permissions), all) {
				return "", ""
			}
			return "will be allowed everything", key + " gets every permission that its service account has."
		},
	}, {
		Name: "character_limit",
		Attribute: schema.Int64Attribute{
			Optional: true, CustomType: crud.Whole{},
			MarkdownDescription: "How many characters each key may use in a month. Unset: no limit. It counts per key: during an overlap the old and the new key may each use it, and a new key begins at zero. Changed in place; removing it removes the limit.",
			Validators:          []validator.Int64{int64validator.AtLeast(1)},
		},
		Place: keyresource.At(func(m *apiKeyModel) *types.Int64 { return &m.CharacterLimit }), Effect: keyresource.InPlace, Whole: true,
		Shown: shows(func(key api.Key) attr.Value { return types.Int64PointerValue(key.Limit) }),
	}, {
		Name: "allowed_ips",
		Attribute: schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "The public addresses and ranges (CIDR) that the keys may be used from, at most 100. Unset: from everywhere. Only Enterprise plans have it, so it is sent only if it was set. Changed in place; removing it removes the restriction.",
			Validators:          []validator.Set{crud.NoNulls(), setvalidator.SizeBetween(1, 100), setvalidator.ValueStringsAre(crud.Text("a public address or range", checkAddress))},
		},
		Place: keyresource.At(func(m *apiKeyModel) *types.Set { return &m.AllowedIPs }), Effect: keyresource.InPlace, Whole: true,
		Same: func(want, have attr.Value, _ bool) bool { return slices.Equal(prefixes(want), prefixes(have)) },
		Shown: shows(func(key api.Key) attr.Value {
			if len(key.AllowedIPs) == 0 {
				return types.SetNull(types.StringType)
			}
			return crud.Texts(key.AllowedIPs)
		}),
		Review: func(key string, plan *apiKeyModel) (what, text string) {
			if !plan.AllowedIPs.IsNull() {
				return "", ""
			}
			return "may be used from everywhere", key + " loses its list of addresses."
		},
	},
	keyresource.Disabled(func(m *apiKeyModel) *types.Bool { return &m.Disabled }, " It does not show whether the vendor or the holder disabled a key: every plan warns of such a key, and it stays disabled, even with `false`.", func(key keyseries.Key) (disabled, told bool) {
		own, ok := key.Own.(api.Key)
		return own.Disabled, ok && own.Reason == ""
	}),
}

// textsOf are the elements of a set of texts, sorted.
func textsOf(value attr.Value) []string {
	set, _ := value.(types.Set)
	texts := make([]string, 0, len(set.Elements()))
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok {
			texts = append(texts, text.ValueString())
		}
	}
	slices.Sort(texts)
	return texts
}

// documented are the permissions of August 2026: a server may answer "all" as the list of them.
var documented = strings.Fields(`text_to_speech speech_to_speech speech_to_text models_read models_write voices_read voices_write
	speech_history_read speech_history_write sound_generation audio_isolation voice_generation dubbing_read dubbing_write
	pronunciation_dictionaries_read pronunciation_dictionaries_write user_read user_write projects_read projects_write
	audio_native_read audio_native_write workspace_read workspace_write forced_alignment convai_read convai_write
	music_generation image_video_generation flows templates add_voice_from_voice_library create_instant_voice_clone
	create_professional_voice_clone publish_voice_to_voice_library share_voice_externally create_user_api_key
	workspace_analytics_full_read webhooks_write service_account_write group_members_manage workspace_members_read
	workspace_members_invite workspace_members_remove terms_of_service_accept audit_log_read conversation_privacy_manage
	copy_resources_cross_workspace synthid_detector`)

// isAll reports whether permissions that are shown may be everything, by the word or one by one. What is sent
// is the word only where the configuration has it: it also means what the vendor adds later.
func isAll(permissions []string) bool {
	return slices.Contains(permissions, all) ||
		!slices.ContainsFunc(documented, func(one string) bool { return !slices.Contains(permissions, one) })
}

var permissionName = pattern.Lazy(`^[a-z0-9_]+$`)

func checkPermission(text string) error {
	if !permissionName().MatchString(text) {
		return fmt.Errorf("is no permission (%q): permissions are written with small letters, digits and _, such as text_to_speech", text)
	}
	return nil
}

// aloneAll refuses the word for every permission beside others.
type aloneAll struct{}

func (aloneAll) Description(context.Context) string               { return `"all" only alone` }
func (a aloneAll) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

func (aloneAll) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if texts := textsOf(req.ConfigValue); len(texts) > 1 && slices.Contains(texts, all) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(), "\"all\" stands alone: permissions = [\"all\"] means everything, so other permissions beside it have no meaning. Remove them, or remove \"all\".")
	}
}

// reserved are the ranges that no request comes from; the vendor refuses private ones.
var reserved = func() (out []netip.Prefix) {
	for _, block := range strings.Fields(`0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
		192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 ::/128 ::1/128 ::ffff:0:0/96 64:ff9b:1::/48 100::/64
		2001::/23 2001:db8::/32 fc00::/7 fe80::/10 ff00::/8`) {
		out = append(out, netip.MustParsePrefix(block))
	}
	return out
}()

// prefixOf reads an address or a range.
func prefixOf(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}

func checkAddress(text string) error {
	prefix, err := prefixOf(text)
	if err != nil {
		return errors.New("is neither an address nor a range in CIDR form, such as 8.8.4.0/24")
	}
	for _, block := range reserved {
		if block.Contains(prefix.Addr()) && block.Bits() <= prefix.Bits() {
			return fmt.Errorf("is in %s, which is private, reserved or for documentation, and the vendor refuses it: give the public addresses that requests come from", block)
		}
	}
	return nil
}

// prefixes are addresses in the one form that the server gives them, sorted.
func prefixes(value attr.Value) []string {
	texts := textsOf(value)
	for i, text := range texts {
		if prefix, err := prefixOf(text); err == nil {
			texts[i] = prefix.String()
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}
