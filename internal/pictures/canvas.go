// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"html"
	"strings"
)

// style has the colours for light and for dark. Each picture has a ground of its own, so that
// it can be read even where the page and the system disagree about which one it is.
const style = `
text { font: 14px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.small { font-size: 12px } .dim { fill: #59636e } .bold { font-weight: 600 } .mid { text-anchor: middle } .end { text-anchor: end }
.mono, .term { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre }
.ground { fill: #ffffff; stroke: #d1d9e0 } .box { fill: #f6f8fa; stroke: #818b98 } .good { fill: #ddf4ff; stroke: #0969da }
.warn { fill: #fff8c5; stroke: #9a6700 } .bad { fill: #ffebe9; stroke: #cf222e } .rule { stroke: #d1d9e0 }
.line { stroke: #59636e; fill: none; stroke-width: 1.5 } .dash { stroke-dasharray: 5 4 } .head { fill: #59636e }
.red { fill: #cf222e } .green { fill: #1a7f37 } .yellow { fill: #9a6700 } .grey { fill: #59636e }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .dim, .grey { fill: #9198a1 }
.ground { fill: #0d1117; stroke: #3d444d } .box { fill: #151b23; stroke: #656c76 } .good { fill: #121d2f; stroke: #4493f8 }
.warn { fill: #272115; stroke: #d29922 } .bad { fill: #25171c; stroke: #f85149 } .rule { stroke: #3d444d }
.line { stroke: #9198a1 } .head { fill: #9198a1 }
.red { fill: #f85149 } .green { fill: #3fb950 } .yellow { fill: #d29922 }
}
`

// canvas collects the elements of a picture.
type canvas struct{ strings.Builder }

func (c *canvas) add(format string, args ...any) {
	_, _ = fmt.Fprintf(c, format+"\n", args...) // to memory
}

func (c *canvas) text(x, y int, class, text string) {
	c.add(`<text x="%d" y="%d" class="%s">%s</text>`, x, y, class, html.EscapeString(text))
}

// lines writes lines below each other, 17 apart.
func (c *canvas) lines(x, y int, class string, lines ...string) {
	for i, line := range lines {
		c.text(x, y+17*i, class, line)
	}
}

func (c *canvas) rect(x, y, width, height int, class string) {
	c.add(`<rect x="%d" y="%d" width="%d" height="%d" rx="4" class="%s"/>`, x, y, width, height, class)
}

// box is a rectangle with its lines in the middle.
func (c *canvas) box(x, y, width, height int, class string, lines ...string) {
	c.rect(x, y, width, height, class)
	c.lines(x+width/2, y+height/2+5-17*(len(lines)-1)/2, "mid", lines...)
}

func (c *canvas) arrow(x1, y1, x2, y2 int, class string) {
	c.add(`<path d="M%d %dL%d %d" class="line %s" marker-end="url(#head)"/>`, x1, y1, x2, y2, class)
}

// picture is the whole file, 860 wide; title says what is seen to those who do not see it.
func (c *canvas) picture(height int, title, more string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 %d" width="860" height="%[1]d" role="img" aria-labelledby="title">
<title id="title">%[2]s</title>
<!-- Written by "make pictures": change internal/pictures. -->
<style>%[3]s%[4]s</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" class="head"/></marker></defs>
<rect x="0.5" y="0.5" width="859" height="%[5]d" rx="6" class="ground"/>
%[6]s</svg>
`, height, html.EscapeString(title), style, more, height-1, c.String())
}

// wrap breaks text into lines of at most so many characters, at spaces where there are any.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		for line += word; len(line) > width; line = line[width:] {
			lines = append(lines, line[:width])
		}
	}
	return append(lines, line)
}
