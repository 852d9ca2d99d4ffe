package fault

import (
	"slices"
	"time"
)

// A Fault makes calls fail or slows them down. It is a plain value. Its JSON form is
// exported; the tags "stored" are the keys of its stored form.
type Fault struct {
	// Conditions. An empty one always holds.

	Operations  []string      `json:"operations,omitempty" stored:"1"` // names of operations, see Operations
	States      []string      `json:"states,omitempty" stored:"2"`     // of the session, as the service spells them
	After       time.Duration `json:"after,omitempty" stored:"3"`      // since the first call, on the sessions' clock
	Until       time.Duration `json:"until,omitempty" stored:"4"`      // likewise, not included; 0 is never
	First       int           `json:"first,omitempty" stored:"5"`      // number among the calls for which the conditions above hold, from 1; 0 is the first
	Last        int           `json:"last,omitempty" stored:"6"`       // likewise, included; 0 is never
	Probability float64       `json:"probability" stored:"7"`          // 0 is never, 1 is always

	// Effects. A zero field has none.

	Rate        *Rate   `json:"rate,omitempty" stored:"8"`
	Delay       Delay   `json:"delay,omitzero" stored:"9"`
	Hang        bool    `json:"hang,omitempty" stored:"10"` // no answer until the client disconnects
	Reset       Reset   `json:"reset,omitempty" stored:"11"`
	Answer      *Answer `json:"answer,omitempty" stored:"12"` // instead of the operation's
	Stale       bool    `json:"stale,omitempty" stored:"13"`  // a read shows the state before the last change
	Body        Body    `json:"body,omitempty" stored:"14"`
	Text        string  `json:"text,omitempty" stored:"15"`        // for BodyText
	ContentType string  `json:"contentType,omitempty" stored:"16"` // instead of the answer's
	Throughput  int     `json:"throughput,omitempty" stored:"17"`  // bytes per second of the answer's body
}

// A Reset says when the connection is reset.
type Reset string

// The values of Reset.
const (
	ResetBefore Reset = "before" // before the operation
	ResetDuring Reset = "during" // during the body of the answer
	ResetAfter  Reset = "after"  // after the operation and before its answer
)

// A Body is a change of an answer's body.
type Body string

// The values of Body.
const (
	BodyEmpty     Body = "empty"     // no body, but its headers
	BodyTruncated Body = "truncated" // half of what Content-Length says, then the connection ends
	BodyMalformed Body = "malformed" // complete, but invalid JSON
	BodyText      Body = "text"      // replaced by Text
)

// An Answer is an error instead of an operation.
type Answer struct {
	Error      string        `json:"error,omitempty" stored:"1"` // a name in Errors; "" for the following fields
	Status     int           `json:"status,omitempty" stored:"2"`
	Code       string        `json:"code,omitempty" stored:"3"`
	Message    string        `json:"message,omitempty" stored:"4"`
	Headers    []Header      `json:"headers,omitempty" stored:"5"`
	RetryAfter time.Duration `json:"retryAfter,omitempty" stored:"6"` // 0 is no header, unless the error has one
	RetryDate  bool          `json:"retryDate,omitempty" stored:"7"`  // the header as a date
}

// A Header is one header of an Answer.
type Header struct {
	Name  string `json:"name" stored:"1"`
	Value string `json:"value" stored:"2"`
}

// A Rate admits a number of calls per window of time and refuses further ones with 429. A
// window begins with the first call after the previous one.
type Rate struct {
	Calls     int           `json:"calls" stored:"1"`
	Window    time.Duration `json:"window" stored:"2"`              // on the sessions' clock
	Tier      string        `json:"tier" stored:"3"`                // in the text of the refusal, such as F0
	RetryDate bool          `json:"retryDate,omitempty" stored:"4"` // Retry-After as a date
}

// TierF0 is the rate of the free pricing tier [documented: rate-free].
func TierF0() Rate { return Rate{Calls: 20, Window: time.Minute, Tier: "F0"} }

// TierS0 is the rate of the standard pricing tier [documented: rate-standard].
func TierS0() Rate { return Rate{Calls: 10, Window: time.Second, Tier: "S0"} }

// Random reports whether a fault uses random values.
func Random(faults []Fault) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool {
		return f.Probability > 0 && f.Probability < 1 || f.Delay.random()
	})
}

// Concern reports whether a fault concerns an operation.
func Concern(faults []Fault, operation string) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool { return f.concerns(operation) })
}

func (f Fault) concerns(operation string) bool {
	return len(f.Operations) == 0 || slices.Contains(f.Operations, operation)
}

// Clone returns a deep copy.
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
