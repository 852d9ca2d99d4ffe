package schema

import (
	"bytes"
	"encoding/json"
)

// MaxDepth is how deep arrays and objects may be nested; a value without any
// has depth 0. The service's own limit is not public.
const MaxDepth = 64

// byteOrderMark is U+FEFF in UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// Decode reads one JSON value, strictly: UTF-8 only, no key twice in an object,
// nothing after the value, nesting up to MaxDepth, numbers of a sensible size.
// It returns map[string]any, []any, json.Number, string, bool or nil; a number
// keeps its text. The value shares no memory with data. Every error is a
// *SyntaxError.
func Decode(data []byte) (any, error) {
	d := decoder{data: data}
	// RFC 8259 lets a reader ignore a leading mark, and .NET, which the service
	// runs on, writes one when a client saves a body with its default encoding.
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		d.at = len(byteOrderMark)
	}
	if d.next() == 0 && d.at >= len(d.data) {
		return nil, d.fail(FlawEmpty, "the text is empty")
	}
	value, err := d.value()
	if err != nil {
		return nil, err
	}
	d.next()
	if d.at < len(d.data) {
		return nil, d.fail(FlawTrailing, "unexpected text after the value")
	}
	return value, nil
}

// A decoder reads a text from front to back.
type decoder struct {
	data  []byte
	at    int // offset of what comes next
	depth int // open arrays and objects
}

func (d *decoder) fail(flaw Flaw, reason string) error {
	return &SyntaxError{Offset: d.at, Flaw: flaw, Reason: reason}
}

// next skips white space and returns the byte after it, or 0 at the end.
func (d *decoder) next() byte {
	for ; d.at < len(d.data); d.at++ {
		switch c := d.data[d.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

func (d *decoder) value() (any, error) {
	switch c := d.next(); {
	case c == '"':
		return d.text()
	case c == '{':
		return d.object()
	case c == '[':
		return d.array()
	case c == '-' || isDigit(c):
		return d.number()
	case c == 't':
		return d.word("true", true)
	case c == 'f':
		return d.word("false", false)
	case c == 'n':
		return d.word("null", nil)
	case c == '\'':
		return nil, d.fail(FlawSyntax, "texts take double quotes, not single ones")
	case c == '/' || c == '#':
		return nil, d.fail(FlawSyntax, "comments are not allowed in JSON")
	case d.at >= len(d.data):
		return nil, d.fail(FlawSyntax, "the text ends where a value should follow")
	}
	return nil, d.fail(FlawSyntax, "a value should follow here")
}

func (d *decoder) word(word string, value any) (any, error) {
	if !bytes.HasPrefix(d.data[d.at:], []byte(word)) {
		return nil, d.fail(FlawSyntax, "a value should follow here, such as "+word)
	}
	d.at += len(word)
	return value, nil
}

func (d *decoder) open() error {
	if d.depth == MaxDepth {
		return d.fail(FlawDepth, "arrays and objects are nested too deep")
	}
	d.depth++
	d.at++
	return nil
}

// more reads what stands between two elements: a comma, or the end of what is
// open.
func (d *decoder) more(end byte) (bool, error) {
	switch c := d.next(); {
	case c == ',':
		d.at++
		return true, nil
	case c == end:
		d.at++
		d.depth--
		return false, nil
	case d.at >= len(d.data):
		return false, d.fail(FlawSyntax, "the text ends before the closing "+string(rune(end)))
	}
	return false, d.fail(FlawSyntax, "a comma or "+string(rune(end))+" should follow here")
}

func (d *decoder) array() (any, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	elements := []any{}
	if d.next() == ']' {
		d.at++
		d.depth--
		return elements, nil
	}
	for {
		element, err := d.value()
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
		if more, err := d.more(']'); err != nil {
			return nil, err
		} else if !more {
			return elements, nil
		}
	}
}

func (d *decoder) object() (any, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	members := map[string]any{}
	if d.next() == '}' {
		d.at++
		d.depth--
		return members, nil
	}
	for {
		if err := d.member(members); err != nil {
			return nil, err
		}
		if more, err := d.more('}'); err != nil {
			return nil, err
		} else if !more {
			return members, nil
		}
	}
}

func (d *decoder) member(members map[string]any) error {
	switch d.next() {
	case '"':
	case '}':
		return d.fail(FlawSyntax, "a key should follow here; there is a comma too many")
	default:
		return d.fail(FlawSyntax, "a key in double quotes should follow here")
	}
	start := d.at
	key, err := d.unquote()
	if err != nil {
		return err
	}
	if _, twice := members[key]; twice {
		return &SyntaxError{Offset: start, Flaw: FlawDuplicateKey, Reason: "duplicate key " + quoteKey(key)}
	}
	if d.next() != ':' {
		return d.fail(FlawSyntax, "a colon should follow the key "+quoteKey(key))
	}
	d.at++
	value, err := d.value()
	if err != nil {
		return err
	}
	members[key] = value
	return nil
}

func (d *decoder) text() (any, error) {
	text, err := d.unquote()
	if err != nil {
		return nil, err
	}
	return text, nil
}

func (d *decoder) number() (any, error) {
	length := numberLength(d.data[d.at:])
	if length == 0 {
		return nil, d.fail(FlawSyntax, "malformed number")
	}
	literal := d.data[d.at : d.at+length]
	if !sensibleNumber(literal) {
		return nil, d.fail(FlawNumber, "the number is too long or its exponent too large")
	}
	d.at += length
	return json.Number(literal), nil
}
