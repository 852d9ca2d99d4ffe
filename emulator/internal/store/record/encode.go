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

// An encoder appends values to a slice. It does not have the slice itself, because
// that would cost more to write, while garbage is collected, than most values.
type encoder struct {
	elements int   // of lists so far
	err      error // the first one
}

// unknown decodes the unknown members of a struct.
func (e *encoder) unknown(b []byte) *unknown {
	u, err := decodeUnknown(string(b))
	if e.err == nil {
		e.err = err
	}
	return u
}

// members appends a struct as a map: the fields that are not empty, and the unknown
// members, by ascending keys.
func (e *encoder) members(b []byte, fields []field, v reflect.Value, u *unknown) []byte {
	start, n := len(b), 0
	b = append(b, majorMap)
	var kept unknown // nothing if u is nil
	if u != nil {
		kept = *u
	}
	left := kept.members
	for i := range fields {
		f := &fields[i]
		for len(left) > 0 && left[0].key < f.key {
			b = appendMember(b, left[0])
			left, n = left[1:], n+1
		}
		value, within := v.Field(f.index), kept.within[f.key]
		if f.empty(value) && (within == nil || !f.always) {
			continue
		}
		if len(left) > 0 && left[0].key == f.key {
			left = left[1:] // an older program did not know the field
		}
		b = f.write(e, appendHead(b, majorUint, f.key), value, within)
		n++
	}
	for _, m := range left {
		b = appendMember(b, m)
	}
	n += len(left)
	if n < oneByte {
		b[start] |= byte(n)
		return b
	}
	return slices.Replace(b, start, start+1, appendHead(nil, majorMap, uint64(n))...)
}

func appendMember(b []byte, m member) []byte {
	return append(appendHead(b, majorUint, m.key), m.value...)
}

// appendHead appends the first bytes of a value: its major type, and a number.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < oneByte:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|oneByte, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|twoBytes), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|fourBytes), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, major|eightBytes), n)
	}
}

func appendInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, majorNegative, uint64(^n))
	}
	return appendHead(b, majorUint, uint64(n))
}

// appendText appends a text, as bytes if it is not UTF-8, which a text of CBOR must be.
func appendText(b []byte, s string) []byte {
	major := byte(majorText)
	if !utf8.ValidString(s) {
		major = majorBytes
	}
	return append(appendHead(b, major, uint64(len(s))), s...)
}

func appendBytes(b, value []byte) []byte {
	return append(appendHead(b, majorBytes, uint64(len(value))), value...)
}

func appendBool(b []byte, yes bool) []byte {
	if yes {
		return append(b, valueTrue)
	}
	return append(b, valueFalse)
}

func appendFloat32(b []byte, f float32) []byte {
	return binary.BigEndian.AppendUint32(append(b, valueFloat32), math.Float32bits(f))
}

func appendFloat64(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, valueFloat64), math.Float64bits(f))
}

func appendTime(b []byte, t time.Time) []byte {
	b = appendInt(appendHead(b, majorList, 2), t.Unix())
	return appendHead(b, majorUint, uint64(t.Nanosecond()))
}
