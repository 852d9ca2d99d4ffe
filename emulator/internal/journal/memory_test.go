package journal_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// TestMemory fills a log several times with requests of one kind and measures the heap,
// which must not grow by more than the limit.
func TestMemory(t *testing.T) { //nolint:paralleltest // It measures the heap of the process.
	limits := journal.Limits{Entries: 10_000, Bytes: 32 << 20, Changes: 2_000, Removals: 1_000}
	for name, next := range map[string]func(i int) journal.Entry{
		"small":          func(int) journal.Entry { return typical("r") },
		"many resources": func(i int) journal.Entry { return typical(fmt.Sprintf("%024d", i)) },
		"large bodies": func(i int) journal.Entry {
			e := typical("r")
			e.Request.Body, e.Response.Body = make([]byte, 1+i%(16<<10)), make([]byte, 16<<10)
			return e
		},
		"bodies in large buffers": func(int) journal.Entry {
			e := typical("r")
			e.Request.Body = make([]byte, 100, 8<<10)
			return e
		},
		"many headers": func(i int) journal.Entry {
			e, header := typical("r"), http.Header{}
			for h := range 100 {
				header.Add(fmt.Sprintf("X-Header-%d", h), strings.Repeat("v", i%100))
			}
			e.Request.Header, e.Response.Header = journal.HeaderOf(header), journal.HeaderOf(header)
			return e
		},
		"long headers": func(i int) journal.Entry {
			e := typical("r")
			e.Request.Header = journal.HeaderOf(http.Header{"Cookie": {strings.Repeat("v", 3400+i%8000)}})
			return e
		},
		"parts of long texts": func(int) journal.Entry {
			e, text := typical("r"), strings.Repeat("x", 8<<10)
			e.Method, e.Path, e.Session, e.Hint = text[:4], text[:60], text[:36], text[:8]
			return e
		},
		"problems and parts": func(int) journal.Entry {
			e := typical("r")
			for i := range 40 {
				text := strings.Repeat("x", 1000)
				e.Problems = append(e.Problems, text[:i])
				e.Request.Parts = append(e.Request.Parts, journal.Part{Name: text[:i], Text: text[:100+i], SHA256: text[:64]})
			}
			return e
		},
	} {
		before := heap()
		log := journal.New(limits)
		var counts journal.Counts
		for i := 0; counts.Dropped <= 2*uint64(counts.Kept); i++ {
			if err := log.Add(t.Context(), next(i)); err != nil {
				t.Fatal(err)
			}
			var err error
			if counts, err = log.Counts(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		grown := heap() - before
		runtime.KeepAlive(log)
		t.Logf("%s: %d entries in %.1f MiB", name, counts.Kept, float64(grown)/(1<<20))
		if grown > int64(limits.Bytes) {
			t.Errorf("%s: the heap grew by %d bytes, want at most %d", name, grown, limits.Bytes)
		}
		if counts.Kept < limits.Entries*9/10 && grown < int64(limits.Bytes)*3/4 {
			t.Errorf("%s: got %d entries in %d bytes, want the room used", name, counts.Kept, grown)
		}
	}
}

// heap returns how many bytes of the heap are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // empties pools
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// typical returns a request as an app sends it.
func typical(resource string) journal.Entry {
	request, response := typicalHeaders()
	return journal.Entry{
		Resource: resource, Time: time.Unix(1_700_000_000, 0), Clock: time.Unix(1_700_000_000, 0),
		Method: http.MethodGet, Path: "/face/v1.2/detectLiveness-sessions/6cfd50d3-3723-456c-b2dc-dc0ab271bb57",
		Operation: "getLivenessSessionResult", Version: "v1.2", Session: "6cfd50d3-3723-456c-b2dc-dc0ab271bb57", Status: http.StatusOK,
		Request:  journal.Message{Header: journal.HeaderOf(request)},
		Response: journal.Message{Header: journal.HeaderOf(response), Body: []byte(strings.Repeat("x", 300))},
	}
}

// typicalHeaders returns the headers that the SDK for JavaScript sends, and those of the
// response.
func typicalHeaders() (request, response http.Header) {
	request = http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"gzip,deflate"}, "Connection": {"keep-alive"},
		"Ocp-Apim-Subscription-Key": {"face-liveness-emulator-key-1"}, "X-Ms-Client-Request-Id": {"c8ae2a5c-8a9b-4f0e-a8a6-0e6c12e3b1fb"},
		"User-Agent": {"azsdk-js-ai-vision-face-rest/1.0.0-beta.3 core-rest-pipeline/1.19.1 Node/v20.11.1 OS/(x64-Linux-6.1.0)"},
	}
	response = http.Header{
		"Apim-Request-Id": {"0f6f6c1e-92b2-4bbc-b4f5-6d1f9d4d2f9e"}, "Content-Length": {"300"}, "Content-Type": {"application/json; charset=utf-8"},
		"Strict-Transport-Security": {"max-age=31536000; includeSubDomains; preload"}, "X-Content-Type-Options": {"nosniff"},
		"X-Envoy-Upstream-Service-Time": {"1"}, "X-Ms-Region": {"West US 2"}, "X-Face-Liveness-Emulator": {"dev"},
		"Csp-Billing-Usage": {"CognitiveServices.Face.Transaction=1"},
	}
	return request, response
}
