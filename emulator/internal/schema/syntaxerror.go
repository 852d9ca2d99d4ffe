package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// A Flaw is a kind of error in JSON.
type Flaw string

// The flaws that Decode finds.
const (
	FlawEmpty        Flaw = "empty"         // only white space
	FlawSyntax       Flaw = "syntax"        // not JSON
	FlawTrailing     Flaw = "trailing"      // text after the value
	FlawDuplicateKey Flaw = "duplicate-key" // an object has a key twice
	FlawEncoding     Flaw = "encoding"      // not UTF-8, or half of a surrogate pair
	FlawDepth        Flaw = "depth"         // nested deeper than MaxDepth
	FlawNumber       Flaw = "number"        // a number that is too long or too large
)

// A SyntaxError says why and where a text is not strict JSON. Its text may have a key
// that looks like the name of a member, but never a value.
type SyntaxError struct {
	Offset int // in bytes from the beginning of the text
	Flaw   Flaw
	Reason string // for people
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at offset %d", e.Reason, e.Offset) }

// Maximal lengths of keys that an error text shows.
const (
	maxShownKey   = 40 // of letters
	maxShownIndex = 4  // of digits
)

// quoteKey returns a key in quotes for a log line.
func quoteKey(key string) string { return strconv.Quote(clipKey(key)) }

// clipKey returns a key that looks like the name of a member (letters only) or like an
// index (a short number) as it is, and otherwise a placeholder: a token or secret that a
// client sends in place of a name must not get into a log.
func clipKey(key string) string {
	letters := strings.IndexFunc(key, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
	digits := strings.Trim(key, "0123456789") == ""
	if letters && len(key) <= maxShownKey || digits && len(key) <= maxShownIndex {
		return key
	}
	return fmt.Sprintf("<%d bytes>", len(key))
}
