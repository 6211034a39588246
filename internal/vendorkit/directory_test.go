// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendorkit_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
)

type shelf struct{ id, name string }

// What is gone is neither found nor listed, lists are in the order of names, and a list that
// cannot be read is an error.
func TestDirectory(t *testing.T) {
	t.Parallel()
	all := []shelf{{"s3", "b"}, {"s1", "a"}, {"s2", "a"}, {"s4", "gone"}}
	d := vendorkit.Directory[error, shelf, string]{
		Noun: "shelf",
		All: func(_ context.Context, err error) (*apiclient.List[shelf], error) {
			byID := map[string]shelf{}
			for _, one := range all {
				byID[one.id] = one
			}
			return &apiclient.List[shelf]{ByID: byID}, err
		},
		Walk: func(_ context.Context, err error, _ func(string)) iter.Seq2[shelf, error] {
			return func(yield func(shelf, error) bool) {
				for _, one := range all {
					if !yield(one, nil) {
						return
					}
				}
				if err != nil {
					yield(shelf{}, err)
				}
			}
		},
		Gone:  func(s shelf) bool { return s.name == "gone" },
		Facts: func(s shelf) (id, name string) { return s.id, s.name },
		Form:  func(s shelf) string { return s.id },
	}
	for name, want := range map[string]string{
		"b": "<nil>", "a": `2 shelfs in this organization are called "a": s1, s2. Look the right one up by id`,
		"gone": `there is no shelf called "gone" in this organization. Names are compared exactly`,
	} {
		got, err := d.Named(t.Context(), nil, name)
		if fmt.Sprint(err) != want || name == "b" && got != "s3" {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
	if got, err := d.List(t.Context(), nil); err != nil || !slices.Equal(got, []string{"s1", "s2", "s3"}) {
		t.Errorf("listed %v, %v", got, err)
	}
	broken := errors.New("broken")
	_, named := d.Named(t.Context(), broken, "b")
	_, listed := d.List(t.Context(), broken)
	if !errors.Is(named, broken) || !errors.Is(listed, broken) {
		t.Errorf("got %v and %v", named, listed)
	}
	found := ""
	for one, err := range d.Find(t.Context(), broken) {
		form := "none"
		if one.Complete != nil {
			form, _ = one.Complete(t.Context(), "")
		}
		found += fmt.Sprint(one.ID, one.DisplayName, form, err, " ")
	}
	if want := "[s3]bs3<nil> [s1]as1<nil> [s2]as2<nil> []nonebroken "; found != want {
		t.Errorf("found %s, want %s", found, want)
	}
}

// Objects of one name below different parents are told apart by where they are.
func TestDirectoryBelowAParent(t *testing.T) {
	t.Parallel()
	d := vendorkit.Directory[error, shelf, string]{
		Noun: "shelf", Where: "room r1", Parent: "r1",
		All: func(_ context.Context, err error) (*apiclient.List[shelf], error) {
			return &apiclient.List[shelf]{}, err
		},
		Walk: func(context.Context, error, func(string)) iter.Seq2[shelf, error] {
			return func(yield func(shelf, error) bool) { yield(shelf{"s1", "a"}, nil) }
		},
		Facts: func(s shelf) (id, name string) { return s.id, s.name },
		Form:  func(s shelf) string { return s.id },
	}
	d.All = func(_ context.Context, err error) (*apiclient.List[shelf], error) {
		return &apiclient.List[shelf]{Incomplete: []string{"a row was left out"}}, err
	}
	var diags diag.Diagnostics
	if _, err := d.List(crud.WithWarnings(t.Context(), &diags), nil); err != nil || diags.WarningsCount() != 1 || !strings.Contains(diags[0].Summary(), "shelfs of room r1") {
		t.Errorf("%v, warnings %v", err, diags)
	}
	if _, err := d.Named(t.Context(), nil, "a"); fmt.Sprint(err) != `there is no shelf called "a" in room r1. Names are compared exactly` {
		t.Error(err)
	}
	found, err := d.Namesakes(types.StringValue("a"), apiclient.Look[shelf]{Items: []shelf{{"s1", "a"}}})
	if err != nil || found.Where != "room r1" || !slices.Equal(found.IDs, []string{"r1/s1"}) {
		t.Errorf("namesakes %+v, %v", found, err)
	}
	for one, err := range d.Find(t.Context(), nil) {
		if err != nil || !slices.Equal(one.ID, []string{"r1", "s1"}) {
			t.Errorf("found %v, %v", one.ID, err)
		}
	}
}
