// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package seal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Recipients are parsed public keys, ready to seal to.
type Recipients struct {
	texts   []string
	parsers []age.Recipient
}

// Lines are the recipients that values hold, as in age's own recipients files: one per
// line, without blank lines and comments.
func Lines(texts []string) []string {
	var lines []string
	for _, text := range texts {
		lines = append(lines, linesOf(text)...)
	}
	return lines
}

func linesOf(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = trim(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// trim drops white space and the invisible marks that editors leave at the ends.
func trim(text string) string { return strings.Trim(text, " \t\r\n\ufeff\u200b\u00a0") }

// ErrNoRecipient is returned for values that hold no public key.
var ErrNoRecipient = errors.New("the list of recipients is empty: it holds no public key, only blank lines or comments")

// ParseRecipients reads age ("age1…", "age1pq1…") and SSH ("ssh-ed25519 …", "ssh-rsa …")
// public keys; see [Lines]. The error names the element that is wrong and repeats none
// of them: it may be a private key. [ErrNoRecipient] when there are values without one.
func ParseRecipients(texts []string) (Recipients, error) {
	var r Recipients
	for i, text := range texts {
		for _, line := range linesOf(text) {
			parsed, err := parseRecipient(line)
			if err != nil {
				return Recipients{}, fmt.Errorf("recipient %d of %d %w", i+1, len(texts), err)
			}
			r.texts = append(r.texts, line)
			r.parsers = append(r.parsers, parsed)
		}
	}
	if len(texts) > 0 && r.Empty() {
		return Recipients{}, ErrNoRecipient
	}
	if err := r.mixed(); err != nil {
		return Recipients{}, err
	}
	return r, nil
}

const (
	recipientForms = "give an age public key (age1…, as age-keygen prints it) or an SSH public key (ssh-ed25519 or ssh-rsa)"
	quantumPrefix  = "age1pq1"
)

// parseRecipient reads one public key. The error continues "recipient 1 of 2 …".
func parseRecipient(line string) (age.Recipient, error) {
	switch {
	case strings.HasPrefix(line, quantumPrefix):
		if parsed, err := age.ParseHybridRecipient(line); err == nil {
			return parsed, nil
		}
		return nil, errors.New("is not an age public key, although it begins with age1pq1: copy the whole of it, on one line")
	case strings.HasPrefix(line, "ssh-"):
		if parsed, err := agessh.ParseRecipient(line); err == nil {
			return parsed, nil
		}
		return nil, errors.New("is not an SSH public key that age can seal to: give ssh-ed25519, or ssh-rsa of 2048 bits or more, whole and on one line")
	}
	if parsed, err := age.ParseX25519Recipient(line); err == nil {
		return parsed, nil
	}
	if !strings.HasPrefix(line, "age1") {
		_ = secret.New(line) // a wrong recipient may be a secret
	}
	looks := secret.LooksLike(line)
	if err := secret.CheckPlaceholder(line); err != nil {
		return nil, err
	}
	switch {
	case secret.IsPrivate(line):
		return nil, fmt.Errorf("is a private key (it looks like %s): give the public one (age-keygen -y prints it), and replace the private key if others could read it", looks)
	case strings.HasPrefix(line, "["):
		return nil, errors.New("begins with a bracket, as a list in JSON does: give the keys without brackets and quotes")
	case strings.HasPrefix(line, "AGE1"):
		return nil, errors.New("is in upper case: write an age public key in lower case")
	case strings.HasPrefix(line, "age1") && strings.ContainsAny(line, " \t,;"):
		return nil, errors.New("is not an age public key: something follows the key. Give each key as an element of its own")
	case strings.HasPrefix(line, "age1") && strings.Count(line, "1") == 1:
		return nil, errors.New("is not an age public key, although it begins with age1: copy the whole of it, in lower case")
	case strings.HasPrefix(line, "age1"):
		return nil, fmt.Errorf("is %s, which this provider cannot seal to: %s", looks, recipientForms)
	default:
		return nil, fmt.Errorf("is not an age public key or SSH public key (it looks like %s): %s", looks, recipientForms)
	}
}

// mixed is the error for recipients that age does not seal to together: a file that a
// classic key opens too would be no safer for the others.
func (r Recipients) mixed() error {
	var quantum, classic int
	for i, text := range r.texts {
		if strings.HasPrefix(text, quantumPrefix) {
			quantum = i + 1
		} else {
			classic = i + 1
		}
	}
	if quantum == 0 || classic == 0 {
		return nil
	}
	return fmt.Errorf("the recipients mix post-quantum public keys (age1pq1…, number %d) with classic ones (age1… or ssh-…, number %d), and age seals to one kind only: give age1pq1… keys for all, or for none", quantum, classic)
}

// Empty reports whether there is nobody to seal to.
func (r Recipients) Empty() bool { return len(r.parsers) == 0 }

// Texts are the recipients without SSH comments, sorted and without repetition.
func (r Recipients) Texts() []string { return normal(r.texts) }

// Normalize drops the comment of an SSH public key: "ssh-ed25519 AAAA… ci@host".
func Normalize(recipient string) string {
	fields := strings.Fields(recipient)
	if len(fields) > 2 && strings.HasPrefix(fields[0], "ssh-") {
		fields = fields[:2]
	}
	return strings.Join(fields, " ")
}

// Same compares two lists of recipients as sets, without comments.
func Same(a, b []string) bool { return slices.Equal(normal(Lines(a)), normal(Lines(b))) }

func normal(lines []string) []string {
	out := make([]string, 0, len(lines))
	for _, line := range lines {
		out = append(out, Normalize(line))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
