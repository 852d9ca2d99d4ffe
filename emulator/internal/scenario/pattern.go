package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a pattern.
const (
	MaxGlobLength  = 256 // bytes, also of an exact text
	MaxRegexLength = 512 // characters
)

// A PatternKind is how the text of a pattern is to be read.
type PatternKind string

// The kinds of pattern, in the spelling of scenario files.
const (
	PatternExact PatternKind = "exact" // the text itself
	PatternGlob  PatternKind = "glob"  // * stands for any characters, also none; ? for exactly one
	PatternRegex PatternKind = "regex" // RE2, of the whole text
)

// A Pattern describes a text as a whole; letter case counts. The zero pattern
// describes any, and the lack of one. Every other describes only a text that is
// there. Make one with NewPattern. It may be used by several goroutines.
type Pattern struct {
	Kind PatternKind
	Text string

	expression *regexp.Regexp // of PatternRegex
}

// What is wrong with a pattern.
var (
	ErrPatternEmpty = errors.New("is empty")
	ErrPatternLong  = errors.New("is too long")
)

// NewPattern returns the pattern that the text describes. It is an error if the
// text is empty or too long, or no regular expression where it should be one.
func NewPattern(kind PatternKind, text string) (Pattern, error) {
	p := Pattern{Kind: kind, Text: text}
	switch {
	case text == "":
		return Pattern{}, ErrPatternEmpty
	case kind != PatternRegex && len(text) > MaxGlobLength, utf8.RuneCountInString(text) > MaxRegexLength:
		return Pattern{}, ErrPatternLong
	case kind != PatternRegex:
		return p, nil
	}
	// First as it is: what closes the brackets around it would not be noticed below.
	if _, err := regexp.Compile(text); err != nil {
		return Pattern{}, regexError(err)
	}
	compiled, err := regexp.Compile(`\A(?:` + text + `)\z`)
	if err != nil {
		return Pattern{}, regexError(err)
	}
	p.expression = compiled
	return p, nil
}

// regexError returns why a regular expression is none, in few words.
func regexError(err error) error {
	var failed *syntax.Error
	if errors.As(err, &failed) {
		return fmt.Errorf("is not a regular expression: %s", failed.Code)
	}
	return fmt.Errorf("is not a regular expression: %w", err)
}

// IsZero reports whether nothing is asked for.
func (p Pattern) IsZero() bool { return p.Kind == "" }

// Equal reports whether both are written the same way.
func (p Pattern) Equal(other Pattern) bool { return p.Kind == other.Kind && p.Text == other.Text }

// Matches reports whether the pattern describes the text, where "" is the lack
// of one.
func (p Pattern) Matches(text string) bool { return p.matches(text) }

func (p *Pattern) matches(text string) bool {
	switch {
	case p.Kind == "":
		return true
	case text == "":
		return false
	}
	switch p.Kind {
	case PatternExact:
		return p.Text == text
	case PatternRegex:
		return p.expression != nil && p.expression.MatchString(text)
	default:
		return globMatches([]rune(p.Text), []rune(text))
	}
}

// String returns the pattern in quotes, behind its kind unless it is a glob.
func (p Pattern) String() string {
	if p.Kind == PatternGlob {
		return Quote(p.Text)
	}
	return string(p.Kind) + " " + Quote(p.Text)
}

// Literal returns the only text that the pattern describes, if there is one.
func (p Pattern) Literal() (string, bool) {
	return p.Text, p.Kind == PatternExact || p.Kind == PatternGlob && !strings.ContainsAny(p.Text, "*?")
}

// covers reports whether p surely describes every text that other does. It does
// not look into regular expressions, and of globs it misses a few, such as that
// ?* describes what *? does.
func (p Pattern) covers(other Pattern) bool {
	switch {
	case p.IsZero():
		return true
	case other.IsZero():
		return false
	case p.Equal(other), p.Kind == PatternGlob && p.Text == "*":
		return true
	case p.Kind == PatternGlob && other.Kind == PatternGlob:
		return globCovers([]rune(p.Text), []rune(other.Text))
	}
	text, only := other.Literal()
	return only && p.Matches(text)
}

// What stands for the wildcards of a glob that is taken for a text: no characters.
const (
	anyText      rune = -1
	anyCharacter rune = -2
)

// globCovers reports whether the glob describes the other one as if that were a
// text, where nothing but * describes its *, and nothing but * and ? its ?.
// Whatever stands for these, the glob then describes the text that comes of it.
func globCovers(glob, other []rune) bool {
	text := slices.Clone(other)
	for i, c := range text {
		switch c {
		case '*':
			text[i] = anyText
		case '?':
			text[i] = anyCharacter
		}
	}
	return globMatches(glob, text)
}

// globMatches reports whether the glob describes the whole text, which may have
// the marks of globCovers. Trying again
// behind the last * only keeps it within len(glob)·len(text) steps.
func globMatches(glob, text []rune) bool {
	g, t := 0, 0
	star, tried := -1, 0
	for t < len(text) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, tried = g, t
			g++
		case g < len(glob) && (glob[g] == '?' && text[t] != anyText || glob[g] == text[t]):
			g++
			t++
		case star >= 0:
			tried++
			g, t = star+1, tried
		default:
			return false
		}
	}
	for g < len(glob) && glob[g] == '*' {
		g++
	}
	return g == len(glob)
}
