package liveness

// SessionImageWidth and SessionImageHeight are the size of a session image, in pixels
// [recorded: image-pixels].
const (
	SessionImageWidth  = 1080
	SessionImageHeight = 1920
)

// A Rectangle is where a face stands in an image, in pixels from the upper left
// corner.
type Rectangle struct {
	Top    int `json:"top,omitzero" stored:"1"`
	Left   int `json:"left,omitzero" stored:"2"`
	Width  int `json:"width,omitzero" stored:"3"`
	Height int `json:"height,omitzero" stored:"4"`
}

// FaceRectangle returns where the face of a session image is: a place near the
// middle, as of a telephone held at arm's length, that follows from the seed
// alone and lies inside SessionImageWidth by SessionImageHeight
// [recorded: image-face-rectangle].
func FaceRectangle(seed [32]byte) Rectangle {
	width := 560 + within(seed[0], 140)
	height := width * (108 + within(seed[1], 10)) / 100
	return Rectangle{
		Left:   SessionImageWidth/2 - 60 + within(seed[2], 120) - width/2,
		Top:    1030 - 80 + within(seed[3], 160) - height/2,
		Width:  width,
		Height: height,
	}
}

// within maps a random byte evenly to 0 to most.
func within(random byte, most int) int { return int(random) * (most + 1) / 256 }
