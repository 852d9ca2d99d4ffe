package e2e_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// BenchmarkRequestLog measures a read with a request log that is nearly empty, and with a
// full one, which drops a request for each new one. Both should cost the same.
func BenchmarkRequestLog(b *testing.B) {
	for _, c := range []struct {
		name string
		held int // requests, before those that are measured
		keep int // requests, at most
	}{{"empty", 0, 1000}, {"full", 20_000, 1 << 30}} {
		b.Run(c.name, func(b *testing.B) {
			e, err := emulator.New(emulator.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			call := throughHandler(b, e)
			ids, _ := benchCreated(b, []benchCaller{call}, 1)
			read := func() {
				if _, err := call(benchRead(ids[0])); err != nil {
					b.Fatal(err)
				}
			}
			for range c.held {
				read()
			}
			b.ReportAllocs()
			for i := 1; b.Loop(); i++ {
				if i%c.keep == 0 {
					b.StopTimer()
					if _, err := controlOf(b, e, emulator.Key1).ForgetRequests(b.Context()); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				read()
			}
		})
	}
}
