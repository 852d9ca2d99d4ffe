package main

import (
	"cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// The linker writes these, with -X main.version=v1.2.3 -X main.revision=0123abc, in
// builds that know no more of their source than its files, such as the image's.
var version, revision string

// buildInfo is what a build says of its source. Empty parts are not known.
type buildInfo struct{ version, revision string }

// release is the version: the stamped one, or the one that Go puts into a build.
func (s buildInfo) release() string { return cmp.Or(s.version, emulator.Version()) }

// text is the version and, if it is known, the revision.
func (s buildInfo) text() string {
	if s.revision == "" {
		return s.release()
	}
	return s.release() + " (revision " + s.revision + ")"
}
