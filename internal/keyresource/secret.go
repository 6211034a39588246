// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// keeping is how a secret is to be stored in state.
type keeping struct {
	storage    seal.Storage // "" = not yet known
	recipients []string
	known      bool // the recipients are known
	object     string
}

// keepingOf joins a resource's arguments with the provider's settings.
func keepingOf(s series, settings seal.Settings) keeping {
	k := keeping{storage: settings.Storage, recipients: settings.Recipients, known: !settings.NotYetKnown}
	switch {
	case s.SecretStorage.IsUnknown():
		k.storage = ""
	case !s.SecretStorage.IsNull():
		k.storage = seal.Storage(s.SecretStorage.ValueString())
	}
	if !s.SealRecipients.IsNull() {
		k.known = known(s.SealRecipients)
		k.recipients = listTexts(s.SealRecipients)
	}
	k.object = crud.Named("key", s.Name.ValueString(), s.ID.ValueString())
	return k
}

// parse reads the recipients; nobody to seal to is an error with both ways out.
func (k keeping) parse() (seal.Recipients, error) {
	if k.storage != seal.Sealed {
		return seal.Recipients{}, nil
	}
	if len(k.recipients) == 0 {
		return seal.Recipients{}, &crud.At{
			Path:    path.Root("seal_recipients"),
			Summary: "No recipient to seal the secret to: " + k.object,
			Detail: `The key's secret is to be sealed (secret_storage = "sealed"), but there is no public key to seal it to.

Create a key pair once and store the identity file outside this configuration:

  age-keygen -o identity.txt

and give the public key that it prints to the provider (or set ORGKEYS_SEAL_RECIPIENTS):

  provider "orgkeys" {
    seal = {
      recipients = ["age1..."]
    }
  }

The other way out stores every secret in plaintext in the state, readable by anyone who can read the state:

  provider "orgkeys" {
    secret_storage = "state"
  }

To destroy only, run destroy with -refresh=false.`,
		}
	}
	recipients, err := seal.ParseRecipients(k.recipients)
	if err != nil {
		return seal.Recipients{}, &crud.At{Path: path.Root("seal_recipients"), Summary: "Invalid seal recipient of " + k.object, Detail: crud.Sentence(err.Error())}
	}
	return recipients, nil
}

// put stores a secret in the model the way it is to be kept.
func (k keeping) put(s series, recipients seal.Recipients, text secret.Text, handoff *seal.Handoff) error {
	switch k.storage {
	case seal.Plain:
		s.Value = types.StringValue(text.Reveal())
		s.SealedValue = types.StringNull()
		s.SealedTo = types.ListNull(types.StringType)
	case seal.Sealed:
		sealed, err := recipients.Seal(text)
		if err != nil {
			return fmt.Errorf("the secret could not be sealed: %w", err)
		}
		handoff.Remember(sealed, text)
		s.Value = types.StringNull()
		s.SealedValue = types.StringValue(sealed)
		s.SealedTo = listOf(recipients.Texts())
	default:
		return errors.New("secret_storage is not known while applying; this is a bug in the provider")
	}
	return nil
}

// announce fills the secret attributes of a plan that mints or seals: what can be
// known already, is.
func (k keeping) announce(s series) error {
	s.Value, s.SealedValue = types.StringUnknown(), types.StringUnknown()
	s.SealedTo = types.ListUnknown(types.StringType)
	switch k.storage {
	case seal.Plain:
		s.SealedValue, s.SealedTo = types.StringNull(), types.ListNull(types.StringType)
	case seal.Sealed:
		s.Value = types.StringNull()
		if k.known {
			recipients, err := k.parse()
			if err != nil {
				return err
			}
			s.SealedTo = listOf(recipients.Texts())
		}
	}
	return nil
}

// move is a change of how the current secret is stored in state, without a new key.
type move int

const (
	stay   move = iota
	reseal      // to other recipients
	close_      // plaintext to sealed
	open_       // sealed to plaintext
	late        // is not known before the apply
)

