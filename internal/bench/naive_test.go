// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// naive is the yardstick: a client that asks for every object by a request of its own,
// remembers nothing, shares no pace, and tries again later when it is refused.
type naive struct {
	*fleet
	paths []string // of what it created
}

// longestPause is how long naive waits at most before it tries again.
const longestPause = 16 * time.Second

// ask sends one request until it is not refused, and gives the id in its answer.
func (n *naive) ask(method, path string, body any) (string, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		req, err := http.NewRequestWithContext(n.t.Context(), method, "https://api.example.com/v1"+path, bytes.NewReader(data))
		if err != nil {
			return "", err
		}
		req.Header.Set("Authorization", "Bearer "+n.sim.AdminKey())
		req.Header.Set("Content-Type", "application/json")
		resp, err := n.RoundTrip(req)
		if err != nil {
			return "", err
		}
		var answer struct{ ID string }
		err = json.NewDecoder(resp.Body).Decode(&answer)
		_ = resp.Body.Close()
		switch {
		case resp.StatusCode == http.StatusTooManyRequests:
			if err := clock.System().Sleep(n.t.Context(), pause); err != nil {
				return "", err
			}
			continue
		case resp.StatusCode >= http.StatusBadRequest:
			return "", fmt.Errorf("%s %s: %s", method, path, resp.Status)
		}
		return answer.ID, err
	}
}

// create creates n objects, ten at once; post tells for each to which collection it is
// posted, with which body, and in which it is read.
func (n *naive) create(count int, post func(i int) (to string, body any, in string)) []string {
	made := slices.Grow([]string(nil), count)[:count]
	n.each(count, func(i int) error {
		to, body, in := post(i)
		id, err := n.ask(http.MethodPost, to, body)
		made[i] = in + "/" + id
		return err
	})
	if n.t.Failed() {
		n.t.FailNow()
	}
	n.paths = append(n.paths, made...)
	return made
}

func (n *naive) apply(projects, keys int) {
	type object = map[string]any
	const all = "/organization/projects"
	parents := n.create(projects, func(i int) (string, any, string) {
		return all, object{"name": fmt.Sprint("project-", i)}, all
	})
	accounts := n.create(projects, func(i int) (string, any, string) {
		in := parents[i] + "/service_accounts"
		return in, object{"name": "worker", "create_service_account_only": true}, in
	})
	n.each(projects, func(i int) error {
		_, err := n.ask(http.MethodPost, accounts[i], object{"role": "member"})
		return err
	})
	n.create(keys, func(i int) (string, any, string) {
		at := i % projects
		return accounts[at] + "/api_keys", object{"name": fmt.Sprint("key-", i), "expires_in_seconds": 90 * 24 * 3600}, parents[at] + "/api_keys"
	})
}

func (n *naive) plan() {
	n.each(len(n.paths), func(i int) error {
		id, err := n.ask(http.MethodGet, n.paths[i], nil)
		if err == nil && !strings.HasSuffix(n.paths[i], "/"+id) {
			err = fmt.Errorf("%s answered with %q", n.paths[i], id)
		}
		return err
	})
}
