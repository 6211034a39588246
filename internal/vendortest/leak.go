// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

func (x *trial) leaks(plan *protocol.Plan) error {
	return leaks(append(x.w.Secrets(), x.other), plan, x.ws, func(name string) bool { return x.legit[name]["*"] })
}

// leaks looks for secrets in everything that is stored or shown. inState says which resources
// were told to store theirs as plaintext; nil = none.
func leaks(secrets []string, plan *protocol.Plan, ws *protocol.Workspace, inState func(name string) bool) error {
	check := func(where string, value any) error {
		data, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if found := leak.In(data, where, secrets); len(found) > 0 {
			return fmt.Errorf("LEAK: %s", strings.Join(found, "; "))
		}
		return nil
	}
	errs := []error{check("a diagnostic", ws.Said)}
	object := func(name, where string, attributes map[string]any) {
		if value := text(attributes["value"]); value != "" && value != "(unknown)" && inState != nil && inState(name) {
			if check("", attributes) == nil {
				errs = append(errs, errors.New("the scan does not see a plaintext that is there"))
			}
			attributes["value"] = nil
		}
		errs = append(errs, check(where, attributes))
	}
	instances := []map[string]*protocol.Instance{ws.State}
	if plan != nil {
		instances = append(instances, plan.Prior)
		for name, change := range plan.Changes {
			if change != nil {
				object(name, "a plan", change.Attributes())
			}
		}
	}
	for _, state := range instances {
		for name, instance := range state {
			for _, held := range append([]*protocol.Held{instance.Current}, instance.Deposed...) {
				if held != nil {
					object(name, "the state", held.Attributes())
					var private map[string][]byte
					_ = json.Unmarshal(held.Private, &private)
					errs = append(errs, check("the private state", string(held.Private)+string(private["series"])))
				}
			}
		}
	}
	return errors.Join(errs...)
}
