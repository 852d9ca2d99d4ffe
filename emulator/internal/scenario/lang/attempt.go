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

// outcomeAbandoned is the outcome of an attempt that the client gives up.
const outcomeAbandoned = "abandoned"

// An attemptNode is one entry of attempts, or one of its choices, with the positions of
// its keys.
type attemptNode struct {
	step  liveness.Step
	given map[string]position
	at    position

	repeat  int           // of an entry; 0: not given or invalid
	choices []attemptNode // of an entry
	weight  int           // of a choice; 0: not given or invalid

	rectangleAt position // zero: not given or invalid
	image       picture  // zero: not given or invalid
}

// stepFields are the keys that both an entry and a choice have.
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
	n := attemptNode{at: v.at}
	n.given = attemptMapping().read(r, v, &n)
	if _, chosen := n.given["oneOf"]; !chosen {
		r.checkStep(v, &n)
		return n
	}
	for _, f := range stepFields() {
		if at, there := n.given[f.key]; there {
			r.report(at, f.key+" does not go together with oneOf", "move it into the choices")
		}
	}
	return n
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
		n := attemptNode{at: entry.at}
		n.given = choiceMapping().read(r, entry, &n)
		r.checkStep(entry, &n)
		into.choices = append(into.choices, n)
	}
}

// weight returns the value as a weight.
func (r *reader) weight(v value) int {
	problems := len(r.problems)
	weight := int(r.whole(v, 1, maxWeight))
	if text, ok := v.number(); ok && len(r.problems) > problems {
		r.problems[problems].Suggestion = weightHint(text)
	}
	return weight
}

// weightHint returns a suggestion for a weight that was given as a share or percentage.
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
func (r *reader) checkStep(v value, n *attemptNode) {
	outcomeAt, outcome := n.given["outcome"]
	errorAt, failed := n.given["error"]
	switch {
	case outcome && failed:
		second := slices.MaxFunc([]position{outcomeAt, errorAt}, position.compare)
		r.report(second, v.path+" has both outcome and error", "remove one of them")
	case failed:
		r.refuseKeys(*n, "error", "matchConfidence", "quality", "sessionImage", "digest")
	case n.step.Abandoned:
		r.refuseKeys(*n, "outcome abandoned", "matchConfidence", "quality", "faceRectangle", "sessionImage",
			"abuseDetected", "digest", "clientInformation")
	case !outcome && v.isMapping():
		r.report(v.at, v.path+" has neither outcome nor error", "add outcome: realface, or another one")
	}
	r.checkRectangle(n)
}

// refuseKeys reports each of the keys that the attempt has.
func (r *reader) refuseKeys(n attemptNode, with string, keys ...string) {
	for _, key := range keys {
		if at, there := n.given[key]; there {
			r.report(at, fmt.Sprintf("%s does not go together with %s", key, with), "remove "+key)
		}
	}
}

// refuseVerifyKeys reports the keys about a verify image in a scenario that only sessions
// without one can match.
func (r *reader) refuseVerifyKeys(nodes []attemptNode) {
	for _, n := range nodes {
		r.refuseVerifyKeys(n.choices)
		if n.step.Abandoned || n.given["error"] != (position{}) || n.given["oneOf"] != (position{}) {
			continue // already refused
		}
		r.refuseKeys(n, "match.operation detectLiveness", "matchConfidence", "quality")
	}
}

// attempt returns the entry without positions.
func (n attemptNode) attempt() scenario.Attempt {
	choices := n.choices
	if len(choices) == 0 {
		choices = []attemptNode{n}
	}
	a := scenario.Attempt{Repeat: max(n.repeat, 1)}
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
