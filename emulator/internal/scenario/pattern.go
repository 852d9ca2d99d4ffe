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

// A PatternKind says how to read the text of a pattern.
type PatternKind string

// The kinds of pattern, in the spelling of scenario files.
const (
	PatternExact PatternKind = "exact" // the text itself
	PatternGlob  PatternKind = "glob"  // * matches any number of characters, also none; ? exactly one
	PatternRegex PatternKind = "regex" // RE2, of the whole text
)

// A Pattern matches a whole text; letter case counts. The zero pattern matches every
// text. Any other pattern does not match the empty text. Make one with NewPattern. It
// may be used by several goroutines.
type Pattern struct {
	Kind PatternKind
	Text string

	expression *regexp.Regexp // of PatternRegex
}

// Errors of NewPattern.
var (
	ErrPatternEmpty = errors.New("is empty")
	ErrPatternLong  = errors.New("is too long")
)

// NewPattern returns a pattern. It is an error if the text is empty or too long, or an
// invalid regular expression.
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
	// First without the brackets: a text that closes them would not be noticed below.
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

// regexError returns in few words why a regular expression is invalid.
func regexError(err error) error {
	var failed *syntax.Error
	if errors.As(err, &failed) {
		return fmt.Errorf("is not a regular expression: %s", failed.Code)
	}
	return fmt.Errorf("is not a regular expression: %w", err)
}

// IsZero reports whether p is the zero pattern.
func (p Pattern) IsZero() bool { return p.Kind == "" }

// Equal reports whether both are written the same way.
func (p Pattern) Equal(other Pattern) bool { return p.Kind == other.Kind && p.Text == other.Text }

// Matches reports whether the pattern matches the text, where "" stands for a missing
// text.
func (p Pattern) Matches(text string) bool { return p.matches(text) }

// matches is Matches without a copy.

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

// String returns the text in quotes, preceded by the kind unless that is a glob.
func (p Pattern) String() string {
	if p.Kind == PatternGlob {
		return Quote(p.Text)
	}
	return string(p.Kind) + " " + Quote(p.Text)
}

// Literal returns the only text that the pattern matches, and whether it is the only
// one.
func (p Pattern) Literal() (string, bool) {
	return p.Text, p.Kind == PatternExact || p.Kind == PatternGlob && !strings.ContainsAny(p.Text, "*?")
}

// covers reports whether p matches for certain every text that other matches. It does
// not look into regular expressions, and misses a few globs, for example that ?*
// matches the same texts as *?.
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

// Marks for the wildcards of a glob that is treated as a text. They are not valid characters.
const (
	anyText      rune = -1
	anyCharacter rune = -2
)

// globCovers reports whether the glob matches the other one as if that were a text,
// where only * matches its *, and only * and ? match its ?. The glob then matches every
// text that the other one matches.
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

// globMatches reports whether the glob matches the whole text, which may have the marks
// of globCovers. It tries again only from the last * on, so it takes at most
// len(glob)·len(text) steps.
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
