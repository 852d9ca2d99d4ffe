package faceimage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/gif"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
)

func formats() []string { return []string{"jpeg", "png", "gif", "bmp"} }

func TestInspect(t *testing.T) {
	t.Parallel()
	checker := faceimage.NewChecker(2)
	for _, format := range formats() {
		for _, size := range [][2]int{{36, 36}, {36, 300}, {200, 100}} {
			t.Run(fmt.Sprint(format, size), func(t *testing.T) {
				t.Parallel()
				data := file(t, format, size[0], size[1])
				want := faceimage.Facts{Format: format, Width: size[0], Height: size[1], SHA256: sha256.Sum256(data)}
				got, err := checker.Inspect(t.Context(), data)
				if err != nil || got != want {
					t.Errorf("got %+v and error %v, want %+v", got, err, want)
				}
			})
		}
	}
}

func TestInspectSizes(t *testing.T) {
	t.Parallel()
	checker := faceimage.NewChecker(1)
	small := file(t, "jpeg", 36, 36)
	if len(small) < faceimage.MinBytes {
		t.Fatalf("the sample has %d bytes, want some more than the least", len(small))
	}
	tiny := file(t, "gif", 8, 8)
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, faceimage.ErrTooSmall},
		{"1023", small[:faceimage.MinBytes-1], faceimage.ErrTooSmall},
		{"1024, whole, but no room for a face", sized(tiny, faceimage.MinBytes), faceimage.ErrNoFace},
		{"1024, cut off", small[:faceimage.MinBytes], faceimage.ErrFormat},
		{"6 MiB", sized(small, faceimage.MaxBytes), nil},
		{"6 MiB and one", sized(small, faceimage.MaxBytes+1), faceimage.ErrTooBig},
		{"no image, too big", make([]byte, faceimage.MaxBytes+1), faceimage.ErrTooBig},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := checker.Inspect(t.Context(), test.data); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestInspectNoFace(t *testing.T) {
	t.Parallel()
	checker := faceimage.NewChecker(1)
	for _, format := range formats() {
		for _, size := range [][2]int{{35, 400}, {400, 35}, {1, 1}} {
			data := file(t, format, size[0], size[1])
			if len(data) < faceimage.MinBytes {
				data = sized(data, faceimage.MinBytes)
			}
			if _, err := checker.Inspect(t.Context(), data); !errors.Is(err, faceimage.ErrNoFace) {
				t.Errorf("%s of %v pixels: got %v, want %v", format, size, err, faceimage.ErrNoFace)
			}
		}
	}
}

func TestInspectFormat(t *testing.T) {
	t.Parallel()
	checker := faceimage.NewChecker(1)
	refused := map[string][]byte{
		"zeros": make([]byte, 2000),
		"text":  bytes.Repeat([]byte("no image "), 200),
		"WebP":  sized([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), 2000),
		"TIFF":  sized([]byte("II*\x00"), 2000),
		"HEIC":  sized([]byte("\x00\x00\x00\x18ftypheic"), 2000),
	}
	for _, format := range formats() {
		data := file(t, format, 100, 100)
		refused[format+" cut in half"] = data[:len(data)/2]
		refused[format+" without its last bytes"] = data[:len(data)-20]
		refused[format+" of which the beginning is there"] = sized(data[:16], 2000)
	}
	damaged := file(t, "png", 100, 100)
	damaged[len(damaged)/2] ^= 0xff
	refused["png whose checksum is wrong"] = damaged
	for name, data := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := checker.Inspect(t.Context(), data); !errors.Is(err, faceimage.ErrFormat) {
				t.Errorf("got %+v and error %v, want %v", got, err, faceimage.ErrFormat)
			}
		})
	}
}

