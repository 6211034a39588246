// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

const known = "gateway-token-fake-0123456789"

// The framework repeats the name of a type that it does not know. Every call that can say
// something is tried, so that none is left out of the cleaning.
func TestEveryCallIsCleaned(t *testing.T) {
	t.Parallel()
	secret.Know(known)
	inner, err := NewServer("test", Options{Getenv: func(string) string { return "" }})()
	if err != nil {
		t.Fatal(err)
	}
	cleaned := 0
	calls := reflect.TypeFor[served]()
	for i := range calls.NumMethod() {
		name := calls.Method(i).Name
		call := reflect.ValueOf(inner).MethodByName(name)
		req := reflect.New(call.Type().In(1).Elem())
		named := false
		for _, field := range []string{"TypeName", "ActionType", "TargetTypeName"} {
			if f := req.Elem().FieldByName(field); f.IsValid() {
				f.SetString(known + "\x1b[2J")
				named = true
			}
		}
		if !named || strings.Contains(name, "StateStore") || strings.Contains(name, "StateBytes") {
			continue
		}
		said := saidBy(call.Call([]reflect.Value{reflect.ValueOf(t.Context()), req})[0].Interface())
		switch {
		case strings.Contains(said, known) || strings.Contains(said, "\x1b"):
			t.Errorf("%s says %q", name, said)
		case strings.Contains(said, "(redacted)"):
			cleaned++
		default:
			t.Errorf("%s says nothing of the type it does not know: %q", name, said)
		}
	}
	if cleaned < 15 {
		t.Errorf("only %d calls were looked at", cleaned)
	}
}

func saidBy(resp any) string {
	var all []*tfprotov6.Diagnostic
	switch kind := resp.(type) {
	case *tfprotov6.ListResourceServerStream:
		for result := range kind.Results {
			all = append(all, result.Diagnostics...)
		}
	case *tfprotov6.InvokeActionServerStream:
		for event := range kind.Events {
			if end, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
				all = append(all, end.Diagnostics...)
			}
		}
	default:
		all, _ = reflect.ValueOf(resp).Elem().FieldByName("Diagnostics").Interface().([]*tfprotov6.Diagnostic)
	}
	var said strings.Builder
	for _, one := range all {
		said.WriteString(one.Summary + ": " + one.Detail + "\n")
	}
	return said.String()
}

// talking is a server that says secrets while it works.
type talking struct{ served }

func (talking) ListResource(context.Context, *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return &tfprotov6.ListResourceServerStream{Results: slices.Values([]tfprotov6.ListResourceResult{
		{DisplayName: "one\x1b[2J\n" + known}, {DisplayName: "two"},
	})}, nil
}

func (talking) InvokeAction(context.Context, *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return &tfprotov6.InvokeActionServerStream{Events: slices.Values([]tfprotov6.InvokeActionEvent{
		{Type: tfprotov6.ProgressInvokeActionEventType{Message: "revoking " + known + "\u202e"}},
		{Type: tfprotov6.CompletedInvokeActionEventType{}},
	})}, nil
}

func TestStreamsAreCleaned(t *testing.T) {
	t.Parallel()
	secret.Know(known)
	s := &server{served: talking{}}
	list, err := s.ListResource(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for result := range list.Results {
		names = append(names, result.DisplayName)
	}
	if !slices.Equal(names, []string{`one\x1b[2J\n(redacted)`, "two"}) {
		t.Errorf("the query shows %q", names)
	}
	action, err := s.InvokeAction(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for event := range action.Events {
		if progress, ok := event.Type.(tfprotov6.ProgressInvokeActionEventType); ok && progress.Message != `revoking (redacted)\u202e` {
			t.Errorf("the action says %q", progress.Message)
		}
		break // a reader that goes away
	}
}

func TestErrorInPlaceOfAResponse(t *testing.T) {
	t.Parallel()
	secret.Know(known)
	plain := errors.New("no answer")
	if _, err := harmless[*tfprotov6.PlanActionResponse](nil, plain); !errors.Is(err, plain) {
		t.Errorf("an error without a secret became %v", err)
	}
	if _, err := harmless[*tfprotov6.PlanActionResponse](nil, errors.New("bad "+known)); err == nil || err.Error() != "bad (redacted)" {
		t.Errorf("an error with a secret became %v", err)
	}
}

func TestPasswordsOfProxiesAreKnown(t *testing.T) {
	t.Parallel()
	const schemeless = `CORP\me:domain-password-fake@proxy.example:3128`
	p := &orgkeys{options: Options{Getenv: func(name string) string {
		return map[string]string{"HTTPS_PROXY": "http://me:proxy-password-fake@proxy.example:3128", "HTTP_PROXY": schemeless, "http_proxy": "proxy.example:3128"}[name]
	}}}
	p.knowProxies()
	// What the network library says of an address without a scheme that it cannot use.
	if got := secret.Scrub(fmt.Sprintf("invalid proxy address %q", schemeless)); got != `invalid proxy address "(redacted)@proxy.example:3128"` {
		t.Errorf("Scrub = %q", got)
	}
	if got := secret.Scrub("bad proxy http://me:proxy-password-fake@proxy.example:3128 (proxy-password-fake)"); got != "bad proxy http://(redacted)@proxy.example:3128 ((redacted))" {
		t.Errorf("Scrub = %q", got)
	}
}
