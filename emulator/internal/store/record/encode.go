package record

import (
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"
)

// The major types of CBOR (RFC 8949, section 3.1), in the upper 3 bits of the first
// byte of a value.
const (
	majorUint     = 0 << 5
	majorNegative = 1 << 5
	majorBytes    = 2 << 5
	majorText     = 3 << 5
	majorList     = 4 << 5
	majorMap      = 5 << 5
	majorTag      = 6 << 5
	majorSimple   = 7 << 5

	majorMask = 7 << 5
)

// Values of the lower 5 bits of the first byte: numbers below oneByte are there
// themselves, greater ones follow in 1, 2, 4 or 8 bytes.
const (
	oneByte = 24 + iota
	twoBytes
	fourBytes
	eightBytes
)

// The first bytes of the values with the major type majorSimple.
const (
	valueFalse   = majorSimple | 20
	valueTrue    = majorSimple | 21
	valueFloat32 = majorSimple | fourBytes
	valueFloat64 = majorSimple | eightBytes
)

// maxElements is how many elements all lists of a session may have together. An element
// can take a single byte, so this bounds what a decoder allocates.
const maxElements = 1 << 16

// An encoder appends values to buf.
type encoder struct {
	buf      []byte
	elements int // of lists so far
}

// members appends a struct as a map: the fields that are not empty, and the unknown
// members, by ascending keys.
func (e *encoder) members(fields []field, v reflect.Value, u *Unknown) {
	start, n := len(e.buf), 0
	e.buf = append(e.buf, majorMap)
	unknown := u.list()
	for i := range fields {
		f := &fields[i]
		for len(unknown) > 0 && unknown[0].key < f.key {
			e.member(unknown[0])
			unknown, n = unknown[1:], n+1
		}
		value, within := v.Field(f.index), u.at(f.key)
		if f.empty(value) && (within == nil || !f.always) {
			continue
		}
		e.head(majorUint, f.key)
		f.write(e, value, within)
		n++
	}
	for _, m := range unknown {
		e.member(m)
	}
	n += len(unknown)
	if n < oneByte {
		e.buf[start] |= byte(n)
		return
	}
	var long encoder
	long.head(majorMap, uint64(n))
	e.buf = slices.Replace(e.buf, start, start+1, long.buf...)
}

func (e *encoder) member(m member) {
	e.head(majorUint, m.key)
	e.buf = append(e.buf, m.value...)
}

// head appends the first bytes of a value: its major type, and a number.
func (e *encoder) head(major byte, n uint64) {
	switch {
	case n < oneByte:
		e.buf = append(e.buf, major|byte(n))
	case n <= math.MaxUint8:
		e.buf = append(e.buf, major|oneByte, byte(n))
	case n <= math.MaxUint16:
		e.buf = binary.BigEndian.AppendUint16(append(e.buf, major|twoBytes), uint16(n))
	case n <= math.MaxUint32:
		e.buf = binary.BigEndian.AppendUint32(append(e.buf, major|fourBytes), uint32(n))
	default:
		e.buf = binary.BigEndian.AppendUint64(append(e.buf, major|eightBytes), n)
	}
}

func (e *encoder) int(n int64) {
	if n < 0 {
		e.head(majorNegative, uint64(^n))
		return
	}
	e.head(majorUint, uint64(n))
}

// text appends a text, as bytes if it is not UTF-8, which a text of CBOR must be.
func (e *encoder) text(s string) {
	major := byte(majorText)
	if !utf8.ValidString(s) {
		major = majorBytes
	}
	e.head(major, uint64(len(s)))
	e.buf = append(e.buf, s...)
}

func (e *encoder) bytes(b []byte) {
	e.head(majorBytes, uint64(len(b)))
	e.buf = append(e.buf, b...)
}

func (e *encoder) bool(b bool) {
	value := byte(valueFalse)
	if b {
		value = valueTrue
	}
	e.buf = append(e.buf, value)
}

func (e *encoder) float32(f float32) {
	e.buf = binary.BigEndian.AppendUint32(append(e.buf, valueFloat32), math.Float32bits(f))
}

func (e *encoder) float64(f float64) {
	e.buf = binary.BigEndian.AppendUint64(append(e.buf, valueFloat64), math.Float64bits(f))
}

func (e *encoder) time(t time.Time) {
	e.head(majorList, 2)
	e.int(t.Unix())
	e.head(majorUint, uint64(t.Nanosecond()))
}
