// Package faceimage validates the verify images that clients send and draws the session
// images that the emulator serves. It does not detect faces: it derives the position of a
// face from the bytes of the image.
package faceimage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
)

// Sizes of an image that is accepted [documented: image-size-limits].
const (
	MinBytes = 1 << 10 // inclusive
	MaxBytes = 6 << 20 // inclusive
	// MinFacePixels is the smallest width and height of a detected face, and so of an
	// image with a face.
	MinFacePixels = 36
)

// maxPixels limits the memory that a small file can make the decoder allocate. No camera
// image of up to MaxBytes comes near.
const maxPixels = 36_000_000

// largePixels is the size from which images are decoded one at a time.
const largePixels = 4_000_000

// Errors of Inspect, which wraps them with a reason; compare with errors.Is. The reasons
// do not quote the image.
var (
	ErrTooSmall = errors.New("image is too small")
	ErrTooBig   = errors.New("image is too big")
	ErrFormat   = errors.New("image is not a decodable JPEG, PNG, GIF or BMP")
	ErrNoFace   = errors.New("no face can be detected in the image")
)

// Facts describe a valid image.
type Facts struct {
	Format        string // "jpeg", "png", "gif" or "bmp"
	Width, Height int    // in pixels, each at least MinFacePixels
	SHA256        [sha256.Size]byte
}

// A Checker inspects images and bounds the memory of those that are decoded at the
// same time. It is safe for concurrent use. Create one with NewChecker.
type Checker struct {
	decoding chan struct{} // one place for each decoder that may run
	large    chan struct{} // one place for an image of more than largePixels
}

// NewChecker returns a checker that decodes up to concurrency images (at least one) at
// the same time, of which at most one has more than 4 million pixels. A large image takes
// up to half a gigabyte while it is decoded, and the others up to 60 megabytes each.
// Camera images take a tenth of that.
func NewChecker(concurrency int) *Checker {
	return &Checker{
		decoding: make(chan struct{}, max(concurrency, 1)),
		large:    make(chan struct{}, 1),
	}
}

// A format is one of the image formats that the service reads
// [documented: image-formats].
type format struct {
	name   string
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formatOf returns the format according to the first bytes. The decoders are named here
// instead of being registered with package image, so that no other package can change
// what is accepted.
func formatOf(data []byte) (format, bool) {
	for _, f := range [...]format{
		{"jpeg", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
		{"png", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
		{"gif", "GIF8", gif.DecodeConfig, gif.Decode}, // the first frame
		{"bmp", "BM", bmp.DecodeConfig, bmp.Decode},
	} {
		if bytes.HasPrefix(data, []byte(f.magic)) {
			return f, true
		}
	}
	return format{}, false
}

// Inspect validates a verify image and returns its facts. It checks the size in bytes,
// then whether the whole image can be decoded, then its size in pixels. The first failed
// check is the error: ErrTooSmall, ErrTooBig, ErrFormat or ErrNoFace. It waits while
// other images are being decoded, and returns the cause of ctx if that ends first. The
// order of the checks is assumed [assumed: image-check-order], and so is that an image
// with no room for a face has none [assumed: image-no-room].
func (c *Checker) Inspect(ctx context.Context, data []byte) (Facts, error) {
	switch {
	case len(data) < MinBytes:
		return Facts{}, fmt.Errorf("%w: %d bytes, want at least %d", ErrTooSmall, len(data), MinBytes)
	case len(data) > MaxBytes:
		return Facts{}, fmt.Errorf("%w: %d bytes, want at most %d", ErrTooBig, len(data), MaxBytes)
	}
	f, ok := formatOf(data)
	if !ok {
		return Facts{}, fmt.Errorf("%w: the first bytes are unknown", ErrFormat)
	}
	size, err := guard(func() (image.Config, error) { return f.config(bytes.NewReader(data)) })
	switch {
	case err != nil:
		return Facts{}, fmt.Errorf("%w: %w", ErrFormat, err)
	case size.Width < 1 || size.Height < 1:
		return Facts{}, fmt.Errorf("%w: %s without pixels", ErrFormat, f.name)
	case size.Width > maxPixels/size.Height:
		return Facts{}, fmt.Errorf("%w: %s of %d by %d pixels, want at most %d million", ErrFormat, f.name, size.Width, size.Height, maxPixels/1_000_000)
	}
	if err := c.decode(ctx, f, size, data); err != nil {
		return Facts{}, err
	}
	if size.Width < MinFacePixels || size.Height < MinFacePixels {
		return Facts{}, fmt.Errorf("%w: %d by %d pixels, want at least %d by %d",
			ErrNoFace, size.Width, size.Height, MinFacePixels, MinFacePixels)
	}
	return Facts{Format: f.name, Width: size.Width, Height: size.Height, SHA256: sha256.Sum256(data)}, nil
}

// decode decodes the image to find errors, when a place is free.
func (c *Checker) decode(ctx context.Context, f format, size image.Config, data []byte) error {
	if size.Width*size.Height > largePixels {
		if err := enter(ctx, c.large); err != nil {
			return err
		}
		defer func() { <-c.large }()
	}
	if err := enter(ctx, c.decoding); err != nil {
		return err
	}
	defer func() { <-c.decoding }()
	if _, err := guard(func() (image.Image, error) { return f.decode(bytes.NewReader(data)) }); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}

func enter(ctx context.Context, places chan<- struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// guard turns a panic of a decoder into an error, because every request must get a
// response.
func guard[T any](decode func() (T, error)) (decoded T, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the decoder failed")
		}
	}()
	return decode()
}
