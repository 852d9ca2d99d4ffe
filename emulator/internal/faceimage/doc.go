// Package faceimage checks the verify images that clients send and draws the
// session images that the emulator serves. It looks for no faces: where the
// face of an image is follows from the image's bytes alone.
package faceimage
