// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package seal

import (
	"crypto/sha256"
	"sync"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Storage says in which form a secret is stored in Terraform's state.
type Storage string

// The forms of storage.
const (
	Sealed Storage = "sealed" // age ciphertext
	Plain  Storage = "state"  // plaintext, only when asked for
)

// Settings are the provider's sealing settings.
type Settings struct {
	Storage      Storage // "" when not yet known
	Recipients   []string
	NotYetKnown  bool // the recipients depend on something not applied yet
	Identities   Identities
	IdentityLate bool // the identity depends on something not applied yet
	Handoff      *Handoff
}

// Handoff remembers what this very process has sealed, so that the apply that mints
// a key can hand it over without an identity. It is keyed by the ciphertext.
type Handoff struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]secret.Text
}

// NewHandoff makes an empty memory.
func NewHandoff() *Handoff { return &Handoff{open: map[[sha256.Size]byte]secret.Text{}} }

// Remember notes what sealed opens to.
func (h *Handoff) Remember(sealed string, text secret.Text) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open[sha256.Sum256([]byte(mend(sealed, ageArmor())))] = text
}

// Recall gives what this process has sealed as sealed.
func (h *Handoff) Recall(sealed string) (secret.Text, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	text, ok := h.open[sha256.Sum256([]byte(mend(sealed, ageArmor())))]
	return text, ok
}
