package faceimage

import (
	"image"
	"image/color"
	"math/bits"
	"unicode/utf8"

	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// A canvas is an image in the format of JPEG, where two by two pixels share a colour but
// not a brightness. All arithmetic uses integers, so the image is the same on every
// processor.
type canvas struct{ *image.YCbCr }

func newCanvas(width, height int) canvas {
	return canvas{image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)}
}

// row paints the pixels from x0 up to x1 of row y. It ignores pixels outside the
// picture.
func (c canvas) row(y, x0, x1 int, paint color.YCbCr) {
	x0, x1 = max(x0, c.Rect.Min.X), min(x1, c.Rect.Max.X)
	if y < c.Rect.Min.Y || y >= c.Rect.Max.Y || x0 >= x1 {
		return
	}
	fill(c.Y[c.YOffset(x0, y):][:x1-x0], paint.Y)
	if y%2 == 0 {
		from, to := c.COffset(x0, y), c.COffset(x1-1, y)+1
		fill(c.Cb[from:to], paint.Cb)
		fill(c.Cr[from:to], paint.Cr)
	}
}

func fill(pixels []byte, value byte) {
	for i := range pixels {
		pixels[i] = value
	}
}

func (c canvas) box(area image.Rectangle, paint color.YCbCr) {
	area = area.Intersect(c.Rect)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		c.row(y, area.Min.X, area.Max.X, paint)
	}
}

// ellipse paints the rows from first up to last of the ellipse that touches the
// sides of area.
func (c canvas) ellipse(area image.Rectangle, first, last int, paint color.YCbCr) {
	// Doubled, so that the centre is a whole number.
	a, b := int64(area.Dx()), int64(area.Dy())
	centreX, centreY := int64(area.Min.X+area.Max.X), int64(area.Min.Y+area.Max.Y)
	if a <= 0 || b <= 0 {
		return
	}
	first, last = max(first, area.Min.Y, c.Rect.Min.Y), min(last, area.Max.Y, c.Rect.Max.Y)
	for y := first; y < last; y++ {
		fromCentre := 2*int64(y) + 1 - centreY
		half := a * root(b*b-fromCentre*fromCentre) / b
		c.row(y, int((centreX-half+1)/2), int((centreX+half+1)/2), paint)
	}
}

func (c canvas) oval(area image.Rectangle, paint color.YCbCr) {
	c.ellipse(area, area.Min.Y, area.Max.Y, paint)
}

// root returns the whole part of the square root of n, or 0.
func root(n int64) int64 {
	if n <= 0 {
		return 0
	}
	x := int64(1) << ((bits.Len64(uint64(n)) + 1) / 2)
	for {
		next := (x + n/x) / 2
		if next >= x {
			return x
		}
		x = next
	}
}

// text draws a line of text with its middle at x and its upper edge at y, in letters of 7
// by 13 times scale pixels. A line that is too long gets smaller letters, and is cut off
// if that is not enough. A character that is not ASCII becomes a replacement mark.
func (c canvas) text(line string, x, y, scale int, paint color.YCbCr) {
	face := basicfont.Face7x13
	most := c.Rect.Dx() / face.Advance
	runes := utf8.RuneCountInString(line)
	scale = max(min(scale, most/max(runes, 1)), 1)
	x -= min(runes, most) * face.Advance * scale / 2
	for i, letter := range []rune(line)[:min(runes, most)] {
		glyph, mask, from, _, ok := face.Glyph(fixed.P(i*face.Advance, face.Ascent), letter)
		if !ok {
			continue
		}
		for gy := range glyph.Dy() {
			for gx := range glyph.Dx() {
				if _, _, _, alpha := mask.At(from.X+gx, from.Y+gy).RGBA(); alpha == 0 {
					continue
				}
				corner := image.Pt(x, y).Add(glyph.Min.Add(image.Pt(gx, gy)).Mul(scale))
				c.box(image.Rectangle{corner, corner.Add(image.Pt(scale, scale))}, paint)
			}
		}
	}
}
