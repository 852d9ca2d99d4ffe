package schema

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// A Flaw is the kind of thing that makes a text no strict JSON.
type Flaw string

// The flaws that Decode finds.
const (
	FlawEmpty        Flaw = "empty"         // nothing but white space
	FlawSyntax       Flaw = "syntax"        // not JSON
	FlawTrailing     Flaw = "trailing"      // more after the value
	FlawDuplicateKey Flaw = "duplicate-key" // an object has a key twice
	FlawEncoding     Flaw = "encoding"      // not UTF-8, or half of a surrogate pair
	FlawDepth        Flaw = "depth"         // nested deeper than MaxDepth
	FlawNumber       Flaw = "number"        // a number longer or larger than any field holds
)

// A SyntaxError says why a text is no strict JSON and where. Its text may name
// a key, shortened and quoted, but never holds a value.
type SyntaxError struct {
	Offset int // in bytes from the beginning of the text
	Flaw   Flaw
	Reason string // for people
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at offset %d", e.Reason, e.Offset) }

// maxEchoedRunes is how much of a key that a client chose goes into a text.
const maxEchoedRunes = 64

// quoteKey makes a key fit for a log line.
func quoteKey(key string) string { return strconv.Quote(clipKey(key)) }

func clipKey(key string) string {
	if len(key) <= maxEchoedRunes || utf8.RuneCountInString(key) <= maxEchoedRunes {
		return key
	}
	runes := 0
	for i := range key {
		if runes == maxEchoedRunes {
			return key[:i] + "…"
		}
		runes++
	}
	return key
}
