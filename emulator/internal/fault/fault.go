package fault

import (
	"slices"
	"time"
)

// A Fault makes calls go wrong. It is a plain value. Its JSON form is exported, and the
// "stored" tags are the keys of its stored form.
type Fault struct {
	// Conditions. An empty field is no condition.

	Operations  []string      `json:"operations,omitempty" stored:"1"` // names of operations, see Operations
	States      []string      `json:"states,omitempty" stored:"2"`     // of the session, as the service spells them
	After       time.Duration `json:"after,omitempty" stored:"3"`      // since the first call, on the clock of sessions
	Until       time.Duration `json:"until,omitempty" stored:"4"`      // likewise, not included; 0: no end
	First       int           `json:"first,omitempty" stored:"5"`      // of the calls that all of the above holds for, counted from 1; 0: the first one
	Last        int           `json:"last,omitempty" stored:"6"`       // likewise, included; 0: no end
	Probability float64       `json:"probability" stored:"7"`          // 0 never, 1 always

	// Effects. A zero field has none.

	Rate        *Rate   `json:"rate,omitempty" stored:"8"`
	Delay       Delay   `json:"delay,omitzero" stored:"9"`
	Hang        bool    `json:"hang,omitempty" stored:"10"` // no answer, until the client gives up
	Reset       Reset   `json:"reset,omitempty" stored:"11"`
	Answer      *Answer `json:"answer,omitempty" stored:"12"` // in place of the operation's
	Stale       bool    `json:"stale,omitempty" stored:"13"`  // where a session is read: its state before the last change
	Body        Body    `json:"body,omitempty" stored:"14"`
	Text        string  `json:"text,omitempty" stored:"15"`        // of BodyText
	ContentType string  `json:"contentType,omitempty" stored:"16"` // in place of the answer's
	Throughput  int     `json:"throughput,omitempty" stored:"17"`  // of the answer's body, in bytes a second
}

// A Reset is the moment at which the connection breaks.
type Reset string

// The moments of a Reset.
const (
	ResetBefore Reset = "before" // before the operation is carried out
	ResetDuring Reset = "during" // in the middle of the answer's body
	ResetAfter  Reset = "after"  // after the operation, before its answer
)

// A Body is what is wrong with the body of an answer.
type Body string

// The faults of a body.
const (
	BodyEmpty     Body = "empty"     // no body, with its headers
	BodyTruncated Body = "truncated" // half of what Content-Length says, and then the connection ends
	BodyMalformed Body = "malformed" // complete, but not JSON
	BodyText      Body = "text"      // a text in its place
)

// An Answer is an error in place of an operation.
type Answer struct {
	Error      string        `json:"error,omitempty" stored:"1"` // one of Errors; "": what follows
	Status     int           `json:"status,omitempty" stored:"2"`
	Code       string        `json:"code,omitempty" stored:"3"`
	Message    string        `json:"message,omitempty" stored:"4"`
	Headers    []Header      `json:"headers,omitempty" stored:"5"`
	RetryAfter time.Duration `json:"retryAfter,omitempty" stored:"6"` // 0: no such header, unless the error has one
	RetryDate  bool          `json:"retryDate,omitempty" stored:"7"`  // the header as a date
}

// A Header is one header of an Answer.
type Header struct {
	Name  string `json:"name" stored:"1"`
	Value string `json:"value" stored:"2"`
}

// A Rate admits a number of calls in every window of time and refuses the others
// with 429. A window begins with the first call after the window before.
type Rate struct {
	Calls     int           `json:"calls" stored:"1"`
	Window    time.Duration `json:"window" stored:"2"`              // on the clock of sessions
	Tier      string        `json:"tier" stored:"3"`                // as the refusal names it, such as F0
	RetryDate bool          `json:"retryDate,omitempty" stored:"4"` // Retry-After as a date
}

// TierF0 is the rate of the free pricing tier [documented: rate-free].
func TierF0() Rate { return Rate{Calls: 20, Window: time.Minute, Tier: "F0"} }

// TierS0 is the rate of the standard pricing tier [documented: rate-standard].
func TierS0() Rate { return Rate{Calls: 10, Window: time.Second, Tier: "S0"} }

// Random reports whether one of the faults has random values.
func Random(faults []Fault) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool {
		return f.Probability > 0 && f.Probability < 1 || f.Delay.random()
	})
}

// Concern reports whether one of the faults concerns an operation.
func Concern(faults []Fault, operation string) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool { return f.concerns(operation) })
}

func (f Fault) concerns(operation string) bool {
	return len(f.Operations) == 0 || slices.Contains(f.Operations, operation)
}

// Clone returns a copy that shares nothing with faults.
func Clone(faults []Fault) []Fault {
	faults = slices.Clone(faults)
	for i := range faults {
		f := &faults[i]
		f.Operations, f.States = slices.Clone(f.Operations), slices.Clone(f.States)
		if f.Rate != nil {
			rate := *f.Rate
			f.Rate = &rate
		}
		if f.Answer != nil {
			answer := *f.Answer
			answer.Headers = slices.Clone(answer.Headers)
			f.Answer = &answer
		}
	}
	return faults
}
