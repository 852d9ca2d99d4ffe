package logtest

import (
	"bytes"
	"context"
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
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func findRequests(t *testing.T, open Open) {
	t.Helper()
	j := filled(t, open)
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
		if got := numbers(find(t, j, c.query)); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.query, got, c.want)
		}
	}
	near := find(t, j, journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read", Status: 404}}).Near
	if len(near) != 2 || near[0].Lacks != "status" || near[0].Entry.Number != 3 {
		t.Errorf("got near %v, want both reads, which lack the status", near)
	}
}

func oldest(t *testing.T, open Open) {
	t.Helper()
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
		for _, query.Limit = range []int{0, c.limit} {
			got := find(t, filled(t, open), query).Oldest(c.limit)
			if numbers(got) != c.want || got.Next != c.next || got.Last != 4 {
				t.Errorf("%d behind %d: got %q, more behind %d, the last %d; want %q, %d, 4", c.limit, c.after, numbers(got), got.Next, got.Last, c.want, c.next)
			}
		}
	}
	// An entry after the limit can be the nearest one.
	query := journal.Query{Resource: "r", Limit: 1, RequestQuery: control.RequestQuery{Status: 200, Operation: "create"}}
	if got := find(t, filled(t, open), query); numbers(got) != "1" || len(got.Near) != 1 || got.Near[0].Entry.Number != 4 {
		t.Errorf("got %s, near %v; want 1, near 4", numbers(got), got.Near)
	}
}

func verify(t *testing.T, open Open) {
	t.Helper()
	j := filled(t, open)
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
		got := verdict(t, j, c.expected)
		if got.Met != (c.want == "") || !strings.Contains(got.Message, c.want) {
			t.Errorf("%s: got %+v, want %q", c.name, got, c.want)
		}
	}
}

func verifyOrder(t *testing.T, open Open) {
	t.Helper()
	j := filled(t, open)
	create, read := journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "create"}}, journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read"}}
	if got := inOrder(t, j, create, read, read); !got.Met {
		t.Errorf("got %+v, want them in this order", got)
	}
	if got := inOrder(t, j, read, create); got.Met || !strings.Contains(got.Message, "operation create: no such call after call 3") {
		t.Errorf("got %+v, want no create behind the read", got)
	}
	if got := inOrder(t, j, read, read, read); got.Met {
		t.Errorf("got %+v, want only two reads", got)
	}
}

func bounds(t *testing.T, open Open) {
	t.Helper()
	few := open(t, journal.Limits{Entries: 3, Bytes: 1 << 20})
	small := open(t, journal.Limits{Entries: 1000, Bytes: 4096})
	for range 10 {
		add(t, few, journal.Entry{Resource: "r"})
		add(t, small, journal.Entry{Resource: "r", Request: journal.Message{Body: bytes.Repeat([]byte("x"), 1024)}})
	}
	if got := find(t, few, journal.Query{Resource: "r"}); numbers(got) != "8 9 10" || got.Gone != 7 || got.Last != 10 {
		t.Errorf("got %s, %d gone, last %d; want the newest three", numbers(got), got.Gone, got.Last)
	}
	if got := find(t, small, journal.Query{All: true}); numbers(got) != "9 10" || got.Gone != 8 {
		t.Errorf("got %s, %d gone; want what fits into 4 KiB", numbers(got), got.Gone)
	}
	if got := verdict(t, few, journal.Expectation{Query: journal.Query{Resource: "r"}, Exactly: new(10)}); !strings.Contains(got.Message, "7 older calls") {
		t.Errorf("got %q, want it to say that calls are gone", got.Message)
	}
	forget(t, few, liveness.Owner{Resource: "r"})
	if got := find(t, few, journal.Query{Resource: "r"}); len(got.Entries) != 0 || got.Gone != 0 || got.Last != 10 {
		t.Errorf("got %+v, want nothing, and numbers that go on", got)
	}
}

