package faceimage

// Width and Height of a session image, in pixels [recorded: image-pixels].
const (
	Width  = 1080
	Height = 1920
)

// A Rectangle is an area of an image in pixels, measured from the upper left
// corner.
type Rectangle struct {
	Top, Left, Width, Height int
}

// FaceRectangle returns where the face of a session image is: a place near the
// middle, as of a telephone held at arm's length, that follows from the seed
// alone and lies inside Width by Height, like the one that is known
// [recorded: image-face-rectangle].
func FaceRectangle(seed [32]byte) Rectangle {
	width := 560 + within(seed[0], 140)
	height := width * (108 + within(seed[1], 10)) / 100
	return Rectangle{
		Left:   Width/2 - 60 + within(seed[2], 120) - width/2,
		Top:    1030 - 80 + within(seed[3], 160) - height/2,
		Width:  width,
		Height: height,
	}
}

// ReferenceRectangle returns where the face of a verify image is taken to be.
// It follows from the facts alone, is at least MinFacePixels wide and high and
// lies inside the image; f must come from Inspect. No face is searched for
// [assumed: image-reference-rectangle].
func ReferenceRectangle(f Facts) Rectangle {
	short := min(f.Width, f.Height)
	width := max(short*(35+within(f.SHA256[0], 25))/100, MinFacePixels)
	height := min(width*(108+within(f.SHA256[1], 14))/100, f.Height)
	centreX := f.Width * (44 + within(f.SHA256[2], 12)) / 100
	centreY := f.Height * (38 + within(f.SHA256[3], 12)) / 100
	return Rectangle{
		Left:   max(min(centreX-width/2, f.Width-width), 0),
		Top:    max(min(centreY-height/2, f.Height-height), 0),
		Width:  width,
		Height: height,
	}
}

// ReferenceQuality returns how well the face of a verify image suits for
// recognition: "high" if its rectangle is at least 200 pixels wide and high,
// "medium" from 100, else "low" [assumed: image-reference-quality].
func ReferenceQuality(f Facts) string {
	face := ReferenceRectangle(f)
	switch size := min(face.Width, face.Height); {
	case size >= 200:
		return "high"
	case size >= 100:
		return "medium"
	default:
		return "low"
	}
}

// within maps a random byte evenly to 0 to most.
func within(random byte, most int) int { return int(random) * (most + 1) / 256 }
