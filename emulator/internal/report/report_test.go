package report_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/report"
)

// A call is an entry that came this many milliseconds after the first.
func call(at int, operation string, with ...func(*journal.Entry)) *journal.Entry {
	e := &journal.Entry{
		Time: time.Unix(1_700_000_000, 0).Add(time.Duration(at) * time.Millisecond), Method: http.MethodGet, Operation: operation,
		Path: "/face/v1.2/x", Version: "v1.2", Session: "s", Status: http.StatusOK,
	}
	for _, set := range with {
		set(e)
	}
	return e
}

func create(at int) *journal.Entry { return call(at, "createLivenessSession") }

func read(at int, status string) *journal.Entry {
	return call(at, "getLivenessSessionResult", func(e *journal.Entry) { e.Response.Body = []byte(`{"status":"` + status + `"}`) })
}

func detect(at int, tampered bool) *journal.Entry {
	return call(at, "detectLiveness", func(e *journal.Entry) { e.Attempt, e.Tampered = 1, tampered })
}

func remove(at int) *journal.Entry { return call(at, "deleteLivenessSession") }

// A lost call has an unknown path and no session.
func lost(path, mistake string, set func(*journal.Entry)) *journal.Entry {
	return call(0, "", func(e *journal.Entry) {
		e.Session, e.Path, e.Mistake, e.Status = "", path, mistake, http.StatusNotFound
		set(e)
	})
}

func polls(gap int, status string) []*journal.Entry {
	var all []*journal.Entry
	for i := range 6 {
		all = append(all, read(i*gap, status))
	}
	return all
}

