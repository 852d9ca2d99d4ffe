package lang

import (
	"fmt"
	"strconv"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

func rectangleMapping() mapping[liveness.Rectangle] {
	side := func(key string, least int, set func(*liveness.Rectangle, int)) field[liveness.Rectangle] {
		return field[liveness.Rectangle]{key: key, required: true, read: func(r *reader, v value, into *liveness.Rectangle) {
			set(into, r.pixels(v, least))
		}}
	}
	return mapping[liveness.Rectangle]{name: "faceRectangle", fields: []field[liveness.Rectangle]{
		side("top", 0, func(rect *liveness.Rectangle, n int) { rect.Top = n }),
		side("left", 0, func(rect *liveness.Rectangle, n int) { rect.Left = n }),
		side("width", 1, func(rect *liveness.Rectangle, n int) { rect.Width = n }),
		side("height", 1, func(rect *liveness.Rectangle, n int) { rect.Height = n }),
	}}
}

// pixels returns the value as a number of pixels, at least least.
func (r *reader) pixels(v value, least int) int {
	const most = 1 << 20 // so that sums cannot overflow; larger than any image
	text, ok := v.number()
	if !ok {
		r.wrongKind(v, "a whole number of pixels", "")
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most || text != strconv.Itoa(n) {
		r.report(v.at, fmt.Sprintf("%s must be a whole number of pixels, not %s", v.path, scenario.Quote(text)),
			fmt.Sprintf("at least %d", least))
		return 0
	}
	return n
}

// middleOf returns the middle half of an image, at least one pixel.
func middleOf(p picture) *liveness.Rectangle {
	return &liveness.Rectangle{
		Top:    p.height / 4,
		Left:   p.width / 4,
		Width:  max(p.width/2, 1),
		Height: max(p.height/2, 1),
	}
}

func readFaceRectangle(r *reader, v value, into *attemptNode) {
	problems := len(r.problems)
	var rectangle liveness.Rectangle
	rectangleMapping().read(r, v, &rectangle)
	if len(r.problems) > problems {
		return
	}
	into.step.FaceRectangle, into.rectangleAt = &rectangle, v.at
}

// checkRectangle reports a face rectangle that is not inside the session image. If the
// scenario has an image without a rectangle, it sets one in the middle, because the
// emulator's own choice fits its own drawings only.
func (r *reader) checkRectangle(p *attemptNode) {
	if p.rectangleAt == (position{}) {
		if p.image.width > 0 && p.image.height > 0 {
			p.step.FaceRectangle = middleOf(p.image)
		}
		return
	}
	width, height := drawnWidth, drawnHeight
	if _, named := p.given["sessionImage"]; named {
		width, height = p.image.width, p.image.height
	}
	if width == 0 {
		return // the image is invalid
	}
	rectangle := p.step.FaceRectangle
	right, bottom := rectangle.Left+rectangle.Width, rectangle.Top+rectangle.Height
	if right <= width && bottom <= height {
		return
	}
	r.report(p.rectangleAt,
		fmt.Sprintf("faceRectangle reaches to %d across and %d down, beyond the session image of %d×%d",
			right, bottom, width, height),
		fmt.Sprintf("keep left+width within %d and top+height within %d", width, height))
}
