package faceimage

import "errors"

// NewBusyChecker returns a checker whose only place is taken until leave is
// called.
func NewBusyChecker() (c *Checker, leave func()) {
	c = NewChecker(1)
	c.decoding <- struct{}{}
	c.large <- struct{}{}
	return c, func() {
		<-c.decoding
		<-c.large
	}
}

// Guarded runs decode like a decoder.
func Guarded(decode func()) error {
	_, err := guard(func() (struct{}, error) {
		decode()
		return struct{}{}, errors.New("decode returned")
	})
	return err
}

// Root exports root.
func Root(n int64) int64 { return root(n) }
