package schema

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unquote reads a text in quotes, which begins at d.at.
func (d *decoder) unquote() (string, error) {
	d.at++
	start := d.at
	for d.at < len(d.data) {
		switch c := d.data[d.at]; {
		case c == '"':
			text := string(d.data[start:d.at])
			d.at++
			return text, nil
		case c == '\\':
			return d.unquoteEscaped(start)
		case c < utf8.RuneSelf && c >= ' ':
			d.at++
		default:
			if err := d.character(); err != nil {
				return "", err
			}
		}
	}
	return "", d.fail(FlawSyntax, "the text ends inside quotes")
}

// unquoteEscaped is unquote from the first backslash on; the text began at
// start.
func (d *decoder) unquoteEscaped(start int) (string, error) {
	text := append(make([]byte, 0, d.at-start+16), d.data[start:d.at]...)
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case '"':
			d.at++
			return string(text), nil
		case '\\':
			r, err := d.escape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
		default:
			from := d.at
			if err := d.character(); err != nil {
				return "", err
			}
			text = append(text, d.data[from:d.at]...)
		}
	}
	return "", d.fail(FlawSyntax, "the text ends inside quotes")
}

// character skips one character that stands for itself.
func (d *decoder) character() error {
	if d.data[d.at] < ' ' {
		return d.fail(FlawSyntax, "control characters inside quotes must be escaped")
	}
	r, size := utf8.DecodeRune(d.data[d.at:])
	if r == utf8.RuneError && size == 1 {
		return d.fail(FlawEncoding, "invalid UTF-8")
	}
	d.at += size
	return nil
}

// escape reads a backslash and what it escapes.
func (d *decoder) escape() (rune, error) {
	if d.at+1 >= len(d.data) {
		return 0, d.fail(FlawSyntax, "the text ends inside quotes")
	}
	c := d.data[d.at+1]
	if c == 'u' {
		return d.escapedRune()
	}
	var r rune
	switch c {
	case '"', '\\', '/':
		r = rune(c)
	case 'b':
		r = '\b'
	case 'f':
		r = '\f'
	case 'n':
		r = '\n'
	case 'r':
		r = '\r'
	case 't':
		r = '\t'
	default:
		return 0, d.fail(FlawSyntax, "unknown escape sequence")
	}
	d.at += 2
	return r, nil
}

// escapedRune reads \uXXXX, or two of them that form a surrogate pair. Half a
// pair is refused: UTF-8 cannot express it, and a replacement would make two
// different keys equal.
func (d *decoder) escapedRune() (rune, error) {
	const width = len(`\uXXXX`)
	first, ok := hexRune(d.data[d.at:])
	if !ok {
		return 0, d.fail(FlawSyntax, "four hexadecimal digits should follow \\u")
	}
	if !utf16.IsSurrogate(first) {
		d.at += width
		return first, nil
	}
	if second, ok := hexRune(d.data[d.at+width:]); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			d.at += 2 * width
			return r, nil
		}
	}
	return 0, d.fail(FlawEncoding, "half of a surrogate pair")
}

// hexRune returns the value of the \uXXXX that text begins with.
func hexRune(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range text[2:6] {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
