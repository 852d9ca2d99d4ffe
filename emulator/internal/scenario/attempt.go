package scenario

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Bounds of an attempt's error.
const (
	maxCodeLength    = 64
	maxMessageLength = 1024 // characters
)

// outcomeAbandoned is the outcome that is no decision of the service.
const outcomeAbandoned = "abandoned"

// A play is one entry of attempts and where its keys stand.
type play struct {
	step  liveness.Step
	given map[string]position

	rectangleAt position // zero: none, or it has been found wrong
	image       picture  // zero: none, or it has been found wrong
}

func attemptMapping() mapping[play] {
	return mapping[play]{fields: []field[play]{
		{key: "outcome", read: readOutcome},
		{key: "error", read: func(r *reader, v value, into *play) {
			into.step.Error = new(liveness.AttemptError)
			errorMapping().read(r, v, into.step.Error)
		}},
		{key: "takes", read: func(r *reader, v value, into *play) {
			into.step.Takes = r.duration(v)
		}},
		{key: "matchConfidence", read: readMatchConfidence},
		{key: "quality", read: func(r *reader, v value, into *play) {
			quality, _ := r.oneOf(v, string(liveness.QualityLow), string(liveness.QualityMedium), string(liveness.QualityHigh))
			into.step.Quality = liveness.Quality(quality)
		}},
		{key: "faceRectangle", read: readFaceRectangle},
		{key: "sessionImage", read: readSessionImage},
		{key: "abuseDetected", read: func(r *reader, v value, into *play) {
			into.step.AbuseDetected = r.flag(v)
		}},
	}}
}

// readAttempt reads one attempt and checks that its keys go together.
func (r *reader) readAttempt(v value) play {
	var p play
	p.given = attemptMapping().read(r, v, &p)
	_, isMapping := v.node.(ast.MapNode)
	outcomeAt, outcome := p.given["outcome"]
	errorAt, failed := p.given["error"]
	switch {
	case outcome && failed:
		second := outcomeAt
		if outcomeAt.line < errorAt.line || outcomeAt.line == errorAt.line && outcomeAt.column < errorAt.column {
			second = errorAt
		}
		r.report(second, v.path+" has both outcome and error", "remove one of them")
	case failed:
		r.refuseKeys(p, "error", "matchConfidence", "quality", "sessionImage")
	case p.step.Abandoned:
		r.refuseKeys(p, "outcome abandoned", "matchConfidence", "quality", "faceRectangle", "sessionImage", "abuseDetected")
	case !outcome && isMapping:
		r.report(v.at, v.path+" has neither outcome nor error", "add outcome: realface, or another one")
	}
	r.checkRectangle(&p)
	return p
}

// refuseKeys reports those of the keys that the attempt has.
func (r *reader) refuseKeys(p play, with string, keys ...string) {
	for _, key := range keys {
		if at, there := p.given[key]; there {
			r.report(at, fmt.Sprintf("%s does not go together with %s", key, with), "remove "+key)
		}
	}
}

// refuseVerifyKeys reports the keys that say something about a verify image,
// for a scenario that only sessions without one can match.
func (r *reader) refuseVerifyKeys(plays []play) {
	for _, p := range plays {
		if p.step.Abandoned || p.given["error"] != (position{}) {
			continue // refused already
		}
		r.refuseKeys(p, "match.operation detectLiveness", "matchConfidence", "quality")
	}
}

func readOutcome(r *reader, v value, into *play) {
	outcome, ok := r.oneOf(v, string(liveness.DecisionRealFace), string(liveness.DecisionSpoofFace),
		string(liveness.DecisionUncertain), outcomeAbandoned)
	switch {
	case !ok:
	case outcome == outcomeAbandoned:
		into.step.Abandoned = true
	default:
		into.step.Decision = liveness.Decision(outcome)
	}
}

