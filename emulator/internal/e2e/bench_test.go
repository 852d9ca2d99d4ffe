package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/client"
)

const (
	benchBody     = `{"livenessOperationMode":"Passive","deviceCorrelationId":"6cfd50d3-3723-456c-b2dc-dc0ab271bb57","enableSessionImage":true}`
	benchSessions = "/face/v1.2/detectLiveness-sessions"
)

// A benchRequest is a call without what all calls have.
type benchRequest struct{ method, path, header, value, body string }

func benchCreate() benchRequest {
	return benchRequest{http.MethodPost, benchSessions, "Ocp-Apim-Subscription-Key", emulator.Key1, benchBody}
}

func benchRead(id string) benchRequest {
	return benchRequest{http.MethodGet, benchSessions + "/" + id, "Ocp-Apim-Subscription-Key", emulator.Key1, ""}
}

func benchAttempt(token string) benchRequest {
	return benchRequest{http.MethodPost, "/face/v1.2/detectLiveness/singleModal", "Authorization", "Bearer " + token, ""}
}

// A benchCaller makes calls one after the other. The answer is valid until the next call.
type benchCaller func(benchRequest) ([]byte, error)

// throughHandler returns a caller without a connection.
func throughHandler(b *testing.B, e *emulator.Emulator) benchCaller {
	return func(c benchRequest) ([]byte, error) {
		r := httptest.NewRequestWithContext(b.Context(), c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(c.header, c.value)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		return benchAnswer(w.Code, w.Body.Bytes())
	}
}

// overConnection returns a caller with a connection of its own.
func overConnection(b *testing.B, address string) benchCaller {
	b.Helper()
	conn, err := client.Dial(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return func(c benchRequest) ([]byte, error) {
		code, body, err := conn.Do(client.Call{
			Method: c.method, Path: c.path, Body: c.body,
			Headers: "Content-Type: application/json\r\n" + c.header + ": " + c.value + "\r\n",
		}, clock.System{}.Now().Add(time.Minute))
		if err != nil {
			return nil, err
		}
		return benchAnswer(code, body)
	}
}

func benchAnswer(code int, body []byte) ([]byte, error) {
	if code != http.StatusOK {
		return nil, fmt.Errorf("got %d %s", code, body)
	}
	return body, nil
}

// benchShared calls run with numbers below n, each one once, from all callers at once.
func benchShared(b *testing.B, callers []benchCaller, n int, run func(call benchCaller, i int) error) {
	b.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	for _, call := range callers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := run(call, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

var benchFields = regexp.MustCompile(`"sessionId":"([^"]+)","authToken":"([^"]+)"`)

// benchCreated creates sessions, and returns their ids and tokens.
func benchCreated(b *testing.B, callers []benchCaller, n int) (ids, tokens []string) {
	b.Helper()
	ids, tokens = make([]string, n), make([]string, n)
	benchShared(b, callers, n, func(call benchCaller, i int) error {
		answer, err := call(benchCreate())
		if err != nil {
			return err
		}
		found := benchFields.FindSubmatch(answer)
		ids[i], tokens[i] = string(found[1]), string(found[2])
		return nil
	})
	return ids, tokens
}

// A benchState is an emulator in the state that users see after some seconds: the store
// has sessions, and the request log is full.
type benchState struct {
	*emulator.Emulator
	ids []string // of sessions
}

// steadyState brings an emulator to its steady state.
func steadyState(b *testing.B, e *emulator.Emulator) *benchState {
	b.Helper()
	const sessions, reads = 1_000, 10_000 // a request log has 10,000 entries
	callers := []benchCaller{throughHandler(b, e)}
	ids, _ := benchCreated(b, callers, sessions)
	benchShared(b, callers, reads, func(call benchCaller, i int) error {
		_, err := call(benchRead(ids[i%sessions]))
		return err
	})
	found, err := controlOf(b, e, emulator.Key1).Requests(b.Context(), control.RequestSearch{Limit: 1})
	if err != nil || found.Gone == 0 {
		b.Fatalf("got %d dropped entries of the request log, %v; want some", found.Gone, err)
	}
	return &benchState{e, ids}
}

// benchmarkEngines runs a benchmark with both engines, in their steady state.
func benchmarkEngines(b *testing.B, run func(b *testing.B, s *benchState)) {
	b.Helper()
	for name, state := range map[string]func() string{
		"memory": func() string { return "" },
		"folder": b.TempDir,
	} {
		b.Run(name, func(b *testing.B) {
			e, err := emulator.New(emulator.Options{State: state()})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			run(b, steadyState(b, e))
		})
	}
}

// benchmarkCalls measures a call with both engines, through the handler and over
// connections, with one and with many callers. prepare is not measured.
func benchmarkCalls(b *testing.B, prepare func(b *testing.B, s *benchState, callers []benchCaller) (call func(i int) benchRequest)) {
	b.Helper()
	benchmarkEngines(b, func(b *testing.B, s *benchState) {
		server := httptest.NewServer(s)
		defer server.Close()
		for _, many := range []int{1, 64} {
			for name, caller := range map[string]func(b *testing.B) benchCaller{
				"handler":    func(b *testing.B) benchCaller { return throughHandler(b, s.Emulator) },
				"connection": func(b *testing.B) benchCaller { return overConnection(b, server.Listener.Addr().String()) },
			} {
				b.Run(fmt.Sprintf("%s/callers=%d", name, many), func(b *testing.B) {
					callers := make([]benchCaller, many)
					for i := range callers {
						callers[i] = caller(b)
					}
					call := prepare(b, s, callers)
					b.ReportAllocs()
					b.ResetTimer()
					benchShared(b, callers, b.N, func(c benchCaller, i int) error {
						_, err := c(call(i))
						return err
					})
				})
			}
		}
	})
}

func BenchmarkCreate(b *testing.B) {
	benchmarkCalls(b, func(*testing.B, *benchState, []benchCaller) func(int) benchRequest {
		return func(int) benchRequest { return benchCreate() }
	})
}

func BenchmarkGet(b *testing.B) {
	benchmarkCalls(b, func(_ *testing.B, s *benchState, _ []benchCaller) func(int) benchRequest {
		return func(i int) benchRequest { return benchRead(s.ids[i%len(s.ids)]) }
	})
}

// BenchmarkAttempt measures a device call; creating its session is not measured.
func BenchmarkAttempt(b *testing.B) {
	benchmarkCalls(b, func(b *testing.B, _ *benchState, callers []benchCaller) func(int) benchRequest {
		_, tokens := benchCreated(b, callers, b.N)
		return func(i int) benchRequest { return benchAttempt(tokens[i]) }
	})
}

// BenchmarkGetBesideFaults is BenchmarkGet with faults: of another resource, and of the
// same resource for other calls. The first measures what every call pays for looking up
// faults.
func BenchmarkGetBesideFaults(b *testing.B) {
	for _, of := range []struct{ name, key string }{{"of another resource", "another"}, {"of other calls", emulator.Key1}} {
		b.Run(of.name, func(b *testing.B) {
			benchmarkEngines(b, func(b *testing.B, s *benchState) {
				if _, err := controlOf(b, s, of.key).UseFaults(b.Context(), "[{on: delete, hang: true}]"); err != nil {
					b.Fatal(err)
				}
				call := throughHandler(b, s.Emulator)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := call(benchRead(s.ids[0])); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
