// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

const (
	// shortest is the length of a text that is worth looking for: a shorter one would
	// blank ordinary words.
	shortest = 8
	// mostKnown bounds the memory; what comes later is left to the shapes.
	mostKnown = 16384
)

// known are the secrets of this process in every form in which they may come back.
var known = registry{texts: map[string]bool{}, byTail: map[string][]string{}}

type registry struct {
	mu     sync.RWMutex
	texts  map[string]bool
	byTail map[string][]string // forms by their last characters, which are the random ones
}

// Know makes [Scrub] remove plain wherever it stands, plain or encoded: each line of it, but no text of
// fewer than 8 characters and, where there are several lines, no comments and no borders of a PEM block.
func Know(plain string) {
	plain = strings.TrimSpace(plain)
	several := strings.Contains(plain, "\n")
	for line := range strings.Lines(plain) {
		line = strings.TrimSpace(line)
		comment := several && (strings.HasPrefix(line, "#") || strings.HasPrefix(line, "-----"))
		if len(line) >= shortest && line != Placeholder && !comment {
			known.add(line)
		}
	}
}

func (r *registry) add(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.texts[text] || len(r.texts) >= mostKnown {
		return
	}
	r.texts[text] = true
	for _, form := range Forms(text) {
		if len(form) >= shortest {
			tail := form[len(form)-shortest:]
			r.byTail[tail] = append(r.byTail[tail], form)
		}
	}
}

// scrub replaces every known form in s, also where some of its characters are escaped or where it is
// written on several lines.
func (r *registry) scrub(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found := r.find(s)
	for view := (view{text: s}); view.unescape(); {
		for _, one := range r.find(view.text) {
			found = append(found, view.raw(one))
		}
	}
	if found == nil {
		return s
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	at := 0
	for _, one := range found {
		if one.start >= at {
			b.WriteString(s[at:one.start])
			b.WriteString(redacted)
		}
		at = max(at, one.end)
	}
	b.WriteString(s[at:])
	return b.String()
}

type span struct{ start, end int }

func (r *registry) find(s string) []span {
	var found []span
	for end := shortest; end <= len(s); end++ {
		for _, form := range r.byTail[s[end-shortest:end]] {
			if strings.HasSuffix(s[:end], form) {
				found = append(found, span{end - len(form), end})
			}
		}
	}
	return found
}

// Forms are the ways in which text may stand in an answer, a header or a log: itself in
// either case, hexadecimal, and inside base64 at each alignment.
func Forms(text string) []string {
	hexadecimal := hex.EncodeToString([]byte(text))
	forms := []string{text, strings.ToUpper(text), strings.ToLower(text), hexadecimal, strings.ToUpper(hexadecimal)}
	for shift := range 3 {
		shifted := []byte(strings.Repeat("x", shift) + text)
		// Only the characters that depend on the text alone.
		start, end := (shift*8+5)/6, len(shifted)*8/6
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			forms = append(forms, encoding.EncodeToString(shifted)[start:end])
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}
