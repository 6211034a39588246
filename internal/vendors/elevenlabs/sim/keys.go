// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

const (
	mostAccounts  = 20
	mostRows      = 80_000 // of a list that a fault makes endless: more than a client reads
	fieldRequired = "Field required"
	unchanged     = "no_update"
	cleared       = "clear"
	all           = "all"
)

// Account is a service account as the simulator stores it.
type Account struct {
	simkit.Object
	Name string
}

// Key is a key as the simulator stores it.
type Key struct {
	simkit.Object
	AccountID      string
	Name           string
	Permissions    []string // "all" alone = every one
	CharacterLimit int      // 0 = none
	CharacterCount int      // moves on with every read once it is not 0
	AllowedIPs     []string // canonical, nil = everywhere
	Disabled       bool
	Reason         string // why the vendor or the holder disabled it, "" = null
	hint           string
	plain          simkit.Plain
}

func (k *Key) may(permission string) bool {
	return slices.Contains(k.Permissions, all) || slices.Contains(k.Permissions, permission)
}

// hex is n new hexadecimal digits.
func (s *Server) hex(n int) string {
	sum := sha256.Sum256([]byte(s.Issuer.ID("")))
	return hex.EncodeToString(sum[:])[:n]
}

func (s *Server) addAccount(name string) *Account {
	a := &Account{Object: s.Issuer.ObjectWithID("user_"+s.hex(28), s.Clock().Now()), Name: name}
	s.accounts = append(s.accounts, a)
	return a
}

// addKey stores a key and returns it with its plaintext.
func (s *Server) addKey(k Key) (*Key, string) {
	plain := s.Issuer.Secret("sk_el")
	k.Object = s.Issuer.ObjectWithID(s.hex(20), s.Clock().Now())
	k.plain, k.hint = simkit.Hashed(plain), plain[len(plain)-4:]
	s.keys = append(s.keys, &k)
	return &k, plain
}

func (s *Server) removeKey(k *Key) {
	s.keys = slices.DeleteFunc(s.keys, func(o *Key) bool { return o == k })
	s.deleted = append(s.deleted, k.ID)
}

// byPlain is the key of a plaintext, nil = none.
func (s *Server) byPlain(plain string) *Key {
	return simkit.ByPlain(s.keys, plain, func(k *Key) simkit.Plain { return k.plain })
}

func (s *Server) listAccounts(c *simkit.Call) (any, *simkit.Problem) {
	p, _ := simkit.NewPage(c, s.accounts, simkit.Window{Limit: mostRows}, func(*Account) bool { return !s.InForce().SingleSeat }, func(a *Account) any {
		return map[string]any{
			"service_account_user_id": a.ID, "name": a.Name, "created_at_unix": s.stamp(a.At),
			"api-keys": s.rows(c, a.ID), "default_sharing_groups": []any{},
		}
	})
	return map[string]any{"service-accounts": p.Rows}, nil
}

// rows are the keys of an account. Within a list of accounts without end they have one.
func (s *Server) rows(c *simkit.Call, account string) []any {
	own, limit := slices.DeleteFunc(slices.Clone(s.keys), func(k *Key) bool { return k.AccountID != account }), mostRows
	if c.Operation == OpListAccounts {
		limit = len(own)
	}
	p, _ := simkit.NewPage(c, own, simkit.Window{Limit: limit}, func(*Key) bool { return true }, func(k *Key) any { return s.showKey(k) })
	return p.Rows
}

func (s *Server) stamp(at time.Time) any {
	if s.InForce().NoCreated {
		return nil
	}
	return at.Unix()
}

func (s *Server) createAccount(c *simkit.Call) (any, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{Lenient: true})
	if bad == nil && !f.Has("name") {
		bad = invalid("name", nil, fieldRequired)
	}
	if bad != nil {
		return nil, bad
	}
	name, bad := f.Text("name")
	switch {
	case bad != nil:
		return nil, invalid("name", f["name"], "Input should be a valid string")
	case s.InForce().SingleSeat:
		return nil, structured(http.StatusForbidden, "authorization_error", "feature_not_available", "Service accounts are only available on multi-seat plans.")
	case len(s.accounts) >= mostAccounts:
		return nil, structured(http.StatusBadRequest, "invalid_request", "bad_request", "The workspace has reached its maximum of service accounts.")
	}
	return map[string]any{"service-account-user-id": s.addAccount(name).ID}, nil
}

// account finds the account of a request, which the body and the plan come before.
func (s *Server) account(c *simkit.Call) *simkit.Problem {
	if _, ok := simkit.Find(s.accounts, c.Path("account")); !ok {
		return s.noAccount(c.Path("account"))
	}
	return nil
}

// key is the key that a request is about.
func (s *Server) key(c *simkit.Call) (*Key, *simkit.Problem) {
	if bad := s.account(c); bad != nil {
		return nil, bad
	}
	k, ok := simkit.Find(s.keys, c.Path("key"))
	if !ok || k.AccountID != c.Path("account") {
		return nil, noKey(c.Path("key"))
	}
	return k, nil
}

func (s *Server) listKeys(c *simkit.Call) (any, *simkit.Problem) {
	if bad := s.account(c); bad != nil && !s.InForce().UnknownAccountEmpty {
		return nil, bad
	}
	return map[string]any{"api-keys": s.rows(c, c.Path("account"))}, nil
}

