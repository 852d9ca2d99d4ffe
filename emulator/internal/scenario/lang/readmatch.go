package lang

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Limits of match.
const (
	maxRules        = 20
	maxHeaders      = 16
	maxHeaderLength = 128
	maxVerifyImage  = 6 << 20 // bytes; the service accepts no larger ones [documented: image-size-limits]
)

// matchMapping lists the keys of a rule. The name is used in messages.
func matchMapping(name string) mapping[scenario.Match] {
	return mapping[scenario.Match]{name: name, fields: []field[scenario.Match]{
		{key: "operation", read: func(r *reader, v value, into *scenario.Match) {
			operation, _ := r.oneOf(v, string(scenario.DetectLiveness), string(scenario.DetectLivenessWithVerify))
			into.Operation = scenario.Operation(operation)
		}},
		{key: "apiVersion", read: func(r *reader, v value, into *scenario.Match) {
			into.APIVersion = r.pattern(v)
			r.warnOfVersion(v, into.APIVersion)
		}},
		{key: "resource", read: func(r *reader, v value, into *scenario.Match) {
			into.Resource = r.pattern(v)
		}},
		{key: "deviceCorrelationId", read: func(r *reader, v value, into *scenario.Match) {
			into.DeviceCorrelationID = r.pattern(v)
			r.warnOfCorrelationID(v, into.DeviceCorrelationID)
		}},
		{key: "userCorrelationId", read: func(r *reader, v value, into *scenario.Match) {
			into.UserCorrelationID = r.pattern(v)
			r.warnOfCorrelationID(v, into.UserCorrelationID)
		}},
		{key: "operationMode", read: func(r *reader, v value, into *scenario.Match) {
			mode, _ := r.oneOf(v, string(liveness.ModePassive), string(liveness.ModePassiveActive))
			into.OperationMode = liveness.OperationMode(mode)
		}},
		{key: "verifyImage", read: func(r *reader, v value, into *scenario.Match) {
			verifyImageMapping(v.path).read(r, v, &into.VerifyImage)
			r.refuseEmpty(v, "name fileName, sha256 or size")
		}},
		{key: "header", read: readHeaders},
	}}
}

func verifyImageMapping(name string) mapping[scenario.VerifyImageMatch] {
	return mapping[scenario.VerifyImageMatch]{name: name, fields: []field[scenario.VerifyImageMatch]{
		{key: "fileName", read: func(r *reader, v value, into *scenario.VerifyImageMatch) {
			into.FileName = r.pattern(v)
			r.warnOfFolder(v, into.FileName)
		}},
		{key: "sha256", read: func(r *reader, v value, into *scenario.VerifyImageMatch) {
			text, ok := r.text(v)
			if digest, err := hex.DecodeString(text); ok && (err != nil || len(digest) != 32) {
				r.report(v.at, v.path+" is not a SHA-256: "+scenario.Quote(text), "use 64 hexadecimal digits")
				return
			}
			into.SHA256 = strings.ToLower(text)
		}},
		{key: "size", read: func(r *reader, v value, into *scenario.VerifyImageMatch) {
			problems := len(r.problems)
			sizeMapping(v.path).read(r, v, into)
			r.refuseEmpty(v, "name min, max or both")
			if len(r.problems) == problems && into.MaxSize > 0 && into.MinSize > into.MaxSize {
				r.report(v.at, v.path+".min is above max", "swap them")
			}
		}},
	}}
}

func sizeMapping(name string) mapping[scenario.VerifyImageMatch] {
	return mapping[scenario.VerifyImageMatch]{name: name, fields: []field[scenario.VerifyImageMatch]{
		{key: "min", read: func(r *reader, v value, into *scenario.VerifyImageMatch) {
			if into.MinSize = r.size(v); into.MinSize > maxVerifyImage {
				r.warn(v.at, v.path+" never holds: the service refuses verify images above 6MB", "use one of at most 6MB")
			}
		}},
		{key: "max", read: func(r *reader, v value, into *scenario.VerifyImageMatch) { into.MaxSize = r.size(v) }},
	}}
}

// readMatch reads one rule, or a list of rules.
func readMatch(r *reader, v value, into *scenarioNode) {
	r.places.match = v.at
	switch v.kind() {
	case "a mapping":
		into.Match = scenario.Rules{r.rule(v)}
		return
	case "a list":
	default:
		r.wrongKind(v, "a mapping or a list of them", "keys: "+strings.Join(matchMapping(v.path).keys(), ", "))
		return
	}
	entries, _ := r.items(v, "")
	if len(entries) == 0 || len(entries) > maxRules {
		r.report(v.at, fmt.Sprintf("%s has %d rules", v.path, len(entries)), fmt.Sprintf("use 1 to %d", maxRules))
		return
	}
	for i, entry := range entries {
		entry.path = fmt.Sprintf("%s %d", v.path, i+1)
		into.Match = append(into.Match, r.rule(entry))
	}
}

// rule returns the value as a rule.
func (r *reader) rule(v value) scenario.Match {
	var match scenario.Match
	given := matchMapping(v.path).read(r, v, &match)
	r.refuseEmpty(v, "name a condition, or leave match out and make the scenario the default")
	if at, there := given["verifyImage"]; there && match.Operation == scenario.DetectLiveness {
		r.report(at, "verifyImage never holds for operation detectLiveness", "match operation detectLivenessWithVerify")
	}
	return match
}

