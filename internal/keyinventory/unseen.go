// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

// Unseen is a [Source] whose lists may leave keys out without a sign of it.
type Unseen interface {
	// Unseen is why the lists that were read may be incomplete although none said so; "" for
	// lists that can be trusted. It is asked after all of them.
	Unseen() string
}

// unseen asks a source, if it is one that has to be asked.
func unseen(s Source) string {
	if c, ok := s.(connected); ok {
		s = c.Source
	}
	if u, ok := s.(Unseen); ok {
		return u.Unseen()
	}
	return ""
}
