package scenario_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

func printedFaults(faults []fault.Fault) []any {
	var all []any
	for _, f := range faults {
		all = append(all, append(printedCalls(f), printedEffects(f)...))
	}
	return all
}

func printedCalls(f fault.Fault) []pair {
	var entry, window, calls []pair
	add := func(to *[]pair, given bool, key string, value any) {
		if given {
			*to = append(*to, pair{key, value})
		}
	}
	words := func(texts []string) any {
		if len(texts) == 1 {
			return texts[0]
		}
		var list []any
		for _, text := range texts {
			list = append(list, text)
		}
		return list
	}
	add(&entry, len(f.Operations) > 0, "on", words(f.Operations))
	add(&entry, len(f.States) > 0, "state", words(f.States))
	add(&window, f.After > 0, "from", f.After.String())
	add(&window, f.Until > 0, "to", f.Until.String())
	add(&entry, len(window) > 0, "time", window)
	add(&calls, f.First > 0, "from", f.First)
	add(&calls, f.Last > 0, "to", f.Last)
	if f.First > 0 && f.First == f.Last {
		add(&entry, true, "calls", f.First)
	} else {
		add(&entry, len(calls) > 0, "calls", calls)
	}
	add(&entry, f.Probability != 1, "probability", f.Probability)
	return entry
}

func printedEffects(f fault.Fault) []pair {
	var entry []pair
	add := func(given bool, key string, value any) {
		if given {
			entry = append(entry, pair{key, value})
		}
	}
	if f.Answer != nil {
		add(true, "error", printedAnswer(*f.Answer))
	}
	if f.Rate != nil {
		add(true, "rate", printedRate(*f.Rate))
	}
	add(f.Delay.Shape != "", "delay", printedDelay(f.Delay))
	add(f.Hang, "hang", true)
	add(f.Reset != "", "reset", string(f.Reset))
	add(f.Stale, "stale", true)
	add(f.Body != "" && f.Body != fault.BodyText, "body", string(f.Body))
	add(f.Body == fault.BodyText, "body", []pair{{"text", f.Text}})
	add(f.ContentType != "", "contentType", f.ContentType)
	add(f.Throughput > 0, "bytesPerSecond", f.Throughput)
	return entry
}

func printedAnswer(a fault.Answer) any {
	if a.Error != "" && a.RetryAfter == 0 {
		return a.Error
	}
	var answer, headers []pair
	if a.Error != "" {
		answer = append(answer, pair{"name", a.Error})
	} else {
		answer = append(answer, pair{"status", a.Status}, pair{"code", a.Code}, pair{"message", a.Message})
	}
	for _, h := range a.Headers {
		headers = append(headers, pair{h.Name, h.Value})
	}
	if len(headers) > 0 {
		answer = append(answer, pair{"headers", headers})
	}
	switch {
	case a.RetryDate:
		answer = append(answer, pair{"retryAfter", []pair{{"date", a.RetryAfter.String()}}})
	case a.RetryAfter > 0:
		answer = append(answer, pair{"retryAfter", a.RetryAfter.String()})
	}
	return answer
}

func printedRate(r fault.Rate) any {
	form := "seconds"
	if r.RetryDate {
		form = "date"
	}
	switch {
	case r.Tier == "custom":
		return []pair{{"calls", r.Calls}, {"per", r.Window.String()}, {"retryAfter", form}}
	case r.RetryDate:
		return []pair{{"tier", r.Tier}, {"retryAfter", form}}
	default:
		return r.Tier
	}
}

func printedDelay(d fault.Delay) any {
	two := func(first string, a time.Duration, second string, b time.Duration) []pair {
		return []pair{{string(d.Shape), []pair{{first, a.String()}, {second, b.String()}}}}
	}
	switch d.Shape {
	case fault.Uniform:
		return two("from", d.Base, "to", d.Base+d.Spread)
	case fault.Normal:
		return two("mean", d.Base, "deviation", d.Spread)
	case fault.LogNormal:
		return two("median", d.Base, "deviation", d.Spread)
	default:
		return d.Base.String()
	}
}

