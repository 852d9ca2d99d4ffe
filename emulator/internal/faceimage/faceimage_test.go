package faceimage_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/bmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// noise returns an image that does not compress, so that its file has an accepted size.
func noise(width, height int) *image.Paletted {
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{byte(i), byte(i * 7), byte(i * 13), 255}
	}
	random := rand.New(rand.NewPCG(1, 2))
	picture := image.NewPaletted(image.Rect(0, 0, width, height), palette)
	for i := range picture.Pix {
		picture.Pix[i] = byte(random.UintN(256))
	}
	return picture
}

// file encodes an image of noise.
func file(tb testing.TB, format string, width, height int) []byte {
	tb.Helper()
	var out bytes.Buffer
	var err error
	switch picture := noise(width, height); format {
	case "jpeg":
		err = jpeg.Encode(&out, picture, nil)
	case "png":
		err = png.Encode(&out, picture)
	case "gif":
		err = gif.Encode(&out, picture, nil)
	case "bmp":
		err = bmp.Encode(&out, picture)
	default:
		tb.Fatalf("no such format: %s", format)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// sized appends bytes to the file, which decoders ignore.
func sized(data []byte, size int) []byte {
	return append(bytes.Clone(data), make([]byte, size-len(data))...)
}

func inside(r liveness.Rectangle, width, height int) bool {
	return r.Top >= 0 && r.Left >= 0 && r.Width >= faceimage.MinFacePixels && r.Height >= faceimage.MinFacePixels &&
		r.Left+r.Width <= width && r.Top+r.Height <= height
}
