package lang

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
)

// An Error is a problem of a scenario file, or a warning.
type Error struct {
	// Warning means that the file can be used, but a part of it has no effect.
	Warning bool

	File         string // built from Source.Name and the file's name
	Line, Column int    // from 1, in characters; 0 for the file as a whole
	Message      string // the problem
	Suggestion   string // a correction; may be empty
	Excerpt      string // the line, its neighbours and a caret; may be empty

	cause error
}

// Error returns the problem as "file:line:column: message; suggestion", with the excerpt
// on the next lines. The message of a warning begins with "warning: ".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	b.WriteString(": ")
	if e.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(e.Message)
	if e.Suggestion != "" {
		b.WriteString("; " + e.Suggestion)
	}
	if e.Excerpt != "" {
		b.WriteString("\n" + e.Excerpt)
	}
	return b.String()
}

// Unwrap returns the error of the file system that caused the problem, or nil.
func (e *Error) Unwrap() error { return e.cause }

// A position is a line and a column in characters, both from 1.
type position struct{ line, column int }

// compare orders positions as in the file.
func (p position) compare(other position) int {
	return cmp.Or(cmp.Compare(p.line, other.line), cmp.Compare(p.column, other.column))
}

// A document is the text of a file, for the excerpts of its errors.
type document struct {
	file  string
	lines []string
	hints hints
}

// hints are suggestions that depend on the kind of document.
type hints struct {
	empty   string // for an empty file
	several string // for several documents in one file
}

func newDocument(file, text string) document {
	return document{file: file, lines: strings.Split(text, "\n")}
}

// errorAt returns an error at a position in the document.
func (d document) errorAt(at position, message, suggestion string) *Error {
	at.line = min(max(at.line, 1), len(d.lines))
	at.column = max(at.column, 1)
	return &Error{
		File: d.file, Line: at.line, Column: at.column,
		Message: message, Suggestion: suggestion, Excerpt: d.excerpt(at),
	}
}

// behindTabs returns the first position from at on that is not a tab. The YAML library
// counts a tab before a value as part of the value.
func (d document) behindTabs(at position) position {
	if at.line < 1 || at.line > len(d.lines) {
		return at
	}
	column := 0
	for _, r := range d.lines[at.line-1] {
		column++
		if column == at.column && r == '\t' {
			at.column++
		}
	}
	return at
}

// Size of an excerpt.
const (
	linesBefore  = 2
	linesAfter   = 1
	excerptWidth = 100 // characters of a line
)

// excerpt returns numbered lines around a position, with a caret below the character.
func (d document) excerpt(at position) string {
	skipped := 0
	if at.column > excerptWidth*3/4 {
		skipped = at.column - excerptWidth/2
	}
	first := max(at.line-linesBefore, 1)
	last := min(at.line+linesAfter, len(d.lines))
	digits := len(fmt.Sprint(last))
	var rows []string
	for number := first; number <= last; number++ {
		mark := " "
		if number == at.line {
			mark = ">"
		}
		text := window(d.lines[number-1], skipped)
		if text == "" && number == len(d.lines) && number != at.line {
			continue // the text after the last line feed is not a line to show
		}
		rows = append(rows, strings.TrimRight(fmt.Sprintf("%s %*d | %s", mark, digits, number, text), " "))
		if number == at.line {
			rows = append(rows, fmt.Sprintf("  %*s | %s^", digits, "", strings.Repeat(" ", at.column-1-skipped)))
		}
	}
	return strings.Join(rows, "\n")
}

// window returns the part of a line that an excerpt shows, from the skipped characters
// on. Control characters are made visible.
func window(line string, skipped int) string {
	characters := 0
	var b strings.Builder
	for _, r := range line {
		characters++
		switch {
		case characters <= skipped:
			continue
		case characters == skipped+1 && skipped > 0:
			r = '…'
		case characters > skipped+excerptWidth:
			return b.String() + "…"
		}
		b.WriteRune(visible(r))
	}
	return b.String()
}

// visible returns r, a space for a tab, or U+FFFD for an unprintable character.
func visible(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case !unicode.IsPrint(r):
		return unicode.ReplacementChar
	}
	return r
}
