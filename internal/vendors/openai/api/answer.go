// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/packages/pagination"
	"github.com/openai/openai-go/v3/packages/respjson"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// errDoubtful is in the error for an object with a moment that cannot be true.
var errDoubtful = errors.New("cannot be true")

// moments reads the moments of one object and remembers which one cannot be true.
type moments struct {
	http *apiclient.Client
	err  error
}

// at reads one moment: whole seconds; 0, null, an empty text or left out for none.
func (m *moments) at(name string, field respjson.Field, value int64) time.Time {
	raw := field.Raw()
	if strings.Trim(raw, "\" \t") == "" || raw == respjson.Null || field.Valid() && value == 0 {
		return time.Time{}
	}
	at := time.Unix(value, 0).UTC()
	if field.Valid() && value > 0 && value < latest && m.http.Plausible(at) {
		return at
	}
	if raw = secret.Scrub(raw); len(raw) > 30 {
		raw = raw[:30] + "…"
	}
	m.err = fmt.Errorf("its %s (%q) %w: it is more than ten years from now", name, raw, errDoubtful)
	return time.Time{}
}

// latest keeps what is computed with a moment within what can be computed.
const latest = 1 << 40

// reader gives an answer its form. Its error says what is wrong with the answer; an
// object whose moments cannot be true comes with it, without them. A pointer is never nil, not even
// beside an error: the id is looked at.
type reader[V, T any] func(*V) (T, error)

// about reads an answer into out and holds it against the id that was asked for, ""
// where the server chooses the id.
func about[V, T any](asked string, out *T, read reader[V, T], idOf func(T) string) func(*V) error {
	return func(answer *V) error {
		got, err := read(answer)
		if asked != "" {
			if foreign := apiclient.SameID(asked, idOf(got)); foreign != nil {
				return foreign
			}
		}
		if err == nil {
			*out = got
		}
		return err
	}
}

// acknowledged holds an acknowledgement, which may be empty, against the id it is about.
func acknowledged[V any](asked string, idOf func(*V) string) func(*V) error {
	return func(answer *V) error {
		if answer == nil {
			return nil
		}
		return apiclient.SameID(asked, idOf(answer))
	}
}

// conversationPage is the vendor's name for the list style of most endpoints.
type conversationPage[V any] = pagination.ConversationCursorPage[V]

var errNoList = errors.New("it has no list")

// usableList holds against an answer that it has no list at all: taken for an empty
// one it would say that everything is gone.
func usableList[V any](answer *conversationPage[V]) error {
	if answer == nil || !answer.JSON.Data.Valid() {
		return errNoList
	}
	return nil
}

// pageOf reads the rows of a page; see [rows].
func pageOf[V, T any](answer *conversationPage[V], err error, read reader[V, T], note func(string)) (apiclient.Page[T], error) {
	if err != nil || answer == nil {
		return apiclient.Page[T]{}, err
	}
	return apiclient.Page[T]{Items: rows(answer.Data, read, note), More: answer.HasMore, Guess: !answer.JSON.HasMore.Valid(), Last: answer.LastID}, nil
}

// rows reads the rows of a list. One that cannot be read is noted and left out: the list
// is incomplete without it.
func rows[V, T any](data []V, read reader[V, T], note func(string)) []T {
	out := make([]T, 0, len(data))
	for i := range data {
		row, err := read(&data[i])
		if err != nil {
			note(rowName(&data[i]) + " was left out: " + err.Error())
			continue
		}
		out = append(out, row)
	}
	return out
}

func rowName(row any) string {
	raw, _ := row.(interface{ RawJSON() string })
	if raw == nil {
		return "a row"
	}
	return apiclient.RowName(json.RawMessage(raw.RawJSON()), "id")
}

// kept reads rows so that one with a moment that cannot be true is kept, marked by the
// reader as doubtful: it may be what is looked for.
func kept[V, T any](read reader[V, T], note func(string)) reader[V, T] {
	return func(answer *V) (T, error) {
		row, err := read(answer)
		if errors.Is(err, errDoubtful) {
			note(rowName(answer) + " was left out: " + err.Error())
			err = nil
		}
		return row, err
	}
}

// ignored is for those who do not ask why a list may be incomplete.
func ignored(string) {}
