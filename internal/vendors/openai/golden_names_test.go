// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// placeholders replace what differs from run to run: by its kind and its order of first
// appearance, and moments by their distance from the start.
type placeholders struct {
	start time.Time
	given map[string]string
	count map[string]int
}

func newPlaceholders(start time.Time) *placeholders {
	return &placeholders{start: start, given: map[string]string{}, count: map[string]int{}}
}

// changing are the kinds; the first that matches has the text, so longer forms come first.
var changing = []struct {
	noun string
	form *regexp.Regexp
}{
	{"ciphertext", regexp.MustCompile(`-----BEGIN AGE ENCRYPTED FILE-----[^-]*-----END AGE ENCRYPTED FILE-----(\\n)?`)},
	{"identity", regexp.MustCompile(`AGE-SECRET-KEY-1[A-Z0-9]{58}`)},
	{"recipient", regexp.MustCompile(`age1[a-z0-9]{58}`)},
	{"secret", regexp.MustCompile(`sk-[a-z]+-sim-[A-Za-z0-9]{48}`)},
	{"redacted", regexp.MustCompile(`sk-[a-z]+\.\.\.[A-Za-z0-9]{3}`)},
	{"project", regexp.MustCompile(`proj_[A-Za-z0-9]{24}`)},
	{"key", regexp.MustCompile(`key_[A-Za-z0-9]{24}`)},
	{"address", regexp.MustCompile(`user-[a-z0-9]{24}@example\.com`)},
	{"user", regexp.MustCompile(`user-[A-Za-z0-9]{24}`)},
	{"organization", regexp.MustCompile(`org-[A-Za-z0-9]{24}`)},
	{"request", regexp.MustCompile(`req_sim[0-9]{8}`)},
	{"server", regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)},
}

var (
	marks    = regexp.MustCompile(`ok-([a-z2-7]{10})\.([a-z2-7]{8})`)
	moments  = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(Z| UTC)`)
	versions = regexp.MustCompile(`\b1[0-9]{12}\b`) // Unix milliseconds
)

// in replaces everything that changes in a text.
func (p *placeholders) in(text string) string {
	for _, one := range changing {
		text = one.form.ReplaceAllStringFunc(text, func(found string) string { return p.of(one.noun, found) })
	}
	text = marks.ReplaceAllStringFunc(text, func(found string) string {
		parts := marks.FindStringSubmatch(found)
		return "ok-" + p.of("series", parts[1]) + "." + p.of("nonce", parts[2])
	})
	text = moments.ReplaceAllStringFunc(text, p.moment)
	return versions.ReplaceAllStringFunc(text, func(found string) string {
		milliseconds, _ := strconv.ParseInt(found, 10, 64) // digits
		return "<version " + p.distance(time.UnixMilli(milliseconds)) + ">"
	})
}

func (p *placeholders) of(noun, found string) string {
	if p.given[found] == "" {
		p.count[noun]++
		p.given[found] = fmt.Sprintf("<%s %d>", noun, p.count[noun])
	}
	return p.given[found]
}

func (p *placeholders) moment(found string) string {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 MST"} {
		if at, err := time.Parse(layout, found); err == nil {
			return "<" + p.distance(at) + ">"
		}
	}
	return found
}

func (p *placeholders) distance(at time.Time) string {
	d := at.Sub(p.start)
	if d < 0 {
		return "start-" + (-d).String()
	}
	return "start+" + d.String()
}
