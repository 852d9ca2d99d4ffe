package control

import "time"

// A Request is a call that the emulator has answered. Keys, tokens and images are
// not in it.
type Request struct {
	Number   uint64        `json:"number"` // from 1, in the order of answers; of all resources
	Time     time.Time     `json:"time"`   // when it came, on the machine's clock
	Duration time.Duration `json:"durationNanoseconds"`
	// Clock is the time on the clock of the resource when it came; zero: it belongs to
	// no resource.
	Clock time.Time `json:"clock,omitzero"`

	Method    string `json:"method"`
	Path      string `json:"path"`
	Operation string `json:"operation,omitempty"` // as the log names it; "": there is no such route
	Version   string `json:"version,omitempty"`
	Asked     string `json:"askedVersion,omitempty"` // the unknown version that was served as Version
	Session   string `json:"session,omitempty"`
	Resource  string `json:"resource,omitempty"` // whose request it is, as sessions name it
	Status    int    `json:"status"`             // 0: there was no answer

	Scenario string   `json:"scenario,omitempty"`
	Seed     uint64   `json:"seed,omitempty"`
	Attempt  int      `json:"attempt,omitempty"` // that the call played, from 1
	Fault    string   `json:"fault,omitempty"`
	Hint     string   `json:"hint,omitempty"` // for the caller, as the log has it
	Problems []string `json:"problems,omitempty"`

	Early      time.Duration `json:"earlyNanoseconds,omitempty"` // how much sooner it came than a Retry-After had said
	FromPage   bool          `json:"fromPage,omitempty"`         // a page in a browser made it
	Keyed      bool          `json:"keyed,omitempty"`            // it had a subscription key
	TokenInURL bool          `json:"tokenInUrl,omitempty"`       // a token or a key stood in its URL

	Request  Message `json:"request"`
	Response Message `json:"response"`
}

// A Message is one half of a Request.
type Message struct {
	Headers map[string][]string `json:"headers,omitempty"`
	Size    int64               `json:"size"`             // of the body, in bytes; -1: not known
	SHA256  string              `json:"sha256,omitempty"` // of a body that is not shown
	Body    string              `json:"body,omitempty"`
	Parts   []Part              `json:"parts,omitempty"` // of a multipart body, as far as it was read
}

// A Part is one part of a multipart body.
type Part struct {
	Name     string `json:"name"`
	FileName string `json:"fileName,omitempty"`
	Size     int64  `json:"size"`             // in bytes; -1: it was skipped
	SHA256   string `json:"sha256,omitempty"` // of a part whose text is not shown
	Text     string `json:"text,omitempty"`
}

// A RequestQuery says which requests are meant. What is zero asks for nothing.
type RequestQuery struct {
	After     uint64 `json:"after,omitempty"` // their number is greater
	Operation string `json:"operation,omitempty"`
	Version   string `json:"version,omitempty"`
	Method    string `json:"method,omitempty"`
	Session   string `json:"session,omitempty"`
	Status    int    `json:"status,omitempty"`
	Scenario  string `json:"scenario,omitempty"`
	Faulty    *bool  `json:"faulty,omitempty"` // whether a fault has touched them
	Hinted    *bool  `json:"hinted,omitempty"` // whether they have a hint
}

// A RequestSearch finds requests, and waits for them until there are Count or until
// Timeout has passed, in real time, at most MaxWait. Zero does not wait.
type RequestSearch struct {
	RequestQuery
	Count   int      `json:"count,omitempty"` // whatever Limit is
	Timeout Duration `json:"timeout,omitzero"`
	// Limit is how many requests the answer has at most, the oldest of those that the
	// query means; 0: all. Requests.Next goes on from there.
	Limit int `json:"limit,omitempty"`
}

// MaxWait is how long one call waits for requests at most.
const MaxWait = time.Minute

// Requests are what a query found.
type Requests struct {
	Entries []Request `json:"entries"` // the oldest first
	// Gone is how many older requests were dropped to make room: they are not
	// counted any more.
	Gone uint64 `json:"gone"`
	Last uint64 `json:"last"` // number of the newest request of all
	// Next is what to ask for After to go on where RequestSearch.Limit has ended Entries; 0:
	// there were no more.
	Next uint64 `json:"next,omitempty"`
	// Near are requests that lack one thing only, a few.
	NearMisses []NearMiss `json:"near,omitempty"`
}

// A NearMiss is a request that differs from a query in one condition.
type NearMiss struct {
	Entry   Request `json:"entry"`
	Missing string  `json:"lacks"` // name of the condition that it does not meet
}

// A Verification is what is expected of the requests so far.
type Verification struct {
	Expect []Expectation  `json:"expect,omitempty"` // each for itself
	Order  []RequestQuery `json:"order,omitempty"`  // one behind the other, with any others in between
}

// An Expectation is how many requests of a query are expected. Without a number, at
// least one.
type Expectation struct {
	RequestQuery
	Exactly *int `json:"exactly,omitempty"`
	AtLeast *int `json:"atLeast,omitempty"`
	AtMost  *int `json:"atMost,omitempty"`
}

// A Verdict says whether expectations are met.
type Verdict struct {
	Met     bool   `json:"met"`
	Message string `json:"message,omitempty"` // what is not met, and which requests came near
}
