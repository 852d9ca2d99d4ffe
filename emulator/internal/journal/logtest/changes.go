package logtest

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// created is the change that began a session.
func created(resource liveness.ResourceID, id liveness.SessionID) liveness.Change {
	return liveness.Change{Resource: resource, Session: id, After: &liveness.Session{ID: id, Resource: resource}, Created: true}
}

// removed is the change that removed a session.
func removed(resource liveness.ResourceID, id liveness.SessionID) liveness.Change {
	return liveness.Change{Resource: resource, Session: id, Before: &liveness.Session{ID: id, Resource: resource}}
}

// shown lists requests by number and changes by session, in order.
func shown(result journal.Result) string {
	var all []string
	for request, change := range result.InOrder() {
		switch {
		case request != nil:
			all = append(all, fmt.Sprint(request.Number))
		case change.Replaced != nil:
			all = append(all, "all")
		case change.Removed():
			all = append(all, "-"+string(change.Session))
		default:
			all = append(all, string(change.Session))
		}
	}
	return strings.Join(all, " ")
}

// oneOrder: requests and changes have positions in one order, and a query after a position
// misses nothing and repeats nothing. Numbers of requests have no gaps.
func oneOrder(t *testing.T, open Open) {
	t.Helper()
	log := open(t, limits())
	change(t, log, created("r", "a"))
	add(t, log, journal.Entry{Resource: "r", Session: "a"})
	change(t, log, created("r", "b"))
	change(t, log, removed("r", "a"))
	add(t, log, journal.Entry{Resource: "r", Session: "b"})
	query := journal.Query{Resource: "r", Changes: true}
	whole := find(t, log, query)
	if shown(whole) != "a 1 b -a 2" || whole.Incomplete {
		t.Errorf("got %q, incomplete: %v; want a 1 b -a 2", shown(whole), whole.Incomplete)
	}
	for request, c := range whole.InOrder() {
		position := uint64(0)
		if request != nil {
			position = request.Position
		} else {
			position = c.Position
		}
		if position <= query.Behind {
			t.Errorf("got position %d behind %d", position, query.Behind)
		}
		query.Behind = position
	}
	if whole.Position != query.Behind {
		t.Errorf("got %d as the newest position, want %d", whole.Position, query.Behind)
	}
	if rest := find(t, log, query); shown(rest) != "" {
		t.Errorf("got %q behind the last one", shown(rest))
	}
	add(t, log, journal.Entry{Resource: "r"})
	if rest := find(t, log, query); shown(rest) != "3" {
		t.Errorf("got %q, want request 3", shown(rest))
	}
}

// changesOfWhom: a query finds the changes of its owner and session, and those of all
// sessions of its owner.
func changesOfWhom(t *testing.T, open Open) {
	t.Helper()
	log := open(t, limits())
	change(t, log, created("r", "a"))
	change(t, log, created("s", "b"))
	change(t, log, created("r", "c"))
	change(t, log, liveness.Change{Replaced: &liveness.Owner{Resource: "s"}})
	change(t, log, liveness.Change{Session: "d"}) // of an unknown owner
	for _, c := range []struct {
		query journal.Query
		want  string
	}{
		{journal.Query{Resource: "r", Changes: true}, "a c -d"},
		{journal.Query{Resource: "s", Changes: true}, "b all -d"},
		{journal.Query{All: true, Changes: true}, "a b c all -d"},
		{journal.Query{Resource: "r", Changes: true, RequestQuery: control.RequestQuery{Session: "c"}}, "c"},
		{journal.Query{Resource: "r", Changes: true, RequestQuery: control.RequestQuery{Session: "b"}}, ""},
		{journal.Query{All: true}, ""},
	} {
		if got := shown(find(t, log, c.query)); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.query, got, c.want)
		}
	}
}

