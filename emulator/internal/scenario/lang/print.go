package lang

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Print returns the text of a file for the scenario. Images maps the names of its session
// images to file names.
func Print(s scenario.Scenario, images map[string]string) string {
	file := printedFile{
		Name: printedText(s.Name), Description: printedText(s.Description), Advice: printedText(s.Advice),
		Match: printedRules(s.Match), Priority: s.Priority, Seed: s.Seed, Faults: printedFaults(s.Faults),
	}
	if s.Advance != (scenario.Advance{}) {
		file.Advance = &printedPace{After: printedDuration(s.Advance.After, s.Advance.Automatic), Polls: s.Advance.Polls}
	}
	for _, a := range s.Attempts {
		file.Attempts = append(file.Attempts, printedAttempt(a, images))
	}
	switch {
	case s.Next != "":
		file.Then = map[string]printedText{"scenario": printedText(s.Next)}
	case s.Then != "":
		file.Then = s.Then
	}
	if r := s.Result; r.After > 0 || r.Polls > 0 {
		file.Result = &printedPace{After: printedDuration(r.After, r.After > 0), Polls: r.Polls}
	}
	if s.End != nil {
		file.End = &printedEnd{By: string(s.End.Kind), When: printedWhen(*s.End)}
	}
	return marshal(file)
}

// marshal returns the value as YAML, with lists indented below their keys.
func marshal(v any) string {
	text, err := yaml.MarshalWithOptions(v, yaml.Indent(2), yaml.IndentSequence(true))
	if err != nil {
		return "# " + printable(err.Error()) // a comment, which every reader refuses as a scenario
	}
	return string(text)
}

// A printedText is a text in a file. It is quoted as in JSON, which is valid YAML, unless
// it cannot be confused with a value of another type.
type printedText string

// plainPrinted matches texts that need no quotes: words that begin with a letter.
const plainPrinted = `^[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9][A-Za-z0-9_./-]*)*$`

// MarshalYAML implements yaml.BytesMarshaler.
func (t printedText) MarshalYAML() ([]byte, error) {
	reserved := slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(string(t)))
	if !reserved && regexp.MustCompile(plainPrinted).MatchString(string(t)) {
		return []byte(t), nil
	}
	return json.Marshal(string(t))
}

type printedFile struct {
	Name        printedText    `yaml:"name"`
	Description printedText    `yaml:"description,omitempty"`
	Advice      printedText    `yaml:"advice,omitempty"`
	Match       any            `yaml:"match,omitempty"` // one rule, or a list
	Priority    int            `yaml:"priority,omitempty"`
	Seed        uint64         `yaml:"seed,omitempty"`
	Advance     *printedPace   `yaml:"advance,omitempty"`
	Attempts    []printedEntry `yaml:"attempts"`
	Then        any            `yaml:"then,omitempty"` // a word, or a mapping
	Result      *printedPace   `yaml:"result,omitempty"`
	End         *printedEnd    `yaml:"end,omitempty"`
	Faults      []printedFault `yaml:"faults,omitempty"`
}

// A printedPace is a time, or a number of reads.
type printedPace struct {
	After string `yaml:"after,omitempty"`
	Polls int    `yaml:"polls,omitempty"`
}

type printedEnd struct {
	By   string `yaml:"by"`
	When any    `yaml:"when"` // a word, or a mapping
}

func printedWhen(e liveness.EarlyEnd) any {
	if e.BeforeStart {
		return whenBeforeStart
	}
	return struct {
		DuringAttempt int    `yaml:"duringAttempt,omitempty"`
		AfterAttempt  int    `yaml:"afterAttempt,omitempty"`
		BeforePoll    int    `yaml:"beforePoll,omitempty"`
		After         string `yaml:"after,omitempty"`
	}{e.During, e.AfterTry, e.BeforePoll, printedDuration(e.After, e.After > 0)}
}

// printedDuration formats a duration for a file, or returns "" if it was not given.
func printedDuration(d time.Duration, given bool) string {
	if !given {
		return ""
	}
	return d.String()
}

type printedEntry struct {
	Repeat int            `yaml:"repeat,omitempty"`
	Weight int            `yaml:"weight,omitempty"` // of a choice
	Step   printedStep    `yaml:",inline"`
	OneOf  []printedEntry `yaml:"oneOf,omitempty"`
}

type printedStep struct {
	Outcome           string            `yaml:"outcome,omitempty"`
	Error             *printedError     `yaml:"error,omitempty"`
	Takes             string            `yaml:"takes,omitempty"`
	MatchConfidence   *float32          `yaml:"matchConfidence,omitempty"`
	Quality           string            `yaml:"quality,omitempty"`
	FaceRectangle     *printedRectangle `yaml:"faceRectangle,omitempty"`
	SessionImage      printedText       `yaml:"sessionImage,omitempty"`
	AbuseDetected     bool              `yaml:"abuseDetected,omitempty"`
	Digest            string            `yaml:"digest,omitempty"`
	ClientInformation []printedText     `yaml:"clientInformation,omitempty"`
}

type printedError struct {
	Code    printedText `yaml:"code"`
	Message printedText `yaml:"message"`
}

type printedRectangle struct {
	Top    int `yaml:"top"`
	Left   int `yaml:"left"`
	Width  int `yaml:"width"`
	Height int `yaml:"height"`
}

func printedAttempt(a scenario.Attempt, images map[string]string) printedEntry {
	var entry printedEntry
	if a.Repeat != 1 {
		entry.Repeat = a.Repeat
	}
	if len(a.Choices) == 1 {
		entry.Step = stepOf(a.Choices[0].Step, images)
		return entry
	}
	for _, c := range a.Choices {
		entry.OneOf = append(entry.OneOf, printedEntry{Weight: c.Weight, Step: stepOf(c.Step, images)})
	}
	return entry
}

func stepOf(s liveness.Step, images map[string]string) printedStep {
	step := printedStep{
		Outcome: string(s.Decision), Takes: printedDuration(s.Takes, s.Takes > 0), MatchConfidence: s.MatchConfidence,
		Quality: string(s.Quality), SessionImage: printedText(images[s.SessionImage]), AbuseDetected: s.AbuseDetected, Digest: string(s.Digest),
	}
	if s.Abandoned {
		step.Outcome = outcomeAbandoned
	}
	if s.Error != nil {
		step.Error = &printedError{Code: printedText(s.Error.Code), Message: printedText(s.Error.Message)}
	}
	if r := s.FaceRectangle; r != nil {
		step.FaceRectangle = &printedRectangle{Top: r.Top, Left: r.Left, Width: r.Width, Height: r.Height}
	}
	for _, address := range s.ClientAddresses {
		step.ClientInformation = append(step.ClientInformation, printedText(address))
	}
	return step
}
