// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Only a 404 is looked into; what the look says decides.
func TestStillThere(t *testing.T) {
	t.Parallel()
	gone := errors.New("it is gone")
	refused := func(status int) error { return &apierr.Error{Status: status, Message: "no", Hint: "check the id"} }
	for _, c := range []struct {
		err, look error
		want      string
		looks     int
	}{
		{nil, gone, "", 0},
		{refused(http.StatusForbidden), nil, "check the id", 0},
		{refused(http.StatusNotFound), gone, "it is gone", 1},
		{refused(http.StatusNotFound), nil, "key x is there all the same", 1},
	} {
		looks := 0
		err := apiclient.StillThere("key x", c.err, func() error { looks++; return c.look })
		text := ""
		if err != nil {
			text = err.Error()
			if failed, ok := apierr.As(err); ok {
				text += failed.Hint
			}
		}
		if looks != c.looks || !strings.Contains(text, c.want) || c.looks == 1 && strings.Contains(text, "check the id") {
			t.Errorf("%v, looked %d times: %q", c.err, looks, text)
		}
	}
}
