package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// TestManyKeys checks that the memory does not grow with the number of keys: a test farm, or
// a script that makes a key for every run, uses millions of them. It is not parallel,
// because it reads the heap of the process.
func TestManyKeys(t *testing.T) {
	const bound = 10_000 // of resources that caches hold, and of requests in the log
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	next := 0
	use := func(keys int) {
		for range keys {
			next++
			list(t, e, "key-"+strconv.Itoa(next))
		}
	}
	use(bound + bound/5) // everything that is bounded is full now
	before := heapInUse()
	use(2 * bound)
	const most = 2 * bound * 75 // about what the smallest entry for a key takes
	if grown := heapInUse() - before; grown > most {
		t.Errorf("the heap has grown by %d bytes with %d more keys, want at most %d", grown, 2*bound, most)
	}
}

// list lists the sessions of a key, which reads its settings, its clock and its faults.
func list(t *testing.T, e http.Handler, key string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/face/v1.1-preview.1/detectLiveness/singleModal/sessions", http.NoBody)
	r.Header.Set("Ocp-Apim-Subscription-Key", key)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("got %d, want 200", w.Code)
	}
}

// heapInUse returns the bytes of objects that are in use.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC() // finalizers of the first one may have freed more
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
