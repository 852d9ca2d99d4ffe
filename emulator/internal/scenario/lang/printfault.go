package lang

import (
	"time"

	"github.com/goccy/go-yaml"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

type printedFault struct {
	On             any            `yaml:"on,omitempty"`
	State          any            `yaml:"state,omitempty"`
	Time           *printedWindow `yaml:"time,omitempty"`
	Calls          any            `yaml:"calls,omitempty"`
	Probability    *float64       `yaml:"probability,omitempty"`
	Error          any            `yaml:"error,omitempty"`
	Rate           any            `yaml:"rate,omitempty"`
	Delay          any            `yaml:"delay,omitempty"`
	Hang           bool           `yaml:"hang,omitempty"`
	Reset          string         `yaml:"reset,omitempty"`
	Stale          bool           `yaml:"stale,omitempty"`
	Body           any            `yaml:"body,omitempty"`
	ContentType    printedText    `yaml:"contentType,omitempty"`
	BytesPerSecond int            `yaml:"bytesPerSecond,omitempty"`
}

type printedWindow struct {
	From string `yaml:"from,omitempty"`
	To   string `yaml:"to,omitempty"`
}

type printedCalls struct {
	From int `yaml:"from,omitempty"`
	To   int `yaml:"to,omitempty"`
}

func printedFaults(faults []fault.Fault) []printedFault {
	var all []printedFault
	for _, f := range faults {
		all = append(all, printedFaultOf(f))
	}
	return all
}

func printedFaultOf(f fault.Fault) printedFault {
	printed := printedFault{
		On: printedWords(f.Operations), State: printedWords(f.States), Delay: printedDelay(f.Delay),
		Hang: f.Hang, Reset: string(f.Reset), Stale: f.Stale, ContentType: printedText(f.ContentType), BytesPerSecond: f.Throughput,
	}
	if f.After > 0 || f.Until > 0 {
		printed.Time = &printedWindow{From: printedDuration(f.After, f.After > 0), To: printedDuration(f.Until, f.Until > 0)}
	}
	switch {
	case f.First > 0 && f.First == f.Last:
		printed.Calls = f.First
	case f.First > 0 || f.Last > 0:
		printed.Calls = printedCalls{From: f.First, To: f.Last}
	}
	if f.Probability != 1 {
		printed.Probability = &f.Probability
	}
	if f.Answer != nil {
		printed.Error = printedAnswer(*f.Answer)
	}
	if f.Rate != nil {
		printed.Rate = printedRate(*f.Rate)
	}
	switch f.Body {
	case "":
	case fault.BodyText:
		printed.Body = map[string]printedText{"text": printedText(f.Text)}
	default:
		printed.Body = string(f.Body)
	}
	return printed
}

// printedWords returns the single word, a list of several, or nil.
func printedWords(words []string) any {
	switch len(words) {
	case 0:
		return nil
	case 1:
		return words[0]
	}
	return words
}

// printedAnswer returns the name of an error, or a mapping with its keys.
func printedAnswer(a fault.Answer) any {
	if a.Error != "" && a.RetryAfter == 0 {
		return a.Error
	}
	answer := struct {
		Name       string        `yaml:"name,omitempty"`
		Status     int           `yaml:"status,omitempty"`
		Code       printedText   `yaml:"code,omitempty"`
		Message    *printedText  `yaml:"message,omitempty"` // may be empty
		Headers    yaml.MapSlice `yaml:"headers,omitempty"`
		RetryAfter any           `yaml:"retryAfter,omitempty"`
	}{Name: a.Error, Status: a.Status, Code: printedText(a.Code)}
	if a.Error == "" {
		answer.Message = new(printedText(a.Message))
	}
	for _, h := range a.Headers {
		answer.Headers = append(answer.Headers, yaml.MapItem{Key: h.Name, Value: printedText(h.Value)})
	}
	switch {
	case a.RetryDate:
		answer.RetryAfter = map[string]string{retryAfterDate: a.RetryAfter.String()}
	case a.RetryAfter > 0:
		answer.RetryAfter = a.RetryAfter.String()
	}
	return answer
}

// printedRate returns the name of a tier, or a mapping with the keys of a rate.
func printedRate(r fault.Rate) any {
	rate := struct {
		Tier       string `yaml:"tier,omitempty"`
		Calls      int    `yaml:"calls,omitempty"`
		Per        string `yaml:"per,omitempty"`
		RetryAfter string `yaml:"retryAfter"`
	}{RetryAfter: retryAfterSeconds}
	if r.RetryDate {
		rate.RetryAfter = retryAfterDate
	}
	switch {
	case r.Tier == tierCustom:
		rate.Calls, rate.Per = r.Calls, r.Window.String()
	case r.RetryDate:
		rate.Tier = r.Tier
	default:
		return r.Tier
	}
	return rate
}

// printedDelay returns a duration, a mapping with the shape and its two durations, or
// nil.
func printedDelay(d fault.Delay) any {
	shaped := func(first string, a time.Duration, second string, b time.Duration) any {
		return map[string]yaml.MapSlice{string(d.Shape): {{Key: first, Value: a.String()}, {Key: second, Value: b.String()}}}
	}
	switch d.Shape {
	case "":
		return nil
	case fault.Uniform:
		return shaped("from", d.Base, "to", d.Base+d.Spread)
	case fault.Normal:
		return shaped("mean", d.Base, "deviation", d.Spread)
	case fault.LogNormal:
		return shaped("median", d.Base, "deviation", d.Spread)
	default:
		return d.Base.String()
	}
}
