// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

type object = map[string]any

// altered changes the JSON of good answers on their way.
func altered(change func(r *http.Request, body object)) configure {
	return through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil || resp.StatusCode != http.StatusOK {
			return resp, err
		}
		data, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return nil, err
		}
		body := object{}
		if err := json.Unmarshal(data, &body); err != nil {
			return nil, err
		}
		change(r, body)
		if data, err = json.Marshal(body); err != nil {
			return nil, err
		}
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
		return resp, nil
	})
}

// addressed are the operations that name an object, and so know whose answer they want.
var addressed = map[string]func(context.Context, *world) error{
	openaisim.OpAdminAPIKeysGet: func(ctx context.Context, w *world) error {
		_, err := w.client.AdminKey(ctx, w.sim.AdminKeyID(), time.Time{})
		return err
	},
	openaisim.OpAdminAPIKeysDelete: func(ctx context.Context, w *world) error {
		id, _ := w.sim.SeedAdminKey(openaisim.AdminKeySpec{Name: "spare"})
		return w.client.RevokeAdminKey(ctx, id, time.Time{})
	},
	"end": func(ctx context.Context, w *world) error {
		w.know()
		_, err := w.client.EndKeyAt(ctx, w.project, w.key, start.Add(time.Hour))
		return err
	},
}

func init() {
	for operation, do := range repeatable {
		if !strings.HasSuffix(operation, ".list") {
			addressed[operation] = do
		}
	}
}

// A gateway that mixes answers up must not rename, replace or delete anything here.
func TestAnswersAboutAnotherObject(t *testing.T) {
	t.Parallel()
	for operation, do := range addressed {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			crossed := 0
			w := begin(t, openaisim.Options{}, altered(func(r *http.Request, body object) {
				if operation == "end" && r.Method == http.MethodGet {
					return
				}
				crossed++
				body["id"] = "other_1"
			}))
			err := do(t.Context(), w)
			var foreign *apiclient.Foreign
			if !errors.As(err, &foreign) || foreign.Got != "other_1" {
				t.Fatalf("got %v, want it to say whose answer this is", err)
			}
			notGone(t, err)
			contains(t, err.Error(), `"other_1"`, foreign.Asked)
			contains(t, failure(t, err, apierr.Unknown).Hint, "mixes answers up", "proxy")
			if crossed != 1 {
				t.Errorf("%d crossed answers were asked for, want the first to be final", crossed)
			}
		})
	}
}

// never are moments that no object of ours can have.
var never = []any{
	1893556000000, 1e308, -5, 1, true, "abc", json.Number("99999999999999999999"), object{}, []any{1}, 1e18,
	start.AddDate(11, 0, 0).Unix(), start.AddDate(-11, 0, 0).Unix(),
}

func TestMomentsThatCannotBeTrue(t *testing.T) {
	t.Parallel()
	creates := map[string]func(*world) error{
		"key": func(w *world) error { _, err := w.mint(); return err },
		"admin key": func(w *world) error {
			_, err := w.client.MintAdminKey(t.Context(), "deploy", 0)
			return err
		},
	}
	for _, moment := range never {
		for _, field := range []string{"created_at", "expires_at"} {
			for name, create := range creates {
				w := begin(t, openaisim.Options{}, altered(func(r *http.Request, body object) {
					if r.Method == http.MethodPost {
						body[field] = moment
					}
				}))
				// The caller looks for what it left and revokes it.
				err := create(w)
				contains(t, failure(t, err, apierr.Unknown).Error(), field, "cannot be true")
				if strings.Contains(err.Error(), "sk-") {
					t.Errorf("%s: %v holds the secret", name, err)
				}
			}
		}
		w := begin(t, openaisim.Options{}, altered(func(_ *http.Request, body object) { body["created_at"] = moment }))
		for operation, do := range addressed {
			if !strings.HasSuffix(operation, ".get") {
				continue
			}
			err := do(t.Context(), w)
			notGone(t, err)
			contains(t, err.Error(), "created_at", "cannot be true")
		}
	}
}

