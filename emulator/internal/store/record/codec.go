package record

import (
	"bytes"
	"fmt"
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
	buf    []byte
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
func (c *codec) encode(s Stored, headroom int) ([]byte, error) {
	with := c.scratch.Get().(*scratch)
	with.stored = s
	with.buf = append(with.buf[:0], make([]byte, headroom)...)
	with.buf = c.write(&with.encoder, with.buf, reflect.ValueOf(&with.stored).Elem(), nil)
	encoded, elements, err := bytes.Clone(with.buf), with.encoder.elements, with.encoder.err
	c.release(with)
	switch {
	case err != nil:
		return nil, fmt.Errorf("its unknown members: %w", err)
	case elements > maxElements:
		return nil, fmt.Errorf("its lists have %d elements, more than %d", elements, maxElements)
	}
	return encoded, nil
}

func (c *codec) decode(payload string) (Stored, error) {
	with := c.scratch.Get().(*scratch)
	d := &with.decoder
	d.payload = payload
	c.read(d, reflect.ValueOf(&with.stored).Elem())
	if d.left() != 0 {
		d.fail("something follows its end")
	}
	s, err := with.stored, d.err
	c.release(with)
	return s, err
}

// release keeps nothing of a session.
func (c *codec) release(used *scratch) {
	used.stored, used.decoder, used.encoder = Stored{}, decoder{}, encoder{}
	if cap(used.buf) <= maxScratch {
		c.scratch.Put(used)
	}
}
