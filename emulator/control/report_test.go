package control_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

func reported() control.Report {
	return control.Report{
		Requests: 7, Gone: 2, Sessions: 1, Taken: time.Date(2026, 1, 27, 17, 36, 52, 0, time.UTC),
		Checks: []control.Check{
			{
				Rule: "token-in-url", Title: "Tokens in a URL", Advice: "Send it as a header.",
				Findings: []control.Finding{
					{Text: "2 calls <with> a \x1b[31mtoken", Session: "s", Requests: []uint64{3, 4}}, {Text: "one more", Requests: []uint64{5}},
				},
			},
			{Rule: "polled-too-fast", Title: "Polled too fast", Advice: "Wait.", Findings: []control.Finding{}},
			{Rule: "never-deleted", Title: "Never deleted", Advice: "Delete."},
		},
	}
}

func TestReportText(t *testing.T) {
	t.Parallel()
	const want = `Tokens in a URL (token-in-url)
  - 2 calls <with> a ` + "\uFFFD" + `[31mtoken; session s; requests 3 4
  - one more; request 5
  Send it as a header.

Nothing found: polled-too-fast, never-deleted.
Requests: 7, of 1 sessions; 2 older requests are no longer in the request log.
`
	if got := reported().Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if reported().Clean() || !(control.Report{}).Clean() {
		t.Error("got a report with findings that is clean, or an empty one that is not")
	}
}

// TestReportJUnit reads what was written as a server would.
func TestReportJUnit(t *testing.T) {
	t.Parallel()
	text, err := reported().JUnit()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []struct {
			Tests     int    `xml:"tests,attr"`
			Failures  int    `xml:"failures,attr"`
			Timestamp string `xml:"timestamp,attr"`
			Cases     []struct {
				Name     string   `xml:"name,attr"`
				Failures []string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if len(got.Suites) != 1 || got.Suites[0].Tests != 3 || got.Suites[0].Failures != 1 || len(got.Suites[0].Cases) != 3 ||
		got.Suites[0].Timestamp != "2026-01-27T17:36:52" {
		t.Fatalf("got %s; want one suite of three cases and one failure", text)
	}
	for i, c := range got.Suites[0].Cases {
		if want := reported().Checks[i]; c.Name != want.Rule || (len(c.Failures) == 1) != (len(want.Findings) > 0) {
			t.Errorf("got case %q with failures %q; want %s", c.Name, c.Failures, want.Rule)
		}
	}
	if failure := got.Suites[0].Cases[0].Failures[0]; !strings.Contains(failure, "<with>") || !strings.Contains(failure, "requests 3 4") ||
		!strings.Contains(failure, "Send it as a header.") {
		t.Errorf("got %q; want findings and advice", failure)
	}
}

// FuzzReport renders reports with any text in them.
func FuzzReport(f *testing.F) {
	f.Add("rule", "]]> & \x00 \xff", "session", uint64(1))
	f.Add("", "", "", uint64(0))
	f.Fuzz(func(t *testing.T, rule, text, session string, number uint64) {
		r := control.Report{Checks: []control.Check{{
			Rule: rule, Title: text, Advice: text, Findings: []control.Finding{{Text: text, Session: session, Requests: []uint64{number}}},
		}}}
		if got := r.Text(); strings.ContainsAny(got, "\x00\x1b\r") {
			t.Errorf("got %q; want no control characters", got)
		}
		out, err := r.JUnit()
		if err != nil {
			t.Fatal(err)
		}
		for decoder := xml.NewDecoder(strings.NewReader(string(out))); ; {
			if _, err := decoder.Token(); err == io.EOF { //nolint:errorlint // Only the bare io.EOF is an end.
				break
			} else if err != nil {
				t.Fatalf("got %v in %q", err, out)
			}
		}
	})
}
