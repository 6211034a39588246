// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package crud owns Terraform's ceremony, once for all objects: decoding and storing
// state, identity, import, diagnostics. It knows no vendor; the client is a type
// parameter and errors are read through apierr.
package crud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// ErrNotYetKnown is returned by Connect while the provider's own configuration
// depends on something that is not applied yet. Nothing falls back to the environment
// then: with aliases that would be another organization.
var ErrNotYetKnown = errors.New("the provider's configuration is not known before apply")

// Stored wraps the error of a Create or Update that has left an object behind: the
// model returned beside it is stored all the same.
type Stored struct{ Err error }

// Error implements error.
func (s *Stored) Error() string { return s.Err.Error() }

// Unwrap gives the cause.
func (s *Stored) Unwrap() error { return s.Err }

// AddError writes err as the one diagnostic form of the provider: "Unable to <verb>
// <object>", what to do, then the server's words with status, code and request id.
func AddError(diags *diag.Diagnostics, action string, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && isJoin(err) {
		for _, one := range joined.Unwrap() {
			AddError(diags, action, one)
		}
		return
	}
	if located, ok := asAt(err); ok {
		diags.AddAttributeError(located.Path, secret.ShownLine(located.Summary), secret.Shown(located.Detail))
		return
	}
	summary := "Unable to " + action
	var titled *Titled
	if errors.As(err, &titled) {
		summary = titled.Summary + ": unable to " + action
	}
	text := detail(err)
	if errors.Is(err, ErrNotYetKnown) {
		text += " " + applyFirst
	}
	diags.AddError(secret.ShownLine(summary), secret.Shown(text))
}

// applyFirst is the way out of [ErrNotYetKnown].
const applyFirst = "A value in the provider block comes from something that is not applied yet. Apply that first, with -target=<its address>; or give a data source a depends_on with its address, so that the apply reads it and not the plan."

// isJoin distinguishes the result of errors.Join, which is several errors, from an error that
// wraps several causes, which is one.
func isJoin(err error) bool {
	return reflect.TypeOf(err) == reflect.TypeOf(errors.Join(errors.New("")))
}

func detail(err error) string {
	e, ok := apierr.As(err)
	if !ok {
		return Sentence(err.Error())
	}
	var parts []string
	if e.Hint != "" {
		parts = append(parts, Sentence(e.Hint))
	}
	parts = append(parts, Sentence(err.Error()))
	if apierr.IsNotFound(err) {
		parts = append(parts, otherBlock)
	}
	return strings.Join(parts, "\n\n")
}

// otherBlock is what else may be wrong where something is not found.
const otherBlock = "If the configuration has several provider blocks (alias), check the provider argument of this object: without it, the block without an alias is used."

// Titled is an error whose diagnostic has a summary of its own, before the name of the object.
type Titled struct {
	Summary string // what is wrong, without the object
	Err     error
}

// Error implements error.
func (t *Titled) Error() string { return t.Err.Error() }

// Unwrap gives the error itself.
func (t *Titled) Unwrap() error { return t.Err }

// At is an error that belongs to one attribute.
type At struct {
	Path    path.Path
	Summary string
	Detail  string
}

// Error implements error.
func (a *At) Error() string { return a.Summary + ": " + a.Detail }

func asAt(err error) (*At, bool) {
	var a *At
	ok := errors.As(err, &a)
	return a, ok
}

// OrForget completes the refusal of what a destroy writes, which keeps the object in state: it may be refused for
// ever, and with it the destroy of what the object is in.
func OrForget(err error, writes string) error {
	failed, _ := apierr.As(err)
	status := apierr.Status(err)
	if status < http.StatusBadRequest || status >= http.StatusInternalServerError || failed.Outcome != apierr.Refused ||
		slices.Contains([]int{http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooManyRequests}, status) {
		return err
	}
	hint := "The server refuses what the destroy writes: " + writes + ". Nothing was changed. If a limit or a setting of the organization is the reason, change that, and destroy again. Or leave the present values as they are, and only forget this resource: terraform state rm <address>"
	if failed.Hint != "" { // it may be that as well
		hint = failed.Hint + "\n\n" + hint
	}
	return apierr.Hinted(err, hint)
}

type warningsKey struct{}

// WithWarnings gives a context in which [Warn] adds to diags.
func WithWarnings(ctx context.Context, diags *diag.Diagnostics) context.Context {
	return context.WithValue(ctx, warningsKey{}, diags)
}

// PassWarnings adds to ctx what was warned of in a context of its own, as parts of one
// call that run side by side need: see [WithWarnings].
func PassWarnings(ctx context.Context, warnings diag.Diagnostics) {
	if diags, ok := ctx.Value(warningsKey{}).(*diag.Diagnostics); ok {
		diags.Append(warnings...)
	}
}

// Named is how messages name an object: API key "payments" (key_1). What is not known
// is left out.
func Named(noun, name, id string) string {
	switch {
	case name == "" && id == "":
		return noun
	case name == "":
		return noun + " " + id
	case id == "":
		return fmt.Sprintf("%s %q", noun, name)
	}
	return fmt.Sprintf("%s %q (%s)", noun, name, id)
}

// namedIn is [Named] with the attributes of a model, where it has them, that hold its name and "id".
func namedIn(ctx context.Context, noun, called string, form fwschema, from getter) string {
	text := func(attribute string) string {
		var value types.String
		if at := path.Root(attribute); knows(ctx, form, at) {
			from.GetAttribute(ctx, at, &value)
		}
		return value.ValueString()
	}
	return Named(noun, text(called), text("id"))
}

// fwschema is what the schemas of resources and data sources have in common.
type fwschema interface {
	TypeAtPath(ctx context.Context, at path.Path) (attr.Type, diag.Diagnostics)
}

func knows(ctx context.Context, form fwschema, at path.Path) bool {
	found, diags := form.TypeAtPath(ctx, at)
	return !diags.HasError() && types.StringType.Equal(found)
}

// Warn reports something about one object without failing. The object stands in the
// summary, as [Named] writes it, because Terraform folds warnings of one summary.
func Warn(ctx context.Context, object, what, format string, args ...any) {
	if diags, ok := ctx.Value(warningsKey{}).(*diag.Diagnostics); ok {
		diags.AddWarning(secret.ShownLine(capital(object)+" "+what), secret.Shown(stopped(fmt.Sprintf(format, args...))))
	}
}

// WarnAt is [Warn] about one argument of the object.
func WarnAt(diags *diag.Diagnostics, at path.Path, object, what, format string, args ...any) {
	diags.AddAttributeWarning(at, secret.ShownLine(capital(object)+" "+what), secret.Shown(stopped(fmt.Sprintf(format, args...))))
}

// WarnGone says that an object left the state, and why.
func WarnGone(diags *diag.Diagnostics, object string, gone *apierr.Gone) {
	next := "; as long as it is in the configuration, the next apply creates a new one."
	if gone.Next != "" {
		next = ". " + gone.Next
	}
	diags.AddWarning(secret.ShownLine(capital(object)+" is gone"), secret.Shown(fmt.Sprintf(
		"%s no longer exists: %s. %s was removed from state%s", capital(gone.What), gone.Why, capital(object), next)))
}

// WarnNotRead says that a refresh was left out because of [ErrNotYetKnown].
func WarnNotRead(diags *diag.Diagnostics, object string) {
	diags.AddWarning(secret.ShownLine(capital(object)+" was not refreshed"),
		"The provider's configuration depends on values that are not known before apply, so the last known state was used. Nothing falls back to the environment.")
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
