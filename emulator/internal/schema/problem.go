package schema

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// A Kind groups problems by what the caller has to change.
type Kind string

// The kinds of problem.
const (
	KindRequired Kind = "required" // a field is missing
	KindType     Kind = "type"     // a value has the wrong type
	KindEnum     Kind = "enum"     // a value is not one of the allowed ones
	KindRange    Kind = "range"    // a number is too small or too large
	KindLength   Kind = "length"   // a text or array is too short or too long
	KindOther    Kind = "other"
)

// A Problem is one thing wrong with a value.
type Problem struct {
	// Field is the path of the field with dots, such as results.attempts.0.digest; ""
	// is the whole value. Keys that the client chose are shortened.
	Field string
	Kind  Kind
	// Text tells for a log what was expected. It never has a submitted value.
	Text string
}

// isSummary reports whether an error only says that there are other errors, which are in
// the list as well.
func isSummary(found gojsonschema.ResultError) bool {
	switch found.(type) {
	case *gojsonschema.NumberAllOfError, *gojsonschema.ConditionThenError, *gojsonschema.ConditionElseError:
		return true
	}
	return false
}

// newProblem returns the problem of an error. It does not use the validator's text, which
// may quote values. Validate puts the field in front of Text.
func newProblem(found gojsonschema.ResultError) Problem {
	details := found.Details()
	field := fieldOf(found)
	about := func(kind Kind, format string, args ...any) Problem {
		return Problem{Field: field, Kind: kind, Text: fmt.Sprintf(format, args...)}
	}
	switch found.(type) {
	case *gojsonschema.RequiredError:
		return about(KindRequired, "is required")
	case *gojsonschema.InvalidTypeError:
		if details["expected"] == gojsonschema.TYPE_INTEGER && details["given"] == gojsonschema.TYPE_NUMBER {
			return about(KindType, "must be an integer, written without fraction and exponent")
		}
		return about(KindType, "must be %v, not %v", details["expected"], details["given"])
	case *gojsonschema.EnumError:
		return about(KindEnum, "must be one of %v", details["allowed"])
	case *gojsonschema.ConstError:
		return about(KindEnum, "must be %v", details["allowed"])
	case *gojsonschema.NumberGTEError:
		return about(KindRange, "must be %v or more", details["min"])
	case *gojsonschema.NumberGTError:
		return about(KindRange, "must be more than %v", details["min"])
	case *gojsonschema.NumberLTEError:
		return about(KindRange, "must be %v or less", details["max"])
	case *gojsonschema.NumberLTError:
		return about(KindRange, "must be less than %v", details["max"])
	case *gojsonschema.StringLengthGTEError:
		return about(KindLength, "must have at least %v characters", details["min"])
	case *gojsonschema.StringLengthLTEError:
		return about(KindLength, "must have at most %v characters", details["max"])
	case *gojsonschema.ArrayMinItemsError:
		return about(KindLength, "must have at least %v elements", details["min"])
	case *gojsonschema.ArrayMaxItemsError:
		return about(KindLength, "must have at most %v elements", details["max"])
	}
	return about(KindOther, "%s", otherText(found))
}

// otherText returns the text of a problem of KindOther.
func otherText(found gojsonschema.ResultError) string {
	switch found.(type) {
	case *gojsonschema.AdditionalPropertyNotAllowedError:
		return "is not a known field here"
	case *gojsonschema.DoesNotMatchPatternError:
		if pattern, ok := found.Details()["pattern"].(*regexp.Regexp); ok {
			return "must match " + pattern.String()
		}
	case *gojsonschema.FalseError:
		return "must be left out here"
	case *gojsonschema.NumberOneOfError:
		return "must have exactly one of the allowed forms"
	case *gojsonschema.NumberAnyOfError:
		return "must have one of the allowed forms"
	case *gojsonschema.ArrayContainsError:
		return "lacks an element that must be there"
	}
	return "breaks the rule " + found.Type()
}

// fieldOf returns the path of the field with an error. The validator reports a missing or
// superfluous field at the object around it.
func fieldOf(found gojsonschema.ResultError) string {
	keys := strings.Split(found.Context().String(), ".")[1:] // the first stands for the whole value
	for i := range keys {
		keys[i] = clipKey(keys[i])
	}
	field := strings.Join(keys, ".")
	switch found.(type) {
	case *gojsonschema.RequiredError, *gojsonschema.AdditionalPropertyNotAllowedError:
		if property, ok := found.Details()["property"].(string); ok {
			return join(field, property)
		}
	}
	return field
}

func join(field, key string) string {
	key = clipKey(key)
	if field == "" {
		return key
	}
	return field + "." + key
}

// label returns the name of a field for a text.
func label(field string) string {
	if field == "" {
		return "the value"
	}
	for _, r := range field {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return fmt.Sprintf("%q", field)
		}
	}
	return field
}
