package service_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// createAs makes a session whose id ends with n.
func (f *fixture) createAs(t *testing.T, n byte, edits ...func(*service.CreateRequest)) service.Created {
	t.Helper()
	f.NewID = func() uuid.UUID { return uuid.UUID{15: n} }
	return f.create(t, edits...)
}

func idOf(n byte) liveness.SessionID { return liveness.SessionID(uuid.UUID{15: n}.String()) }

// numbersOf returns the ends of the ids of sessions.
func numbersOf(views []liveness.View) string {
	var numbers []string
	for _, view := range views {
		id := uuid.MustParse(string(view.Session.ID))
		numbers = append(numbers, fmt.Sprint(id[15]))
	}
	return strings.Join(numbers, " ")
}

// listing is a fixture with sessions 1 to 9. Those in between, 2, 4 and 5, have
// expired; 7 is of the other kind and 8 of another resource.
func listing(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	for _, n := range []byte{5, 2, 4} {
		f.createAs(t, n)
	}
	f.advance(t, liveness.SessionLife-1)
	for _, n := range []byte{9, 3, 1, 6} {
		f.createAs(t, n)
	}
	f.createAs(t, 7, withVerify(nil))
	f.createAs(t, 8, func(r *service.CreateRequest) { r.Resource = "other" })
	f.advance(t, 1)
	return f
}

func TestSessions(t *testing.T) {
	t.Parallel()
	f := listing(t)
	for _, test := range []struct {
		resource liveness.ResourceID
		kind     liveness.Kind
		after    liveness.SessionID
		limit    int
		want     string
	}{
		{someResource, liveness.KindLiveness, "", 1000, "1 3 6 9"},
		{someResource, liveness.KindLiveness, "", 5, "1 3 6 9"},
		{someResource, liveness.KindLiveness, "", 4, "1 3 6 9"},
		{someResource, liveness.KindLiveness, "", 3, "1 3 6"}, // three of six that are stored
		{someResource, liveness.KindLiveness, "", 2, "1 3"},
		{someResource, liveness.KindLiveness, "", 1, "1"},
		{someResource, liveness.KindLiveness, idOf(1), 1, "3"},
		{someResource, liveness.KindLiveness, idOf(3), 1, "6"}, // two that have expired are passed over
		{someResource, liveness.KindLiveness, idOf(3), 2, "6 9"},
		{someResource, liveness.KindLiveness, idOf(4), 2, "6 9"}, // behind one that has expired
		{someResource, liveness.KindLiveness, idOf(7), 2, "9"},   // behind one that is not in the list
		{someResource, liveness.KindLiveness, idOf(9), 2, ""},
		{someResource, liveness.KindLiveness, "no session id", 2, ""},
		{someResource, liveness.KindLiveness, "#", 2, "1 3"},
		{someResource, liveness.KindLivenessWithVerify, "", 1000, "7"},
		{"other", liveness.KindLiveness, "", 1000, "8"},
		{"other", liveness.KindLivenessWithVerify, "", 1000, ""},
		{"nobody's", liveness.KindLiveness, "", 1000, ""},
	} {
		views, err := f.Sessions(t.Context(), test.resource, test.kind, test.after, test.limit)
		if got := numbersOf(views); err != nil || got != test.want {
			t.Errorf("%s, %s, %d after %q: got sessions %q, %v; want %q", test.resource, test.kind, test.limit, test.after, got, err, test.want)
		}
	}
}

// TestPagesMeet: pages of any length, one behind the other, give the whole list.
func TestPagesMeet(t *testing.T) {
	t.Parallel()
	f := listing(t)
	for limit := 1; limit <= 7; limit++ {
		var all []liveness.View
		var after liveness.SessionID
		for {
			page, err := f.Sessions(t.Context(), someResource, liveness.KindLiveness, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page...)
			if len(page) < limit {
				break
			}
			after = page[limit-1].Session.ID
		}
		if got := numbersOf(all); got != "1 3 6 9" {
			t.Errorf("pages of %d: got sessions %q; want 1 3 6 9", limit, got)
		}
	}
}

// TestAPageOfExpiredSessions is as long as a list of others, and none of its own.
func TestAPageOfExpiredSessions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for n := range byte(40) {
		f.createAs(t, n)
	}
	f.advance(t, time.Second)
	f.createAs(t, 40)
	f.advance(t, liveness.SessionLife-time.Second)
	views, err := f.Sessions(t.Context(), someResource, liveness.KindLiveness, "", 1)
	if got := numbersOf(views); err != nil || got != "40" {
		t.Errorf("got sessions %q, %v; want the one that has not expired", got, err)
	}
}

// TestListedSessionsAreAsTheyAreNow: their state is the one that a read gives.
func TestListedSessionsAreAsTheyAreNow(t *testing.T) {
	t.Parallel()
	script := scriptOf(decided(liveness.DecisionRealFace))
	script.Automatic, script.After = true, time.Minute
	f := newFixture(t, func(f *fixture) { f.script = script })
	created := f.create(t)
	for _, moment := range []struct {
		after   time.Duration
		state   liveness.State
		expired bool
	}{
		{0, liveness.StateNotStarted, false},
		{time.Minute, liveness.StateSucceeded, false},
		{liveness.DefaultTokenTTL - time.Minute - 1, liveness.StateSucceeded, false},
		{1, liveness.StateSucceeded, true},
	} {
		f.advance(t, moment.after)
		views, err := f.Sessions(t.Context(), someResource, liveness.KindLiveness, "", 10)
		if err != nil || len(views) != 1 {
			t.Fatalf("got %d sessions, %v; want 1", len(views), err)
		}
		for name, got := range map[string]liveness.View{"listed": views[0], "read": f.view(t, created)} {
			if got.State != moment.state || got.TokenExpired != moment.expired {
				t.Errorf("%s: got %s, token expired %v; want %s, %v", name, got.State, got.TokenExpired, moment.state, moment.expired)
			}
		}
	}
}

var errDisk = errors.New("disk is gone")

// A brokenStore answers some calls with errDisk.
type brokenStore struct {
	store.Store
	lists, settings, changes bool
	session                  liveness.SessionID
}

func (s brokenStore) List(ctx context.Context, resource liveness.ResourceID, kind liveness.Kind, after liveness.SessionID, limit int) ([]liveness.Session, error) {
	if s.lists {
		return nil, errDisk
	}
	return s.Store.List(ctx, resource, kind, after, limit)
}

func (s brokenStore) Setting(ctx context.Context, name string) ([]byte, error) {
	if s.settings {
		return nil, errDisk
	}
	return s.Store.Setting(ctx, name)
}

func (s brokenStore) ChangeSetting(ctx context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error) {
	if s.changes {
		return nil, errDisk
	}
	return s.Store.ChangeSetting(ctx, name, change)
}

func (s brokenStore) Session(ctx context.Context, id liveness.SessionID) (liveness.Session, error) {
	if id == s.session {
		return liveness.Session{}, errDisk
	}
	return s.Store.Session(ctx, id)
}

func TestSessionsOfABrokenStore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.create(t)
	f.in.Store = brokenStore{Store: f.store, lists: true}
	if views, err := f.Sessions(t.Context(), someResource, liveness.KindLiveness, "", 10); !errors.Is(err, errDisk) || views != nil {
		t.Errorf("got %d sessions, %v; want none and %v", len(views), err, errDisk)
	}
}
