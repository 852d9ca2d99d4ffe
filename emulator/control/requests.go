package control

import "time"

// A Request is a call that the emulator has answered, without keys, tokens and images.
type Request struct {
	Number   uint64        `json:"number"` // from 1, in the order of responses, for all resources
	Time     time.Time     `json:"time"`   // when it arrived, on the system clock
	Duration time.Duration `json:"durationNanoseconds"`
	// Clock is the time on the clock of the resource when it arrived; zero without a
	// resource.
	Clock time.Time `json:"clock,omitzero"`

	Method    string `json:"method"`
	Path      string `json:"path"`
	Operation string `json:"operation,omitempty"` // as in the log; "" for an unknown route
	Version   string `json:"version,omitempty"`
	Asked     string `json:"askedVersion,omitempty"` // the unknown version that the client requested; Version answered instead
	Session   string `json:"session,omitempty"`
	Resource  string `json:"resource,omitempty"` // id of the resource, as sessions show it
	Status    int    `json:"status"`             // 0 without a response

	Scenario string   `json:"scenario,omitempty"`
	Seed     uint64   `json:"seed,omitempty"`
	Attempt  int      `json:"attempt,omitempty"` // number of the attempt that the call played, from 1
	Fault    string   `json:"fault,omitempty"`
	Hint     string   `json:"hint,omitempty"` // hint for the caller, as in the log
	Problems []string `json:"problems,omitempty"`

	Early      time.Duration `json:"earlyNanoseconds,omitempty"` // how much earlier it arrived than a Retry-After allowed
	FromPage   bool          `json:"fromPage,omitempty"`         // a web page made it
	Keyed      bool          `json:"keyed,omitempty"`            // it had a subscription key
	TokenInURL bool          `json:"tokenInUrl,omitempty"`       // its URL had a token or a key

	Request  Message `json:"request"`
	Response Message `json:"response"`
}

// A Message is a request or a response.
type Message struct {
	Headers map[string][]string `json:"headers,omitempty"`
	Size    int64               `json:"size"`             // of the body in bytes; -1 if unknown
	SHA256  string              `json:"sha256,omitempty"` // of a body that is not shown
	Body    string              `json:"body,omitempty"`
	Parts   []Part              `json:"parts,omitempty"` // of a multipart body, as far as it was read
}

// A Part is one part of a multipart body.
type Part struct {
	Name     string `json:"name"`
	FileName string `json:"fileName,omitempty"`
	Size     int64  `json:"size"`             // in bytes; -1 if it was skipped
	SHA256   string `json:"sha256,omitempty"` // of a part whose text is not shown
	Text     string `json:"text,omitempty"`
}

// A RequestQuery selects requests. A member that is zero matches everything.
type RequestQuery struct {
	After     uint64 `json:"after,omitempty"` // only requests with a greater number
	Operation string `json:"operation,omitempty"`
	Version   string `json:"version,omitempty"`
	Method    string `json:"method,omitempty"`
	Session   string `json:"session,omitempty"`
	Status    int    `json:"status,omitempty"`
	Scenario  string `json:"scenario,omitempty"`
	Faulty    *bool  `json:"faulty,omitempty"` // whether a fault fired at them
	Hinted    *bool  `json:"hinted,omitempty"` // whether they have a hint
}

// A RequestSearch selects requests and waits until Count of them exist, for Timeout in
// real time, at most MaxWait. A zero Timeout does not wait.
type RequestSearch struct {
	RequestQuery
	Count   int      `json:"count,omitempty"` // independent of Limit
	Timeout Duration `json:"timeout,omitzero"`
	// Limit is the maximum number of requests in the result, the oldest first; 0 for all.
	// Requests.Next continues after them.
	Limit int `json:"limit,omitempty"`
}

// MaxWait is the longest Timeout of a RequestSearch.
const MaxWait = time.Minute

// Requests is the result of a RequestSearch.
type Requests struct {
	Entries []Request `json:"entries"` // oldest first
	// Gone is the number of older requests that were dropped from the request log.
	Gone uint64 `json:"gone"`
	Last uint64 `json:"last"` // number of the newest request
	// Next is the value of After for the next page if Limit has cut off requests; 0 at
	// the end.
	Next uint64 `json:"next,omitempty"`
	// NearMisses are at most five requests that fail only one condition of the query.
	NearMisses []NearMiss `json:"near,omitempty"`
}

// A NearMiss is a request that fails one condition of a query.
type NearMiss struct {
	Entry   Request `json:"entry"`
	Missing string  `json:"lacks"` // name of that condition
}

// A Verification lists expectations about the request log.
type Verification struct {
	Expect []Expectation  `json:"expect,omitempty"` // each on its own
	Order  []RequestQuery `json:"order,omitempty"`  // requests that must occur in this order, with any others in between
}

// An Expectation is an expected number of requests. Without a number, it is at least one.
type Expectation struct {
	RequestQuery
	Exactly *int `json:"exactly,omitempty"`
	AtLeast *int `json:"atLeast,omitempty"`
	AtMost  *int `json:"atMost,omitempty"`
}

// A Verdict is the result of a Verification.
type Verdict struct {
	Met     bool   `json:"met"`
	Message string `json:"message,omitempty"` // expectations that failed, with requests that nearly match
}
