// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"maps"
	"net/http"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

const descriptionField = "description"

// describe sends changed fields. A description that was taken away is sent as null, and where that
// does not clear it, as an empty text; object is warned about when neither does.
func describe[T any](ctx context.Context, object string, fields map[string]any, send func(fields map[string]any) (T, error), description func(T) string) (T, error) {
	got, err := send(fields)
	text, sent := fields[descriptionField]
	refused := apierr.Status(err) == http.StatusBadRequest || apierr.Status(err) == http.StatusUnprocessableEntity
	if !sent || text != nil || err != nil && !refused || err == nil && description(got) == "" {
		return got, err
	}
	again := map[string]any{}
	if err != nil { // nothing was changed
		maps.Copy(again, fields)
	}
	again[descriptionField] = ""
	cleared, clearErr := send(again)
	if clearErr != nil && err == nil { // the rest was changed
		crud.Warn(ctx, object, "keeps its description", "The description was taken out of the configuration, and the server cannot clear it: %v.", clearErr)
		return got, nil
	}
	if clearErr == nil && description(cleared) != "" {
		crud.Warn(ctx, object, "keeps its description", "The description was taken out of the configuration, and the server answered with the old one to null and to an empty text. Change it to another text, or remove it in the dashboard.")
	}
	return cleared, clearErr
}
