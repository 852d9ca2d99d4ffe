package faceimage

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// Width and Height of a session image, in pixels.
const (
	Width  = liveness.SessionImageWidth
	Height = liveness.SessionImageHeight
)

// ReferenceRectangle returns the position of the face in a verify image. It is derived
// from the facts alone, is at least MinFacePixels wide and high and inside the image; f
// must come from Inspect. No face detection takes place
// [assumed: image-reference-rectangle].
func ReferenceRectangle(f Facts) liveness.Rectangle {
	short := min(f.Width, f.Height)
	width := max(short*(35+within(f.SHA256[0], 25))/100, MinFacePixels)
	height := min(width*(108+within(f.SHA256[1], 14))/100, f.Height)
	centreX := f.Width * (44 + within(f.SHA256[2], 12)) / 100
	centreY := f.Height * (38 + within(f.SHA256[3], 12)) / 100
	return liveness.Rectangle{
		Left:   max(min(centreX-width/2, f.Width-width), 0),
		Top:    max(min(centreY-height/2, f.Height-height), 0),
		Width:  width,
		Height: height,
	}
}

// ReferenceQuality returns how well the face of a verify image is suited for recognition:
// "high" if its rectangle is at least 200 pixels wide and high, "medium" from 100, else
// "low" [assumed: image-reference-quality].
func ReferenceQuality(f Facts) liveness.Quality {
	face := ReferenceRectangle(f)
	switch size := min(face.Width, face.Height); {
	case size >= 200:
		return liveness.QualityHigh
	case size >= 100:
		return liveness.QualityMedium
	default:
		return liveness.QualityLow
	}
}

// within maps a random byte evenly to 0 to most.
func within(random byte, most int) int { return int(random) * (most + 1) / 256 }
