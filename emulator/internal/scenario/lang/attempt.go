package lang

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Bounds of an entry of attempts.
const (
	maxRepeat  = 100
	minChoices = 2
	maxChoices = 20
	maxWeight  = 1000
)

// outcomeAbandoned is the outcome that is no decision of the service.
const outcomeAbandoned = "abandoned"

// An attemptNode is one entry of attempts, or one of its choices, and where its keys
// stand.
type attemptNode struct {
	step  liveness.Step
	given map[string]position
	at    position

	repeat  int           // of an entry; 0: none given, or it has been found wrong
	choices []attemptNode // of an entry
	weight  int           // of a choice; 0: none given, or it has been found wrong

	rectangleAt position // zero: none, or it has been found wrong
	image       picture  // zero: none, or it has been found wrong
}

// stepFields are the keys that an entry and a choice have in common.
func stepFields() []field[attemptNode] {
	return []field[attemptNode]{
		{key: "outcome", read: readOutcome},
		{key: "error", read: func(r *reader, v value, into *attemptNode) {
			into.step.Error = new(liveness.AttemptError)
			errorMapping().read(r, v, into.step.Error)
		}},
		{key: "takes", read: func(r *reader, v value, into *attemptNode) {
			into.step.Takes = r.duration(v)
		}},
		{key: "matchConfidence", read: readMatchConfidence},
		{key: "quality", read: func(r *reader, v value, into *attemptNode) {
			quality, _ := r.oneOf(v, string(liveness.QualityLow), string(liveness.QualityMedium), string(liveness.QualityHigh))
			into.step.Quality = liveness.Quality(quality)
		}},
		{key: "faceRectangle", read: readFaceRectangle},
		{key: "sessionImage", read: readSessionImage},
		{key: "abuseDetected", read: func(r *reader, v value, into *attemptNode) {
			into.step.AbuseDetected = r.flag(v)
		}},
		{key: "digest", read: readDigest},
		{key: "clientInformation", read: readClientInformation},
	}
}

func attemptMapping() mapping[attemptNode] {
	return mapping[attemptNode]{fields: append(
		stepFields(),
		field[attemptNode]{key: "repeat", read: func(r *reader, v value, into *attemptNode) {
			into.repeat = int(r.whole(v, 1, maxRepeat))
		}},
		field[attemptNode]{key: "oneOf", read: readOneOf},
	)}
}

func choiceMapping() mapping[attemptNode] {
	weight := field[attemptNode]{key: "weight", read: func(r *reader, v value, into *attemptNode) {
		into.weight = r.weight(v)
	}}
	return mapping[attemptNode]{fields: append([]field[attemptNode]{weight}, stepFields()...)}
}

// readAttempt reads one entry of attempts and checks that its keys go together.
func (r *reader) readAttempt(v value) attemptNode {
	p := attemptNode{at: v.at}
	p.given = attemptMapping().read(r, v, &p)
	if _, chosen := p.given["oneOf"]; !chosen {
		r.checkStep(v, &p)
		return p
	}
	for _, f := range stepFields() {
		if at, there := p.given[f.key]; there {
			r.report(at, f.key+" does not go together with oneOf", "move it into the choices")
		}
	}
	return p
}

func readOneOf(r *reader, v value, into *attemptNode) {
	entries, ok := r.items(v, "begin every choice with -")
	if !ok {
		return
	}
	if len(entries) < minChoices || len(entries) > maxChoices {
		choices := "choices"
		if len(entries) == 1 {
			choices = "choice"
		}
		r.report(v.at, fmt.Sprintf("%s has %d %s", v.path, len(entries), choices), fmt.Sprintf("use %d to %d", minChoices, maxChoices))
		return
	}
	for i, entry := range entries {
		entry.path = fmt.Sprintf("choice %d", i+1)
		p := attemptNode{at: entry.at}
		p.given = choiceMapping().read(r, entry, &p)
		r.checkStep(entry, &p)
		into.choices = append(into.choices, p)
	}
}

// weight returns the value if it is a weight.
func (r *reader) weight(v value) int {
	problems := len(r.problems)
	weight := int(r.whole(v, 1, maxWeight))
	if text, ok := v.number(); ok && len(r.problems) > problems {
		r.problems[problems].Suggestion = weightHint(text)
	}
	return weight
}

// weightHint returns what was probably meant by a share in place of a weight.
func weightHint(text string) string {
	number, percentage := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if !percentage {
		share *= 100
	}
	percent := int(math.Round(share))
	if whole := math.Abs(share-float64(percent)) < 1e-9; err != nil || !whole || percent < 1 || percent > 100 {
		return ""
	}
	return fmt.Sprintf("use whole numbers in the same proportion, as in %d for %s", percent, text)
}

// checkStep checks that the keys of an entry without choices, or of a choice, go
// together.
func (r *reader) checkStep(v value, p *attemptNode) {
	outcomeAt, outcome := p.given["outcome"]
	errorAt, failed := p.given["error"]
	switch {
	case outcome && failed:
		second := slices.MaxFunc([]position{outcomeAt, errorAt}, position.compare)
		r.report(second, v.path+" has both outcome and error", "remove one of them")
	case failed:
		r.refuseKeys(*p, "error", "matchConfidence", "quality", "sessionImage", "digest")
	case p.step.Abandoned:
		r.refuseKeys(*p, "outcome abandoned", "matchConfidence", "quality", "faceRectangle", "sessionImage",
			"abuseDetected", "digest", "clientInformation")
	case !outcome && v.isMapping():
		r.report(v.at, v.path+" has neither outcome nor error", "add outcome: realface, or another one")
	}
	r.checkRectangle(p)
}

// refuseKeys reports those of the keys that the attempt has.
func (r *reader) refuseKeys(p attemptNode, with string, keys ...string) {
	for _, key := range keys {
		if at, there := p.given[key]; there {
			r.report(at, fmt.Sprintf("%s does not go together with %s", key, with), "remove "+key)
		}
	}
}

// refuseVerifyKeys reports the keys that say something about a verify image,
// for a scenario that only sessions without one can match.
func (r *reader) refuseVerifyKeys(nodes []attemptNode) {
	for _, p := range nodes {
		r.refuseVerifyKeys(p.choices)
		if p.step.Abandoned || p.given["error"] != (position{}) || p.given["oneOf"] != (position{}) {
			continue // refused already
		}
		r.refuseKeys(p, "match.operation detectLiveness", "matchConfidence", "quality")
	}
}

// attempt returns the entry without its places.
func (p attemptNode) attempt() scenario.Attempt {
	choices := p.choices
	if len(choices) == 0 {
		choices = []attemptNode{p}
	}
	a := scenario.Attempt{Repeat: max(p.repeat, 1)}
	for _, choice := range choices {
		a.Choices = append(a.Choices, scenario.Choice{Weight: max(choice.weight, 1), Step: choice.step})
	}
	return a
}

func readOutcome(r *reader, v value, into *attemptNode) {
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
