package schema

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// A Kind groups problems by what a caller has to mend.
type Kind string

// The kinds of problem.
const (
	KindRequired Kind = "required" // a field is missing
	KindType     Kind = "type"     // a value has the wrong type
	KindEnum     Kind = "enum"     // a value is none of those allowed
	KindRange    Kind = "range"    // a number is too small or too large
	KindLength   Kind = "length"   // a text or array is too short or too long
	KindOther    Kind = "other"
)

// A Problem is one thing wrong with a value.
type Problem struct {
	// Field is the dotted path of the field, such as
	// results.attempts.0.digest; "" is the whole value. Keys that the client
	// chose are shortened.
	Field string
	Kind  Kind
	// Text says for a log what was expected. It never holds a submitted value.
	Text string
}

// isSummary reports whether an error only says that others were found, which
// are listed too.
func isSummary(found gojsonschema.ResultError) bool {
	switch found.(type) {
	case *gojsonschema.NumberAllOfError, *gojsonschema.ConditionThenError, *gojsonschema.ConditionElseError:
		return true
	}
	return false
}

// newProblem words an error itself: the validator's own texts may quote values.
// The field is put in front of Text later.
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

// otherText words the problems that have no kind of their own.
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

// fieldOf returns the path of the field that an error is about. A missing and a
// superfluous one are reported by the validator at the object around them.
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

// label is how a text names a field.
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
