package control

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// A Report lists the mistakes of an app that its requests show.
type Report struct {
	Requests uint64    `json:"requests"` // number of requests in the report
	Gone     uint64    `json:"gone"`     // number of older requests that are not in the request log any more
	Sessions int       `json:"sessions"` // number of sessions with these requests
	Taken    time.Time `json:"taken"`    // on the machine's clock
	Checks   []Check   `json:"checks"`   // all checks, in a fixed order
}

// A Check looks for one kind of mistake.
type Check struct {
	Rule     string    `json:"rule"`  // such as polled-too-fast
	Title    string    `json:"title"` // a few words
	Advice   string    `json:"advice"`
	Findings []Finding `json:"findings"` // empty if the app made no such mistake, as far as its requests show
}

// A Finding is one mistake of the kind of its Check.
type Finding struct {
	Text     string   `json:"text"`
	Session  string   `json:"session,omitempty"`
	Requests []uint64 `json:"requests,omitempty"` // numbers of the requests that show it
}

// Clean reports whether the report has no findings.
func (r Report) Clean() bool {
	for _, check := range r.Checks {
		if len(check.Findings) > 0 {
			return false
		}
	}
	return true
}

// Text formats the report for a terminal: a block for each check with findings, then the
// names of the others.
func (r Report) Text() string {
	var b strings.Builder
	var clean []string
	for _, check := range r.Checks {
		if len(check.Findings) == 0 {
			clean = append(clean, printable(check.Rule))
			continue
		}
		fmt.Fprintf(&b, "%s (%s)\n", printable(check.Title), printable(check.Rule))
		for _, finding := range check.Findings {
			fmt.Fprintf(&b, "  - %s\n", finding)
		}
		fmt.Fprintf(&b, "  %s\n\n", printable(check.Advice))
	}
	if len(clean) > 0 {
		fmt.Fprintf(&b, "Nothing found: %s.\n", strings.Join(clean, ", "))
	}
	fmt.Fprintf(&b, "%s.\n", r.scope())
	return b.String()
}

// scope describes the requests in the report.
func (r Report) scope() string {
	text := fmt.Sprintf("Requests: %d, of %d sessions", r.Requests, r.Sessions)
	if r.Gone > 0 {
		text += fmt.Sprintf("; %d older requests are no longer in the request log", r.Gone)
	}
	return text
}

// String formats a finding on one line.
func (f Finding) String() string {
	text := printable(f.Text)
	if f.Session != "" {
		text += "; session " + printable(f.Session)
	}
	switch {
	case len(f.Requests) == 1:
		text += fmt.Sprintf("; request %d", f.Requests[0])
	case len(f.Requests) > 1:
		text += "; requests " + strings.Trim(fmt.Sprint(f.Requests), "[]")
	}
	return text
}

// printable replaces control characters, which a terminal would act on. Parts of the text
// come from an app.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// Elements of JUnit XML that continuous integration servers read.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Cases     []junitCase `xml:"testcase"`
		Output    string      `xml:"system-out"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit returns the report as JUnit XML in UTF-8: one test suite with a test case for
// each check. A check with findings is a failure.
func (r Report) JUnit() ([]byte, error) {
	const name, noTime = "face-liveness-emulator report", "0"
	suite := junitSuite{Name: name, Tests: len(r.Checks), Time: noTime, Output: r.scope()}
	if !r.Taken.IsZero() {
		suite.Timestamp = r.Taken.UTC().Format("2006-01-02T15:04:05")
	}
	for _, check := range r.Checks {
		result := junitCase{Name: printable(check.Rule), Class: name, Time: noTime}
		if len(check.Findings) > 0 {
			suite.Failures++
			lines := make([]string, 0, len(check.Findings)+1)
			for _, finding := range check.Findings {
				lines = append(lines, finding.String())
			}
			lines = append(lines, printable(check.Advice))
			result.Failure = &junitFailure{
				Message: fmt.Sprintf("%s: %d", printable(check.Title), len(check.Findings)), Type: result.Name, Text: strings.Join(lines, "\n"),
			}
		}
		suite.Cases = append(suite.Cases, result)
	}
	text, err := xml.MarshalIndent(junitSuites{Suite: suite}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("report as JUnit XML: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}