func errorMapping() mapping[liveness.AttemptError] {
	return mapping[liveness.AttemptError]{name: "error", fields: []field[liveness.AttemptError]{
		{key: "code", required: true, read: func(r *reader, v value, into *liveness.AttemptError) {
			code, ok := r.text(v)
			if ok && !validCode(code) {
				r.report(v.at, "bad error code "+quote(code),
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

func readMatchConfidence(r *reader, v value, into *play) {
	const wanted = "a number from 0 to 1"
	text, ok := v.number()
	if !ok {
		suggestion := ""
		if v.kind() == "text" {
			suggestion = "write it without quotes"
		}
		r.wrongKind(v, wanted, suggestion)
		return
	}
	exact, err := strconv.ParseFloat(text, 64)
	if err != nil || !(exact >= 0 && exact <= 1) || !decimal(text) {
		suggestion := ""
		if err == nil && exact >= 2 && exact <= 100 {
			suggestion = fmt.Sprintf("did you mean %v?", exact/100) // a percentage
		}
		r.report(v.at, fmt.Sprintf("matchConfidence must be %s, not %s", wanted, quote(text)), suggestion)
		return
	}
	// Parsed once more because rounding twice can give another number.
	single, _ := strconv.ParseFloat(text, 32)
	confidence := float32(single) + 0 // which turns -0 into 0
	into.step.MatchConfidence = &confidence
}

// decimal reports whether a number that Go could parse is one that YAML and JSON
// understand the same way.
func decimal(number string) bool {
	for _, c := range number {
		switch c {
		case '_', 'x', 'X', 'p', 'P', 'n', 'N', 'i', 'I':
			return false
		}
	}
	return true
}

func rectangleMapping() mapping[liveness.Rectangle] {
	side := func(key string, least int, set func(*liveness.Rectangle, int)) field[liveness.Rectangle] {
		return field[liveness.Rectangle]{key: key, required: true, read: func(r *reader, v value, into *liveness.Rectangle) {
			set(into, r.pixels(v, least))
		}}
	}
	return mapping[liveness.Rectangle]{name: "faceRectangle", fields: []field[liveness.Rectangle]{
		side("top", 0, func(rect *liveness.Rectangle, n int) { rect.Top = n }),
		side("left", 0, func(rect *liveness.Rectangle, n int) { rect.Left = n }),
		side("width", 1, func(rect *liveness.Rectangle, n int) { rect.Width = n }),
		side("height", 1, func(rect *liveness.Rectangle, n int) { rect.Height = n }),
	}}
}

// pixels returns the value if it is a number of pixels, at least least.
func (r *reader) pixels(v value, least int) int {
	const most = 1 << 20 // so that sums cannot overflow; larger than any image
	text, ok := v.number()
	if !ok {
		r.wrongKind(v, "a whole number of pixels", "")
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most || text != strconv.Itoa(n) {
		r.report(v.at, fmt.Sprintf("%s must be a whole number of pixels, not %s", v.path, quote(text)),
			fmt.Sprintf("at least %d", least))
		return 0
	}
	return n
}

// middleOf returns the middle half of an image, at least one pixel.
func middleOf(p picture) *liveness.Rectangle {
	return &liveness.Rectangle{
		Top:    p.height / 4,
		Left:   p.width / 4,
		Width:  max(p.width/2, 1),
		Height: max(p.height/2, 1),
	}
}

func readFaceRectangle(r *reader, v value, into *play) {
	problems := len(r.problems)
	var rectangle liveness.Rectangle
	rectangleMapping().read(r, v, &rectangle)
	if len(r.problems) > problems {
		return
	}
	into.step.FaceRectangle, into.rectangleAt = &rectangle, v.at
}

// checkRectangle reports a face rectangle that is not inside the session image.
// An image of the user's own without a rectangle gets one in its middle, since
// the emulator's choice suits its own drawings only.
func (r *reader) checkRectangle(p *play) {
	if p.rectangleAt == (position{}) {
		if p.image.width > 0 && p.image.height > 0 {
			p.step.FaceRectangle = middleOf(p.image)
		}
		return
	}
	width, height := drawnWidth, drawnHeight
	if _, named := p.given["sessionImage"]; named {
		width, height = p.image.width, p.image.height
	}
	if width == 0 {
		return // the image was found wrong
	}
	rectangle := p.step.FaceRectangle
	right, bottom := rectangle.Left+rectangle.Width, rectangle.Top+rectangle.Height
	if right <= width && bottom <= height {
		return
	}
	r.report(p.rectangleAt,
		fmt.Sprintf("faceRectangle reaches to %d across and %d down, beyond the session image of %d×%d",
			right, bottom, width, height),
		fmt.Sprintf("keep left+width within %d and top+height within %d", width, height))
}
