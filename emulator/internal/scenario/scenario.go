package scenario

import (
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// HappyPath is the name of the scenario that sessions get when nothing else is
// chosen for them.
const HappyPath = "happy-path"

// A Scenario is one scenario file, read and checked.
type Scenario struct {
	Name        string
	Description string
	Source      string // the file it was read from, as errors show it

	// Match says which sessions get the scenario unasked; nil: none.
	Match *Match

	// Script is what a session of this scenario pins. Its Scenario is Name.
	Script liveness.Script

	// Images are the session images that the steps of Script name, each once;
	// they are to be stored with the session. Their bytes are shared by all
	// copies of the scenario and must not be changed.
	Images []liveness.Image
}

// clone returns a copy of s that shares nothing with it but the bytes of the
// images.
func (s Scenario) clone() Scenario {
	if s.Match != nil {
		match := *s.Match
		s.Match = &match
	}
	s.Script = liveness.Session{Script: s.Script}.Clone().Script // copies what steps point to, too
	s.Images = slices.Clone(s.Images)
	return s
}

// An Operation is a session type as scenario files spell it.
type Operation string

// The operations that a session can be created for.
const (
	DetectLiveness           Operation = "detectLiveness"
	DetectLivenessWithVerify Operation = "detectLivenessWithVerify"
)

// OperationOf returns the operation that creates sessions of this kind.
func OperationOf(kind liveness.Kind) Operation {
	if kind == liveness.KindLivenessWithVerify {
		return DetectLivenessWithVerify
	}
	return DetectLiveness
}

// A Call is what is known of the call that creates a session when its scenario
// is chosen.
type Call struct {
	Pinned              string // name of the scenario that the caller asks for; "": none
	Operation           Operation
	DeviceCorrelationID string // "": none, or left to the client
	VerifyImageFileName string // "": no verify image, or sent without a file name
}

// A Match is a rule: which sessions get a scenario unasked. What is empty is not
// asked for.
type Match struct {
	Operation           Operation
	DeviceCorrelationID string // glob
	VerifyImage         VerifyImageMatch
}

// A VerifyImageMatch is the part of a rule that looks at the verify image.
type VerifyImageMatch struct {
	FileName string // glob
}

// Holds reports whether everything that the rule asks for is true of the call.
func (m Match) Holds(c Call) bool {
	if m.Operation != "" && m.Operation != c.Operation {
		return false
	}
	return globHolds(m.DeviceCorrelationID, c.DeviceCorrelationID) &&
		globHolds(m.VerifyImage.FileName, c.VerifyImageFileName)
}

// globHolds reports whether the glob is not given, or matches a text that is.
func globHolds(glob, text string) bool {
	return glob == "" || text != "" && globMatches([]rune(glob), []rune(text))
}

// globMatches reports whether the glob describes the whole text. Trying again
// behind the last * only keeps it within len(glob)·len(text) steps.
func globMatches(glob, text []rune) bool {
	g, t := 0, 0
	star, tried := -1, 0
	for t < len(text) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, tried = g, t
			g++
		case g < len(glob) && (glob[g] == '?' || glob[g] == text[t]):
			g++
			t++
		case star >= 0:
			tried++
			g, t = star+1, tried
		default:
			return false
		}
	}
	for g < len(glob) && glob[g] == '*' {
		g++
	}
	return g == len(glob)
}
