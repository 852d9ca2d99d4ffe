package schema

import (
	"fmt"
	"strconv"
	"strings"
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
// a key that looks like the name of a member, but never holds a value.
type SyntaxError struct {
	Offset int // in bytes from the beginning of the text
	Flaw   Flaw
	Reason string // for people
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at offset %d", e.Reason, e.Offset) }

// How long a key of letters and one of digits may be to go into a text.
const (
	maxShownKey   = 40
	maxShownIndex = 4
)

// quoteKey makes a key fit for a log line.
func quoteKey(key string) string { return strconv.Quote(clipKey(key)) }

// clipKey returns a key that looks like the name of a member, letters and nothing
// else, or like a short number, which an index is, and a stand-in for any other: a token or a secret that stands in the
// place of a name must not get into a log.
func clipKey(key string) string {
	letters := strings.IndexFunc(key, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
	digits := strings.Trim(key, "0123456789") == ""
	if letters && len(key) <= maxShownKey || digits && len(key) <= maxShownIndex {
		return key
	}
	return fmt.Sprintf("<%d bytes>", len(key))
}
