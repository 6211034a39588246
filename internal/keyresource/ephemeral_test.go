// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// runCan is the least that a run-scoped key needs.
var runCan = keyseries.Capabilities{End: keyseries.AtMint}

var runStart = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// runVendor creates and revokes keys of teams in memory.
type runVendor struct {
	mu      sync.Mutex                   // the end of the provider revokes keys side by side
	keys    map[string]keyseries.Request // what works, by id
	team    string                       // the one that was bound last
	made    int
	fails   map[string]error
	endless bool // keys do not expire, whatever was asked for
	longer  time.Duration
	lost    int           // so many answers to mints, the first ones
	lag     time.Duration // how long a key is missing in lists
	slept   time.Duration
	until   time.Time // how long the last revocation may wait
}

func (v *runVendor) Capabilities() keyseries.Capabilities { return runCan }

func (v *runVendor) Mint(_ context.Context, request keyseries.Request) (keyseries.Minted, error) {
	if err := v.fails["mint"]; err != nil {
		return keyseries.Minted{}, err
	}
	v.made++
	minted := keyseries.Minted{ID: fmt.Sprintf("key_%d", v.made), CreatedAt: v.Now(), ExpiresAt: v.Now().Add(request.Lifetime + v.longer), Secret: secret.New(fmt.Sprintf("fake-secret-%d", v.made))}
	if v.endless {
		minted.ExpiresAt = time.Time{}
	}
	v.keys[minted.ID] = request
	if v.made <= v.lost {
		return keyseries.Minted{}, &apierr.Error{Operation: "create key", Outcome: apierr.Unknown, Cause: errors.New("connection reset")}
	}
	return minted, nil
}

func (v *runVendor) List(context.Context, keyseries.How) (*keyseries.Listing, error) {
	if err := v.fails["list"]; err != nil {
		return nil, err
	}
	if v.slept < v.lag {
		return keyseries.NewListing(nil), nil
	}
	var keys []keyseries.Key
	for id, request := range v.keys {
		keys = append(keys, keyseries.Key{ID: id, Name: request.Shown, OwnerID: v.team})
	}
	return keyseries.NewListing(keys), nil
}

func (v *runVendor) Get(context.Context, string, time.Time) (keyseries.Key, error) {
	return keyseries.Key{}, errors.New("nothing is read here")
}

func (v *runVendor) Revoke(ctx context.Context, id string, _ time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.until, _ = ctx.Deadline()
	if err := v.fails["revoke"]; err != nil {
		return err
	}
	delete(v.keys, id)
	return nil
}

func (v *runVendor) Owner() string { return v.team }
func (v *runVendor) RevokeCommand(id string) string {
	return "curl -X DELETE https://api.example.com " + v.team + "/" + id
}
func (v *runVendor) Now() time.Time              { return runStart.Add(v.slept) }
func (v *runVendor) Skew() (time.Duration, bool) { return 0, true }
func (v *runVendor) Sleep(_ context.Context, d time.Duration) error {
	v.slept += d
	return nil
}

func (v *runVendor) live() []string { return slices.Sorted(maps.Keys(v.keys)) }

type runModel struct {
	TeamID types.String `tfsdk:"team_id"`
	keyresource.RunKey
}

// runs is a provider of run-scoped keys alone.
type runs struct{ vendor *runVendor }

func (runs) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "acme"
}

func (runs) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p runs) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.EphemeralResourceData = p.vendor
}

func (runs) Resources(context.Context) []func() resource.Resource       { return nil }
func (runs) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p runs) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{keyresource.Run[runModel]{
		TypeName: "key", Noun: "API key", Can: runCan,
		Schema: keyresource.RunSchema("A key.", 90*day, map[string]schema.Attribute{"team_id": schema.StringAttribute{Required: true}}),
		Key:    func(m *runModel) *keyresource.RunKey { return &m.RunKey },
		Bind: func(data any, m runModel) (keyseries.Vendor, error) {
			p.vendor.team = m.TeamID.ValueString()
			return data.(*runVendor), p.vendor.fails["bind"]
		},
		Parents: func(m *runModel) []*types.String { return []*types.String{&m.TeamID} },
	}.Ephemeral()}
}

const day = 24 * time.Hour

// run is one run that may open keys.
type run struct {
	*protocol.Process
	t    *testing.T
	ctx  context.Context //nolint:containedctx // of the one run that a test is about
	open *keyseries.Revocable
}

