package lang

import (
	"fmt"
	"mime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Limits of fault effects.
const (
	maxBodyText    = 4096 // bytes
	maxContentType = 128
	maxThroughput  = 1_000_000 // bytes per second
)

// effectFields are the keys for the effects of a fault.
func effectFields() []field[faultNode] {
	return []field[faultNode]{
		{key: "error", read: readAnswer},
		{key: "rate", read: readRate},
		{key: "delay", read: readDelay},
		{key: "hang", read: func(r *reader, v value, into *faultNode) { into.Hang = r.yes(v) }},
		{key: "reset", read: func(r *reader, v value, into *faultNode) {
			moment, _ := r.oneOf(v, string(fault.ResetBefore), string(fault.ResetDuring), string(fault.ResetAfter))
			into.Reset = fault.Reset(moment)
		}},
		{key: "stale", read: func(r *reader, v value, into *faultNode) { into.Stale = r.yes(v) }},
		{key: "body", read: readBody},
		{key: "contentType", read: readContentType},
		{key: "bytesPerSecond", read: func(r *reader, v value, into *faultNode) {
			into.Throughput = int(r.whole(v, 1, maxThroughput))
		}},
	}
}

// checkEffects checks that the fault has an effect, and at most one that ends the call.
func (r *reader) checkEffects(v value, n faultNode) {
	if !v.isMapping() {
		return // already reported
	}
	var keys, ending []string
	effects := 0
	for _, f := range effectFields() {
		keys = append(keys, f.key)
		if _, there := n.given[f.key]; !there {
			continue
		}
		effects++
		switch f.key {
		case "error", "rate", "hang":
			ending = append(ending, f.key)
		case "reset":
			if n.Reset == fault.ResetBefore {
				ending = append(ending, f.key)
			}
		}
	}
	if effects == 0 {
		r.report(v.at, v.path+" does nothing", "add one of "+strings.Join(keys, ", "))
	}
	if len(ending) < 2 {
		return
	}
	slices.SortStableFunc(ending, func(a, b string) int { return n.given[a].compare(n.given[b]) })
	second := n.given[ending[1]]
	for i, key := range ending {
		if key == "reset" {
			ending[i] = "reset: before"
		}
	}
	r.report(second, fmt.Sprintf("%s has both %s and %s", v.path, ending[0], ending[1]), "remove one of them, or split it into two faults")
}

// yes returns the value as true. It reports false, which is the default.
func (r *reader) yes(v value) bool {
	yes := r.flag(v)
	if _, flag := v.node.(*ast.BoolNode); flag && !yes {
		r.report(v.at, v.path+" is false by default", "leave it out")
	}
	return yes
}

func bodyMapping() mapping[faultNode] {
	return mapping[faultNode]{name: "body", fields: []field[faultNode]{
		{key: "text", required: true, read: func(r *reader, v value, into *faultNode) {
			text, ok := r.text(v)
			switch {
			case !ok:
				return
			case text == "":
				r.report(v.at, "body.text is empty", "use body: empty")
			case len(text) > maxBodyText:
				r.report(v.at, fmt.Sprintf("body.text has %d bytes", len(text)), fmt.Sprintf("at most %d", maxBodyText))
			case !utf8.ValidString(text):
				r.report(v.at, "body.text is not UTF-8 text", "")
			}
			into.Text = text
		}},
	}}
}

func readBody(r *reader, v value, into *faultNode) {
	if v.isMapping() {
		into.Body = fault.BodyText
		bodyMapping().read(r, v, into)
		return
	}
	word, _ := r.word(v, "allowed: empty, truncated, malformed, {text: …}",
		string(fault.BodyEmpty), string(fault.BodyTruncated), string(fault.BodyMalformed))
	into.Body = fault.Body(word)
}

func readContentType(r *reader, v value, into *faultNode) {
	text, ok := r.text(v)
	if !ok {
		return
	}
	foreign := strings.ContainsFunc(text, func(c rune) bool { return c > unicode.MaxASCII || !unicode.IsPrint(c) })
	media, _, err := mime.ParseMediaType(text)
	if err != nil || foreign || !strings.Contains(media, "/") || strings.TrimSpace(text) != text || len(text) > maxContentType {
		r.report(v.at, "invalid media type "+scenario.Quote(text),
			fmt.Sprintf("use one such as text/html, at most %d characters", maxContentType))
		return
	}
	into.ContentType = text
}
