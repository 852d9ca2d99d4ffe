package ctl

import (
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// TestControlTexts: the text output of answers.
func TestControlTexts(t *testing.T) {
	t.Parallel()
	moment := time.Date(2030, 1, 31, 12, 0, 0, 5e8, time.UTC)
	for _, row := range []struct{ got, want string }{
		{clockText(control.Clock{Now: moment, Rate: 1}), "Time  2030-01-31T12:00:00.5Z\nRate  1\n"},
		{clockText(control.Clock{Now: moment}), "Time  2030-01-31T12:00:00.5Z\nRate  0 (frozen)\n"},
		{clockText(control.Clock{Now: moment, Rate: 1e6}), "Time  2030-01-31T12:00:00.5Z\nRate  1000000\n"},
		{faultsText(faultList{}), "no faults are set\n"},
		{faultsText(faultList{Text: "- on: read\n\thang: true"}), "- on: read\n\thang: true\n"},
		{faultsText(faultList{Text: "# \x1b[31m\r\n[]\n"}), "# \uFFFD[31m\n[]\n"},
		{selectionText(control.Selection{Default: "\x1b[31m", Seed: 7}), "Default  \uFFFD[31m\nSeed     7\nQueue    (empty)\n"},
	} {
		if row.got != row.want {
			t.Errorf("got %q, want %q", row.got, row.want)
		}
	}
}

// TestEventText: the line of a request, without control characters.
func TestEventText(t *testing.T) {
	t.Parallel()
	request := control.Request{Method: "GET", Path: "/\x1b[31m", Status: 503, Version: "v1.2", Fault: "outage"}
	got := eventText(control.Event{Kind: control.EventRequest, Session: "s", Request: &request})
	if want := "  request  GET /\uFFFD[31m  v1.2  503  s  fault: outage\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want %q at its end", got, want)
	}
}