func TestMomentsThatMayBeTrue(t *testing.T) {
	t.Parallel()
	for _, moment := range []any{nil, 0, "", "  ", start.Unix(), start.AddDate(-9, 0, 0).Unix(), start.AddDate(9, 0, 0).Unix(), fmt.Sprint(start.Unix())} {
		w := begin(t, openaisim.Options{}, altered(func(_ *http.Request, body object) { body["created_at"], body["expires_at"] = moment, moment }))
		_, err := w.client.Key(t.Context(), w.project, w.key, time.Time{})
		ok(t, err)
		_, err = w.mint()
		ok(t, err)
	}
}

// A row that cannot be true is no reason to fail, and neither may it pass unnoticed.
func TestRowsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, altered(func(_ *http.Request, body object) {
		data, _ := body["data"].([]any)
		for _, one := range data {
			switch row, _ := one.(object); row["name"] {
			case "strange":
				row["created_at"] = 1e308
			case "nameless":
				delete(row, "id")
			}
		}
		if len(data) > 0 {
			body["data"] = append(data, data[0]) // once more
		}
	}))
	strange, _ := w.sim.SeedKey(openaisim.KeySpec{AccountID: w.account, Name: "strange"})
	w.sim.SeedKey(openaisim.KeySpec{AccountID: w.account, Name: "nameless"})
	list, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	if _, has := list.ByID[w.key]; !has || len(list.ByID) != 1 {
		t.Errorf("got %v, want the one good row", list.ByID)
	}
	if _, has := list.Doubtful[strange]; !has || len(list.Doubtful) != 1 {
		t.Errorf("doubtful are %v, want the one with the strange moment", list.Doubtful)
	}
	contains(t, strings.Join(list.Incomplete, "\n"), "cannot be true", "no key id")
	for key, err := range w.client.WalkKeys(t.Context(), w.project, quiet) {
		if err != nil || key.ID != w.key {
			t.Errorf("walked over %+v, %v", key, err)
		}
	}
	w.sim.SeedServiceAccount(w.project, "strange", "member")
	accounts, err := w.client.ServiceAccounts(t.Context(), w.project)
	if err != nil || len(accounts.ByID) != 1 || len(accounts.Incomplete) != 1 {
		t.Errorf("got %+v, %v", accounts, err)
	}
}

