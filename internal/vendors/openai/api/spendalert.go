// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	vendor "github.com/openai/openai-go/v3"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// SpendAlert is a mail that is sent when a project, or the organization, has spent so much.
type SpendAlert struct {
	ID         string
	Cents      *int64   // of a US dollar; nil = not shown
	Interval   string   // "month"; "" = not shown
	Recipients []string // nil = not shown
	Prefix     *string  // of the subject; "" = none, nil = not shown
}

// spendAlertOf reads the alert of either level: both have the same fields.
func spendAlertOf(string) reader[vendor.ProjectSpendAlert, SpendAlert] {
	return func(w *vendor.ProjectSpendAlert) (SpendAlert, error) {
		if w == nil || w.ID == "" {
			return SpendAlert{}, errors.New("it has no alert id")
		}
		a := SpendAlert{ID: w.ID, Cents: whole(w.JSON.ThresholdAmount, w.ThresholdAmount), Interval: string(w.Interval)}
		if channel := w.NotificationChannel; w.JSON.NotificationChannel.Valid() {
			a.Recipients = channel.Recipients
			if channel.JSON.SubjectPrefix.Raw() != "" { // null says that there is none
				a.Prefix = &channel.SubjectPrefix
			}
		}
		return a, dollars(string(w.Currency))
	}
}

// channelField is what says where the mail goes.
const channelField = "notification_channel"

// fields are what a write sends: each one replaces the whole alert.
func (a SpendAlert) fields() map[string]any {
	channel := map[string]any{"type": "email", "recipients": a.Recipients}
	if a.Prefix != nil && *a.Prefix != "" {
		channel["subject_prefix"] = *a.Prefix
	}
	return map[string]any{amountField: *a.Cents, "currency": Currency, "interval": a.Interval, channelField: channel}
}

// Described says what an alert does: alerts have no name. Addresses are compared as mail does.
func (a SpendAlert) Described() string {
	var cents int64
	if a.Cents != nil {
		cents = *a.Cents
	}
	prefix := ""
	if a.Prefix != nil && *a.Prefix != "" {
		prefix = *a.Prefix + ", "
	}
	recipients := strings.Fields(strings.ToLower(strings.Join(a.Recipients, " ")))
	slices.Sort(recipients)
	return fmt.Sprintf("%d.%02d %s a %s (%sto %s)", cents/100, cents%100, Currency, a.Interval, prefix, strings.Join(recipients, ", "))
}

// CreateSpendAlert creates an alert. After an unknown outcome it adopts one that does the same
// and was not in the list before: alerts show no moment of their creation.
func (c *Client) CreateSpendAlert(ctx context.Context, parent string, alert SpendAlert) (SpendAlert, Recovered, error) {
	facts := func(a SpendAlert) (id, name string) { return a.ID, a.Described() }
	var how Recovered
	made, err := c.afterLimit(ctx, parent, alert, func() (made SpendAlert, err error) {
		made, how, err = c.SpendAlerts.CreateListed(ctx, parent, alert.Described(), alert.fields(), facts)
		return made, err
	})
	return made, how, err
}

// UpdateSpendAlert replaces what an alert does.
func (c *Client) UpdateSpendAlert(ctx context.Context, parent, id string, created time.Time, alert SpendAlert) (SpendAlert, error) {
	return c.afterLimit(ctx, parent, alert, func() (SpendAlert, error) {
		return c.SpendAlerts.Update(ctx, parent, id, created, alert.fields())
	})
}

// DeleteSpendAlert deletes an alert.
func (c *Client) DeleteSpendAlert(ctx context.Context, parent, id string, created time.Time) error {
	defer c.alertWrites.begin(parent)()
	return c.SpendAlerts.Delete(ctx, parent, id, created)
}

// limitComes is how long an alert waits for a write of the limit that has not begun yet, and the other way round.
const limitComes = 10 * time.Second

// afterLimit writes an alert. The server refuses one above the spend limit, perhaps also one at it: if the
// limit is written or removed in this run too, the alert is written again after it, once.
func (c *Client) afterLimit(ctx context.Context, parent string, alert SpendAlert, write func() (SpendAlert, error)) (SpendAlert, error) {
	since := c.SpendLimits.writes.count(parent)
	once := write
	write = func() (SpendAlert, error) { // while it waits, no limit waits for it
		defer c.alertWrites.begin(parent)()
		return once()
	}
	made, err := write()
	if failed, _ := apierr.As(err); apierr.Status(err) != http.StatusBadRequest || strings.HasPrefix(failed.Param, channelField) {
		return made, err
	}
	limit, lookErr := c.SpendLimits.Look(ctx, parent)
	begun := c.SpendLimits.writes.begun(parent, since)
	switch {
	case apierr.IsGone(lookErr) && begun: // it was there when the alert was refused
	case lookErr != nil || limit.Cents == nil, *limit.Cents > *alert.Cents && !begun:
		return made, err // whatever it is, it is not the limit
	}
	if !c.SpendLimits.writes.wait(ctx, parent, since, func(ctx context.Context) { _ = c.http.Sleep(ctx, limitComes) }) {
		if limit.Cents == nil {
			return made, err // stopped
		}
		return made, apierr.Hinted(err, fmt.Sprintf("The spend limit is %d.%02d %s, and the alert is at or above it. Raise the limit, or lower the alert, if that is why it was refused. If this apply also raises the limit, that change had not started after %s, as happens with -parallelism=1: name the limit in the depends_on of the alert, and apply again.", *limit.Cents/100, *limit.Cents%100, Currency, limitComes))
	}
	return write()
}
