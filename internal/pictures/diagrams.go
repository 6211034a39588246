// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

// keyStates is the life of a key: states, and what leads from one to the next.
func keyStates() string {
	var c canvas
	for _, state := range []struct {
		name, class string
		x, y        int
	}{
		{"current", "good", 60, 50}, {"due", "warn", 350, 50}, {"previous", "box", 650, 50},
		{"expired", "bad", 350, 170}, {"revoked outside", "bad", 60, 260}, {"ended", "box", 650, 260},
		{"leftover", "warn", 350, 350},
	} {
		c.box(state.x, state.y, 150, 44, state.class, state.name)
	}
	for _, change := range []struct {
		x1, y1, x2, y2 int
		x, y           int // of the text
		class          string
		text           []string
	}{
		{135, 18, 135, 50, 145, 34, "", []string{"created"}},
		{210, 72, 350, 72, 280, 48, "mid", []string{"age, or a", "changed value"}},
		{500, 72, 650, 72, 575, 48, "mid", []string{"apply: the next", "key is current"}},
		{725, 94, 725, 260, 735, 180, "", []string{"overlap is over"}},
		{425, 94, 425, 170, 435, 136, "", []string{"lifetime is over"}},
		{190, 94, 350, 180, 250, 164, "end", []string{"lifetime is over"}},
		{110, 94, 110, 260, 120, 200, "", []string{"deleted outside", "Terraform"}},
		{500, 196, 650, 270, 582, 196, "", []string{"apply: the next", "key is current"}},
		{210, 282, 650, 282, 430, 300, "mid", []string{"apply: the next key is current"}},
		{160, 372, 350, 372, 250, 364, "mid", []string{"created by a killed run"}},
		{500, 372, 725, 304, 640, 356, "", []string{"apply, a day later and", "known to be unused; or by hand"}},
	} {
		c.arrow(change.x1, change.y1, change.x2, change.y2, "")
		c.lines(change.x, change.y, "small dim "+change.class, change.text...)
	}
	return c.picture(412, "The states of a key: created and current, due, previous, ended; or expired, revoked outside, or a leftover.", "")
}

// secret is the way of a secret from the vendor to the store.
func secret() string {
	var c canvas
	c.box(20, 60, 120, 60, "box", "vendor's API")
	c.box(260, 60, 140, 60, "good", "provider", "process")
	c.box(520, 60, 140, 60, "box", "state and plans:", "sealed_value")
	c.box(260, 230, 140, 60, "good", "ephemeral", "orgkeys_unsealed")
	c.box(20, 230, 120, 60, "box", "secret store")
	c.box(520, 230, 140, 60, "warn", "identity", "(private key)")
	c.box(740, 145, 100, 60, "box", "age -d,", "by hand")
	for _, way := range []struct {
		x1, y1, x2, y2 int
		dash           string
		x, y           int
		class          string
		text           []string
	}{
		{140, 90, 260, 90, "", 200, 80, "mid", []string{"secret, once"}},
		{400, 90, 520, 90, "", 460, 80, "mid", []string{"ciphertext"}},
		{310, 120, 310, 230, "dash", 300, 170, "end", []string{"same run:", "no identity needed"}},
		{550, 120, 390, 230, "", 500, 172, "", []string{"ciphertext"}},
		{520, 260, 400, 260, "", 460, 250, "mid", []string{"later runs"}},
		{260, 260, 140, 260, "", 200, 232, "mid", []string{"write-only", "argument"}},
		{660, 100, 740, 155, "", 705, 106, "", []string{"terraform output"}},
		{660, 250, 740, 195, "", 0, 0, "", nil},
	} {
		c.arrow(way.x1, way.y1, way.x2, way.y2, way.dash)
		c.lines(way.x, way.y, "small dim "+way.class, way.text...)
	}
	c.text(20, 32, "bold", "Plaintext exists in the provider's memory during one run, and in the store")
	return c.picture(312, "How a secret travels: from the API into the provider, as ciphertext into state, and through orgkeys_unsealed into the store.", "")
}

// lostAnswer is what is sent when the answer to the creation of a key is lost.
func lostAnswer() string {
	const provider, api, state = 130, 470, 740
	var c canvas
	steps := []struct {
		from, to int
		lost     bool
		text     string
	}{
		{provider, api, false, "create a key; its name has a marker of this attempt"},
		{api, provider, true, "the secret: lost on its way"},
		{provider, api, false, "list the keys"},
		{api, provider, false, "one has this attempt's marker"},
		{provider, api, false, "revoke it: its secret never arrived"},
		{provider, api, false, "create a key"},
		{api, provider, false, "the secret"},
		{provider, state, false, "the ciphertext"},
	}
	bottom := 84 + 40*len(steps)
	for _, lane := range []struct {
		x    int
		name string
	}{{provider, "provider"}, {api, "vendor's API"}, {state, "state"}} {
		c.box(lane.x-70, 20, 140, 36, "box", lane.name)
		c.add(`<path d="M%d 56V%d" class="line dash"/>`, lane.x, bottom)
	}
	for i, step := range steps {
		y := 96 + 40*i
		if step.lost {
			c.arrow(step.from, y, step.from-200, y, "dash")
			c.text(step.from-216, y+5, "bold red mid", "✕")
			c.text(step.from-20, y-7, "small red end", step.text)
			continue
		}
		c.arrow(step.from, y, step.to, y, "")
		x := (provider + api) / 2
		if step.to == state {
			x = (api + state) / 2
		}
		c.text(x, y-7, "small mid", step.text)
	}
	return c.picture(bottom+20, "The answer to the creation of a key is lost: the provider finds the key by its marker, revokes it, and creates another one.", "")
}
