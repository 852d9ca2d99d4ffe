package record_test

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// The texts that an empty record with faults has in place of their JSON.
const (
	noFaults = `[{"probability":1}]`
	noMemory = `{"since":"2026-02-03T04:05:06Z","calls":1,"each":null}`
)

// legacyFaults is a record of version 4 that is empty but for noFaults and noMemory.
const legacyFaults = `
049c508733000000ffdb8ff9ce0300000000000000000000000000000000000000000000000000000000000000000000000000
00000000135b7b2270726f626162696c697479223a317d5d00ffdb8ff9ce03000000ffdb8ff9ce0300000000367b2273696e63
65223a22323032362d30322d30335430343a30353a30365a222c2263616c6c73223a312c2265616368223a6e756c6c7d00
`

// withJSON returns a record of version 4, empty but for faults, with other texts in
// place of their JSON. They must be shorter than 128 bytes.
func withJSON(tb testing.TB, faults, memory string) []byte {
	tb.Helper()
	b := unhex(tb, legacyFaults)
	for old, text := range map[string]string{noFaults: faults, noMemory: memory} {
		if old = text1(old); bytes.Count(b, []byte(old)) != 1 {
			tb.Fatalf("got the record %q, want %q in it once", b, old)
		}
		b = bytes.Replace(b, []byte(old), []byte(text1(text)), 1)
	}
	return withChecksum(b)
}

// text1 returns a text, shorter than 128 bytes, as a record has it.
func text1(text string) string { return string(rune(len(text))) + text }

// A jsonPair is what a record has of faults.
type jsonPair struct{ name, faults, memory string }

// badJSON returns what cannot be read.
func badJSON() []jsonPair {
	return []jsonPair{
		{"no JSON", `SECRET`, ""},
		{"no JSON of memory", "", `SECRET`},
		{"cut off", `[{"text":"SECRET"}`, ""},
		{"goes on", `[] "SECRET"`, ""},
		{"an object for a list", `{"SECRET":1}`, ""},
		{"a list for an object", "", `["SECRET"]`},
		{"another type", `[{"first":"SECRET"}]`, ""},
		{"a number that is too big", `[{"first":9223372036854775808}]`, ""},
		{"a number below zero", "", `{"calls":-1}`},
		{"no time", "", `{"since":"SECRET"}`},
		{"a time after the year 9999", "", `{"since":"9999-12-31T23:00:00-02:00"}`},
		{"a time before the year 0", "", `{"each":[{},{"window":"0000-01-01T00:00:00+00:01"}]}`},
		{"another such time", "", `{"each":[{"wait":"9999-12-31T23:59:59-00:01"}]}`},
	}
}

func TestBadJSON(t *testing.T) {
	t.Parallel()
	for _, bad := range badJSON() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			b := withJSON(t, bad.faults, bad.memory)
			wantCorrupt(t, b)
			if _, err := record.Decode(b); err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("Decode = %v, want no contents in it", err)
			}
		})
	}
}

// TestOtherJSON reads JSON that no version has written.
func TestOtherJSON(t *testing.T) {
	t.Parallel()
	east := time.Date(2026, 2, 3, 2, 5, 6, 0, time.UTC)
	for _, c := range []struct {
		jsonPair
		wantFaults []fault.Fault
		wantMemory fault.Memory
	}{
		{jsonPair: jsonPair{"nothing", "", ""}},
		{jsonPair: jsonPair{"null", "null", "null"}},
		{jsonPair: jsonPair{"empty", "[]", `{"each":[]}`}},
		{
			jsonPair{"empty lists", `[{"operations":[],"states":[],"answer":{"headers":[]}}]`, `{"calls":1,"each":[]}`},
			[]fault.Fault{{Answer: &fault.Answer{}}},
			fault.Memory{Calls: 1},
		},
		{
			jsonPair{"another zone", "", `{"since":"2026-02-03T04:05:06+02:00","each":[{"wait":"2026-02-03T04:05:06+02:00"}]}`},
			nil,
			fault.Memory{Since: east, Each: []fault.Count{{Wait: east}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := record.Decode(withJSON(t, c.faults, c.memory))
			if err != nil {
				t.Fatalf("Decode = %v, want nil", err)
			}
			want := record.Stored{Session: liveness.Session{
				Script: liveness.Script{Faults: c.wantFaults}, FaultMemory: c.wantMemory,
			}}
			if !reflect.DeepEqual(want, got) {
				t.Errorf("the record reads differently (-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
}

// TestNothingOfFaults: empty lists take no more room than none.
func TestNothingOfFaults(t *testing.T) {
	t.Parallel()
	none := encoded(t, record.Stored{})
	empty := encoded(t, record.Stored{Session: liveness.Session{
		Script:      liveness.Script{Faults: []fault.Fault{}},
		FaultMemory: fault.Memory{Each: []fault.Count{}},
	}})
	if !bytes.Equal(none, empty) {
		t.Errorf("got %x with empty lists, want %x as without", empty, none)
	}
}

// TestTimesOfMemory: also the first call may have been at any moment in any zone.
func TestTimesOfMemory(t *testing.T) {
	t.Parallel()
	odd := time.FixedZone("with seconds", 3600+17)
	moment := time.Date(2026, 2, 3, 4, 5, 6, 7, odd)
	memory := fault.Memory{Since: moment, Each: []fault.Count{{Window: moment.Add(1)}, {Wait: moment.Add(2)}, {Wait: time.Time{}.In(odd)}}}
	before := memory.Clone()
	got, err := record.Decode(encoded(t, record.Stored{Session: liveness.Session{FaultMemory: memory}}))
	want := fault.Memory{
		Since: moment.UTC(), Each: []fault.Count{{Window: moment.Add(1).UTC()}, {Wait: moment.Add(2).UTC()}, {}},
	}
	if err != nil || !reflect.DeepEqual(want, got.Session.FaultMemory) {
		t.Errorf("got %+v, %v, want %+v in UTC", got.Session.FaultMemory, err, want)
	}
	if !reflect.DeepEqual(before, memory) {
		t.Errorf("Encode has changed what it was given to %+v, want %+v", memory, before)
	}
}

// TestNoJSON encodes what JSON cannot have.
func TestNoJSON(t *testing.T) {
	t.Parallel()
	tooLate := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, session := range map[string]liveness.Session{
		"probability": {Script: liveness.Script{Faults: []fault.Fault{{Probability: math.NaN()}}}},
		"first call":  {FaultMemory: fault.Memory{Since: tooLate}},
		"wait":        {FaultMemory: fault.Memory{Each: []fault.Count{{}, {Wait: tooLate}}}},
	} {
		if b, err := record.Encode(record.Stored{Session: session}); err == nil || b != nil {
			t.Errorf("Encode with such a %s = %d bytes, %v, want an error alone", name, len(b), err)
		}
	}
}
