// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Once is an argument that an API sets once, or a part of one: "place.region". Answers show it under the same name.
type Once struct {
	Argument string
	Values   [3]string
}

func (a Once) with(config Settings, value string) Settings {
	name, part, deeper := strings.Cut(a.Argument, ".")
	if deeper {
		return With(config, Settings{name: Settings{part: value}})
	}
	return With(config, Settings{name: value})
}

func (a Once) of(attributes Settings) any {
	name, part, deeper := strings.Cut(a.Argument, ".")
	if deeper {
		attributes, _ = attributes[name].(Settings)
		name = part
	}
	return attributes[name]
}

// setOnce: what has a value cannot be changed: the plan warns of it, and the apply refuses it. Taken away it is left
// alone.
func setOnce(t *testing.T, row ObjectRow) {
	for _, argument := range row.Once {
		o := row.Start(t)
		config, first := o.Config("billing"), argument.Values[0]
		Same(t, "created", argument.of(o.Apply(argument.with(config, first))), first)
		o.Advance(2 * time.Minute)
		changed := argument.with(config, argument.Values[1])
		o.Said()
		Same(t, "quiet", o.Quiet(changed), false)
		o.Has("cannot change its "+argument.Argument, "-replace")
		o.Refused(o.Try(changed), "has "+first, "cannot change it to "+argument.Values[1], "-replace")
		Same(t, "left alone", []any{argument.of(o.Apply(config)), o.Engine.Count(row.Update)}, []any{first, 0})
	}
}

// setOtherwise: where a server has another value than was asked for, what is configured stays, every plan says so, and
// nothing is sent. A configuration that gives in changes nothing.
func setOtherwise(t *testing.T, row ObjectRow) {
	for _, argument := range row.Once {
		asked, has, other := argument.Values[0], argument.Values[1], argument.Values[2]
		root, _, _ := strings.Cut(argument.Argument, ".")
		otherwise := simkit.Fault{Kind: simkit.Altered, Set: Settings{argument.Argument: has}}
		for name, faults := range map[string][]simkit.Fault{
			"answered":   {otherwise},
			"shown late": {{Operation: row.Create, Kind: simkit.Altered, Omit: []string{root}}, otherwise},
		} {
			t.Run(argument.Argument+" "+name, func(t *testing.T) {
				t.Parallel()
				o := row.Start(t)
				o.Engine.Inject(faults...)
				config := argument.with(o.Config("billing"), asked)
				Same(t, "created", argument.of(o.Apply(config)), asked)
				o.Has("differs from its configuration at the server")
				for range 2 {
					Same(t, "quiet", o.Quiet(config), true)
					o.Has(argument.Argument + ` is "` + asked + `" in the configuration, the server has "` + has + `".`)
				}
				config = argument.with(o.Config("ledger"), asked)
				Same(t, "renamed", argument.of(o.Apply(config)), asked)
				o.Refused(o.Try(argument.with(config, other)), "has "+has, "cannot change it to "+other, "-replace")
				writes := o.Engine.Count(row.Update)
				config = argument.with(config, has)
				Same(t, "gave in", argument.of(o.Apply(config)), has)
				Same(t, "quiet", []any{o.Quiet(config), o.Says("differs"), o.Engine.Count(row.Update)}, []any{true, false, writes})
			})
		}
	}
}
