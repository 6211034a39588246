// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"maps"
	"net/http"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Clear is an update in which nil takes a text away: it is sent as null, and where that is
// refused or the answer still shows the text, as an empty one. Where the server keeps it all
// the same, the rest is changed and the text stays, which an [Object] warns of. send sends
// fields, and reads the object where there are none; shown is a text in its answer, "" for none.
func Clear[T any](fields map[string]any, send func(fields map[string]any) (T, error), shown func(answer T, name string) string) (T, error) {
	emptied, rest := map[string]any{}, map[string]any{}
	for name, value := range fields {
		if value == nil {
			emptied[name] = ""
		} else {
			rest[name] = value
		}
	}
	answer, err := send(fields)
	switch {
	case len(emptied) == 0:
		return answer, err
	case refused(err):
		both := maps.Clone(rest)
		maps.Copy(both, emptied)
		second, again := send(both)
		if !refused(again) {
			return second, again
		}
		if left, failed := send(rest); !refused(failed) {
			return left, failed
		}
		return answer, err
	case err != nil:
		return answer, err
	}
	maps.DeleteFunc(emptied, func(name string, _ any) bool { return shown(answer, name) == "" })
	if len(emptied) == 0 {
		return answer, nil
	}
	if second, err := send(emptied); !refused(err) {
		return second, err
	}
	return answer, nil
}

// refused says that a server does not take what was sent.
func refused(err error) bool {
	status := apierr.Status(err)
	return status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
}
