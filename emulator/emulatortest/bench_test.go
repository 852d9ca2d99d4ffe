package emulatortest_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// BenchmarkNew is what a test pays that starts a server of its own.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		emulatortest.New(b)
	}
}
