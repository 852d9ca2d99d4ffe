package lang

import (
	"github.com/goccy/go-yaml"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

type printedMatch struct {
	Operation           string              `yaml:"operation,omitempty"`
	APIVersion          any                 `yaml:"apiVersion,omitempty"`
	Resource            any                 `yaml:"resource,omitempty"`
	DeviceCorrelationID any                 `yaml:"deviceCorrelationId,omitempty"`
	UserCorrelationID   any                 `yaml:"userCorrelationId,omitempty"`
	OperationMode       string              `yaml:"operationMode,omitempty"`
	VerifyImage         *printedVerifyImage `yaml:"verifyImage,omitempty"`
	Header              yaml.MapSlice       `yaml:"header,omitempty"`
}

type printedVerifyImage struct {
	FileName any          `yaml:"fileName,omitempty"`
	SHA256   printedText  `yaml:"sha256,omitempty"`
	Size     *printedSize `yaml:"size,omitempty"`
}

type printedSize struct {
	Min int64 `yaml:"min,omitempty"`
	Max int64 `yaml:"max,omitempty"`
}

// printedRules returns the single rule, a list of several, or nil.
func printedRules(rules scenario.Rules) any {
	var matches []printedMatch
	for _, m := range rules {
		matches = append(matches, printedRule(m))
	}
	switch len(matches) {
	case 0:
		return nil
	case 1:
		return matches[0]
	}
	return matches
}

func printedRule(m scenario.Match) printedMatch {
	match := printedMatch{
		Operation: string(m.Operation), APIVersion: printedPattern(m.APIVersion), Resource: printedPattern(m.Resource),
		DeviceCorrelationID: printedPattern(m.DeviceCorrelationID), UserCorrelationID: printedPattern(m.UserCorrelationID),
		OperationMode: string(m.OperationMode),
	}
	sized := m.VerifyImage.MinSize > 0 || m.VerifyImage.MaxSize > 0
	if sized || m.VerifyImage.SHA256 != "" || !m.VerifyImage.FileName.IsZero() {
		match.VerifyImage = &printedVerifyImage{
			FileName: printedPattern(m.VerifyImage.FileName), SHA256: printedText(m.VerifyImage.SHA256),
		}
	}
	if sized {
		match.VerifyImage.Size = &printedSize{Min: m.VerifyImage.MinSize, Max: m.VerifyImage.MaxSize}
	}
	for _, h := range m.Headers {
		match.Header = append(match.Header, yaml.MapItem{Key: h.Name, Value: printedPattern(h.Pattern)})
	}
	return match
}

// printedPattern returns a text for a glob, a mapping for another pattern, or nil.
func printedPattern(p scenario.Pattern) any {
	switch {
	case p.IsZero():
		return nil
	case p.Kind == scenario.PatternGlob:
		return printedText(p.Text)
	}
	return map[string]printedText{string(p.Kind): printedText(p.Text)}
}
