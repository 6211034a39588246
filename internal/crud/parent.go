// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"fmt"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Missing is the error of read when it says twice that there is no such thing. Any other error is
// left to the apply.
func Missing(read func() error) error {
	err := read()
	if isMissing(err) {
		err = read() // one answer alone is not believed
	}
	if !isMissing(err) {
		return nil
	}
	return err
}

func isMissing(err error) bool { return apierr.IsGone(err) || apierr.IsNotFound(err) }

// NoSuchParent is the error of a plan that moves something to what is [Missing].
func NoSuchParent(missing error) error {
	return fmt.Errorf("it would move to what does not exist: %w. Nothing was changed, but an apply would delete the present one before its create fails. Check the id", apierr.Unmanaged(missing))
}
