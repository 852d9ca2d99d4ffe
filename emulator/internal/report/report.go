// Package report finds mistakes of an app in its requests.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// Facts are the input of a report.
type Facts struct {
	Entries  []*journal.Entry // in any order; not changed
	Gone     uint64           // number of older requests that are not in the request log any more
	Sessions []Session        // the sessions of the entries that exist
	Taken    time.Time        // on the machine's clock
}

// A Session is what a session's requests do not show.
type Session struct {
	ID       string
	State    string // NotStarted, Running, Succeeded, Failed or Canceled
	Tampered []int  // finished attempts whose device received another digest or none
}

// over reports whether the session's last attempt is over.
func (s *Session) over() bool {
	return s != nil && (s.State == "Succeeded" || s.State == "Failed" || s.State == "Canceled")
}

// A rule finds one kind of mistake.
type rule struct {
	name   string
	title  string
	advice string
	find   func(*evidence) []control.Finding
}

// rules returns all rules, in the order of a report.
func rules() []rule {
	return []rule{
		polledTooFast(), ignoredRetryAfter(), keyInBrowser(), tokenInURL(), neverDeleted(), readTooEarly(), digestNotCompared(),
		wrongCalls(), unknownVersion(),
	}
}

// Of returns the report of the facts. It does not change them.
func Of(facts Facts) control.Report {
	seen := gather(facts)
	report := control.Report{
		Requests: uint64(len(seen.entries)), Gone: facts.Gone, Sessions: len(seen.stories), Taken: facts.Taken,
	}
	for _, r := range rules() {
		report.Checks = append(report.Checks, control.Check{
			Rule: r.name, Title: r.title, Advice: r.advice, Findings: bounded(r.find(seen)),
		})
	}
	return report
}

// Bounds of a report: of one check, and of one finding.
const (
	maxFindings = 50
	maxNumbers  = 20
)

// bounded shortens a long list of findings and says so in the last one.
func bounded(findings []control.Finding) []control.Finding {
	for i := range findings {
		findings[i].Requests = findings[i].Requests[:min(len(findings[i].Requests), maxNumbers)]
	}
	if more := len(findings) - maxFindings; more > 0 {
		findings = append(findings[:maxFindings], control.Finding{Text: fmt.Sprintf("and %d more like these", more)})
	}
	if findings == nil {
		return []control.Finding{}
	}
	return findings
}

// numbersOf returns the request numbers of entries.
func numbersOf(entries ...*journal.Entry) []uint64 {
	var numbers []uint64
	for _, e := range entries {
		numbers = append(numbers, e.Number)
	}
	return numbers
}

// grouped returns one finding for all entries with the same key, in the order of the
// first ones. It leaves out entries with an empty key.
func (v *evidence) grouped(key func(*journal.Entry) string, text func(key string, entries []*journal.Entry) string) []control.Finding {
	groups := map[string][]*journal.Entry{}
	var order []string
	for _, e := range v.entries {
		name := key(e)
		if name == "" {
			continue
		}
		if groups[name] == nil {
			order = append(order, name)
		}
		groups[name] = append(groups[name], e)
	}
	var findings []control.Finding
	for _, name := range order {
		entries := groups[name]
		finding := control.Finding{Text: text(name, entries), Requests: numbersOf(entries...)}
		finding.Session = sharedSession(entries)
		findings = append(findings, finding)
	}
	return findings
}

// named returns one finding for each name of the matching calls; the text begins with the
// name.
func (v *evidence) named(matches func(*journal.Entry) bool, text func(entries []*journal.Entry) string) []control.Finding {
	return v.grouped(func(e *journal.Entry) string {
		if !matches(e) {
			return ""
		}
		return nameOf(e)
	}, func(name string, entries []*journal.Entry) string { return name + ": " + text(entries) })
}

// sharedSession returns the session of all entries if they have the same, or "".
func sharedSession(entries []*journal.Entry) string {
	first := entries[0].Session
	if slices.ContainsFunc(entries, func(e *journal.Entry) bool { return e.Session != first }) {
		return ""
	}
	return first
}

// nameOf returns the name of a call in texts.
func nameOf(e *journal.Entry) string { return cmp.Or(e.Operation, e.Method+" "+e.Path) }

// calls formats a number of calls.
func calls(entries []*journal.Entry) string {
	if len(entries) == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", len(entries))
}
