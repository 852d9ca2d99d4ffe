package scenario

import (
	"io/fs"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// noFiles is a folder without files.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ParseAttempt reads a document that is one entry of the attempts of a scenario file,
// in YAML or JSON, which leaves nothing to chance, stands for one attempt and names no
// session image. The name is only shown, in errors, which are as those of Parse.
func ParseAttempt(name string, data []byte) (liveness.Step, error) {
	r, root, err := open(name, data, hints{
		empty: "write an attempt, such as {outcome: spoofface}", several: "write one attempt",
	})
	if err != nil {
		return liveness.Step{}, err
	}
	r.images = newImageFolder(noFiles{})
	p := r.readAttempt(r.valueOf(root, "the attempt"))
	for _, key := range []string{"repeat", "oneOf", "sessionImage"} {
		if at, given := p.given[key]; given {
			r.report(at, key+" is of scenario files only", "leave it out")
		}
	}
	return p.step, r.failure()
}

// Of returns a scenario whose sessions do what one has done, and then what it would
// do. Nothing in it is random any more. Session images are drawn, and it matches
// nothing.
func Of(name string, view liveness.View) Scenario {
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

// done is a step that gives what an attempt gave.
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
