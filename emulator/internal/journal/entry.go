// Package journal is the log of what happened in an emulator: the requests that it
// answered and the changes of its sessions, in one order. Tests ask it what an app did,
// and package feed reads it. It keeps the newest and knows how many it has dropped.
package journal

import (
	"slices"
	"strings"
	"time"
)

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
	Operation string // not copied by the log, and neither is Version
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
}

// Memory of an entry that compact does not measure, in bytes.
const (
	entrySize = 512 // of an Entry itself
	slotSize  = 64  // of its slot, with spare capacity of the list
	textSize  = 16  // of a string in a list
	partSize  = 72  // of a Part
)

// compact copies the texts of the entry into one, and returns how many bytes of memory the
// entry takes. Texts that come from a call are parts of longer ones, such as its URL or the
// record of its session, and would keep all of that in memory.
func (e *Entry) compact() int {
	e.Problems = slices.Clone(e.Problems)
	size := entrySize + slotSize + textSize*cap(e.Problems)
	for _, m := range []*Message{&e.Request, &e.Response} {
		if cap(m.Body)-len(m.Body) > len(m.Body)/4 {
			m.Body = append([]byte(nil), m.Body...)
		}
		m.Parts = slices.Clone(m.Parts)
		size += cap(m.Header.text) + cap(m.Body) + partSize*cap(m.Parts)
	}
	var space [16]*string // enough for most
	texts := e.texts(space[:0])
	length := 0
	for _, text := range texts {
		length += len(*text)
	}
	var copied strings.Builder
	copied.Grow(length)
	for _, text := range texts {
		copied.WriteString(*text)
	}
	rest := copied.String()
	for _, text := range texts {
		*text, rest = rest[:len(*text)], rest[len(*text):]
	}
	return size + copied.Cap()
}

// texts appends the texts that compact copies to a list.
func (e *Entry) texts(list []*string) []*string {
	list = append(list,
		&e.Method, &e.Path, &e.Asked, &e.Session, &e.Scenario, &e.Fault, &e.Hint, &e.Mistake, &e.Request.SHA256, &e.Response.SHA256)
	for i := range e.Problems {
		list = append(list, &e.Problems[i])
	}
	for _, m := range []*Message{&e.Request, &e.Response} {
		for i := range m.Parts {
			part := &m.Parts[i]
			list = append(list, &part.Name, &part.FileName, &part.SHA256, &part.Text)
		}
	}
	return list
}
