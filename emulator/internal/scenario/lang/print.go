package lang

import (
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Print returns a file that a scenario could have been read from. Images says
// which file has which of its session images.
func Print(s scenario.Scenario, images map[string]string) string {
	file := []pair{{"name", s.Name}}
	add := func(given bool, key string, value any) {
		if given {
			file = append(file, pair{key, value})
		}
	}
	add(s.Description != "", "description", s.Description)
	add(s.Advice != "", "advice", s.Advice)
	if len(s.Match) == 1 {
		add(true, "match", printedMatch(s.Match[0]))
	}
	add(len(s.Match) > 1, "match", printedMatches(s.Match))
	add(s.Priority != 0, "priority", s.Priority)
	add(s.Seed != 0, "seed", s.Seed)
	add(s.Advance.Automatic, "advance", []pair{{"after", s.Advance.After.String()}})
	add(s.Advance.Polls > 0, "advance", []pair{{"polls", s.Advance.Polls}})
	var attempts []any
	for _, a := range s.Attempts {
		var entry []pair
		if a.Repeat != 1 {
			entry = append(entry, pair{"repeat", a.Repeat})
		}
		if len(a.Choices) == 1 {
			attempts = append(attempts, append(entry, printedStep(a.Choices[0].Step, images)...))
			continue
		}
		var choices []any
		for _, c := range a.Choices {
			choices = append(choices, append([]pair{{"weight", c.Weight}}, printedStep(c.Step, images)...))
		}
		attempts = append(attempts, append(entry, pair{"oneOf", choices}))
	}
	add(true, "attempts", attempts)
	add(s.Then != "", "then", string(s.Then))
	add(s.Next != "", "then", []pair{{"scenario", s.Next}})
	add(s.Result.After > 0, "result", []pair{{"after", s.Result.After.String()}})
	add(s.Result.Polls > 0, "result", []pair{{"polls", s.Result.Polls}})
	if s.End != nil {
		add(true, "end", []pair{{"by", string(s.End.Kind)}, {"when", printedWhen(*s.End)}})
	}
	add(len(s.Faults) > 0, "faults", printedFaults(s.Faults))
	return yamlOf(file)
}

func printedMatches(rules scenario.Rules) []any {
	var matches []any
	for _, m := range rules {
		matches = append(matches, printedMatch(m))
	}
	return matches
}

func printedWhen(e liveness.EarlyEnd) any {
	switch {
	case e.BeforeStart:
		return "beforeStart"
	case e.During > 0:
		return []pair{{"duringAttempt", e.During}}
	case e.AfterTry > 0:
		return []pair{{"afterAttempt", e.AfterTry}}
	case e.BeforePoll > 0:
		return []pair{{"beforePoll", e.BeforePoll}}
	default:
		return []pair{{"after", e.After.String()}}
	}
}

func printedMatch(m scenario.Match) []pair {
	var match, image, size, header []pair
	add := func(to *[]pair, key string, value any, given bool) {
		if given {
			*to = append(*to, pair{key, value})
		}
	}
	pattern := func(p scenario.Pattern) any {
		if p.Kind == scenario.PatternGlob && len(p.Text)%2 == 0 {
			return p.Text // both ways to write a glob
		}
		return []pair{{string(p.Kind), p.Text}}
	}
	add(&match, "operation", string(m.Operation), m.Operation != "")
	add(&match, "apiVersion", pattern(m.APIVersion), !m.APIVersion.IsZero())
	add(&match, "resource", pattern(m.Resource), !m.Resource.IsZero())
	add(&match, "deviceCorrelationId", pattern(m.DeviceCorrelationID), !m.DeviceCorrelationID.IsZero())
	add(&match, "userCorrelationId", pattern(m.UserCorrelationID), !m.UserCorrelationID.IsZero())
	add(&match, "operationMode", string(m.OperationMode), m.OperationMode != "")
	add(&image, "fileName", pattern(m.VerifyImage.FileName), !m.VerifyImage.FileName.IsZero())
	add(&image, "sha256", m.VerifyImage.SHA256, m.VerifyImage.SHA256 != "")
	add(&size, "min", m.VerifyImage.MinSize, m.VerifyImage.MinSize > 0)
	add(&size, "max", m.VerifyImage.MaxSize, m.VerifyImage.MaxSize > 0)
	add(&image, "size", size, len(size) > 0)
	add(&match, "verifyImage", image, len(image) > 0)
	for _, h := range m.Headers {
		add(&header, h.Name, pattern(h.Pattern), true)
	}
	add(&match, "header", header, len(header) > 0)
	return match
}

func printedStep(s liveness.Step, images map[string]string) []pair {
	var step []pair
	add := func(given bool, key string, value any) {
		if given {
			step = append(step, pair{key, value})
		}
	}
	add(s.Decision != "", "outcome", string(s.Decision))
	add(s.Abandoned, "outcome", "abandoned")
	if s.Error != nil {
		add(true, "error", []pair{{"code", s.Error.Code}, {"message", s.Error.Message}})
	}
	add(s.Takes > 0, "takes", s.Takes.String())
	if s.MatchConfidence != nil {
		add(true, "matchConfidence", *s.MatchConfidence)
	}
	add(s.Quality != "", "quality", string(s.Quality))
	if r := s.FaceRectangle; r != nil {
		add(true, "faceRectangle", []pair{{"top", r.Top}, {"left", r.Left}, {"width", r.Width}, {"height", r.Height}})
	}
	add(s.SessionImage != "", "sessionImage", images[s.SessionImage])
	add(s.AbuseDetected, "abuseDetected", true)
	add(s.Digest != "", "digest", string(s.Digest))
	var addresses []any
	for _, address := range s.ClientAddresses {
		addresses = append(addresses, address)
	}
	add(len(addresses) > 0, "clientInformation", addresses)
	return step
}
