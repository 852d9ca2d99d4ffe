package record

import (
	"math"
	"reflect"
	"time"
)

// maxDepth is how deep a value that is not known may be nested.
const maxDepth = 32

// A decoder takes the values of a payload, from the index at on. The first error goes to
// its end and stays; what is taken after it is zero.
//
// The payload is a string so that the texts in it are not copied. An index moves on
// in place of the string, because a pointer costs more to write, while garbage is
// collected, than a value to read.
type decoder struct {
	payload  string
	at       int
	err      error
	elements int // of lists so far
}

// members takes a struct, and returns its unknown members, or nil. byKey has the
// known ones.
func (d *decoder) members(byKey []*field, v reflect.Value) (u *unknown) {
	n := d.length(majorMap)
	for next := uint64(0); n > 0; n-- {
		key := d.key(next)
		if d.err != nil {
			break
		}
		next = key + 1
		if key >= uint64(len(byKey)) || byKey[key] == nil {
			u = u.add(member{key, d.raw()})
			continue
		}
		f := byKey[key]
		u = u.put(key, f.read(d, v.Field(f.index)))
	}
	return u
}

// key takes the key of a member, which is not below next.
func (d *decoder) key(next uint64) uint64 {
	key := d.number(majorUint)
	if key < next || key == math.MaxUint64 {
		d.fail("its keys are not in order")
	}
	return key
}

func (d *decoder) fail(reason string) {
	if d.err == nil {
		d.err = corrupt("%s", reason)
	}
	d.at = len(d.payload)
}

// left returns how many bytes are left.
func (d *decoder) left() int { return len(d.payload) - d.at }

// take returns the next n bytes, or "" if there are fewer.
func (d *decoder) take(n uint64) string {
	if n > uint64(d.left()) {
		d.fail("it ends too early")
		return ""
	}
	start := d.at
	d.at += int(n)
	return d.payload[start:d.at]
}

// head takes the first byte of a value, and the number that belongs to it.
func (d *decoder) head() (first byte, n uint64) {
	if d.left() == 0 {
		d.fail("it ends too early")
		return 0, 0
	}
	first = d.payload[d.at]
	d.at++
	switch size := first &^ majorMask; {
	case size < oneByte:
		return first, uint64(size)
	case size > eightBytes:
		d.fail("a value has no length")
		return 0, 0
	default:
		number := d.take(1 << (size - oneByte))
		for i := range len(number) {
			n = n<<8 | uint64(number[i])
		}
		return first, n
	}
}

// number takes the head of a value of this major type.
func (d *decoder) number(major byte) uint64 {
	first, n := d.head()
	if first&majorMask != major {
		d.fail("a value has another type")
		return 0
	}
	return n
}

// length takes the length of a list or map. Every element takes at least one byte,
// so a length beyond the end is refused before anything is allocated for it.
func (d *decoder) length(major byte) int {
	n := d.number(major)
	if n > uint64(d.left()) {
		d.fail("a length goes beyond its end")
		return 0
	}
	return int(n)
}

func (d *decoder) int(bits int) int64 {
	first, n := d.head()
	v := int64(n)
	switch first & majorMask {
	case majorUint:
	case majorNegative:
		v = ^v
	default:
		d.fail("a value has another type")
		return 0
	}
	if n > math.MaxInt64 || v<<(64-bits)>>(64-bits) != v {
		d.fail("a number is too big")
		return 0
	}
	return v
}

func (d *decoder) uint(bits int) uint64 {
	n := d.number(majorUint)
	if n<<(64-bits)>>(64-bits) != n {
		d.fail("a number is too big")
		return 0
	}
	return n
}

func (d *decoder) text() string {
	first, n := d.head()
	if major := first & majorMask; major != majorText && major != majorBytes {
		d.fail("a value has another type")
	}
	return d.take(n)
}

func (d *decoder) bytes() string { return d.take(d.number(majorBytes)) }

func (d *decoder) bool() bool {
	first, _ := d.head()
	if first != valueTrue && first != valueFalse {
		d.fail("a value has another type")
	}
	return first == valueTrue
}

func (d *decoder) float32() float32 {
	first, n := d.head()
	if first != valueFloat32 {
		d.fail("a value has another type")
		return 0
	}
	return math.Float32frombits(uint32(n))
}

func (d *decoder) float64() float64 {
	first, n := d.head()
	if first != valueFloat64 {
		d.fail("a value has another type")
		return 0
	}
	return math.Float64frombits(n)
}

func (d *decoder) time() time.Time {
	if d.number(majorList) != 2 {
		d.fail("a time has another form")
	}
	seconds, nanoseconds := d.int(64), d.uint(64)
	if nanoseconds >= uint64(time.Second) {
		d.fail("a time has too many nanoseconds")
	}
	if d.err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

// raw takes a value of any type and returns its bytes.
func (d *decoder) raw() string {
	start := d.at
	d.skip(maxDepth)
	return d.payload[start:d.at]
}

func (d *decoder) skip(depth int) {
	if depth == 0 {
		d.fail("a value is nested too deep")
	}
	first, n := d.head()
	values := uint64(0)
	switch first & majorMask {
	case majorBytes, majorText:
		d.take(n)
	case majorList, majorMap:
		if n > uint64(d.left()) {
			d.fail("a length goes beyond its end")
			return
		}
		values = n
		if first&majorMask == majorMap {
			values = 2 * n
		}
	case majorTag:
		values = 1
	default:
	}
	for ; values > 0 && d.err == nil; values-- {
		d.skip(depth - 1)
	}
}
