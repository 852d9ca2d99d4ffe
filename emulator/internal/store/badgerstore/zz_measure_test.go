package badgerstore_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

func TestMeasure(t *testing.T) {
	dir := os.Getenv("MEASURE")
	if dir == "" {
		t.Skip()
	}
	if _, err := os.Stat(dir); err != nil {
		s, err := badgerstore.Open(dir, badgerstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var g sync.WaitGroup
		for w := range 8 {
			g.Go(func() {
				for n := w; n < 100000; n += 8 {
					x := session(n * 7919)
					x.DeviceCorrelationID = fmt.Sprintf("%036x", n*104729)
					var im []liveness.Image
					if n%20 == 0 {
						im = append(im, liveness.Image{Name: "verify", Bytes: make([]byte, 20000)})
					}
					if err := s.Create(t.Context(), x, im...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		g.Wait()
		s.Close()
	}
	for range 5 {
		a := time.Now()
		s, err := badgerstore.Open(dir, badgerstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := time.Now()
		s.Close()
		fmt.Println("open", b.Sub(a), "close", time.Since(b))
	}
}
