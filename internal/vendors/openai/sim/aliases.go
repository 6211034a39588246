// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

type (
	// Fault is simkit's.
	Fault = simkit.Fault
	// FaultKind is simkit's.
	FaultKind = simkit.FaultKind
	// Entry is simkit's.
	Entry = simkit.Entry
	// Clock is simkit's.
	Clock = simkit.Clock
)

// NewClock is simkit's.
func NewClock(start time.Time) *Clock { return simkit.NewClock(start) }

// NewRunningClock is simkit's.
func NewRunningClock(offset time.Duration) *Clock { return simkit.NewRunningClock(offset) }

// The kinds are simkit's.
const (
	NoDate         = simkit.NoDate
	CutBefore      = simkit.CutBefore
	CutAfter       = simkit.CutAfter
	StatusBefore   = simkit.StatusBefore
	StatusAfter    = simkit.StatusAfter
	Delay          = simkit.Delay
	HangBefore     = simkit.HangBefore
	HangAfter      = simkit.HangAfter
	Truncated      = simkit.Truncated
	HTML           = simkit.HTML
	NumericCode    = simkit.NumericCode
	BareError      = simkit.BareError
	PlainError     = simkit.PlainError
	MissingSecret  = simkit.MissingSecret
	NotFoundAfter  = simkit.NotFoundAfter
	StaleList      = simkit.StaleList
	StaleGet       = simkit.StaleGet
	RepeatedCursor = simkit.RepeatedCursor
	Redirect       = simkit.Redirect
	NotFoundBefore = simkit.NotFoundBefore
	BlockPage      = simkit.BlockPage
	Echo           = simkit.Echo
	Crossed        = simkit.Crossed
	FormerAnswer   = simkit.FormerAnswer
	Altered        = simkit.Altered
	Milliseconds   = simkit.Milliseconds
	EndlessList    = simkit.EndlessList
)