func wait(t *testing.T, open Open) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		j := open(t, limits())
		found := make(chan string, 1)
		go func() {
			result, err := j.Wait(t.Context(), journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read"}}, 2)
			found <- fmt.Sprint(numbers(result), err)
		}()
		for _, operation := range []string{"read", "create", "read"} {
			synctest.Wait()
			add(t, j, journal.Entry{Resource: "r", Operation: operation})
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

func concurrentUse(t *testing.T, open Open) {
	t.Helper()
	j := open(t, limits())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				add(t, j, journal.Entry{Resource: "r"})
				find(t, j, journal.Query{All: true})
			}
		})
	}
	all.Wait()
	if got := find(t, j, journal.Query{Resource: "r"}); len(got.Entries) != 100 || got.Gone != 300 {
		t.Errorf("got %d entries and %d gone, want 100 and 300", len(got.Entries), got.Gone)
	}
}

// busyResource: one resource with many calls takes nothing from another, and of
// its own calls it cannot be told any more how many there were.
func busyResource(t *testing.T, open Open) {
	t.Helper()
	j := open(t, journal.Limits{Entries: 100, Bytes: 1 << 20})
	for range 3 {
		add(t, j, journal.Entry{Resource: "quiet", Operation: "read"})
	}
	for range 1000 {
		add(t, j, journal.Entry{Resource: "busy", Operation: "read"})
	}
	count := func(resource string, number int) control.Verdict {
		return verdict(t, j, journal.Expectation{Query: journal.Query{Resource: resource}, Exactly: &number})
	}
	if got := count("quiet", 3); !got.Met {
		t.Errorf("got %+v, want all of the quiet one", got)
	}
	left := len(find(t, j, journal.Query{Resource: "busy"}).Entries)
	if got := count("busy", left); got.Met || left < 80 || left > 97 {
		t.Errorf("got %+v of %d calls, want it not to be told", got, left)
	}
	if counts := countsOf(t, j); counts.Kept != left+3 || counts.Dropped != uint64(1000-left) {
		t.Errorf("got %d kept and %d dropped, want %d and %d", counts.Kept, counts.Dropped, left+3, 1000-left)
	}
}

// manyResources: with more resources than the log keeps entries, the newest entries stay.
func manyResources(t *testing.T, open Open) {
	t.Helper()
	j := open(t, limits())
	for i := range 1000 {
		add(t, j, journal.Entry{Resource: fmt.Sprint(i)})
	}
	found := find(t, j, journal.Query{All: true})
	kept := len(found.Entries)
	if kept < 90 || kept > 100 || found.Entries[0].Number != uint64(1001-kept) || found.Gone != uint64(1000-kept) {
		t.Errorf("got %d entries, %d gone; want about the newest hundred", kept, found.Gone)
	}
	if got := find(t, j, journal.Query{Resource: "899"}); got.Gone != 1 || len(got.Entries) != 0 {
		t.Errorf("got %d gone and %d entries of an older one, want 1 and none", got.Gone, len(got.Entries))
	}
	if got := find(t, j, journal.Query{Resource: "new"}); got.Gone != 0 {
		t.Errorf("got %d gone of a resource without requests", got.Gone)
	}
}

// waitAndDrop: Wait counts only what is still in the log.
func waitAndDrop(t *testing.T, open Open) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		j := open(t, journal.Limits{Entries: 3, Bytes: 1 << 20})
		found := make(chan string, 1)
		go func() {
			result, err := j.Wait(t.Context(), journal.Query{Resource: "r", RequestQuery: control.RequestQuery{Operation: "read"}}, 3)
			found <- fmt.Sprint(numbers(result), err)
		}()
		for _, operation := range []string{"read", "create", "read", "create", "read", "read", "read"} {
			synctest.Wait()
			add(t, j, journal.Entry{Resource: "r", Operation: operation})
		}
		if got := <-found; got != "5 6 7<nil>" {
			t.Errorf("got %s, want the three reads that are kept", got)
		}
	})
}

// longHeaders count as what they are.
func longHeaders(t *testing.T, open Open) {
	t.Helper()
	j := open(t, journal.Limits{Entries: 1000, Bytes: 1 << 20})
	for range 50 {
		add(t, j, journal.Entry{Request: journal.Message{Header: journal.HeaderOf(http.Header{"X": {strings.Repeat("x", 100<<10)}})}})
	}
	if kept := countsOf(t, j).Kept; kept > 10 {
		t.Errorf("got %d entries of 100 KiB in 1 MiB", kept)
	}
}