// changesMakeRoom: changes are dropped for newer changes only, removals of sessions are
// kept longest, and a query that misses some says so.
func changesMakeRoom(t *testing.T, open Open) {
	t.Helper()
	log := open(t, limits())
	add(t, log, journal.Entry{Resource: "r"})
	for i := range 10 {
		change(t, log, removed("r", liveness.SessionID(fmt.Sprint("x", i))))
	}
	read := find(t, log, journal.Query{All: true, Changes: true})
	for i := range 1000 {
		change(t, log, created("r", liveness.SessionID(fmt.Sprint("y", i))))
	}
	got := find(t, log, journal.Query{Resource: "r", Changes: true, Behind: read.Position})
	if !got.Incomplete || len(got.Changes) < 40 || len(got.Changes) > 50 || got.Changes[len(got.Changes)-1].Session != "y999" {
		t.Errorf("got %d changes, incomplete: %v; want the newest 40 and that there were more", len(got.Changes), got.Incomplete)
	}
	if kept := find(t, log, journal.Query{Resource: "r"}); shown(kept) != "1" || kept.Gone != 0 || kept.Incomplete {
		t.Errorf("got %q, %d gone; want the request kept", shown(kept), kept.Gone)
	}
	for id, want := range map[string]int{"x9": 1, "x5": 1, "x4": 0, "y0": 0} {
		found := find(t, log, journal.Query{Resource: "r", Changes: true, RequestQuery: control.RequestQuery{Session: id}}).Changes
		if len(found) != want {
			t.Errorf("%s: got %d changes, want %d", id, len(found), want)
		}
	}
	for range 1000 {
		add(t, log, journal.Entry{Resource: "r"})
	}
	if again := find(t, log, journal.Query{Resource: "r", Changes: true, Behind: got.Position}); len(again.Changes) != 0 || !again.Incomplete {
		t.Errorf("got %d changes, incomplete: %v; want none, and that requests are missing", len(again.Changes), again.Incomplete)
	}
	if left := find(t, log, journal.Query{Resource: "r", Changes: true, Behind: got.Changes[0].Position}); len(left.Changes) != len(got.Changes)-1 {
		t.Errorf("got %d changes, want those kept that were there before the requests", len(left.Changes))
	}
}

// forgetAll: Forget drops the requests of an owner and the content of its removed
// sessions, but not their removal.
func forgetAll(t *testing.T, open Open) {
	t.Helper()
	log := open(t, limits())
	for _, resource := range []liveness.ResourceID{"r", "s"} {
		add(t, log, journal.Entry{Resource: string(resource)})
		change(t, log, created(resource, "kept"))
		change(t, log, removed(resource, "gone"))
	}
	forget(t, log, liveness.Owner{Resource: "r"})
	if got := shown(find(t, log, journal.Query{All: true, Changes: true})); got != "kept -gone 2 kept -gone" {
		t.Errorf("got %q, want all but the request of r", got)
	}
	known := func(resource string) bool {
		for _, c := range find(t, log, journal.Query{Resource: resource, Changes: true}).Changes {
			if c.Before != nil {
				return true
			}
		}
		return false
	}
	if known("r") || !known("s") {
		t.Errorf("got that the removed session of r is known: %v, that of s: %v", known("r"), known("s"))
	}
	forget(t, log, liveness.Owner{All: true})
	if known("s") || countsOf(t, log).Kept != 0 {
		t.Error("got something of s, want all forgotten")
	}
}

// waitForChange: Wait returns after changes of its owner, and not after those of others.
func waitForChange(t *testing.T, open Open) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := open(t, limits())
		found := make(chan string, 1)
		go func() {
			result, err := log.Wait(t.Context(), journal.Query{Resource: "r", Changes: true}, 2)
			found <- fmt.Sprint(shown(result), err)
		}()
		for _, resource := range []liveness.ResourceID{"r", "s", "r"} {
			synctest.Wait()
			change(t, log, created(resource, "a"))
		}
		if got := <-found; got != "a a<nil>" {
			t.Errorf("got %s, want both changes of r", got)
		}
	})
}
