// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// What is not there is believed when it is said twice; other errors are the apply's.
func TestMissing(t *testing.T) {
	t.Parallel()
	gone, notFound, busy := &apierr.Gone{What: "group g_1", Why: "it was deleted"}, &apierr.Error{Status: http.StatusNotFound}, errors.New("busy")
	for _, c := range []struct {
		answers []error
		want    error
	}{
		{[]error{nil}, nil},
		{[]error{busy}, nil},
		{[]error{gone, gone}, gone},
		{[]error{notFound, gone}, gone},
		{[]error{notFound, nil}, nil},
		{[]error{notFound, busy}, nil},
	} {
		asked := 0
		err := crud.Missing(func() error {
			asked++
			return c.answers[asked-1]
		})
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || asked != len(c.answers) {
			t.Errorf("%v: %v after %d answers", c.answers, err, asked)
		}
	}
}