func newRun(t *testing.T, v *runVendor) run {
	t.Helper()
	process, err := protocol.Start(t.Context(), providerserver.NewProtocol6WithError(runs{v}))
	if err != nil {
		t.Fatal(err)
	}
	if said, err := process.Configure(t.Context(), nil); err != nil || len(said) > 0 {
		t.Fatal(err, complaintsOf(said))
	}
	open := &keyseries.Revocable{}
	return run{process, t, keyseries.WithOpen(t.Context(), open), open}
}

func newRunVendor() *runVendor {
	return &runVendor{keys: map[string]keyseries.Request{}, fails: map[string]error{}}
}

func (r run) opens(config map[string]any) (result map[string]any, private []byte, said []string) {
	r.t.Helper()
	answer, err := r.Open(r.ctx, "acme_key", config)
	if err != nil {
		r.t.Fatal(err)
	}
	return protocol.Attributes(answer.Value), answer.Private, complaintsOf(answer.Diagnostics)
}

func (r run) closes(private []byte) []string {
	r.t.Helper()
	said, err := r.Close(r.ctx, "acme_key", private)
	if err != nil {
		r.t.Fatal(err)
	}
	return complaintsOf(said)
}

func complaintsOf(diagnostics []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diagnostics {
		out = append(out, d.Severity.String()+": "+d.Summary+": "+d.Detail)
	}
	return out
}

func mustSay(t *testing.T, said []string, parts ...string) {
	t.Helper()
	all := strings.Join(said, "\n")
	for _, part := range parts {
		if !strings.Contains(all, part) {
			t.Errorf("it is not said %q: %q", part, all)
		}
	}
	if len(parts) == 0 && len(said) > 0 {
		t.Errorf("said %q", said)
	}
}

func TestRunKeyIsRevokedOnClose(t *testing.T) {
	t.Parallel()
	for lifetime, ends := range map[any]string{nil: "2027-03-01T13:00:00Z", "30m": "2027-03-01T12:30:00Z"} {
		v := newRunVendor()
		r := newRun(t, v)
		result, private, said := r.opens(map[string]any{"team_id": "t1", "name": "smoke", "lifetime": lifetime})
		mustSay(t, said)
		if result["id"] != "key_1" || result["value"] != "fake-secret-1" || result["expires_at"] != ends || result["lifetime"] != lifetime {
			t.Errorf("result %v", result)
		}
		if strings.Contains(string(private), "fake-secret") {
			t.Error("what closing needs holds the secret")
		}
		if name, _, ours := keyseries.Read(v.keys["key_1"].Shown); name != "smoke" || !ours {
			t.Errorf("the key is called %q", v.keys["key_1"].Shown)
		}
		if r.open.Empty() || len(v.live()) != 1 {
			t.Errorf("open %v, live %v", !r.open.Empty(), v.live())
		}
		v.team = ""
		mustSay(t, r.closes(private))
		if !r.open.Empty() || len(v.live()) != 0 || v.team != "t1" {
			t.Errorf("open %v, live %v of team %q", !r.open.Empty(), v.live(), v.team)
		}
	}
}

// Terraform does not close what a failed consumer used: the end of the provider does.
func TestRunKeyIsRevokedWhenTheProviderEnds(t *testing.T) {
	t.Parallel()
	v := newRunVendor()
	r := newRun(t, v)
	for range 2 {
		_, _, said := r.opens(map[string]any{"team_id": "t1", "name": "smoke"})
		mustSay(t, said)
	}
	_, private, _ := r.opens(map[string]any{"team_id": "t1", "name": "smoke"})
	mustSay(t, r.closes(private))
	if live := v.live(); !slices.Equal(live, []string{"key_1", "key_2"}) {
		t.Fatalf("live %v", live)
	}
	r.open.RevokeAll(t.Context())
	if len(v.live()) != 0 || !r.open.Empty() {
		t.Errorf("live %v", v.live())
	}
}

// A close that fails warns, with the end and the command, and leaves the key to the end of
// the provider.
func TestRunKeyThatCannotBeRevoked(t *testing.T) {
	t.Parallel()
	v := newRunVendor()
	r := newRun(t, v)
	_, private, said := r.opens(map[string]any{"team_id": "t1", "name": "smoke"})
	mustSay(t, said)
	v.fails["revoke"] = &apierr.Advice{Err: errors.New("not for you"), Managed: "Take it out of state", Unmanaged: "Ask an owner"}
	said = r.closes(private)
	if want := []string{"WARNING: API key key_1 of this run was not revoked: Key key_1 could not be revoked: not for you. Ask an owner. It expires at 2027-03-01T13:00:00Z. To revoke it now: curl -X DELETE https://api.example.com t1/key_1"}; !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
	if wait := time.Until(v.until); wait <= 0 || wait > 3*time.Minute {
		t.Errorf("the end of a run may wait for %s", wait)
	}
	v.fails = map[string]error{}
	r.open.RevokeAll(t.Context())
	if len(v.live()) != 0 {
		t.Errorf("live %v", v.live())
	}
	mustSay(t, r.closes(nil)) // what was never opened
	_, private, _ = r.opens(map[string]any{"team_id": "t1", "name": "smoke"})
	v.fails["bind"] = errors.New("no credential")
	mustSay(t, r.closes(private), "was not revoked: Key key_2 could not be revoked: no credential. It expires at 2027-03-01T13:00:00Z.")
}