// TestRules has calls that each rule finds, and similar ones that are correct.
func TestRules(t *testing.T) {
	t.Parallel()
	type entries = []*journal.Entry
	over := report.Session{ID: "S", State: "Succeeded"}
	drilled := report.Session{ID: "s", State: "Succeeded", Tampered: []int{1}}
	keep := func(*journal.Entry) {}
	for _, c := range []struct {
		rule, name string
		entries    entries
		now        []report.Session
		want       string // in the finding; "" for none
	}{
		{"polled-too-fast", "five times a second", polls(200, "Running"), nil, "5 reads in a row"},
		{"polled-too-fast", "of the first previews", polls(200, "Started"), nil, "fastest after 200ms"},
		{"polled-too-fast", "once a second", polls(1000, "Running"), nil, ""},
		{"polled-too-fast", "just slow enough", polls(500, "Running"), nil, ""},
		{"polled-too-fast", "results that are there", polls(1, "Succeeded"), nil, ""},
		{"polled-too-fast", "three, and a pause", entries{read(0, "Running"), read(9, "Running"), read(18, "Running"), read(2000, "Running")}, nil, ""},
		{"polled-too-fast", "of many sessions", func() entries {
			all := polls(10, "Running")
			for i, e := range all {
				e.Session = fmt.Sprint(i)
			}
			return all
		}(), nil, ""},

		{"ignored-retry-after", "early", entries{call(0, "getSettings", func(e *journal.Entry) { e.Early = 1500 * time.Millisecond })}, nil, "up to 1.5s"},
		{"ignored-retry-after", "in time", entries{call(0, "getSettings")}, nil, ""},

		{"key-in-browser", "a page", entries{call(0, "getSettings", func(e *journal.Entry) { e.Keyed, e.FromPage = true, true })}, nil, "getSettings: 1 call"},
		{"key-in-browser", "a backend", entries{call(0, "getSettings", func(e *journal.Entry) { e.Keyed = true })}, nil, ""},
		{"key-in-browser", "a page without", entries{call(0, "startSession", func(e *journal.Entry) { e.FromPage = true })}, nil, ""},

		{"token-in-url", "there", entries{call(0, "startSession", func(e *journal.Entry) { e.TokenInURL = true })}, nil, "startSession"},
		{"token-in-url", "not there", entries{call(0, "startSession")}, nil, ""},

		{"never-deleted", "read and left", entries{create(0), read(9, "Succeeded")}, []report.Session{over}, "still there"},
		{"never-deleted", "deleted", entries{create(0), read(9, "Succeeded"), remove(10)}, nil, ""},
		{"never-deleted", "not read", entries{create(0)}, []report.Session{over}, ""},
		{"never-deleted", "running", entries{create(0), read(9, "Succeeded")}, []report.Session{{ID: "s", State: "Running"}}, ""},
		{"never-deleted", "expired", entries{create(0), read(9, "Succeeded")}, nil, ""},

		{"read-too-early", "and not again", entries{create(0), read(5000, "Running")}, []report.Session{over}, "the app has not read it"},
		{"read-too-early", "again", entries{create(0), read(9, "Running"), read(5000, "Succeeded")}, []report.Session{over}, ""},
		{"read-too-early", "and deleted", entries{create(0), read(5000, "Running"), detect(6000, false), remove(7000)}, nil, "before an attempt was over"},
		{"read-too-early", "given up and deleted", entries{create(0), read(5000, "Running"), remove(7000)}, nil, ""},
		{"read-too-early", "behind the creation", entries{create(0), read(50, "NotStarted")}, []report.Session{{ID: "s", State: "NotStarted"}}, "right after"},
		{"read-too-early", "polling", polls(1000, "Running"), []report.Session{{ID: "s", State: "Running"}}, ""},
		{"read-too-early", "spoilt by a fault", entries{create(0), call(5000, "getLivenessSessionResult")}, []report.Session{over}, "the app has not read it"},
		{"read-too-early", "never", entries{create(0)}, []report.Session{over}, ""},

		{"digest-not-compared", "not read", entries{create(0), detect(9, true)}, nil, "digest of attempt 1"},
		{"digest-not-compared", "read before", entries{create(0), read(5, "Succeeded"), detect(9, true)}, nil, "not read afterwards"},
		{"digest-not-compared", "read while it ran", entries{create(0), detect(9, true), read(20, "Running")}, nil, "not read afterwards"},
		{"digest-not-compared", "read", entries{create(0), detect(9, true), read(20, "Succeeded")}, []report.Session{drilled}, ""},
		{"digest-not-compared", "audited", entries{create(0), detect(9, true), call(20, "getLivenessSessionAuditEntries")}, nil, ""},
		{"digest-not-compared", "equal", entries{create(0), detect(9, false)}, nil, ""},
		{"digest-not-compared", "not remembered", entries{detect(9, true)}, nil, ""},
		{"digest-not-compared", "played by the emulator", entries{create(0)}, []report.Session{drilled}, "no result was read"},
		{"digest-not-compared", "played by the emulator, read", entries{create(0), read(9, "Succeeded")}, []report.Session{drilled}, ""},

		{"wrong-calls", "no such path", entries{lost("/face/v1.2/x", "no such path", keep)}, nil, "GET /face/v1.2/x answered 404: no such path"},
		{"wrong-calls", "with a key", entries{lost("/…", "m", func(e *journal.Entry) { e.Keyed = true })}, nil, "GET /… answered 404: m"},
		{"wrong-calls", "ignored", entries{call(0, "createLivenessSession", func(e *journal.Entry) { e.Mistake = "names" })}, nil, "answered 200: names"},
		{"wrong-calls", "a browser's icon", entries{lost("/…", "paths begin with", keep)}, nil, ""},
		{"wrong-calls", "another hint", entries{call(0, "startSession", func(e *journal.Entry) { e.Hint = "its time is over" })}, nil, ""},

		{"unknown-version", "newer", entries{call(0, "getSettings", func(e *journal.Entry) { e.Asked = "v9.9" })}, nil, "v9.9: 1 call, served as v1.2"},
		{"unknown-version", "known", entries{call(0, "getSettings")}, nil, ""},
	} {
		for i, e := range c.entries {
			e.Number = uint64(i + 1)
		}
		slices.Reverse(c.entries) // the order does not matter
		got := findings(t, report.Of(report.Facts{Entries: c.entries, Sessions: c.now}), c.rule)
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s, %s: got %v; want nothing", c.rule, c.name, got)
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0].Text, c.want)):
			t.Errorf("%s, %s: got %v; want one with %q", c.rule, c.name, got, c.want)
		}
	}
}

