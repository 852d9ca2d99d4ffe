package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

func limits() journal.Limits { return journal.Limits{Entries: 100, Bytes: 1 << 20} }

// filled returns a journal of calls: of resource r create, read and read again, and
// of s one create.
func filled() *journal.Journal {
	j := journal.New(limits())
	j.Add(journal.Entry{Resource: "r", Operation: "create", Method: "POST", Version: "v1.2", Status: 200, Session: "1"})
	j.Add(journal.Entry{Resource: "s", Operation: "create", Method: "POST", Version: "v1.2", Status: 200, Session: "2"})
	j.Add(journal.Entry{Resource: "r", Operation: "read", Method: "GET", Version: "v1.2", Status: 503, Session: "1", Fault: "error unavailable"})
	j.Add(journal.Entry{Resource: "r", Operation: "read", Method: "GET", Version: "v1.2", Status: 200, Session: "1", Hint: "h"})
	return j
}

func numbers(result journal.Result) string {
	var all []string
	for _, e := range result.Entries {
		all = append(all, fmt.Sprint(e.Number))
	}
	return strings.Join(all, " ")
}

func TestFind(t *testing.T) {
	t.Parallel()
	j := filled()
	for _, c := range []struct {
		query journal.Query
		want  string
	}{
		{journal.Query{Resource: "r"}, "1 3 4"},
		{journal.Query{Resource: "s"}, "2"},
		{journal.Query{All: true}, "1 2 3 4"},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{After: 1}}, "3 4"},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read"}}, "3 4"},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Method: "POST"}}, "1"},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Version: "v1.3"}}, ""},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Session: "2"}}, ""},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Status: 503}}, "3"},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Scenario: "x"}}, ""},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Faulty: new(true)}}, "3"},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Faulty: new(false)}}, "1 4"},
		{journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Hinted: new(true)}}, "4"},
	} {
		if got := numbers(j.Find(c.query)); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.query, got, c.want)
		}
	}
	near := j.Find(journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read", Status: 404}}).Near
	if len(near) != 2 || near[0].Lacks != "status" || near[0].Entry.Number != 3 {
		t.Errorf("got near %v, want both reads, which lack the status", near)
	}
}