// Where keys cannot expire, nothing would end the key of a run that was killed.
func TestNoRunKeyWhereKeysCannotExpire(t *testing.T) {
	t.Parallel()
	for end, want := range map[keyseries.End]bool{keyseries.Never: false, keyseries.AtMint: true, keyseries.Later: true} {
		offered := func() (offered bool) {
			defer func() { offered = recover() == nil }()
			keyresource.Run[runModel]{TypeName: "key", Can: keyseries.Capabilities{End: end}}.Ephemeral()
			return
		}()
		if offered != want {
			t.Errorf("end %d: offered %v", end, offered)
		}
	}
}

func TestRunKeyIsNotOpened(t *testing.T) {
	t.Parallel()
	hinted := &apierr.Error{Operation: "create key", Message: "no such team", Status: 404, Hint: "Nothing was removed from state. Check the team.", Unmanaged: "Check the team."}
	for name, c := range map[string]struct {
		prepare func(*runVendor)
		want    []string
		live    int
	}{
		"refused":                  {func(v *runVendor) { v.fails["mint"] = hinted }, []string{"ERROR: Unable to create API key \"smoke\" for this run: Check the team.\n\nCreate key: no such team"}, 0},
		"not connected":            {func(v *runVendor) { v.fails["bind"] = errors.New("no credential") }, []string{"ERROR: Unable to create API key \"smoke\" for this run: No credential"}, 0},
		"longer than asked for":    {func(v *runVendor) { v.longer = 90 * day }, []string{"it created would expire at 2027-05-30T13:00:00Z, and not at 2027-03-01T13:00:00Z", "key_1 was revoked again"}, 0},
		"answers lost":             {func(v *runVendor) { v.lost, v.lag = 9, 30*time.Second }, []string{"connection reset", "watched for up to 1m0s, and what it showed of them was revoked: no key of an attempt called"}, 0},
		"endless":                  {func(v *runVendor) { v.endless = true }, []string{"ERROR: Unable to create API key \"smoke\" for this run: "}, 0},
		"endless, and not revoked": {func(v *runVendor) { v.endless, v.fails["revoke"] = true, errors.New("not for you") }, []string{"key_1", "not for you"}, 1},
	} {
		v := newRunVendor()
		c.prepare(v)
		r := newRun(t, v)
		result, _, said := r.opens(map[string]any{"team_id": "t1", "name": "smoke"})
		mustSay(t, said, c.want...)
		if result["value"] != nil || strings.Contains(strings.Join(said, ""), "fake-secret") || len(v.live()) != c.live {
			t.Errorf("%s: result %v, said %q, live %v", name, result, said, v.live())
		}
	}
}

// The first answer is lost, and the list does not show its key in time: closing looks once more.
func TestRunKeyAfterALostAnswer(t *testing.T) {
	t.Parallel()
	for _, listed := range []bool{true, false} {
		v := newRunVendor()
		v.lost, v.lag = 1, 30*time.Second
		r := newRun(t, v)
		_, private, said := r.opens(map[string]any{"team_id": "t1", "name": "smoke"})
		mustSay(t, said)
		if live := v.live(); !slices.Equal(live, []string{"key_1", "key_2"}) || strings.Contains(string(private), "fake-secret") {
			t.Fatalf("live %v, private %s", live, private)
		}
		if listed {
			mustSay(t, r.closes(private))
			if len(v.live()) != 0 {
				t.Errorf("live %v", v.live())
			}
			continue
		}
		name := v.keys["key_1"].Shown
		v.fails["list"] = errors.New("not for you")
		mustSay(t, r.closes(private), "API key key_2 may have a second key of this run beside it", "not for you", name, "expires at about 2027-03-01T13:00:")
		if live := v.live(); !slices.Equal(live, []string{"key_1"}) {
			t.Errorf("live %v", live)
		}
	}
}
