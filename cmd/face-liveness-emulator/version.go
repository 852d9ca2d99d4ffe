package main

import (
	"cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// The linker sets these with -X main.version=v1.2.3 -X main.revision=0123abc, in builds
// without a repository, such as that of the image.
var version, revision string

// buildInfo is the version and the revision that the linker set. Empty ones are unknown.
type buildInfo struct{ version, revision string }

// release returns the version: that of the linker, or else that of the Go build.
func (s buildInfo) release() string { return cmp.Or(s.version, emulator.Version()) }

// text returns the version and, if known, the revision.
func (s buildInfo) text() string {
	if s.revision == "" {
		return s.release()
	}
	return s.release() + " (revision " + s.revision + ")"
}
