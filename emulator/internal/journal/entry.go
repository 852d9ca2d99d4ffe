// Package journal is the log of what happened in an emulator: the requests that it
// answered and the changes of its sessions, in one order. Tests ask it what an app did,
// and package feed reads it. It keeps the newest and knows how many it has dropped.
package journal

import "time"

// An Entry is one request. It must not be edited after it was added.
type Entry struct {
	Number   uint64        // from 1, in the order of answers; set by Log.Add
	Position uint64        // in the order of requests and changes; set by Log.Add
	Time     time.Time     // when the call came, on the machine's clock
	Duration time.Duration // until the answer
	// Clock is the time on the clock of the resource when the call came; zero: the call
	// has no resource.
	Clock time.Time

	Method    string
	Path      string // as far as it is one of the API
	Operation string
	Version   string
	Asked     string // the unknown version that was served as another
	Session   string
	Resource  string // of the call; "": none
	Status    int    // 0: there was no answer

	Scenario string
	Seed     uint64 // of the scenario's choices
	Attempt  int    // that the call played
	Fault    string
	Hint     string
	Problems []string // that the schema had with the body
	// Mistake is the part of Hint that is about the call itself, whatever the state of
	// the session; "": none.
	Mistake string

	Early      time.Duration // how much earlier it came than a Retry-After allowed
	FromPage   bool          // a page in a browser made it
	Keyed      bool          // it had a subscription key
	TokenInURL bool          // its URL had a token or a key
	// Tampered says that the scenario gave the device another digest than the
	// attempt's, or none.
	Tampered bool

	Request  Message
	Response Message

	bytes int // of memory that it takes; set by Log.Add
}

// size returns about how much memory an entry takes, in bytes.
func (e *Entry) size() int {
	const fixed, header = 512, 64
	size := fixed + len(e.Path) + len(e.Hint) + len(e.Mistake) + len(e.Fault)
	for _, problem := range e.Problems {
		size += len(problem)
	}
	for _, m := range []*Message{&e.Request, &e.Response} {
		size += len(m.Body)
		for name, values := range m.Header {
			size += header + len(name)
			for _, value := range values {
				size += header + len(value)
			}
		}
		for _, part := range m.Parts {
			size += header + len(part.Name) + len(part.FileName) + len(part.Text)
		}
	}
	return size
}
