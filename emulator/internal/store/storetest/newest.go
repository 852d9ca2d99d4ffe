package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

func newestChecks() []check {
	return []check{
		{"Empty", (*suite).newestEmpty},
		{"OrderAndPages", (*suite).newestPages},
		{"PagesAreStable", (*suite).newestStable},
		{"FollowsEveryChange", (*suite).newestFollows},
		{"AnyTime", (*suite).newestTimes},
		{"AcrossReplace", (*suite).newestReplaced},
		{"BehindReplaced", (*suite).newestBehind},
	}
}

// newestFirst sorts sessions as Newest does.
func newestFirst(sessions []liveness.Session) {
	slices.SortFunc(sessions, func(a, b liveness.Session) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
	})
}

// wantNewest compares all pages of Newest with these sessions, in any order.
func (s *suite) wantNewest(owner liveness.Owner, limit int, want []liveness.Session) {
	s.Helper()
	want = slices.Clone(want)
	newestFirst(want)
	var got []liveness.Session
	var before store.Position
	for {
		page, err := s.store.Newest(s.Context(), owner, before, limit)
		if err != nil || len(page) > limit {
			s.Fatalf("Newest(%v, limit %d) = %d sessions, %v, want nil", owner, limit, len(page), err)
		}
		got = append(got, page...)
		if len(page) < limit {
			break
		}
		before = store.PositionOf(page[len(page)-1])
	}
	if !slices.Equal(ids(got), ids(want)) {
		s.Fatalf("Newest(%v, limit %d) = %q, want %q", owner, limit, ids(got), ids(want))
	}
	for n := range want {
		if diff := gocmp.Diff(want[n], got[n]); diff != "" {
			s.Fatalf("Newest differs at %d (-want +got):\n%s", n, diff)
		}
	}
}

func (s *suite) newestEmpty() {
	for _, owner := range []liveness.Owner{{All: true}, {Resource: someResource}, {}} {
		s.wantNewest(owner, 10, nil)
		for _, limit := range []int{0, -1} {
			_, err := s.store.Newest(s.Context(), owner, store.Position{}, limit)
			if err == nil || errors.Is(err, liveness.ErrNotFound) {
				s.Errorf("Newest with limit %d = %v, want an error about the limit", limit, err)
			}
		}
	}
}

// spread creates sessions of two resources and both kinds, several at the same time.
func (s *suite) spread(count int) (all []liveness.Session, of map[liveness.ResourceID][]liveness.Session) {
	s.Helper()
	of = map[liveness.ResourceID][]liveness.Session{}
	for _, n := range s.rand.Perm(count) {
		session := s.session(sessionID(n))
		session.Created = someTime().Add(time.Duration(s.rand.IntN(count/3+1)) * time.Nanosecond)
		session.Resource = []liveness.ResourceID{someResource, "resource-aa"}[n%2]
		session.Kind = []liveness.Kind{liveness.KindLiveness, liveness.KindLivenessWithVerify}[n/2%2]
		s.create(session)
		all = append(all, session)
		of[session.Resource] = append(of[session.Resource], session)
	}
	return all, of
}

func (s *suite) newestPages() {
	all, of := s.spread(40)
	for _, limit := range []int{1, 2, 7, 20, 39, 40, 41} {
		s.wantNewest(liveness.Owner{All: true, Resource: "ignored"}, limit, all)
		for resource, want := range of {
			s.wantNewest(liveness.Owner{Resource: resource}, limit, want)
		}
	}
	s.wantNewest(liveness.Owner{Resource: "resource-"}, 9, nil)
	page, err := s.store.Newest(s.Context(), liveness.Owner{All: true}, store.Position{Created: someTime()}, 9)
	if err != nil || len(page) != 0 {
		s.Errorf("Newest before all = %d sessions, %v, want none", len(page), err)
	}
}

func (s *suite) newestStable() {
	all, _ := s.spread(30)
	newestFirst(all)
	page, err := s.store.Newest(s.Context(), liveness.Owner{All: true}, store.Position{}, 10)
	if err != nil || !slices.Equal(ids(page), ids(all[:10])) {
		s.Fatalf("Newest = %q, %v, want %q", ids(page), err, ids(all[:10]))
	}
	late := s.session("late")
	late.Created = someTime().Add(time.Hour)
	s.create(late)
	// Also the one that the next page begins behind.
	for _, n := range []int{3, 9, 12} {
		s.wantError("Delete", s.store.Delete(s.Context(), all[n].ID), nil)
	}
	want := append(slices.Clone(all[10:12]), all[13:20]...)
	page, err = s.store.Newest(s.Context(), liveness.Owner{All: true}, store.PositionOf(all[9]), 9)
	if err != nil || !slices.Equal(ids(page), ids(want)) {
		s.Errorf("the next page = %q, %v, want %q", ids(page), err, ids(want))
	}
}