func FuzzMoments(f *testing.F) {
	for _, seed := range []string{"0", "-1", "1e308", "1893556000", "1893556000.5", "null", `"x"`, "[]", "{}", "true", "9223372036854775807", "1E-400"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, moment string) {
		if !json.Valid([]byte(moment)) {
			return
		}
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"id":"key_1","created_at":%s,"expires_at":%s,"last_used_at":%s,"value":"sk-fake"}`, moment, moment, moment)
		})
		key, err := client.Key(t.Context(), "proj_1", "key_1", time.Time{})
		if err == nil {
			for _, at := range []time.Time{key.CreatedAt, key.ExpiresAt, key.LastUsedAt} {
				if years := at.Sub(start).Hours() / 24 / 365; !at.IsZero() && (years > 10.1 || years < -10.1) {
					t.Errorf("%s became %s", moment, at)
				}
			}
		}
		_, _ = client.MintKey(t.Context(), "proj_1", "user-1", api.MintRequest{Name: "x"})
	})
}

// A page in the API's place is neither an answer nor the admin key's fault.
func TestWebPages(t *testing.T) {
	t.Parallel()
	const page = "\ufeff <!DOCTYPE html><html><head><title>Access\n  Denied \x1b[31m</title></head><body>Blocked sk-admin-fake-0123456789</body></html>"
	for _, status := range []int{200, 302, 403, 404, 503} {
		for name, do := range map[string]func(*api.Client) error{
			"read": func(c *api.Client) error {
				_, err := c.ConfirmProject(t.Context(), "proj_1", time.Time{})
				return err
			},
			"list":   func(c *api.Client) error { _, err := c.Keys(t.Context(), "proj_1"); return err },
			"revoke": func(c *api.Client) error { return c.RevokeKey(t.Context(), "proj_1", "key_1", time.Time{}) },
			"mint": func(c *api.Client) error {
				_, err := c.MintKey(t.Context(), "proj_1", "user-1", api.MintRequest{Name: "x"})
				return err
			},
		} {
			requests := 0
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				requests++
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Server", "gateway/7")
				w.Header().Set("X-Request-Id", "req <1>")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, page)
			})
			err := do(client)
			notGone(t, err)
			failed, _ := apierr.As(err)
			if failed == nil {
				t.Fatalf("%s %d: got %v", name, status, err)
			}
			said := err.Error() + failed.Hint
			contains(t, said, "not the API's answer (HTML from \"gateway/7\", titled \"Access Denied", "proxy", "base_url")
			for _, wrong := range []string{"admin key", "sk-admin", "\x1b", "decod", "expected destination"} {
				if strings.Contains(said, wrong) {
					t.Errorf("%s %d: %q in %q", name, status, wrong, said)
				}
			}
			if name == "read" && status == 200 && requests != 3 {
				t.Errorf("%d requests, want as many as for an unreadable answer", requests)
			}
			if name == "mint" && (failed.Outcome == apierr.Unknown) != (status != 403 && status != 404) {
				t.Errorf("%d: the mint's outcome is %d", status, failed.Outcome)
			}
		}
	}
}

// Only the API knows about keys: what is not in its form does not blame them.
func TestPlain403(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "denied by policy", http.StatusForbidden) })
	_, err := client.ConfirmProject(t.Context(), "proj_1", time.Time{})
	failed := failure(t, err, apierr.Refused)
	contains(t, failed.Hint, "proxy")
	if strings.Contains(failed.Hint, "admin key") {
		t.Errorf("the hint blames the key: %s", failed.Hint)
	}
}

// A proxy that blocks in JSON, without a word in the API's form, does not blame the key.
func TestBlockPagesInJSON(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		for body, blamed := range map[string]bool{
			`{}`:                                  false,
			`[]`:                                  false,
			`"blocked"`:                           false,
			`{"status":"blocked","policy":"dlp"}`: false,
			`{"code":"BLOCKED","type":"policy"}`:  false,
			`{"code":403}`:                        false,
			`{"error":{}}`:                        false,
			`{"error":null}`:                      false,
			`{"error":{"code":403,"status":"PERMISSION_DENIED"}}`:        false,
			`{"error":{"message":"You may not"}}`:                        true,
			`{"error":{"message":"","code":"invalid_api_key"}}`:          true,
			`{"error":"not you"}`:                                        true,
			`{"error":{"message":"no","code":"` + longCode + `x\n<b>"}}`: true,
		} {
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
			_, err := client.ConfirmProject(t.Context(), "proj_1", time.Time{})
			failed := failure(t, err, apierr.Refused)
			if strings.Contains(failed.Hint, "admin key") != blamed || strings.Contains(failed.Hint, "proxy") == blamed {
				t.Errorf("%d %s: the hint is %q", status, body, failed.Hint)
			}
		}
	}
}

// longCode is longer than any code.
var longCode = strings.Repeat("long_code.", 20)

// What a server calls a code, a type or a parameter is shown in few harmless characters.
func TestCodesAreShort(t *testing.T) {
	t.Parallel()
	odd := "bad\u001b[31m\n<script>\u202e" + longCode
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_ = json.NewEncoder(w).Encode(object{"error": object{"message": "no", "code": odd, "type": odd, "param": "messages[0].content"}})
	})
	_, err := client.ConfirmProject(t.Context(), "proj_1", time.Time{})
	failed := failure(t, err, apierr.Refused)
	for _, shown := range []string{failed.Code, failed.Type} {
		if !strings.HasPrefix(shown, "bad[31mscriptlong_code.") || len(shown) > 64 {
			t.Errorf("shows %q", shown)
		}
	}
	if failed.Param != "messages[0].content" {
		t.Errorf("shows the parameter %q", failed.Param)
	}
}

// A 404 that is not JSON is a gateway's, which knows nothing of accounts.
func TestPlain404(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/service_accounts/") {
			http.Error(w, "default backend - 404", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"proj_1","name":"x","status":"active","created_at":1700000000}`)
	})
	_, err := client.ServiceAccount(t.Context(), "proj_1", "user-1", time.Time{})
	notGone(t, err)
	if failed, _ := apierr.As(err); failed == nil || !failed.NotAPI || apierr.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
}
