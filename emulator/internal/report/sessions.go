package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// Polling is too fast if this many successive reads came sooner than this after the read
// before. The service asks for one read per second. A correct client may be early now and
// then, but not repeatedly by half a second.
const (
	shortGap  = 500 * time.Millisecond
	shortGaps = 3
)

// polledTooFast finds sessions whose result was read too often.
func polledTooFast() rule {
	return rule{
		name:  "polled-too-fast",
		title: "Results polled too fast",
		advice: "Ask for a result about once a second. The service limits the calls of a resource, all sessions together, so that " +
			"fast polling that works with one user may fail with many. Gaps are measured on the machine's clock: a test that polls " +
			"fast on purpose has this finding, too.",
		find: func(v *evidence) []control.Finding {
			var findings []control.Finding
			for _, s := range v.stories {
				if hasty := s.hasty(); len(hasty) > 0 {
					findings = append(findings, control.Finding{
						Text: fmt.Sprintf("%d reads in a row came less than %v after the one before, the fastest after %v",
							len(hasty)-1, shortGap, fastest(hasty)),
						Session: s.id, Requests: numbersOf(hasty...),
					})
				}
			}
			return findings
		},
	}
}

// hasty returns the longest run of reads that came too fast, with the read before them,
// or nil. Only reads without a result count, because a result may be read again at any
// time.
func (s *story) hasty() []*journal.Entry {
	reads := slices.Clone(s.reads)
	slices.SortStableFunc(reads, func(a, b read) int { return a.Time.Compare(b.Time) })
	var longest, run []*journal.Entry
	for i, r := range reads {
		if i > 0 && !reads[i-1].final && r.Time.Sub(reads[i-1].Time) < shortGap {
			run = append(run, r.Entry)
		} else {
			run = []*journal.Entry{r.Entry}
		}
		if len(run) > len(longest) {
			longest = run
		}
	}
	if len(longest) <= shortGaps {
		return nil
	}
	return longest
}

// fastest returns the shortest gap between entries.
func fastest(entries []*journal.Entry) time.Duration {
	shortest := shortGap
	for i := 1; i < len(entries); i++ {
		shortest = min(shortest, entries[i].Time.Sub(entries[i-1].Time))
	}
	return shortest.Round(time.Millisecond)
}

// neverDeleted finds sessions whose result was read and that still exist.
func neverDeleted() rule {
	return rule{
		name:  "never-deleted",
		title: "Sessions that were not deleted",
		advice: "Delete a session as soon as its result has been read: until then the service keeps images of a person. It deletes " +
			"sessions by itself 48 hours after they were created, so that nothing breaks without it.",
		find: func(v *evidence) []control.Finding {
			var findings []control.Finding
			for _, s := range v.stories {
				if s.now.over() && s.seen() && s.deleted == nil {
					i := slices.IndexFunc(s.reads, func(r read) bool { return r.final })
					findings = append(findings, control.Finding{
						Text: "its result was read, and the session is still there", Session: s.id, Requests: numbersOf(s.reads[i].Entry),
					})
				}
			}
			return findings
		},
	}
}

// soon is the time after the creation in which a read shows that the app expects a result
// at once.
const soon = time.Second

// readTooEarly finds sessions that were read only before they had a result.
func readTooEarly() rule {
	return rule{
		name:  "read-too-early",
		title: "Results read before they were there",
		advice: "A session has no result before its last attempt is over. Read it when the client says that it is done, and again " +
			"until its status is neither NotStarted nor Running (in the first previews: Started). A report during a test " +
			"may list results that the app was about to read.",
		find: func(v *evidence) []control.Finding {
			var findings []control.Finding
			for _, s := range v.stories {
				if text := s.early(); text != "" {
					findings = append(findings, control.Finding{
						Text: text, Session: s.id, Requests: numbersOf(s.reads[len(s.reads)-1].Entry),
					})
				}
			}
			return findings
		},
	}
}

// early returns how the app missed the result, or "".
func (s *story) early() string {
	if len(s.reads) == 0 || s.seen() {
		return ""
	}
	last := s.reads[len(s.reads)-1]
	missed := slices.ContainsFunc(s.attempts, func(e *journal.Entry) bool { return e.Number > last.Number })
	switch {
	case s.now.over():
		return "the last read showed no result; there is one now, and the app has not read it"
	case s.now == nil && missed:
		return "the last read came before an attempt was over; the app has not read its result"
	case len(s.reads) == 1 && s.created != nil && last.Number > s.created.Number && last.Time.Sub(s.created.Time) < soon:
		return "the only read came right after the creation, when there could be no result"
	}
	return ""
}

// digestNotCompared finds apps that did not read the digest to compare with.
func digestNotCompared() rule {
	return rule{
		name:  "digest-not-compared",
		title: "Tampered digests that cannot have been noticed",
		advice: "The scenario has told the device another digest than the result's, or none, as an attacker between them would. To notice " +
			"it, the backend reads the result from the service and compares its digest with the device's. This finding means that the app did not " +
			"even read the result. Requests do not show whether an app that read it compares the digests, and what it does then: let your " +
			"test check that the app refuses the person.",
		find: func(v *evidence) []control.Finding {
			var findings []control.Finding
			for _, s := range v.stories {
				findings = append(findings, s.unnoticed()...)
			}
			return findings
		},
	}
}

// unnoticed returns the attempts with a tampered digest after which the app did not read
// the result. It ignores sessions whose first requests are not in the log.
func (s *story) unnoticed() []control.Finding {
	if s.created == nil {
		return nil
	}
	var findings []control.Finding
	attempts := map[int]bool{} // already handled
	for _, e := range s.attempts {
		attempts[e.Attempt] = true
		if e.Tampered && !s.readSince(e.Time) {
			findings = append(findings, control.Finding{
				Text:    fmt.Sprintf("the digest of attempt %d was tampered with, and the result was not read afterwards", e.Attempt),
				Session: s.id, Requests: numbersOf(e),
			})
		}
	}
	if s.now == nil {
		return findings
	}
	for _, attempt := range s.now.Tampered {
		// The emulator played attempts without a request by itself.
		if !attempts[attempt] && !s.readSince(s.created.Time) {
			findings = append(findings, control.Finding{
				Text:    fmt.Sprintf("the digest of attempt %d was tampered with, and no result was read", attempt),
				Session: s.id,
			})
		}
	}
	return findings
}

// readSince reports whether a call that came at t or later read a result or an audit.
func (s *story) readSince(t time.Time) bool {
	return slices.ContainsFunc(s.reads, func(r read) bool { return r.final && !r.Time.Before(t) }) ||
		slices.ContainsFunc(s.audits, func(e *journal.Entry) bool { return !e.Time.Before(t) })
}
