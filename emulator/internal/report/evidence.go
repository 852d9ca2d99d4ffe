package report

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// The evidence is the facts by session.
type evidence struct {
	entries []*journal.Entry // oldest first
	stories []*story         // in the order of their first requests
}

// A story is the requests of one session.
type story struct {
	id       string
	created  *journal.Entry // nil if it is not in the request log
	reads    []read         // responses with the session
	audits   []*journal.Entry
	attempts []*journal.Entry // device calls that played an attempt
	deleted  *journal.Entry   // nil if the app did not delete it
	now      *Session         // nil if it does not exist any more
}

// A read is a call that reads the result.
type read struct {
	*journal.Entry
	final bool // the session was over, as far as the log shows
}

// gather sorts the entries by session.
func gather(facts Facts) *evidence {
	v := &evidence{entries: slices.DeleteFunc(slices.Clone(facts.Entries), func(e *journal.Entry) bool { return e == nil })}
	slices.SortStableFunc(v.entries, func(a, b *journal.Entry) int { return cmp.Compare(a.Number, b.Number) })
	byID := map[string]*story{}
	for _, e := range v.entries {
		if e.Session == "" {
			continue
		}
		id := strings.ToLower(e.Session)
		if byID[id] == nil {
			byID[id] = &story{id: id}
			v.stories = append(v.stories, byID[id])
		}
		byID[id].add(e)
	}
	for i := range facts.Sessions {
		if told := byID[strings.ToLower(facts.Sessions[i].ID)]; told != nil {
			told.now = &facts.Sessions[i]
		}
	}
	return v
}

// add adds a successful call to the story.
func (s *story) add(e *journal.Entry) {
	if e.Status < http.StatusOK || e.Status >= http.StatusMultipleChoices {
		return
	}
	switch fault.GroupOf(e.Operation) {
	case "create":
		s.created = e
	case "read":
		if e.Method != http.MethodHead {
			s.reads = append(s.reads, read{Entry: e, final: shownOver(e)})
		}
	case "audit":
		s.audits = append(s.audits, e)
	case "detect":
		s.attempts = append(s.attempts, e)
	case "delete":
		s.deleted = e
	}
}

// shownOver reports whether a response showed a session that was over. A response that is
// too long for the request log counts as one; a response that a fault changed does not.
func shownOver(e *journal.Entry) bool {
	if len(e.Response.Body) == 0 {
		return e.Response.SHA256 != ""
	}
	var answer struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(e.Response.Body, &answer); err != nil {
		return false
	}
	switch answer.Status {
	case "", "NotStarted", "Running", "Started":
		return false
	default:
		return true
	}
}

// seen reports whether the app read a result.
func (s *story) seen() bool {
	return slices.ContainsFunc(s.reads, func(r read) bool { return r.final })
}
