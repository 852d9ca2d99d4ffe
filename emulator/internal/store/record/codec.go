package record

import (
	"bytes"
	"reflect"
	"sync"
)

// A codec encodes and decodes payloads. It uses scratch space again, because all that
// reflection gets to see is on the heap.
type codec struct {
	coder
	scratch sync.Pool
}

type scratch struct {
	stored Stored
	encoder
	decoder
}

// maxScratch is how large a buffer may be that is used again.
const maxScratch = 64 << 10

func newCodec() *codec {
	return &codec{
		coder:   coderOf(reflect.TypeFor[Stored]()),
		scratch: sync.Pool{New: func() any { return new(scratch) }},
	}
}

// encode returns the payload of s, behind as many zero bytes as headroom says.
func (c *codec) encode(s Stored, headroom int) []byte {
	with := c.scratch.Get().(*scratch)
	with.stored = s
	with.buf = append(with.buf[:0], make([]byte, headroom)...)
	c.write(&with.encoder, reflect.ValueOf(&with.stored).Elem(), nil)
	encoded := bytes.Clone(with.buf)
	c.release(with)
	return encoded
}

func (c *codec) decode(payload string) (Stored, error) {
	with := c.scratch.Get().(*scratch)
	d := &with.decoder
	d.rest = payload
	c.read(d, reflect.ValueOf(&with.stored).Elem())
	if d.rest != "" {
		d.fail("something follows its end")
	}
	s, err := with.stored, d.err
	c.release(with)
	return s, err
}

// release keeps nothing of a session.
func (c *codec) release(used *scratch) {
	used.stored, used.decoder = Stored{}, decoder{}
	if cap(used.buf) <= maxScratch {
		c.scratch.Put(used)
	}
}
