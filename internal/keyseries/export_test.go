// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import "time"

// Steps of a [Job] that tests also look at one by one.
var (
	Retire      = retire
	ClearOthers = clearOthers
)

// Supersede is a step of [Job.Rotate].
func Supersede(v Vendor, m *Memory, have State, minted time.Time, overlap time.Duration) []Previous {
	job := Job{Vendor: v, Want: Wanted{Overlap: overlap}, Have: have, Memory: m}
	return job.supersede(Minted{CreatedAt: minted})
}
