package lang

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Limits of an attempt.
const (
	maxCodeLength      = 64
	maxMessageLength   = 1024 // characters
	maxClientAddresses = 8
)

// digestEqual is liveness.DigestEqual as scenario files spell it.
const digestEqual = "equal"

func errorMapping() mapping[liveness.AttemptError] {
	return mapping[liveness.AttemptError]{name: "error", instead: codeHint, fields: []field[liveness.AttemptError]{
		{key: "code", required: true, read: func(r *reader, v value, into *liveness.AttemptError) {
			code, ok := r.text(v)
			if ok && !validCode(code) {
				r.report(v.at, "invalid error code "+scenario.Quote(code),
					"use a letter, then letters, digits, _, . and -, as in FaceWithMaskDetected")
			}
			into.Code = code
		}},
		{key: "message", required: true, read: func(r *reader, v value, into *liveness.AttemptError) {
			message, ok := r.text(v)
			switch length := utf8.RuneCountInString(message); {
			case !ok:
			case length == 0 || length > maxMessageLength || !utf8.ValidString(message):
				r.report(v.at, fmt.Sprintf("error.message has %d characters", length),
					fmt.Sprintf("use 1 to %d", maxMessageLength))
			}
			into.Message = message
		}},
	}}
}

// codeHint returns a suggestion for a code that was given instead of an error.
func codeHint(text string) string {
	if !validCode(text) {
		return ""
	}
	return fmt.Sprintf("write it as {code: %s, message: …}", text)
}

// validCode reports whether code looks like an error code of the service.
func validCode(code string) bool {
	for i, c := range code {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case i > 0 && (c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'):
		default:
			return false
		}
	}
	return code != "" && len(code) <= maxCodeLength
}

func readMatchConfidence(r *reader, v value, into *attemptNode) {
	text, _, ok := r.share(v)
	if !ok {
		return
	}
	// Parsed again with 32 bits, because rounding twice can give another number.
	single, _ := strconv.ParseFloat(text, 32)
	confidence := float32(single) + 0 // turns -0 into 0
	into.step.MatchConfidence = &confidence
}

// share returns the value as a number from 0 to 1, and its characters.
func (r *reader) share(v value) (text string, exact float64, ok bool) {
	const wanted = "a number from 0 to 1"
	text, ok = v.number()
	if !ok {
		suggestion := ""
		if v.kind() == "text" {
			suggestion = "write it without quotes"
		}
		r.wrongKind(v, wanted, suggestion)
		return "", 0, false
	}
	exact, err := strconv.ParseFloat(text, 64)
	if err == nil && exact >= 0 && exact <= 1 && decimal(text) {
		return text, exact + 0, true // turns -0 into 0
	}
	suggestion := ""
	number, percentage := strings.CutSuffix(text, "%")
	if exact, err = strconv.ParseFloat(number, 64); err == nil && (percentage || exact >= 2) && exact >= 0 && exact <= 100 {
		suggestion = fmt.Sprintf("did you mean %v?", exact/100)
	}
	r.report(v.at, fmt.Sprintf("%s must be %s, not %s", v.path, wanted, scenario.Quote(text)), suggestion)
	return "", 0, false
}

// decimal reports whether YAML and JSON read the number as Go does.
func decimal(number string) bool {
	for _, c := range number {
		switch c {
		case '_', 'x', 'X', 'p', 'P', 'n', 'N', 'i', 'I':
			return false
		}
	}
	return true
}

func readDigest(r *reader, v value, into *attemptNode) {
	word, ok := r.oneOf(v, digestEqual, string(liveness.DigestDifferent), string(liveness.DigestMissing))
	if ok && word != digestEqual {
		into.step.Digest = liveness.DigestDrill(word)
	}
}

func readClientInformation(r *reader, v value, into *attemptNode) {
	entries, ok := r.items(v, "write it as [203.0.113.7]")
	if !ok {
		return
	}
	if len(entries) == 0 || len(entries) > maxClientAddresses {
		r.report(v.at, fmt.Sprintf("%s has %d addresses", v.path, len(entries)), fmt.Sprintf("use 1 to %d", maxClientAddresses))
		return
	}
	for _, entry := range entries {
		text, ok := r.text(entry)
		if !ok {
			continue
		}
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			r.report(entry.at, "invalid IP address "+scenario.Quote(text), "use one such as 203.0.113.7 or 2001:db8::7, without a port and a zone")
			continue
		}
		into.step.ClientAddresses = append(into.step.ClientAddresses, text)
	}
}
