package scenario

import (
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// FromSession returns a scenario whose sessions repeat what a session did and then
// continue as it would have. The scenario makes no random choices, has no images and no
// rules.
func FromSession(name string, view liveness.View) Scenario {
	s := view.Session
	script := s.Script
	made := Scenario{
		Name: name, Description: "What session " + string(s.ID) + " did, of scenario " + script.Scenario + ".",
		Advance: Advance{Automatic: script.Automatic, After: script.After, Polls: script.Polls},
		Then:    script.AfterLast, Result: script.ResultDelay, Faults: script.Faults,
	}
	if script.EarlyEnd != nil {
		made.End = new(*script.EarlyEnd)
	}
	for n := range max(len(script.Steps), len(s.Attempts)) {
		step := script.Step(n + 1)
		if n < len(s.Attempts) {
			step = done(s.Attempts[n], step)
		}
		step.SessionImage = ""
		made.Attempts = append(made.Attempts, Attempt{Repeat: 1, Choices: []Choice{{Weight: 1, Step: step}}})
	}
	if len(s.Attempts) > len(script.Steps) {
		made.Then = liveness.AfterLastRepeat
	}
	return made
}

// done returns a step that gives what an attempt gave.
func done(a liveness.Attempt, scripted liveness.Step) liveness.Step {
	step := liveness.Step{
		Takes: a.Ends.Sub(a.Began), Decision: a.Decision, Abandoned: !a.Analysed(),
		Digest: scripted.Digest, ClientAddresses: scripted.ClientAddresses,
		AbuseDetected: a.Abuse != nil && a.Abuse.Detected,
	}
	if a.Error != nil {
		step.Error = new(*a.Error)
	}
	if a.Decision != "" {
		step.FaceRectangle = new(a.FaceRectangle)
	}
	if a.Match != nil {
		step.MatchConfidence, step.Quality = new(a.Match.Confidence), a.Match.Quality
	}
	if !a.Analysed() {
		step.Digest, step.ClientAddresses, step.AbuseDetected = "", nil, false
	}
	return step
}
