// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/respjson"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// SpendLimit is the most that a project, or the organization, may spend.
type SpendLimit struct {
	Cents       *int64 // of a US dollar; nil = not shown
	Interval    string // "month"; "" = not shown
	Enforcement string // "inactive" or "enforcing"; "" = not shown
}

// Currency is the only one there is.
const Currency = "USD"

// spendLimitOf reads the limit of either level: both have the same fields.
func spendLimitOf(w *vendor.ProjectSpendLimit) (SpendLimit, error) {
	return SpendLimit{whole(w.JSON.ThresholdAmount, w.ThresholdAmount), string(w.Interval), w.Enforcement.Status}, dollars(string(w.Currency))
}

// dollars refuses an amount in another currency, which would be taken for dollars.
func dollars(currency string) error {
	if currency != "" && !strings.EqualFold(strings.TrimSpace(currency), Currency) {
		return fmt.Errorf("its amount is in %q, and only %s is known", currency, Currency)
	}
	return nil
}

// amountField is what limits and alerts have to fit each other in.
const amountField = "threshold_amount"

// afterAlerts writes a limit. The server may refuse one below an alert, perhaps also one at it: after each write of an
// alert in this run, as long as there are any, the limit is written again; and once where no alert stands against it any
// more, because one was changed meanwhile.
func (c *Client) afterAlerts(ctx context.Context, parent string, fields map[string]any, write func() (SpendLimit, error)) (SpendLimit, error) {
	for again := false; ; {
		since := c.alertWrites.count(parent)
		set, err := write()
		if failed, _ := apierr.As(err); apierr.Status(err) != http.StatusBadRequest || failed.Param != "" && failed.Param != amountField {
			return set, err
		}
		list, lookErr := c.SpendAlerts.Fresh(ctx, parent)
		if lookErr != nil {
			return set, err
		}
		var above []string
		for id, alert := range list.ByID {
			if cents, _ := fields[amountField].(int64); alert.Cents != nil && *alert.Cents >= cents {
				above = append(above, id+" ("+alert.Described()+")")
			}
		}
		slices.Sort(above)
		switch {
		case c.alertWrites.count(parent) != since:
		case len(above) == 0 && (again || len(list.ByID) == 0):
			return set, err // whatever it is, it is not an alert
		case len(above) == 0:
			again = true
		case !c.alertWrites.wait(ctx, parent, since, func(ctx context.Context) { _ = c.http.Sleep(ctx, limitComes) }):
			return set, apierr.Hinted(err, fmt.Sprintf("These spend alerts are at or above the limit: %s. Lower or delete them, or raise the limit, if that is why it was refused. If this apply also lowers an alert, that change had not started after %s, as where the alert depends on the limit or with -parallelism=1: apply the alert first, with -target=<its address>, and then the rest.", strings.Join(above, ", "), limitComes))
		}
	}
}

// whole is a number of an answer, nil where it was not shown.
func whole(shown respjson.Field, value int64) *int64 {
	if !shown.Valid() {
		return nil
	}
	return &value
}