// fault returns one that does something.
func (m maker) fault() fault.Fault {
	f := fault.Fault{Probability: pick(m, 1, 0, 1, m.Float64())}
	groups := fault.Groups()
	if m.maybe() {
		f.Operations = groups[m.IntN(len(groups))].Operations
	}
	if m.maybe() {
		f.States = fault.States()[m.IntN(5):]
	}
	if m.maybe() {
		f.After = pick(m, 0, m.duration()/2)
		f.Until = pick(m, 0, f.After+m.duration()/2+1)
	}
	if m.maybe() {
		f.First = m.IntN(50_000)
		f.Last = pick(m, 0, f.First+1+m.IntN(50_000), max(f.First, 1))
	}
	f.Delay = pick(m, fault.Delay{}, fault.Delay{Shape: fault.Fixed, Base: m.delay()},
		fault.Delay{Shape: pick(m, fault.Uniform, fault.Normal, fault.LogNormal), Base: m.delay(), Spread: m.delay()})
	switch m.IntN(5) {
	case 0:
		f.Answer = m.answer()
	case 1:
		f.Rate = pick(m, new(fault.TierF0()), new(fault.TierS0()),
			&fault.Rate{Calls: 1 + m.IntN(100_000), Window: time.Millisecond + m.duration()/2, Tier: "custom"})
		f.Rate.RetryDate = m.maybe()
	case 2:
		f.Hang = true
	case 3:
		f.Reset = fault.ResetBefore
	default:
		f.Reset = pick(m, fault.ResetDuring, fault.ResetAfter)
	}
	f.Stale = m.maybe()
	if f.Body = pick(m, "", fault.BodyEmpty, fault.BodyTruncated, fault.BodyMalformed, fault.BodyText); f.Body == fault.BodyText {
		f.Text = m.text()
	}
	f.ContentType = pick(m, "", "text/html", `application/json; charset="a b"`)
	f.Throughput = pick(m, 0, 1+m.IntN(1_000_000))
	return f
}

// delay returns a duration that an answer can be held back, and be drawn from.
func (m maker) delay() time.Duration { return 1 + time.Duration(m.Int64N(int64(fault.MaxDelay/2))) }

func (m maker) answer() *fault.Answer {
	a := &fault.Answer{}
	if m.maybe() {
		a.Error = pick(m, fault.Errors()...)
	} else {
		a.Status, a.Code, a.Message = 400+m.IntN(200), pick(m, "429", "ServerBusy", "a b!"), pick(m, "", m.text())
		for i := range m.IntN(3) {
			a.Headers = append(a.Headers, fault.Header{Name: fmt.Sprintf("X-%d", i), Value: pick(m, "", "null", "é: #", `"`)})
		}
	}
	if m.maybe() {
		a.RetryAfter, a.RetryDate = time.Duration(1+m.IntN(3600))*time.Second, m.maybe()
	}
	return a
}

// checkFaults checks what package fault relies on, and that the list that is
// printed is read as the same by ParseFaults.
func checkFaults(t *testing.T, faults []fault.Fault) {
	t.Helper()
	if len(faults) > 20 {
		t.Errorf("got %d faults", len(faults))
	}
	for i, f := range faults {
		if !(f.Probability >= 0 && f.Probability <= 1) || f.First < 0 || f.Last > 0 && f.Last < f.First || f.Until > 0 && f.Until <= f.After {
			t.Errorf("fault %d asks for calls that cannot be: %+v", i+1, f)
		}
		if d := f.Delay; d.Base < 0 || d.Spread < 0 || d.Base > fault.MaxDelay || d.Spread > fault.MaxDelay || (d.Shape == "") != (d.Base+d.Spread == 0) {
			t.Errorf("fault %d has delay %+v", i+1, d)
		}
		ending := 0
		for _, ends := range []bool{f.Rate != nil, f.Hang, f.Reset == fault.ResetBefore, f.Answer != nil} {
			if ends {
				ending++
			}
		}
		if ending > 1 || len(printedEffects(f)) == 0 {
			t.Errorf("fault %d ends a call in %d ways and has %d effects", i+1, ending, len(printedEffects(f)))
		}
	}
	if len(faults) == 0 {
		return
	}
	var file strings.Builder
	printValue(&file, printedFaults(faults), "")
	again, err := scenario.ParseFaults("f.yaml", []byte(file.String()))
	if diff := cmp.Diff(faults, again); err != nil || diff != "" {
		t.Errorf("printed and read the faults differ, %v:\n%s\nof\n%s", err, diff, file.String())
	}
}
