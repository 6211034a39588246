// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var duration = regexp.MustCompile(`(?m)^  (lifetime|rotate_after|overlap) += "(\d+)d"`)

// rotation is the timeline of a key series with the durations of the README's configuration.
func rotation(root string) (string, error) {
	text, err := read(root, "README.md")
	if err != nil {
		return "", err
	}
	days := map[string]int{}
	for _, found := range duration.FindAllStringSubmatch(text, -1) {
		if days[found[1]], err = strconv.Atoi(found[2]); err != nil {
			return "", err
		}
	}
	if len(days) != 3 {
		return "", fmt.Errorf("README.md has the durations %v, want three", days)
	}
	return timeline(days["lifetime"], days["rotate_after"], days["overlap"]), nil
}

func timeline(lifetime, rotateAfter, overlap int) string {
	const generations, left, width = 4, 130, 690
	var c canvas
	at := func(day int) int { return left + day*width/(rotateAfter*(generations-1)+lifetime) }
	c.text(20, 32, "bold", fmt.Sprintf(`lifetime = "%dd", rotate_after = "%dd", overlap = "%dd"`, lifetime, rotateAfter, overlap))
	bottom := 62 + 46*generations
	for i := range generations {
		day, y := rotateAfter*i, 56+46*i
		c.add(`<path d="M%d 48V%d" class="rule"/>`, at(day), bottom)
		c.text(at(day), bottom+16, "small dim mid", fmt.Sprintf("day %d", day))
		c.text(20, y+19, "", fmt.Sprintf("generation %d", i+1))
		c.rect(at(day), y, at(day+rotateAfter)-at(day), 28, "good")
		c.text(at(day)+8, y+19, "small", "current")
		end := at(day + lifetime)
		if i < generations-1 {
			c.rect(at(day+rotateAfter), y, at(day+rotateAfter+overlap)-at(day+rotateAfter), 28, "warn")
			c.text(at(day+rotateAfter+overlap)+6, y+19, "small dim", "previous: both keys work, then it expires")
			continue
		}
		c.add(`<path d="M%d %dH%d" class="line dash"/>`, at(day+rotateAfter), y+14, end)
		c.text(end, y+44, "small dim end", fmt.Sprintf("without a rotation: expires after %d days", lifetime))
	}
	return c.picture(bottom+32, fmt.Sprintf("Each key of a series is current for %d days. Then the next one is created, and the old one works for %d more days.", rotateAfter, overlap), "")
}

var planRow = regexp.MustCompile(`(?m)^\| (\d+) \| (\d+) \| no limit \| plan \| (\d+) \| \d+ \| \S+ \| (\d+) \|`)

// calls is the chart of the calls that a plan needs, as BENCHMARKS.md has them.
func calls(root string) (string, error) {
	text, err := read(root, "BENCHMARKS.md")
	if err != nil {
		return "", err
	}
	rows := planRow.FindAllStringSubmatch(text, -1)
	if len(rows) < 3 {
		return "", fmt.Errorf("BENCHMARKS.md has %d rows of plans without a limit", len(rows))
	}
	var c canvas
	c.text(20, 32, "bold", "Calls of a plan (logarithmic scale)")
	c.rect(420, 20, 14, 14, "good")
	c.text(440, 32, "small", "orgkeys")
	c.rect(520, 20, 14, 14, "box")
	c.text(540, 32, "small", "one request for each object")
	for i, row := range rows {
		y := 52 + 56*i
		c.text(190, y+25, "end", counted(row[1], "key")+", "+counted(row[2], "project"))
		for j, bar := range []struct{ calls, class string }{{row[3], "good"}, {row[4], "box"}} {
			n, err := strconv.ParseFloat(bar.calls, 64)
			if err != nil {
				return "", err
			}
			width := int(math.Round(140 * math.Log10(n+1)))
			c.rect(205, y+22*j, width, 18, bar.class)
			c.text(212+width, y+22*j+14, "small", bar.calls)
		}
	}
	return c.picture(62+56*len(rows), "How many calls a plan needs, for orgkeys and for a client that sends one request for each object.", ""), nil
}

func counted(n, noun string) string {
	if n != "1" {
		noun += "s"
	}
	return n + " " + noun
}

var (
	tableRow = regexp.MustCompile("(?m)^\\| (`payments-[a-z]+`<br>.*?) \\| (.*?) \\| (.*?) \\|$")
	markup   = strings.NewReplacer("`", "", "**", "", "<br>", " ")
)

// reviewGate is the table that the scenario's README shows.
func reviewGate(root string) (string, error) {
	text, err := read(root, "examples/scenarios/review-gate/README.md")
	if err != nil {
		return "", err
	}
	rows := tableRow.FindAllStringSubmatch(text, -1)
	if len(rows) < 3 {
		return "", fmt.Errorf("the scenario's README shows %d rows", len(rows))
	}
	var c canvas
	c.text(20, 34, "bold", "Key changes")
	for i, head := range []string{"key", "change", "what it means"} {
		c.text([]int{20, 300, 390}[i], 64, "small bold", head)
	}
	y := 74
	for _, row := range rows {
		c.add(`<path d="M20 %dH840" class="rule"/>`, y)
		name, address, _ := strings.Cut(row[1], "<br>")
		c.text(20, y+22, "bold", markup.Replace(name))
		c.lines(20, y+39, "mono small dim", wrap(markup.Replace(address), 38)...)
		class, known := map[string]string{"created": "good", "rotated": "warn"}[row[2]]
		if !known {
			class = "bad"
		}
		c.box(298, y+8, 76, 22, class, row[2])
		lines := wrap(markup.Replace(row[3]), 68)
		c.lines(390, y+22, "small", lines...)
		y += 20 + 17*max(len(lines), 2)
	}
	return c.picture(y+12, "The table of the review gate: which keys a plan creates and rotates, and whose scopes widen.", ""), nil
}