func (s *suite) newestFollows() {
	all, _ := s.spread(12)
	newestFirst(all)
	s.update(all[0].ID, 4711, s.image("a", 10))
	all[0].EndCalls = 4711
	s.wantNewest(liveness.Owner{All: true}, 5, all)
	s.wantError("Delete", s.store.Delete(s.Context(), all[5].ID), nil)
	all = slices.Delete(all, 5, 6)
	s.wantNewest(liveness.Owner{All: true}, 5, all)
	oldest := len(all) - 1
	for oldest > 0 && all[oldest-1].Created.Equal(all[len(all)-1].Created) {
		oldest--
	}
	if got := s.sweep(all[oldest].Expires()); got != len(all)-oldest {
		s.Errorf("Sweep removed %d sessions, want %d", got, len(all)-oldest)
	}
	s.wantNewest(liveness.Owner{All: true}, 5, all[:oldest])
}

func (s *suite) newestTimes() {
	var all []liveness.Session
	for n, created := range []time.Time{
		{},
		time.Unix(-1, 0).UTC(), time.Unix(0, 0).UTC(), time.Unix(0, 1).UTC(), someTime(),
		time.Date(1600, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(1600, 1, 1, 0, 0, 0, 2, time.UTC),
		time.Date(2300, 1, 1, 0, 0, 0, 2, time.UTC), time.Date(2300, 1, 1, 0, 0, 0, 1, time.UTC),
	} {
		session := s.session(sessionID(n))
		session.Created = created
		s.create(session)
		all = append(all, session)
	}
	for _, limit := range []int{1, 4} {
		s.wantNewest(liveness.Owner{All: true}, limit, all)
		s.wantNewest(liveness.Owner{Resource: someResource}, limit, all)
	}
}

func (s *suite) newestReplaced() {
	_, of := s.spread(20)
	other := of["resource-aa"]
	var staged []store.Stored
	var want []liveness.Session
	for n := range 8 {
		session := s.session(liveness.SessionID(fmt.Sprint("new-", n)))
		if n%2 == 0 {
			session = copyOf(of[someResource][n])
		}
		session.EndCalls = 1000 + n
		want = append(want, session)
		staged = append(staged, store.Stored{Session: session})
	}
	all := func(own []liveness.Session) []liveness.Session { return append(slices.Clone(own), other...) }
	err := s.store.Replace(s.Context(), someScope(), func(stage func(store.Stored) error) error {
		s.wantError("fill", filling(staged)(stage), nil)
		s.wantNewest(liveness.Owner{All: true}, 3, all(of[someResource]))
		s.wantNewest(liveness.Owner{Resource: someResource}, 3, of[someResource])
		return nil
	})
	s.wantError("Replace", err, nil)
	for range 2 {
		s.wantNewest(liveness.Owner{All: true}, 3, all(want))
		s.wantNewest(liveness.Owner{Resource: someResource}, 3, want)
		s.sweep(someTime())
	}
	s.undo(liveness.Owner{Resource: someResource}, len(want))
	for range 2 {
		s.wantNewest(liveness.Owner{All: true}, 3, all(of[someResource]))
		s.wantNewest(liveness.Owner{Resource: someResource}, 3, of[someResource])
		s.sweep(someTime())
	}
}

// newestBehind has many sessions that were replaced among those of all resources, also
// while calls of Replace and Undo wait.
func (s *suite) newestBehind() {
	var want []liveness.Session
	var replaced []store.Stored
	other := store.Scope{Resource: "resource-b"}
	for n := range 2500 {
		session := s.session(sessionID(n))
		session.Created = someTime().Add(time.Duration(n) * time.Second)
		if n%400 == 0 {
			s.create(session)
			want = append(want, session)
			continue
		}
		session.Resource = other.Resource
		replaced = append(replaced, store.Stored{Session: session})
	}
	s.replace(other, replaced)
	s.replace(other, nil)
	all := liveness.Owner{All: true}
	for _, limit := range []int{1, 3, 100} {
		s.wantNewest(all, limit, want)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20 {
			_, err := s.store.Undo(s.Context(), liveness.Owner{Resource: other.Resource})
			if err == nil {
				err = s.store.Replace(s.Context(), other, nil)
			}
			if err != nil {
				s.Errorf("Undo or Replace meanwhile = %v, want nil", err)
				return
			}
		}
	}()
	for running := true; running; {
		page, err := s.store.Newest(s.Context(), all, store.Position{}, 1500)
		if err != nil || !slices.IsSortedFunc(page, func(a, b liveness.Session) int { return b.Created.Compare(a.Created) }) {
			s.Errorf("Newest meanwhile = %d sessions, %v, want the newest first and nil", len(page), err)
		}
		select {
		case <-done:
			running = false
		default:
		}
	}
	s.wantNewest(all, 3, want)
}