// refuseEmpty reports a mapping without keys.
func (r *reader) refuseEmpty(v value, suggestion string) {
	if node, ok := v.node.(ast.MapNode); ok && !node.MapRange().Next() {
		r.report(v.at, v.path+" is empty", suggestion)
	}
}

func patternMapping(name string) mapping[scenario.Pattern] {
	var fields []field[scenario.Pattern]
	for _, kind := range []scenario.PatternKind{scenario.PatternExact, scenario.PatternGlob, scenario.PatternRegex} {
		fields = append(fields, field[scenario.Pattern]{key: string(kind), read: func(r *reader, v value, into *scenario.Pattern) {
			*into = r.patternOf(kind, v)
		}})
	}
	return mapping[scenario.Pattern]{name: name, fields: fields}
}

// pattern returns the value as a pattern: a text is a glob, and a mapping names the kind.
func (r *reader) pattern(v value) scenario.Pattern {
	if !v.isMapping() {
		return r.patternOf(scenario.PatternGlob, v)
	}
	var p scenario.Pattern
	given := patternMapping(v.path).read(r, v, &p)
	r.exactlyOne(v, given, string(scenario.PatternExact), string(scenario.PatternGlob), string(scenario.PatternRegex))
	return p
}

func (r *reader) patternOf(kind scenario.PatternKind, v value) scenario.Pattern {
	text, ok := r.text(v)
	if !ok {
		return scenario.Pattern{}
	}
	p, err := scenario.NewPattern(kind, text)
	if err == nil {
		return p
	}
	suggestion := ""
	switch {
	case errors.Is(err, scenario.ErrPatternEmpty):
		suggestion = `"*" matches every value that is not empty`
	case errors.Is(err, scenario.ErrPatternLong) && kind == scenario.PatternRegex:
		suggestion = fmt.Sprintf("at most %d characters", scenario.MaxRegexLength)
	case errors.Is(err, scenario.ErrPatternLong):
		suggestion = fmt.Sprintf("at most %d bytes", scenario.MaxGlobLength)
	default:
		suggestion = "the syntax is that of RE2"
	}
	r.report(v.at, v.path+" "+printable(err.Error()), suggestion)
	return scenario.Pattern{}
}

// readHeaders reads the conditions on headers. The keys are header names.
func readHeaders(r *reader, v value, into *scenario.Match) {
	node, ok := v.node.(ast.MapNode)
	if !ok {
		r.wrongKind(v, "a mapping", "write it as {X-Name: pattern}")
		return
	}
	r.refuseEmpty(v, "name a header")
	r.eachHeader(v, node, func(name string, at position, given value) {
		if r.checkHeaderName(name, at) {
			into.Headers = append(into.Headers, scenario.HeaderMatch{Name: name, Pattern: r.pattern(given)})
		}
	})
}

// eachHeader calls read for each pair of a mapping whose keys are header names. It
// reports names that occur twice.
func (r *reader) eachHeader(v value, node ast.MapNode, read func(name string, at position, given value)) {
	first := make(map[string]position)
	for pairs := node.MapRange(); pairs.Next(); {
		key := pairs.Key().GetToken()
		at := r.doc.behindTabs(position{key.Position.Line, key.Position.Column})
		name := strings.ToLower(key.Value)
		if other, twice := first[name]; twice {
			r.report(at, fmt.Sprintf("header %s is given twice", scenario.Quote(key.Value)), fmt.Sprintf("the first is in line %d", other.line))
			continue
		}
		first[name] = at
		read(key.Value, at, value{node: pairs.Value(), at: r.doc.placeOf(pairs.Value(), at), path: v.path + "." + key.Value})
	}
	if len(first) > maxHeaders {
		r.report(v.at, fmt.Sprintf("%s names %d headers", v.path, len(first)), fmt.Sprintf("at most %d", maxHeaders))
	}
}

// secretHeaders are the headers, in lower case, that cannot be matched: their values must
// not appear in files and explanations.
func secretHeaders() []string {
	return []string{"authorization", "cookie", "ocp-apim-subscription-key", "proxy-authorization"}
}

// headerName reports an invalid header name.
func (r *reader) headerName(name string, at position) (valid bool) {
	const tokenCharacters = "!#$%&'*+-.^_`|~" // besides letters and digits
	foreign := strings.IndexFunc(name, func(c rune) bool {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		return !letter && !strings.ContainsRune(tokenCharacters, c)
	})
	valid = foreign < 0 && name != "" && len(name) <= maxHeaderLength
	if !valid {
		r.report(at, "invalid header name "+scenario.Quote(name), fmt.Sprintf("use letters, digits and -, at most %d characters", maxHeaderLength))
	}
	return valid
}

func (r *reader) checkHeaderName(name string, at position) bool {
	if !r.headerName(name, at) {
		return false
	}
	secret := slices.Contains(secretHeaders(), strings.ToLower(name))
	if secret {
		r.report(at, fmt.Sprintf("header %s holds secrets", scenario.Quote(name)), "match resource to tell callers apart")
	}
	return !secret
}
