package schema

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// Validate checks a value as Decode returns it and returns the problems in the order of
// the fields. It does not change the value.
//
// A field of type integer takes only numbers written as integers: 600.0 is the
// same number as 600 to JSON Schema, but not to the service's int32
// [assumed: create-integer-form].
func (s *Schema) Validate(value any) []Problem {
	var seen inspection
	problems := seen.walk(value)
	if len(problems) == 0 {
		problems = s.problems(value)
		if seen.fractional {
			problems = append(problems, s.fractionProblems(value)...)
		}
	}
	for i := range problems {
		problems[i].Text = label(problems[i].Field) + " " + problems[i].Text
	}
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(problems)
}

// problems returns what the validator reports.
func (s *Schema) problems(value any) []Problem {
	result, err := s.compiled().Validate(gojsonschema.NewRawLoader(value))
	if err != nil {
		return []Problem{{Kind: KindOther, Text: "the value cannot be checked"}}
	}
	if result.Valid() {
		return nil
	}
	problems := make([]Problem, 0, len(result.Errors()))
	for _, found := range result.Errors() {
		if !isSummary(found) {
			problems = append(problems, newProblem(found))
		}
	}
	return problems
}

// fractionProblems returns the integers that are not written as integers where the schema
// wants one: with a true fraction in their place, the validator reports their type.
func (s *Schema) fractionProblems(value any) []Problem {
	return slices.DeleteFunc(s.problems(withFractions(value)), func(p Problem) bool { return p.Kind != KindType })
}

// An inspection looks at a value before the validator does.
type inspection struct {
	fractional bool // there is a number that is not written as an integer
}

// walk returns the values that the validator cannot check: numbers that are too large to
// compute with, and Go types that it would accept.
func (n *inspection) walk(value any) []Problem {
	var problems []Problem
	switch v := value.(type) {
	case nil, bool, string:
	case json.Number:
		// Decode refuses such a number, but a form may have one.
		literal := []byte(v)
		if len(literal) == 0 || numberLength(literal) != len(literal) || !sensibleNumber(literal) {
			return []Problem{{Kind: KindType, Text: "must be a number of sensible size"}}
		}
		n.fractional = n.fractional || !integerLiteral(string(v))
	case map[string]any:
		for key, member := range v {
			if found := n.walk(member); found != nil {
				problems = append(problems, under(key, found)...)
			}
		}
	case []any:
		for i, element := range v {
			if found := n.walk(element); found != nil {
				problems = append(problems, under(strconv.Itoa(i), found)...)
			}
		}
	default:
		return []Problem{{Kind: KindType, Text: "must be a decoded JSON value"}}
	}
	return problems
}

// under puts the key of a member in front of the fields of its problems.
func under(key string, problems []Problem) []Problem {
	for i := range problems {
		problems[i].Field = strings.TrimSuffix(clipKey(key)+"."+problems[i].Field, ".")
	}
	return problems
}

// withFractions returns the value with a fraction in place of every number that is not
// written as an integer, so that the validator reports where the schema wants an
// integer.
func withFractions(value any) any {
	switch v := value.(type) {
	case json.Number:
		if integerLiteral(string(v)) {
			return v
		}
		return json.Number("0.5")
	case map[string]any:
		members := make(map[string]any, len(v))
		for key, member := range v {
			members[key] = withFractions(member)
		}
		return members
	case []any:
		elements := make([]any, 0, len(v))
		for _, element := range v {
			elements = append(elements, withFractions(element))
		}
		return elements
	default:
		return value
	}
}