// findings returns the findings of one rule.
func findings(t *testing.T, r control.Report, rule string) []control.Finding {
	t.Helper()
	for _, check := range r.Checks {
		if check.Rule == rule {
			return check.Findings
		}
	}
	t.Fatalf("got no check %s", rule)
	return nil
}

// TestReport checks an empty report, the grouping of equal calls, and the limit of
// findings.
func TestReport(t *testing.T) {
	t.Parallel()
	empty := report.Of(report.Facts{Gone: 3, Taken: time.Unix(9, 0)})
	if text, err := json.Marshal(empty); err != nil || !empty.Clean() || len(empty.Checks) != 9 || empty.Gone != 3 || strings.Contains(string(text), "null") {
		t.Errorf("got %s, %v; want nine checks that found nothing", text, err)
	}
	var many []*journal.Entry
	var now []report.Session
	for i := range 100 {
		e := read(i*2000, "Succeeded")
		e.Session, e.Number, e.TokenInURL = fmt.Sprint(i), uint64(i+1), true
		many, now = append(many, e), append(now, report.Session{ID: fmt.Sprint(i), State: "Failed"})
	}
	full := report.Of(report.Facts{Entries: many, Sessions: now})
	if full.Requests != 100 || full.Sessions != 100 {
		t.Errorf("got %d requests of %d sessions; want 100 of 100", full.Requests, full.Sessions)
	}
	if left := findings(t, full, "never-deleted"); len(left) != 51 || left[50].Text != "and 50 more like these" || left[0].Session != "0" {
		t.Errorf("got %d findings, the last %q; want 50 and what is left", len(left), left[len(left)-1].Text)
	}
	if tokens := findings(t, full, "token-in-url"); len(tokens) != 1 || len(tokens[0].Requests) != 20 || !strings.Contains(tokens[0].Text, "100 calls") {
		t.Errorf("got %v; want one finding for all and the first 20 numbers", tokens)
	}
}

// FuzzOf makes reports of any entries.
func FuzzOf(f *testing.F) {
	f.Add(uint64(1), 40, `{"status":"Running"}`, "Succeeded")
	f.Add(uint64(2), 3, `{`, "")
	f.Fuzz(func(t *testing.T, seed uint64, count int, body, state string) {
		random := rand.New(rand.NewPCG(seed, 0))
		operations := append(fault.Operations(), "", "other")
		facts := report.Facts{Gone: seed, Sessions: []report.Session{{ID: "0", State: state, Tampered: []int{0, 1, -1}}, {}}}
		for range min(max(count, 0), 200) {
			e := &journal.Entry{
				Number: random.Uint64N(50), Time: time.Unix(0, random.Int64()), Operation: operations[random.IntN(len(operations))],
				Session: []string{"", "0", "1", state}[random.IntN(4)], Status: []int{0, 200, 204, 404, -1}[random.IntN(5)],
				Attempt: random.IntN(3), Mistake: state, Asked: state, Early: time.Duration(random.Int64()) - time.Hour,
				Keyed: random.IntN(2) == 0, FromPage: random.IntN(2) == 0, TokenInURL: random.IntN(2) == 0, Tampered: random.IntN(2) == 0,
				Response: journal.Message{Body: []byte(body)},
			}
			if random.IntN(20) == 0 {
				e = nil
			}
			facts.Entries = append(facts.Entries, e)
		}
		got := report.Of(facts)
		if len(got.Checks) != len(report.Of(report.Facts{}).Checks) {
			t.Errorf("got %d checks; want all", len(got.Checks))
		}
		for _, check := range got.Checks {
			for _, finding := range check.Findings {
				if finding.Text == "" {
					t.Errorf("got an empty finding of %s", check.Rule)
				}
			}
		}
		if _, err := got.JUnit(); err != nil {
			t.Error(err)
		}
	})
}
