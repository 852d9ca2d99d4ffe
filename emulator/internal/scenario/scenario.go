// Package scenario has the values of scenarios and chooses the one that a session gets.
//
// A scenario says what the attempts of a session give and which calls fail. Set.Choose
// chooses the scenario of a new session, and Set.Explain explains the choice. Plan.Pin
// returns the script that the session keeps: its random choices are drawn from one
// seed, so that nothing in the script is random, and later changes of the scenario do
// not change the session. The random choices of faults are drawn from the same seed at
// every call.
//
// Package lang reads scenarios from files and prints them.
package scenario

import (
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// HappyPath is the name of the scenario that sessions get when no other is chosen.
const HappyPath = "happy-path"

// A Scenario is one scenario file, read and checked.
type Scenario struct {
	Name        string
	Description string
	Advice      string // what a good app does about it
	Source      string // the file it was read from, as errors show it

	// Match says which sessions get the scenario without its name; nil: none.
	Match    Rules
	Priority int    // of Match among the rules that hold; higher first
	Seed     uint64 // seed of the random choices; 0: the file does not say

	Advance  Advance
	Attempts []Attempt          // as the file lists them; never empty
	Then     liveness.AfterLast // what follows the last; "": the attempts of Next
	Next     string             // name of the scenario whose attempts follow; "": see Then
	Result   liveness.ResultDelay
	End      *liveness.EarlyEnd // nil: the session does not end early
	Faults   []fault.Fault      // of the calls of its sessions

	// Images are the session images that the attempts name, in all their choices and
	// with those of Next, each once. All copies of the scenario share their bytes,
	// which must not be changed.
	Images []liveness.Image

	following []*Attempt // those of Next, as far as a session can get
}

// Advance says how the attempts of a session come about. Zero: a device plays
// them.
type Advance struct {
	Automatic bool          // the session plays them, After its creation and after every attempt
	After     time.Duration // of Automatic
	Polls     int           // the session plays one at every Polls-th call that reads it; 0: not
}

// An Attempt is one entry of the file's attempts.
type Attempt struct {
	Repeat  int      // how many attempts it stands for, from 1
	Choices []Choice // one, or several to draw from
}

// A Choice is what an attempt gives, and how often compared with the others.
type Choice struct {
	Weight int // from 1
	Step   liveness.Step
}

// AttemptCount returns how many attempts a session of the scenario can have before
// they are exhausted, those of Next included.
func (s Scenario) AttemptCount() int { return len(s.sequence()) }

// clone returns a copy of s that shares nothing with it that other packages can reach,
// except for the bytes of the images.
func (s Scenario) clone() Scenario {
	s.Match = slices.Clone(s.Match)
	for i := range s.Match {
		s.Match[i].Headers = slices.Clone(s.Match[i].Headers)
	}
	if s.End != nil {
		end := *s.End
		s.End = &end
	}
	s.Attempts = slices.Clone(s.Attempts)
	for i := range s.Attempts {
		s.Attempts[i].Choices = slices.Clone(s.Attempts[i].Choices)
		for j := range s.Attempts[i].Choices {
			choice := &s.Attempts[i].Choices[j]
			choice.Step = liveness.Script{Steps: []liveness.Step{choice.Step}}.Clone().Steps[0]
		}
	}
	s.Images = slices.Clone(s.Images)
	s.Faults = fault.Clone(s.Faults)
	return s
}