func TestOldest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		after uint64
		limit int
		want  string
		next  uint64
	}{
		{0, 0, "1 3 4", 0},
		{0, 1, "1", 1},
		{1, 1, "3", 3},
		{3, 1, "4", 0},
		{0, 2, "1 3", 3},
		{0, 3, "1 3 4", 0},
		{0, 9, "1 3 4", 0},
		{4, 1, "", 0},
	} {
		query := journal.Query{Resource: "r", RequestQuery: control.RequestQuery{After: c.after}}
		got := filled().Find(query).Oldest(c.limit)
		if numbers(got) != c.want || got.Next != c.next || got.Last != 4 {
			t.Errorf("%d behind %d: got %q, more behind %d, the last %d; want %q, %d, 4", c.limit, c.after, numbers(got), got.Next, got.Last, c.want, c.next)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	j := filled()
	reads := journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read"}}
	for _, c := range []struct {
		name     string
		expected journal.Expectation
		want     string // in the message; "": met
	}{
		{"some", journal.Expectation{Query: reads}, ""},
		{"exactly", journal.Expectation{Query: reads, Exactly: new(2)}, ""},
		{"not exactly", journal.Expectation{Query: reads, Exactly: new(3)}, "operation read: got 2 calls, want exactly 3"},
		{"none", journal.Expectation{Query: journal.Query{Resource: "s", RequestQuery: control.RequestQuery{Operation: "read"}}, Exactly: new(0)}, ""},
		{"at least", journal.Expectation{Query: reads, AtLeast: new(3)}, "want at least 3"},
		{"at most", journal.Expectation{Query: reads, AtMost: new(1)}, "want at most 1"},
		{"at most, of none", journal.Expectation{Query: journal.Query{Resource: "s", RequestQuery: control.RequestQuery{Operation: "read"}}, AtMost: new(1)}, ""},
		{"nearly", journal.Expectation{Query: journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read", Status: 404}}}, "nearly, but for the status: call 3, read v1.2 answered 503, session 1"},
	} {
		got := j.Verify(c.expected)
		if got.Met != (c.want == "") || !strings.Contains(got.Message, c.want) {
			t.Errorf("%s: got %+v, want %q", c.name, got, c.want)
		}
	}
}

func TestVerifyOrder(t *testing.T) {
	t.Parallel()
	j := filled()
	create, read := journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "create"}}, journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read"}}
	if got := j.VerifyOrder(create, read, read); !got.Met {
		t.Errorf("got %+v, want them in this order", got)
	}
	if got := j.VerifyOrder(read, create); got.Met || !strings.Contains(got.Message, "operation create: no such call after call 3") {
		t.Errorf("got %+v, want no create behind the read", got)
	}
	if got := j.VerifyOrder(read, read, read); got.Met {
		t.Errorf("got %+v, want only two reads", got)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	few := journal.New(journal.Limits{Entries: 3, Bytes: 1 << 20})
	small := journal.New(journal.Limits{Entries: 1000, Bytes: 4096})
	for range 10 {
		few.Add(journal.Entry{Resource: "r"})
		small.Add(journal.Entry{Resource: "r", Request: journal.Message{Body: bytes.Repeat([]byte("x"), 1024)}})
	}
	if got := few.Find(journal.Query{Resource: "r"}); numbers(got) != "8 9 10" || got.Gone != 7 || got.Last != 10 {
		t.Errorf("got %s, %d gone, last %d; want the newest three", numbers(got), got.Gone, got.Last)
	}
	if got := small.Find(journal.Query{All: true}); numbers(got) != "9 10" || got.Gone != 8 {
		t.Errorf("got %s, %d gone; want what fits into 4 KiB", numbers(got), got.Gone)
	}
	if got := few.Verify(journal.Expectation{Query: journal.Query{Resource: "r"}, Exactly: new(10)}); !strings.Contains(got.Message, "7 older calls") {
		t.Errorf("got %q, want it to say that calls are gone", got.Message)
	}
	few.Forget("r", false)
	if got := few.Find(journal.Query{Resource: "r"}); len(got.Entries) != 0 || got.Gone != 0 || got.Last != 10 {
		t.Errorf("got %+v, want nothing, and numbers that go on", got)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(limits())
		found := make(chan string, 1)
		go func() {
			result, err := j.Wait(t.Context(), journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read"}}, 2)
			found <- fmt.Sprint(numbers(result), err)
		}()
		for _, operation := range []string{"read", "create", "read"} {
			synctest.Wait()
			j.Add(journal.Entry{Resource: "r", Operation: operation})
		}
		if got := <-found; got != "1 3<nil>" {
			t.Errorf("got %s, want both reads", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if result, err := j.Wait(ctx, journal.Query{Resource: "r"}, 9); !errors.Is(err, context.DeadlineExceeded) || len(result.Entries) != 3 {
			t.Errorf("got %s and %v, want what there is and the end of the time", numbers(result), err)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	j := journal.New(limits())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				j.Add(journal.Entry{Resource: "r"})
				j.Find(journal.Query{All: true})
			}
		})
	}
	all.Wait()
	if got := j.Find(journal.Query{Resource: "r"}); len(got.Entries) != 100 || got.Gone != 300 {
		t.Errorf("got %d entries and %d gone, want 100 and 300", len(got.Entries), got.Gone)
	}
}

func BenchmarkAdd(b *testing.B) {
	j := journal.New(journal.Limits{Entries: 10_000, Bytes: 16 << 20})
	b.ReportAllocs()
	for b.Loop() {
		j.Add(journal.Entry{Resource: "r", Operation: "read"})
	}
}

// TestNothingSecretIsShown: what an entry holds of keys and tokens does not come out.
func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-s3cret"
	entry := journal.Entry{
		Request: journal.Message{Header: http.Header{
			"Ocp-Apim-Subscription-Key": {secret}, "Authorization": {"Bearer " + secret}, "Cookie": {secret}, "X-Face-Liveness-Admin-Token": {secret},
			"X-Shown": {"shown"}, "Referer": {"https://shop.example/check?token=" + secret},
		}, Parts: []journal.Part{{Name: "Parameters", Text: `{"authToken":"` + secret + `"}`}}},
		Response: journal.Message{Body: []byte(`{"sessionId":"1","authToken":"` + secret + `","x":{"base64AccessToken" : "` + secret + `"}}`)},
	}
	text, err := json.Marshal(entry)
	if err != nil || strings.Contains(string(text), secret) {
		t.Errorf("got %s, %v; want no secret", text, err)
	}
	for _, want := range []string{`"X-Shown":["shown"]`, `\"sessionId\":\"1\",\"authToken\":\"***\"`, `"Referer":["https://shop.example/check?***"]`, `"name":"Parameters"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("got %s, want %s", text, want)
		}
	}
	if entry.Request.Header.Get("Cookie") != secret || !strings.Contains(entry.Request.Parts[0].Text, secret) {
		t.Error("what was sent has changed")
	}
}

// TestBusyResource: one resource with many calls takes nothing from another, and of
// its own calls it cannot be told any more how many there were.
func TestBusyResource(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Limits{Entries: 100, Bytes: 1 << 20})
	for range 3 {
		j.Add(journal.Entry{Resource: "quiet", Operation: "read"})
	}
	for range 1000 {
		j.Add(journal.Entry{Resource: "busy", Operation: "read"})
	}
	count := func(resource string, number int) control.Verdict {
		return j.Verify(journal.Expectation{Query: journal.Query{Resource: resource}, Exactly: &number})
	}
	if got := count("quiet", 3); !got.Met {
		t.Errorf("got %+v, want all of the quiet one", got)
	}
	left := len(j.Find(journal.Query{Resource: "busy"}).Entries)
	if got := count("busy", left); got.Met || left < 80 || left > 97 {
		t.Errorf("got %+v of %d calls, want it not to be told", got, left)
	}
	if kept, evicted := j.Counts(); kept != left+3 || evicted != uint64(1000-left) {
		t.Errorf("got %d kept and %d let go, want %d and %d", kept, evicted, left+3, 1000-left)
	}
}

// TestLongHeaders count as what they are.
func TestLongHeaders(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Limits{Entries: 1000, Bytes: 1 << 20})
	for range 50 {
		j.Add(journal.Entry{Request: journal.Message{Header: http.Header{"X": {strings.Repeat("x", 100<<10)}}}})
	}
	if kept, _ := j.Counts(); kept > 10 {
		t.Errorf("got %d entries of 100 KiB in 1 MiB", kept)
	}
}
