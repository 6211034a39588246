// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// edits reports whether the current key is changed in place, its end aside.
func (d Decision) edits() bool { return d.Rename || len(d.Edit) > 0 }

// edited are the arguments of [Decision.edits].
func (d Decision) edited() []string {
	if d.Rename {
		return append([]string{nameArgument}, d.Edit...)
	}
	return d.Edit
}

// edit changes the current key in place.
func (j *Job) edit(ctx context.Context) (key Key, err error) {
	editor, ok := j.Vendor.(Editor)
	if !ok {
		return Key{}, fmt.Errorf("the %s of key %s: %w", strings.Join(j.Decision.edited(), " and "), j.Have.ID, ErrCannot)
	}
	change := Change{Own: j.Decision.Edit}
	if j.Decision.Rename {
		if change.Name, err = j.rename(ctx); err != nil {
			return Key{}, err
		}
	}
	err = twice(func() (err error) {
		key, err = editor.Edit(ctx, j.Have.ID, change)
		return err
	})
	var partly *Partly
	switch {
	case apierr.MayBeDone(err):
		j.mayHave(j.Decision.edited())
	case errors.As(err, &partly):
		j.mayHave(partly.Own)
	}
	for _, argument := range j.Decision.edited() {
		if refused := j.refused(err, argument, unchanged); refused != err { //nolint:errorlint // the very error, or another one
			return Key{}, refused
		}
	}
	if err != nil {
		return Key{}, err
	}
	j.Memory.trust(j.Decision.edited()...)
	if j.Decision.Rename {
		what := "was not renamed"
		if j.Memory.Shown != "" && key.Name != j.Memory.Shown {
			what = "is not called as it was asked to be"
		}
		j.Memory.Shown = key.Name
		asked, ours := (Key{Name: change.Name}).Marked()
		if shown, _ := key.Marked(); ours && key.Name != "" && shown != asked {
			j.Notify(markerLost(j.Have.ID, key.Name, fmt.Sprintf(", and it was asked for %q", change.Name)))
		}
		if key.Name != "" && !ident.MayBecome(change.Name, key.Name) {
			j.Notify(Notice{j.Have.ID, what, fmt.Sprintf("The server answered that it is called %q, and it was asked for %q. The new name is in state all the same, and the next rotation gives it to the new key.", key.Name, change.Name)})
		}
	}
	for _, argument := range j.Decision.Edit {
		delete(j.Memory.Answers, argument)
	}
	j.stale(j.Decision.Edit)
	return key, nil
}

// mayHave notes what a failed change may have given the current key, or has: what no look settles is in doubt,
// and of the rest the next look says whether it was done.
func (j *Job) mayHave(arguments []string) {
	unseen := j.unseen(arguments)
	j.Memory.doubt(unseen...)
	for _, own := range j.Want.Own {
		if own.Whole && own.InPlace && slices.Contains(arguments, own.Name) && !slices.Contains(unseen, own.Name) && !slices.Contains(j.Memory.Awaited, own.Name) {
			j.Memory.Awaited = append(slices.Clone(j.Memory.Awaited), own.Name)
		}
	}
}

// unseen are those of which no read puts another value into state.
func (j *Job) unseen(arguments []string) []string {
	return slices.DeleteFunc(slices.Clone(arguments), func(name string) bool {
		return name != nameArgument && !slices.ContainsFunc(j.Want.Own, func(own Own) bool { return own.Name == name && own.Hidden })
	})
}

// rename is the new name with the mark that the current key has, or had before somebody renamed it, or a new one of
// the series: an adopted key may have none.
func (j *Job) rename(ctx context.Context) (string, error) {
	key, err := j.Vendor.Get(ctx, j.Have.ID, j.Have.CreatedAt)
	if err != nil {
		return "", err
	}
	mark, ours := key.Marked()
	if !ours {
		mark, ours = Key{Name: j.Memory.Shown}.Marked()
	}
	if !ours && j.Memory.Series != "" && !j.Memory.adopted() {
		mark, ours = j.Memory.attempt(), true
	}
	if ours {
		return j.Vendor.Capabilities().Name.Show(j.Want.Name, mark), nil
	}
	return j.Want.Name, nil
}

// called reports whether a key has the name that the vendor showed before. A server may show one in
// its own way that it has answered as it was sent; without its mark, or a part, it is no other spelling.
func (m *Memory) called(key Key) bool {
	if m.Shown == "" || m.Shown == key.Name {
		return true
	}
	before, _ := Key{Name: m.Shown, Mark: key.Mark}.Marked()
	now, _ := key.Marked()
	return before == now && ident.MayBecome(m.Shown, key.Name) && !ident.IsStem(m.Shown, key.Name)
}