// Small files that declare an enormous image are refused before memory is allocated.
func TestInspectBomb(t *testing.T) {
	t.Parallel()
	checker := faceimage.NewChecker(1)
	huge := func(format string, offset int, order binary.ByteOrder, bits int) []byte {
		data := file(t, format, 100, 100)
		if bits == 16 {
			order.PutUint16(data[offset:], 60000)
			order.PutUint16(data[offset+2:], 60000)
		} else {
			order.PutUint32(data[offset:], 60000)
			order.PutUint32(data[offset+4:], 60000)
		}
		return data
	}
	pngBomb := huge("png", 16, binary.BigEndian, 32)
	binary.BigEndian.PutUint32(pngBomb[29:], crc32.ChecksumIEEE(pngBomb[12:29]))
	jpegBomb := file(t, "jpeg", 100, 100)
	frame := bytes.Index(jpegBomb, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(jpegBomb[frame+5:], 60000)
	binary.BigEndian.PutUint16(jpegBomb[frame+7:], 60000)
	for name, data := range map[string][]byte{
		"png":  pngBomb,
		"jpeg": jpegBomb,
		"gif":  huge("gif", 6, binary.LittleEndian, 16),
		"bmp":  huge("bmp", 18, binary.LittleEndian, 32),
	} {
		if _, err := checker.Inspect(t.Context(), data); !errors.Is(err, faceimage.ErrFormat) || !bytes.Contains([]byte(err.Error()), []byte("60000")) {
			t.Errorf("%s: got %v, want %v that names the size", name, err, faceimage.ErrFormat)
		}
	}
}

func TestInspectFirstFrame(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	frames := []*image.Paletted{noise(50, 40), noise(50, 40)}
	if err := gif.EncodeAll(&out, &gif.GIF{Image: frames, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	// The second frame is not decoded, so it may be cut off.
	got, err := faceimage.NewChecker(1).Inspect(t.Context(), out.Bytes()[:out.Len()-100])
	if err != nil || got.Width != 50 || got.Height != 40 {
		t.Errorf("got %+v and error %v, want 50 by 40 pixels", got, err)
	}
}

func TestInspectWaits(t *testing.T) {
	t.Parallel()
	checker := faceimage.NewChecker(0)
	data := file(t, "png", 100, 100)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := checker.Inspect(t.Context(), data); err != nil {
				t.Errorf("got %v, want no error", err)
			}
		})
	}
	all.Wait()
}

func TestPackageSaysWhyItGaveUpWaiting(t *testing.T) {
	t.Parallel()
	checker, leave := faceimage.NewBusyChecker()
	gone := errors.New("the client left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	data := file(t, "png", 100, 100)
	if _, err := checker.Inspect(ctx, data); !errors.Is(err, gone) {
		t.Errorf("busy: got %v, want %v", err, gone)
	}
	if _, err := checker.Inspect(ctx, file(t, "gif", 2100, 2000)); !errors.Is(err, gone) {
		t.Errorf("busy, large image: got %v, want %v", err, gone)
	}
	leave()
	if _, err := checker.Inspect(t.Context(), data); err != nil {
		t.Errorf("free again: got %v, want no error", err)
	}
}

func FuzzInspect(f *testing.F) {
	for _, format := range formats() {
		data := file(f, format, 40, 40)
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte("BM"))
	checker := faceimage.NewChecker(4)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < faceimage.MinBytes {
			data = sized(data, faceimage.MinBytes)
		}
		facts, err := checker.Inspect(t.Context(), data)
		switch {
		case err == nil:
			if r := faceimage.ReferenceRectangle(facts); !inside(r, facts.Width, facts.Height) {
				t.Errorf("rectangle: got %+v, want one inside %d by %d", r, facts.Width, facts.Height)
			}
		case !errors.Is(err, faceimage.ErrFormat) && !errors.Is(err, faceimage.ErrNoFace) && !errors.Is(err, faceimage.ErrTooBig):
			t.Errorf("got %v, want one of the package's errors", err)
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	checker := faceimage.NewChecker(1)
	data := file(b, "jpeg", 640, 480)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := checker.Inspect(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}
