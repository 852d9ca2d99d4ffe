package faceimage_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image/jpeg"
	"math"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func portrait(seed string) faceimage.Portrait {
	sum := sha256.Sum256([]byte(seed))
	return faceimage.Portrait{Seed: sum, Face: liveness.FaceRectangle(sum), Label: seed}
}

func draw(tb testing.TB, p faceimage.Portrait) []byte {
	tb.Helper()
	data, err := faceimage.Draw(p)
	if err != nil {
		tb.Fatalf("Draw: %v", err)
	}
	return data
}

func TestDraw(t *testing.T) {
	t.Parallel()
	p := portrait("a")
	data := draw(t, p)
	picture, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.Bounds().Size(); got.X != 1080 || got.Y != 1920 {
		t.Errorf("got %v pixels, want 1080 by 1920", got)
	}
	if !bytes.Equal(data, draw(t, p)) {
		t.Error("got two files for one portrait, want one")
	}
	other := p
	other.Seed = portrait("b").Seed
	if bytes.Equal(data, draw(t, other)) {
		t.Error("another seed: got the same file")
	}
	// The background beside the head differs from the head.
	wall, head := picture.At(5, p.Face.Top+p.Face.Height/2), picture.At(p.Face.Left+p.Face.Width/2, p.Face.Top+p.Face.Height*3/10)
	if wall == head {
		t.Errorf("got %v beside and in the face rectangle, want a head in it", wall)
	}
	if checked, err := faceimage.NewChecker(1).Inspect(t.Context(), data); err != nil {
		t.Errorf("as a verify image: got %+v and error %v, want no error", checked, err)
	}
}

// Only the segments that an image needs: no APPn, no comment.
func TestDrawHasNoMetadata(t *testing.T) {
	t.Parallel()
	data := draw(t, portrait("a"))
	for at := 2; ; {
		marker, length := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda {
			return
		}
		if marker >= 0xe0 {
			t.Errorf("got segment %#x of %d bytes, want none", marker, length)
		}
		at += 2 + length
	}
}

// Unusual rectangles and labels that a scenario may have.
func TestDrawExtremes(t *testing.T) {
	t.Parallel()
	for _, face := range []liveness.Rectangle{
		{},
		{Top: 10, Left: 10, Width: 1, Height: 1},
		{Top: -500, Left: -500, Width: 600, Height: 600},
		{Top: 1900, Left: 1070, Width: 36, Height: 36},
		{Top: -100, Left: -100, Width: -5, Height: -5},
		{Top: math.MaxInt, Left: math.MaxInt, Width: math.MaxInt, Height: math.MaxInt},
		{Top: math.MinInt, Left: math.MinInt, Width: math.MaxInt, Height: math.MaxInt},
	} {
		t.Run(fmt.Sprint(face), func(t *testing.T) {
			t.Parallel()
			p := portrait("a")
			p.Face = face
			p.Label = strings.Repeat("ü\n", 200)
			if _, err := jpeg.DecodeConfig(bytes.NewReader(draw(t, p))); err != nil {
				t.Errorf("got %v, want a JPEG", err)
			}
		})
	}
}

func TestFaceRectangle(t *testing.T) {
	t.Parallel()
	different := map[liveness.Rectangle]bool{}
	seeds := [][32]byte{{}, {255, 255, 255, 255}, {0, 0, 255, 255}, {255, 255, 0, 0}}
	for i := range 500 {
		seeds = append(seeds, portrait(fmt.Sprint(i)).Seed)
	}
	for _, seed := range seeds {
		got := liveness.FaceRectangle(seed)
		if !inside(got, faceimage.Width, faceimage.Height) || got.Width < 500 || got.Height < got.Width {
			t.Errorf("got %+v, want an upright face inside 1080 by 1920", got)
		}
		different[got] = true
	}
	if len(different) < 400 {
		t.Errorf("got %d rectangles of 500 seeds, want many", len(different))
	}
}

func TestReferenceRectangle(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{36, 36}, {36, 5000}, {5000, 36}, {37, 40}, {100, 100}, {640, 480}, {480, 640}, {6000, 6000}} {
		for i := range 300 {
			f := faceimage.Facts{Width: size[0], Height: size[1], SHA256: portrait(fmt.Sprint(i)).Seed}
			if got := faceimage.ReferenceRectangle(f); !inside(got, size[0], size[1]) {
				t.Fatalf("%v: got %+v, want one inside", size, got)
			}
		}
	}
	f := faceimage.Facts{Format: "png", Width: 640, Height: 480, SHA256: portrait("a").Seed}
	first := faceimage.ReferenceRectangle(f)
	f.Format = "jpeg"
	if got := faceimage.ReferenceRectangle(f); got != first {
		t.Errorf("got %+v, want %+v again", got, first)
	}
	f.SHA256 = portrait("b").Seed
	if got := faceimage.ReferenceRectangle(f); got == first {
		t.Error("another file: got the same rectangle")
	}
}

func TestReferenceQuality(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		width, height int
		want          liveness.Quality
	}{
		{36, 36, "low"},
		{36, 5000, "low"},
		{160, 160, "low"},     // at most 60 %
		{300, 300, "medium"},  // 35 % to 60 %
		{640, 640, "high"},    // at least 35 %
		{1080, 1920, "high"},  // at least 35 %
		{5000, 300, "medium"}, // the shorter side counts
	} {
		for i := range 100 {
			f := faceimage.Facts{Width: test.width, Height: test.height, SHA256: portrait(fmt.Sprint(i)).Seed}
			if got := faceimage.ReferenceQuality(f); got != test.want {
				t.Fatalf("%d by %d: got %s with %+v, want %s", test.width, test.height, got, faceimage.ReferenceRectangle(f), test.want)
			}
		}
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{-1, 0, 1, 2, 3, 4, 8, 9, 15, 16, 1<<30 - 1, 1 << 30, 1 << 40, 1<<52 - 1} {
		want := int64(math.Sqrt(float64(max(n, 0))))
		if got := faceimage.Root(n); got != want {
			t.Errorf("%d: got %d, want %d", n, got, want)
		}
	}
}

func TestDecoderPanicIsAnError(t *testing.T) {
	t.Parallel()
	if err := faceimage.Guarded(func() { panic("index out of range") }); err == nil || strings.Contains(err.Error(), "index") {
		t.Errorf("got %v, want an error that does not quote the panic", err)
	}
	if err := faceimage.Guarded(func() {}); err == nil || err.Error() != "decode returned" {
		t.Errorf("got %v, want what the decoder returns", err)
	}
}

func BenchmarkDraw(b *testing.B) {
	p := portrait("a")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := faceimage.Draw(p); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleDraw() {
	seed := sha256.Sum256([]byte("b12e033e-bda7-4b83-a211-e721c661f30e"))
	data, err := faceimage.Draw(faceimage.Portrait{Seed: seed, Face: liveness.FaceRectangle(seed)})
	if err != nil {
		fmt.Println(err)
		return
	}
	size, err := jpeg.DecodeConfig(bytes.NewReader(data))
	fmt.Println(size.Width, size.Height, err)
	// Output: 1080 1920 <nil>
}