// stale notes that previous keys lack a change of own arguments.
func (j *Job) stale(changed []string) {
	for _, own := range j.Want.Own {
		if !own.Whole || !own.InPlace || !slices.Contains(changed, own.Name) {
			continue
		}
		for id := range j.Memory.Previous {
			j.Memory.lacks(id, own)
		}
	}
}

// changed are the own arguments whose configuration differs from the current key.
func (w Wanted) changed() []string {
	var names []string
	for _, own := range w.Own {
		if own.Changed {
			names = append(names, own.Name)
		}
	}
	return names
}

// Sent are the own arguments that a previous key lacks and gets: the configuration does not leave them as they
// are, or has taken them away.
func (w Wanted) Sent(s Superseded) []string {
	return slices.DeleteFunc(slices.Clone(s.Stale), func(name string) bool {
		return !slices.Contains(s.Taken, name) && slices.ContainsFunc(w.Own, func(own Own) bool { return own.Name == name && own.Open })
	})
}

// align gives previous keys what they lack.
func (j *Job) align(ctx context.Context) {
	editor, ok := j.Vendor.(Editor)
	if !ok {
		return
	}
	for id, s := range j.Memory.Previous {
		if lacks := j.Want.Sent(s); len(lacks) > 0 && !j.Memory.over(j.Vendor, s) {
			j.give(ctx, editor, id, lacks)
		}
	}
}

// give sends own arguments to a previous key. Trouble is a notice: the next apply tries again. What is refused twice the
// key does without until its end, or no plan would be quiet before.
func (j *Job) give(ctx context.Context, editor Editor, id string, lacks []string) {
	err := twice(func() error {
		_, err := editor.Edit(ctx, id, Change{Own: lacks})
		return err
	})
	s := j.Memory.Previous[id]
	switch refused := errors.Is(err, ErrCannot); {
	case refused && len(lacks) > 1: // the others may be possible
		for _, name := range lacks {
			j.give(ctx, editor, id, []string{name})
		}
		return
	case refused:
		j.Notify(Notice{id, "keeps its old " + lacks[0], fmt.Sprintf("This %s refuses to change it on this previous key: %v. It stays as it is until its overlap ends at %s.", j.Vendor.Capabilities().Words.Tenant, err, stamp(s.End))})
	case err != nil && !apierr.IsGone(err):
		j.Notify(Notice{id, "keeps old settings", fmt.Sprintf("The change of %s could not be applied to this previous key: %v. The next apply tries again.", strings.Join(lacks, " and "), err)})
		return
	}
	has := func(name string) bool { return slices.Contains(lacks, name) }
	s.Stale, s.Taken = slices.DeleteFunc(slices.Clone(s.Stale), has), slices.DeleteFunc(slices.Clone(s.Taken), has)
	j.Memory.Previous[id] = s
}

// unyielded gives a key the name back that it may have given up although that failed, and says what is the case now.
func (j *Job) unyielded(ctx context.Context, back func(context.Context) error, err error) string {
	if back == nil || errors.Is(err, ErrCannot) {
		return "Nothing was changed"
	}
	if err := back(context.WithoutCancel(ctx)); err != nil {
		j.Memory.doubt(nameArgument)
		return fmt.Sprintf("Whether it still has its name is not known, and it could not be given it back: %v. The next rotation goes on from there", err)
	}
	return "It was given its name back, so nothing is changed"
}

// yield has the current key give up its name, where names are unique. undo is for a mint
// that failed: it gives the name back, unless the outcome is not known.
func (j *Job) yield(ctx context.Context) (undo func(context.Context, error) error, err error) {
	nothing := func(_ context.Context, err error) error { return err }
	yielder, ok := j.Vendor.(Yielder)
	if !ok || j.Have.ID == "" || j.Memory.Phase == Deleted || j.Memory.Phase == Expired && !j.Vendor.Capabilities().Remains {
		return nothing, nil
	}
	back, err := yielder.Yield(ctx, j.Have.ID, j.Have.Generation)
	if apierr.IsGone(err) {
		return nothing, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the current key %s has to give up its name before the next one is created: %w. %s", j.Have.ID, err, j.unyielded(ctx, back, err))
	}
	UndeliveredOf(ctx).Undo(back)
	return func(ctx context.Context, err error) error {
		switch {
		case j.Memory.Phase == Deleted:
			return err
		case len(j.Memory.Unsettled) > 0:
			j.Memory.doubt(nameArgument)
			return err
		}
		if failed := back(context.WithoutCancel(ctx)); failed != nil {
			j.Memory.doubt(nameArgument)
			return fmt.Errorf("%w. Key %s could not be given its name back: %w", err, j.Have.ID, failed)
		}
		return err
	}, nil
}

// twice asks again for what an organization has refused: one answer proves nothing,
// since it may be a single wrong one of a gateway.
func twice(ask func() error) error {
	err := ask()
	if errors.Is(err, ErrCannot) {
		err = ask()
	}
	return err
}
