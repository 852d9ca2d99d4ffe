package scenario

import (
	"fmt"
	"strings"
)

// An UnknownNameError says that no scenario has the requested name.
type UnknownNameError struct {
	Name       string
	Names      []string // of all scenarios, sorted
	Suggestion string   // the name that was probably meant, or ""
}

// namesShown bounds how many names an UnknownNameError lists in its text.
const namesShown = 30

// Error returns the name, what was probably meant and the known names.
func (e *UnknownNameError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "unknown scenario %s", Quote(e.Name))
	if e.Suggestion != "" {
		fmt.Fprintf(&b, "; did you mean %q?", e.Suggestion)
	}
	shown := e.Names[:min(len(e.Names), namesShown)]
	fmt.Fprintf(&b, "; known: %s", strings.Join(shown, ", "))
	if more := len(e.Names) - len(shown); more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// quotedLength bounds how much of a text from outside a message repeats.
const quotedLength = 64

// Quote returns the text in quotes for a message, shortened if it is long.
func Quote(text string) string {
	shown := []rune(text)
	if len(shown) <= quotedLength {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q…", string(shown[:quotedLength]))
}
