package lang

import (
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
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
