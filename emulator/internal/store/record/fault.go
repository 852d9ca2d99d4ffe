package record

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// memory appends a memory of faults as JSON. Its times are in UTC, because JSON has no
// room for the seconds of a zone.
func (e *encoder) memory(m fault.Memory) {
	m = m.Clone()
	inUTC(&m)
	e.json(m)
}

// json appends a value as a text that is its JSON.
func (e *encoder) json(v any) {
	text, err := json.Marshal(v)
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("record: encode faults: %w", err)
	}
	e.string(string(text))
}

func (d *decoder) faults() []fault.Fault {
	text := d.string()
	if text == "" {
		return nil
	}
	var faults []fault.Fault
	d.json(text, &faults)
	for i := range faults {
		f := &faults[i]
		f.Operations, f.States = nilIfEmpty(f.Operations), nilIfEmpty(f.States)
		if f.Answer != nil {
			f.Answer.Headers = nilIfEmpty(f.Answer.Headers)
		}
	}
	return nilIfEmpty(faults)
}

func (d *decoder) memory() fault.Memory {
	text := d.string()
	if text == "" {
		return fault.Memory{}
	}
	var m fault.Memory
	d.json(text, &m)
	m.Each = nilIfEmpty(m.Each)
	if !inUTC(&m) {
		d.fail("a time is beyond what JSON can have")
	}
	return m
}

// json decodes a text that is JSON. It leaves out the error of package json, which shows
// some of the text.
func (d *decoder) json(text string, into any) {
	if json.Unmarshal([]byte(text), into) != nil {
		d.fail("what it has of faults is not their JSON")
	}
}

// inUTC changes the zone of all times in m, and reports whether JSON can represent all of
// them. In UTC, a time may be in a year that JSON cannot represent.
func inUTC(m *fault.Memory) bool {
	fits := true
	utc := func(t *time.Time) {
		*t = t.UTC()
		fits = fits && 0 <= t.Year() && t.Year() <= 9999
	}
	utc(&m.Since)
	for i := range m.Each {
		utc(&m.Each[i].Window)
		utc(&m.Each[i].Wait)
	}
	return fits
}

func nilIfEmpty[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}