// moveOf compares how the secret is stored with how it should be. opens reports whether
// Read could open it.
func (k keeping) moveOf(s series, opens bool) (move, error) {
	sealed, plain := !s.SealedValue.IsNull(), !s.Value.IsNull()
	switch {
	case !sealed && !plain: // imported: the secret is unknown, nothing to move
		return stay, nil
	case k.storage == "":
		return late, nil
	case sealed && k.storage == seal.Plain && !opens:
		return stay, &crud.At{
			Path:    path.Root("secret_storage"),
			Summary: fmt.Sprintf("The sealed secret of key %s cannot be opened", s.ID.ValueString()),
			Detail:  `secret_storage = "state" needs the current secret in plaintext, but there is no identity that opens sealed_value. Give one as seal.identity in the provider block, in ORGKEYS_SEAL_IDENTITY or as a file in ORGKEYS_SEAL_IDENTITY_FILE; or rotate the key (rotate_when_changed), which creates a new secret. To destroy only, run destroy with -refresh=false.`,
		}
	case sealed && k.storage == seal.Plain:
		return open_, nil
	case plain && k.storage == seal.Sealed:
		return close_, nil
	case !sealed:
		return stay, nil
	case !k.known && opens:
		return late, nil
	case !k.changes(s):
		return stay, nil
	case opens:
		return reseal, nil
	default:
		return stay, nil
	}
}

// changes reports whether the recipients are known and differ from those that the
// secret is sealed to.
func (k keeping) changes(s series) bool {
	return k.storage == seal.Sealed && k.known && len(k.recipients) > 0 && !s.SealedValue.IsNull() && !seal.Same(k.recipients, listTexts(s.SealedTo))
}

// announceMaybe fills in what is known of the secret before it is known whether the key is rotated: to
// whom it will be sealed in both cases.
func (k keeping) announceMaybe(p, s series, opens bool) error {
	if k.storage != seal.Sealed || !k.known {
		return nil
	}
	recipients, err := k.parse()
	if err != nil {
		return err
	}
	if mv, _ := k.moveOf(s, opens); mv == reseal || mv == close_ {
		p.SealedTo = listOf(recipients.Texts())
	}
	return nil
}

// warning shows the reviewer what happens to the secret of this key, or of the next, whether its
// recipients were changed in the resource, in the provider block or in the environment.
func (k keeping) warning(s series, d keyseries.Decision, opens bool) (what, text string) {
	id := s.ID.ValueString()
	mv, err := k.moveOf(s, opens)
	whose := "The secret of key " + id
	switch {
	case d.Rotate:
		whose = "The secret of the next key"
	case d.Maybe:
		whose += ", or of the next one,"
	case err != nil:
		return "", "" // said as an error
	}
	switch {
	case k.storage == seal.Plain && !s.SealedValue.IsNull():
		return "will be stored in state in plaintext", whose + " will be readable by everyone who can read the state."
	case d.Rotate && k.changes(s), d.Maybe && mv == reseal:
		return "will be sealed to other recipients", fmt.Sprintf("%s is sealed to other recipients. %s", whose, k.difference(s))
	case d.Maybe && k.changes(s):
		return "will be sealed to other recipients if it is rotated", fmt.Sprintf("The seal recipients changed, but there is no identity that opens the current value of key %s: only a next key is sealed to the new list. %s", id, k.difference(s))
	case d.Rotate:
		return "", ""
	case mv == close_:
		return "will be sealed", fmt.Sprintf("The secret of key %s is sealed in place. Older versions and backups of the state still hold it in plaintext: rotate the key if others could read them.", id)
	case mv == reseal:
		return "will be sealed to other recipients", fmt.Sprintf("The secret of key %s is sealed again, without a rotation. %s", id, k.difference(s))
	case k.changes(s):
		return "stays sealed to the old recipients", fmt.Sprintf("The seal recipients changed, but there is no identity that opens the current value of key %s, so it stays as it is. The next rotation uses the new list. To seal it again now, give the identity (seal.identity or ORGKEYS_SEAL_IDENTITY). %s", id, k.difference(s))
	}
	return "", ""
}

// difference names who is added and who is removed; recipients are public keys.
func (k keeping) difference(s series) string {
	recipients, err := seal.ParseRecipients(k.recipients)
	if err != nil {
		return ""
	}
	after, before := recipients.Texts(), listTexts(s.SealedTo)
	missing := func(in, from []string) string {
		left := slices.DeleteFunc(slices.Clone(in), func(one string) bool { return slices.Contains(from, one) })
		if len(left) == 0 {
			return "no recipient"
		}
		return strings.Join(left, ", ")
	}
	return fmt.Sprintf("Added: %s. Removed: %s.", missing(after, before), missing(before, after))
}