func (s *Server) createKey(c *simkit.Call) (any, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{Lenient: true})
	if bad != nil {
		return nil, bad
	}
	for _, name := range []string{"name", "permissions"} {
		if !f.Has(name) {
			return nil, invalid(name, nil, fieldRequired)
		}
	}
	k := Key{AccountID: c.Path("account")}
	if bad := s.change(&k, f, false); bad != nil {
		return nil, bad
	}
	if bad := s.account(c); bad != nil {
		return nil, bad
	}
	made, plain := s.addKey(k)
	return map[string]any{"xi-api-key": plain, "key_id": made.ID}, nil
}

func (s *Server) updateKey(c *simkit.Call) (any, *simkit.Problem) {
	f, bad := c.ReadFields(simkit.Reading{Lenient: true})
	if bad != nil {
		return nil, bad
	}
	for _, name := range []string{"is_enabled", "name", "permissions"} {
		if s.InForce().OldUpdates && !f.Has(name) {
			return nil, invalid(name, nil, fieldRequired)
		}
	}
	var next Key
	if k, bad := s.key(c); bad == nil {
		next = *k
	}
	if bad := s.change(&next, f, true); bad != nil {
		return nil, bad
	}
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	*k = next
	return map[string]any{}, nil
}

func (s *Server) deleteKey(c *simkit.Call) (any, *simkit.Problem) {
	k, bad := s.key(c)
	if bad != nil {
		return nil, bad
	}
	s.removeKey(k)
	return map[string]any{}, nil
}

// change writes what a body names into a key; updates know more words than creates.
func (s *Server) change(k *Key, f simkit.Fields, update bool) *simkit.Problem {
	for _, name := range []string{"name", "permissions", "character_limit", "allowed_ips", "is_enabled"} {
		var v any
		if raw, sent := f[name]; !sent || json.Unmarshal(raw, &v) != nil || update && v == unchanged {
			continue
		}
		if v == nil && (name == "name" && update || name == "allowed_ips" && !update || name == "character_limit") {
			continue
		}
		if !k.set(name, v, update) {
			return invalid(name, v, "Input should be valid")
		}
	}
	if !f.Has("allowed_ips") {
		return nil
	}
	for i, address := range k.AllowedIPs {
		prefix, why := canonical(address)
		if why != "" {
			return invalid("allowed_ips."+strconv.Itoa(i), address, "Value error, %s: '%s'", why, address)
		}
		k.AllowedIPs[i] = prefix
	}
	if !s.InForce().Enterprise {
		p := structured(http.StatusBadRequest, "invalid_request", "bad_request", "IP whitelisting for API keys is only available on enterprise plans.")
		p.Param = "allowed_ips"
		return p
	}
	return nil
}

// set writes one field; false for a value that it cannot have.
func (k *Key) set(name string, v any, update bool) (ok bool) {
	switch name {
	case "name":
		k.Name, ok = v.(string)
	case "permissions":
		k.Permissions, ok = texts(v)
		if v == all {
			k.Permissions, ok = []string{all}, true
		} else if slices.ContainsFunc(k.Permissions, func(p string) bool { return !slices.Contains(allPermissions, p) }) {
			ok = false
		}
	case "character_limit":
		n, number := v.(float64)
		k.CharacterLimit, ok = int(n), number || update && v == cleared
	case "allowed_ips":
		k.AllowedIPs, ok = texts(v)
		ok = ok && len(k.AllowedIPs) > 0 && len(k.AllowedIPs) <= 100 || update && v == cleared
	case "is_enabled":
		enabled, known := v.(bool)
		k.Disabled, ok = !enabled, known
		if enabled {
			k.Reason = ""
		}
	}
	return ok
}

func texts(v any) (out []string, ok bool) {
	list, ok := v.([]any)
	for _, one := range list {
		text, is := one.(string)
		out, ok = append(out, text), ok && is
	}
	return out, ok
}

// canonical is an address as a prefix; why says what is wrong with it.
func canonical(address string) (prefix, why string) {
	if !strings.Contains(address, "/") {
		ip, err := netip.ParseAddr(address)
		if err != nil {
			return "", "Not an address"
		}
		address = netip.PrefixFrom(ip, ip.BitLen()).String()
	}
	p, err := netip.ParsePrefix(address)
	if err != nil {
		return "", "Not an address"
	}
	for _, kept := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "203.0.113.0/24", "2001:db8::/32", "fc00::/7"} {
		if netip.MustParsePrefix(kept).Overlaps(p) && p.Bits() > 0 {
			return "", "Private IP ranges are not allowed"
		}
	}
	return p.Masked().String(), ""
}

// showKey is a key as lists have it: addresses in an order of their own, and the counter of
// a used key moves on.
func (s *Server) showKey(k *Key) map[string]any {
	if k.CharacterCount > 0 {
		k.CharacterCount++
	}
	out := map[string]any{
		"key_id": k.ID, "name": k.Name, "hint": k.hint, "service_account_user_id": k.AccountID, "created_at_unix": s.stamp(k.At),
		"is_disabled": k.Disabled, "disable_reason": nil, "permissions": k.Permissions, "character_limit": nil, "character_count": k.CharacterCount,
		"hashed_xi_api_key": hex.EncodeToString(k.plain[:]), "allowed_ips": nil, "third_party_disable_allowed": nil,
	}
	if slices.Equal(k.Permissions, []string{all}) {
		out["permissions"] = nil
		if s.InForce().AllListed {
			out["permissions"] = allPermissions
		}
	}
	if k.Reason != "" {
		out["disable_reason"] = k.Reason
	}
	if k.CharacterLimit > 0 {
		out["character_limit"] = k.CharacterLimit
	}
	if k.AllowedIPs != nil {
		backwards := slices.Clone(k.AllowedIPs)
		slices.Reverse(backwards)
		out["allowed_ips"] = backwards
	}
	return out
}
