package record

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// tag is the struct tag that has the key of a field. A field for unknown members has the
// tag unknownTag instead, and is a []byte. It has those of the structs in its struct, too,
// unless they have such a field themselves.
const (
	tag        = "stored"
	unknownTag = "unknown"
)

// A coder writes and reads the values of one type. Its functions get a value of
// that type, which is addressable.
type coder struct {
	// empty reports whether a field with this value is left out.
	empty func(v reflect.Value) bool
	// write appends the value to b and, from u, the members in it that are unknown.
	write func(e *encoder, b []byte, v reflect.Value, u *unknown) []byte
	// read takes the value, which is zero before, and returns the members in it
	// that are unknown, or nil.
	read func(d *decoder, v reflect.Value) *unknown
	// always says that unknown members in the value are kept even if it is empty.
	always bool
}

// A field is one member of a struct.
type field struct {
	coder
	key   uint64
	index int
}

// coderOf returns the coder of a type, and panics over a type that it does not
// know, or a field without a key.
func coderOf(t reflect.Type) coder {
	if t == reflect.TypeFor[time.Time]() {
		return timeCoder()
	}
	bits := int(t.Size()) * 8
	switch t.Kind() {
	case reflect.Struct:
		return structCoder(t)
	case reflect.Pointer:
		return pointerCoder(t)
	case reflect.Slice:
		return listCoder(t)
	case reflect.Array:
		return arrayCoder(t)
	case reflect.String:
		return textCoder()
	case reflect.Bool:
		return boolCoder()
	case reflect.Int, reflect.Int64:
		return intCoder(bits)
	case reflect.Uint32, reflect.Uint64:
		return uintCoder(bits)
	case reflect.Float32, reflect.Float64:
		return floatCoder(bits)
	default:
		panic(fmt.Sprintf("record: no coder for a %s", t))
	}
}

func timeCoder() coder {
	return coder{
		empty: func(v reflect.Value) bool { return timeIn(v).IsZero() },
		write: func(_ *encoder, b []byte, v reflect.Value, _ *unknown) []byte { return appendTime(b, *timeIn(v)) },
		read:  func(d *decoder, v reflect.Value) *unknown { *timeIn(v) = d.time(); return nil },
	}
}

// timeIn returns where the time of v is.
func timeIn(v reflect.Value) *time.Time { return v.Addr().Interface().(*time.Time) }

func textCoder() coder {
	return coder{
		empty: func(v reflect.Value) bool { return v.Len() == 0 },
		write: func(_ *encoder, b []byte, v reflect.Value, _ *unknown) []byte { return appendText(b, v.String()) },
		read:  func(d *decoder, v reflect.Value) *unknown { v.SetString(d.text()); return nil },
	}
}

func boolCoder() coder {
	return coder{
		empty: func(v reflect.Value) bool { return !v.Bool() },
		write: func(_ *encoder, b []byte, v reflect.Value, _ *unknown) []byte { return appendBool(b, v.Bool()) },
		read:  func(d *decoder, v reflect.Value) *unknown { v.SetBool(d.bool()); return nil },
	}
}

func intCoder(bits int) coder {
	return coder{
		empty: func(v reflect.Value) bool { return v.Int() == 0 },
		write: func(_ *encoder, b []byte, v reflect.Value, _ *unknown) []byte { return appendInt(b, v.Int()) },
		read:  func(d *decoder, v reflect.Value) *unknown { v.SetInt(d.int(bits)); return nil },
	}
}

func uintCoder(bits int) coder {
	return coder{
		empty: func(v reflect.Value) bool { return v.Uint() == 0 },
		write: func(_ *encoder, b []byte, v reflect.Value, _ *unknown) []byte {
			return appendHead(b, majorUint, v.Uint())
		},
		read: func(d *decoder, v reflect.Value) *unknown { v.SetUint(d.uint(bits)); return nil },
	}
}

func floatCoder(bits int) coder {
	c := coder{
		empty: reflect.Value.IsZero, // which -0 is not
		write: func(_ *encoder, b []byte, v reflect.Value, _ *unknown) []byte { return appendFloat64(b, v.Float()) },
		read:  func(d *decoder, v reflect.Value) *unknown { v.SetFloat(d.float64()); return nil },
	}
	if bits == 32 {
		c.write = func(_ *encoder, b []byte, v reflect.Value, _ *unknown) []byte {
			return appendFloat32(b, float32(v.Float()))
		}
		c.read = func(d *decoder, v reflect.Value) *unknown { v.SetFloat(float64(d.float32())); return nil }
	}
	return c
}

