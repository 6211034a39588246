// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	_ "embed"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
)

// recorded is what one run of `make demo` printed, with its colours: "make recording".
//
//go:embed demo.ansi
var recorded string

const (
	columns, rows  = 108, 34
	secondsForPage = 6
)

// recording shows the pages of the recorded demo one after the other, without end. Without
// motion it shows the one with the lost answer.
func recording(string) (string, error) {
	pages := paginate(recorded)
	if len(pages) < 2 {
		return "", errors.New("the recording of the demo is empty")
	}
	still := slices.IndexFunc(pages, func(page []string) bool { return strings.Contains(strings.Join(page, "\n"), "answer lost") })
	if still < 0 {
		return "", errors.New("the recorded demo lost no answer")
	}
	var c canvas
	c.text(20, 26, "bold", "make demo")
	for i, page := range pages {
		class := "page"
		if i == still {
			class += " still"
		}
		c.add(`<g class="%s" style="animation-delay:%ds">`, class, (i-len(pages))*secondsForPage)
		c.text(840, 26, "small dim end", fmt.Sprintf("%d of %d", i+1, len(pages)))
		for row, line := range page {
			c.add(`<text x="20" y="%d" class="term" xml:space="preserve">%s</text>`, 52+16*row, line)
		}
		c.add("</g>")
	}
	share := 100 / float64(len(pages))
	motion := fmt.Sprintf(`.page { opacity: 0; animation: page %ds step-end infinite } .still { opacity: 1 }
@keyframes page { 0%% { opacity: 1 } %.3f%% { opacity: 0 } 100%% { opacity: 0 } }
@media (prefers-reduced-motion: reduce) { .page { animation: none } }
`, len(pages)*secondsForPage, share)
	return c.picture(62+16*rows, "A recording of make demo: plan, apply, a rotation whose answer is lost, and the end of the overlap.", motion), nil
}

// paginate cuts a recording into pages of painted lines; a part of the story begins one where the
// last is a third full.
func paginate(text string) [][]string {
	var pages [][]string
	var page []string
	turn := func() {
		for len(page) > 0 && page[len(page)-1] == "" {
			page = page[:len(page)-1]
		}
		if len(page) > 0 {
			pages = append(pages, page)
		}
		page = nil
	}
	var pen string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "━━ ") && len(page) > rows/3 {
			turn()
		}
		painted := paint(line, &pen)
		for _, one := range painted {
			if len(page) == rows {
				turn()
			}
			if one != "" || len(page) > 0 {
				page = append(page, one)
			}
		}
	}
	turn()
	return pages
}

var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// pens are the classes of the colours that Terraform and OpenTofu use.
var pens = map[string]string{"1": "bold", "4": "", "31": "red", "32": "green", "33": "yellow", "90": "grey"}

// paint makes SVG of one line, more than one where it is too long. The pen outlives the line.
func paint(line string, pen *string) []string {
	var out []string
	var current strings.Builder
	room := columns
	put := func(text string) {
		for letters := []rune(text); len(letters) > 0; {
			if room == 0 {
				out, room = append(out, current.String()), columns
				current.Reset()
			}
			n := min(room, len(letters))
			escaped := html.EscapeString(string(letters[:n]))
			if *pen != "" {
				escaped = fmt.Sprintf(`<tspan class="%s">%s</tspan>`, strings.TrimSpace(*pen), escaped)
			}
			current.WriteString(escaped)
			letters, room = letters[n:], room-n
		}
	}
	if strings.HasPrefix(line, "$ ") || strings.HasPrefix(line, "━━ ") {
		*pen = "bold"
		put(line)
		*pen = ""
		return append(out, current.String())
	}
	from := 0
	for _, at := range sgr.FindAllStringSubmatchIndex(line, -1) {
		put(line[from:at[0]])
		if code := line[at[2]:at[3]]; code == "0" || code == "" {
			*pen = ""
		} else if class := pens[code]; !strings.Contains(*pen, class) {
			*pen += " " + class
		}
		from = at[1]
	}
	put(line[from:])
	return append(out, current.String())
}
