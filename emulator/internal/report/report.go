// Package report finds what an app has done wrong, as far as its requests show it.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// Facts are what a report is made of.
type Facts struct {
	Entries  []*journal.Entry // in any order; those who ask for a report keep them
	Gone     uint64           // older ones that are not remembered any more
	Sessions []Session        // that are still there
	Taken    time.Time        // on the machine's clock
}

// A Session is what a report has to know of a session beside its requests.
type Session struct {
	ID       string
	State    string // NotStarted, Running, Succeeded, Failed or Canceled
	Tampered []int  // attempts that are over and whose device was told another digest, or none
}

// over reports whether the session's last attempt is over.
func (s *Session) over() bool {
	return s != nil && (s.State == "Succeeded" || s.State == "Failed" || s.State == "Canceled")
}

// A rule is one thing that an app can do wrong.
type rule struct {
	name   string
	title  string
	advice string
	find   func(*evidence) []control.Finding
}

// rules are all of them, in the order of a report.
func rules() []rule {
	return []rule{
		polledTooFast(), ignoredRetryAfter(), keyInBrowser(), tokenInURL(), neverDeleted(), readTooEarly(), digestNotCompared(),
		wrongCalls(), unknownVersion(),
	}
}

// Of reports what the facts show. It changes none of them.
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

// bounded cuts what is too long to be read, and says so.
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

// numbersOf are the numbers of entries.
func numbersOf(entries ...*journal.Entry) []uint64 {
	var numbers []uint64
	for _, e := range entries {
		numbers = append(numbers, e.Number)
	}
	return numbers
}

// grouped returns one finding for all entries that key gives the same text, in the
// order in which they came. Those with an empty one are left out.
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

// named is grouped by the names of the calls that is holds for, which come before
// the text.
func (v *evidence) named(is func(*journal.Entry) bool, text func(entries []*journal.Entry) string) []control.Finding {
	return v.grouped(func(e *journal.Entry) string {
		if !is(e) {
			return ""
		}
		return nameOf(e)
	}, func(name string, entries []*journal.Entry) string { return name + ": " + text(entries) })
}

// sharedSession is the session of all entries, or "".
func sharedSession(entries []*journal.Entry) string {
	first := entries[0].Session
	if slices.ContainsFunc(entries, func(e *journal.Entry) bool { return e.Session != first }) {
		return ""
	}
	return first
}

// nameOf is what a call is called in a text.
func nameOf(e *journal.Entry) string { return cmp.Or(e.Operation, e.Method+" "+e.Path) }

// calls counts them in words.
func calls(entries []*journal.Entry) string {
	if len(entries) == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", len(entries))
}
