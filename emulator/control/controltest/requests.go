package controltest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

const (
	createOperation = "createLivenessSession"
	readOperation   = "getLivenessSessionResult"
	detectOperation = "detectLiveness"
)

func requests(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	w.decision(t, "mine")
	w.decision(t, "other")
	all := must(t, with(api.Requests, control.RequestSearch{}))
	var seen []string
	for _, r := range all.Entries {
		seen = append(seen, r.Operation)
	}
	if got, want := strings.Join(seen, " "), createOperation+" "+detectOperation+" "+readOperation; got != want || all.Gone != 0 {
		t.Errorf("got %s, %d gone; want %s", got, all.Gone, want)
	}
	created := all.Entries[0]
	if created.Method != "POST" || created.Status != 200 || created.Scenario != "happy-path" || created.Version != "v1.2" ||
		created.Session == "" || !strings.Contains(created.Request.Body, "livenessOperationMode") || !strings.Contains(created.Response.Body, `"authToken":"***"`) {
		t.Errorf("got %+v, want the call that created the session, without its token", created)
	}
	if got := created.Response.Headers["Content-Type"]; len(got) != 1 || !strings.HasPrefix(got[0], "application/json") {
		t.Errorf("got the type %q of an answer, want it as it left", got)
	}
	if text, err := json.Marshal(all); err != nil || strings.Contains(string(text), "eyJ") || strings.Contains(string(text), `"mine"`) {
		t.Errorf("got %s, %v; want no token and no key", text, err)
	}
	if everybody := must(t, with(w.All().Requests, control.RequestSearch{RequestQuery: control.RequestQuery{Operation: createOperation}})); len(everybody.Entries) != 2 {
		t.Errorf("got %d creations of all, want two", len(everybody.Entries))
	}
	verify := func(expected control.Verification) control.Verdict { return must(t, with(api.Verify, expected)) }
	create, read := control.RequestQuery{Operation: createOperation}, control.RequestQuery{Operation: readOperation}
	if got := verify(control.Verification{Expect: []control.Expectation{{RequestQuery: read, Exactly: new(1)}}, Order: []control.RequestQuery{create, read}}); !got.Met {
		t.Errorf("got %+v, want it met", got)
	}
	unread := control.RequestQuery{Operation: readOperation, Status: 404}
	if got := verify(control.Verification{Expect: []control.Expectation{{RequestQuery: unread}}}); got.Met || !strings.Contains(got.Message, "nearly, but for the status") {
		t.Errorf("got %+v, want the read that came near", got)
	}
	if got := verify(control.Verification{Order: []control.RequestQuery{read, create}}); got.Met {
		t.Errorf("got %+v, want no creation behind the read", got)
	}
	for _, empty := range []control.Verification{
		{},
		{Expect: []control.Expectation{{RequestQuery: control.RequestQuery{Operation: "creatLivenessSession"}, Exactly: new(0)}}},
		{Expect: []control.Expectation{{RequestQuery: read, AtMost: new(-1)}}},
	} {
		_, err := api.Verify(t.Context(), empty)
		wantKind(t, err, control.ErrorInvalid)
	}
	if left := must(t, api.ForgetRequests); len(left.Entries) != 0 || len(must(t, with(w.Resource("other").Requests, control.RequestSearch{})).Entries) != 3 {
		t.Errorf("got %+v, want nothing of mine and all of the other's", left)
	}
}

func pageThrough(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	for range 5 {
		w.create(t, "mine")
		w.create(t, "other") // with numbers in between
	}
	numbers := func(of control.Requests) (all []uint64) {
		for _, r := range of.Entries {
			all = append(all, r.Number)
		}
		return all
	}
	whole := must(t, with(api.Requests, control.RequestSearch{}))
	want := numbers(whole)
	if len(want) != 5 || whole.Next != 0 {
		t.Fatalf("got %v, and more behind %d; want all five without a limit", want, whole.Next)
	}
	for limit, wantPages := range map[int]int{1: 5, 2: 3, 4: 2, 5: 1, 6: 1} {
		var got []uint64
		query := control.RequestSearch{Limit: limit}
		for page := 1; ; page++ {
			found := must(t, with(api.Requests, query))
			got = append(got, numbers(found)...)
			if len(found.Entries) > limit || found.Last != whole.Last {
				t.Errorf("limit %d: got %d requests, the newest of all %d; want no more than that, and %d", limit, len(found.Entries), found.Last, whole.Last)
			}
			if found.Next != 0 && page < wantPages {
				query.After = found.Next
				continue
			}
			if page != wantPages || found.Next != 0 {
				t.Errorf("limit %d: got %d pages, and more behind %d; want %d", limit, page, found.Next, wantPages)
			}
			break
		}
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: got %v, want each once: %v", limit, got, want)
		}
	}
	waited := must(t, with(api.Requests, control.RequestSearch{Count: 5, Timeout: control.Duration(control.MaxWait), Limit: 2}))
	if got := numbers(waited); !slices.Equal(got, want[:2]) || waited.Next != want[1] {
		t.Errorf("got %v, and more behind %d; want the two oldest of those that were waited for, %v", got, waited.Next, want[:2])
	}
	_, err := api.Requests(t.Context(), control.RequestSearch{Limit: -1})
	wantKind(t, err, control.ErrorInvalid)
}

func waiting(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	came := make(chan control.Requests, 1)
	go func() {
		// An error gives no entries.
		found, _ := api.Requests(t.Context(), control.RequestSearch{
			RequestQuery: control.RequestQuery{Operation: createOperation}, Count: 2, Timeout: control.Duration(control.MaxWait),
		})
		came <- found
	}()
	w.create(t, "mine")
	w.create(t, "other")
	w.create(t, "mine")
	if got := <-came; len(got.Entries) != 2 {
		t.Errorf("got %d requests, want the two that were waited for", len(got.Entries))
	}
	short := must(t, with(api.Requests, control.RequestSearch{Count: 9, Timeout: control.Duration(time.Millisecond)}))
	if len(short.Entries) != 2 {
		t.Errorf("got %d requests when the time was over, want those there are", len(short.Entries))
	}
	_, err := api.Requests(t.Context(), control.RequestSearch{Timeout: control.Duration(time.Hour)})
	wantKind(t, err, control.ErrorInvalid)
}