// arrayCoder is for arrays of bytes, which are never left out.
func arrayCoder(t reflect.Type) coder {
	if t.Elem().Kind() != reflect.Uint8 {
		panic(fmt.Sprintf("record: no coder for a %s", t))
	}
	return coder{
		empty: func(reflect.Value) bool { return false },
		write: func(_ *encoder, b []byte, v reflect.Value, _ *unknown) []byte { return appendBytes(b, v.Bytes()) },
		read: func(d *decoder, v reflect.Value) *unknown {
			b := d.bytes()
			if len(b) != v.Len() {
				d.fail("a hash has the wrong length")
			}
			copy(v.Bytes(), b)
			return nil
		},
	}
}

func pointerCoder(t reflect.Type) coder {
	elem := coderOf(t.Elem())
	return coder{
		empty: reflect.Value.IsNil,
		write: func(e *encoder, b []byte, v reflect.Value, u *unknown) []byte { return elem.write(e, b, v.Elem(), u) },
		read: func(d *decoder, v reflect.Value) *unknown {
			v.Set(reflect.New(t.Elem()))
			return elem.read(d, v.Elem())
		},
	}
}

func listCoder(t reflect.Type) coder {
	elem := coderOf(t.Elem())
	return coder{
		empty: func(v reflect.Value) bool { return v.Len() == 0 },
		write: func(e *encoder, b []byte, v reflect.Value, u *unknown) []byte {
			e.elements += v.Len()
			b = appendHead(b, majorList, uint64(v.Len()))
			var kept unknown // nothing if u is nil
			if u != nil {
				kept = *u
			}
			for i := range v.Len() {
				b = elem.write(e, b, v.Index(i), kept.within[uint64(i)])
			}
			return b
		},
		read: func(d *decoder, v reflect.Value) (u *unknown) {
			n := d.length(majorList)
			if d.elements += n; d.elements > maxElements {
				d.fail("its lists are too long")
			}
			// A corrupt length may be much greater than what follows: the list
			// grows while there is something to read.
			v.Grow(min(n, 4))
			for i := 0; i < n && d.err == nil; i++ {
				if i == v.Cap() {
					v.Grow(1)
				}
				v.SetLen(i + 1)
				u = u.put(uint64(i), elem.read(d, v.Index(i)))
			}
			return u
		},
	}
}

func structCoder(t reflect.Type) coder {
	fields, keeps := fieldsOf(t)
	byKey := make([]*field, fields[len(fields)-1].key+1)
	for i := range fields {
		byKey[fields[i].key] = &fields[i]
	}
	c := coder{always: true}
	c.empty = func(v reflect.Value) bool {
		if keeps >= 0 && v.Field(keeps).Len() > 0 {
			return false
		}
		for i := range fields {
			if f := &fields[i]; !f.empty(v.Field(f.index)) {
				return false
			}
		}
		return true
	}
	c.write = func(e *encoder, b []byte, v reflect.Value, u *unknown) []byte {
		if keeps >= 0 {
			u = nil
			if kept := v.Field(keeps).Bytes(); len(kept) > 0 {
				u = e.unknown(kept)
			}
		}
		return e.members(b, fields, v, u)
	}
	c.read = func(d *decoder, v reflect.Value) *unknown {
		u := d.members(byKey, v)
		if keeps >= 0 && u != nil {
			v.Field(keeps).SetBytes(u.appendTo(nil))
			u = nil
		}
		return u
	}
	return c
}

// fieldsOf returns the fields of a struct by ascending keys, and the index of the
// one for unknown members; -1: they are kept further out.
func fieldsOf(t reflect.Type) (fields []field, keeps int) {
	keeps = -1
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get(tag) == unknownTag {
			keeps = i
			continue
		}
		key, err := strconv.ParseUint(f.Tag.Get(tag), 10, 8)
		if err != nil {
			panic(fmt.Sprintf("record: field %s of %s: %v", f.Name, t, err))
		}
		fields = append(fields, field{coder: coderOf(f.Type), key: key, index: i})
	}
	slices.SortFunc(fields, func(a, b field) int { return int(a.key) - int(b.key) })
	return fields, keeps
}
