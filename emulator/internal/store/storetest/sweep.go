package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

func sweepChecks() []check {
	return []check{
		{"ExactBoundary", (*suite).sweepBoundary},
		{"TimeOfEachResource", (*suite).sweepResources},
		{"RemovesImagesAndListing", (*suite).sweepImages},
		{"AfterUpdate", (*suite).sweepUpdated},
		{"AnyCreationTime", (*suite).sweepTimes},
		{"TimeAfterReplace", (*suite).sweepReplaced},
	}
}

func (s *suite) sweepBoundary() {
	session := s.created(1)
	if got := s.sweep(session.Expires().Add(-time.Nanosecond)); got != 0 {
		s.Errorf("Sweep a nanosecond before expiry removed %d sessions, want 0", got)
	}
	s.wantSession(session)
	if got := s.sweep(session.Expires()); got != 1 {
		s.Errorf("Sweep at expiry removed %d sessions, want 1", got)
	}
	s.wantNoSession(session.ID)
	if got := s.sweep(session.Expires()); got != 0 {
		s.Errorf("Sweep again removed %d sessions, want 0", got)
	}
}

func (s *suite) sweepResources() {
	// The time of the n-th resource is n hours later. It has a session of each hour, so n
	// of them have expired there.
	const resources, hours = 5, 7
	resource := func(n int) liveness.ResourceID { return liveness.ResourceID(fmt.Sprint("resource-", n)) }
	want := map[int][]liveness.SessionID{}
	nows := map[liveness.ResourceID]time.Time{}
	for n := range resources {
		nows[resource(n)] = someTime().Add(liveness.SessionLife + time.Duration(n)*time.Hour)
		for hour := range hours {
			session := s.session(sessionID(n + resources*hour))
			session.Resource = resource(n)
			session.Created = someTime().Add(time.Duration(hour)*time.Hour + time.Nanosecond)
			s.create(session)
			if hour >= n {
				want[n] = append(want[n], session.ID)
			}
		}
	}
	removed, err := s.store.Sweep(s.Context(), func(id liveness.ResourceID) time.Time {
		now, ok := nows[id]
		if !ok {
			s.Errorf("Sweep asked for the time of %q, which has no session", id)
		}
		return now
	})
	if err != nil || removed != 0+1+2+3+4 {
		s.Errorf("Sweep removed %d, %v, want 10 and nil", removed, err)
	}
	for n := range resources {
		if got := s.listed(resource(n), someKind); !slices.Equal(got, want[n]) {
			s.Errorf("%s has %q left, want %q", resource(n), got, want[n])
		}
	}
}

// sweepReplaced replaces sessions, and has the clock go back, while Sweep runs.
func (s *suite) sweepReplaced() {
	const expired = 600 // more than an engine looks up at once
	for n := range expired {
		s.created(n)
	}
	restored := s.session(sessionID(expired))
	now := someTime().Add(liveness.SessionLife)
	_, err := s.store.Sweep(s.Context(), func(liveness.ResourceID) time.Time {
		before := now
		if now.After(someTime()) {
			s.replace(store.Scope{Resource: someResource}, []store.Stored{{Session: restored}})
			now = someTime()
		}
		return before
	})
	s.wantError("Sweep", err, nil)
	s.wantSession(restored)
}

func (s *suite) sweepImages() {
	verify := s.image(liveness.VerifyImageName, 300_000)
	expired := s.created(1, verify, s.image("b", 10))
	live := s.session(sessionID(2))
	live.Created = live.Created.Add(time.Second)
	s.create(live, verify)
	if got := s.sweep(expired.Expires()); got != 1 {
		s.Errorf("Sweep removed %d sessions, want 1", got)
	}
	s.wantNoSession(expired.ID)
	s.wantSession(live)
	s.wantImage(live.ID, verify)
	s.create(expired) // The id is free again.
	_, err := s.store.Image(s.Context(), expired.ID, verify.Name)
	s.wantError("Image of the new session", err, liveness.ErrNotFound)
}

func (s *suite) sweepUpdated() {
	session := s.created(1, s.image("a", 10))
	s.update(session.ID, 5, s.image("a", 70_000))
	s.update(session.ID, 6)
	if got := s.sweep(session.Expires()); got != 1 {
		s.Errorf("Sweep of an updated session removed %d, want 1", got)
	}
	s.wantNoSession(session.ID)
}

func (s *suite) sweepTimes() {
	created := []time.Time{
		{},
		time.Unix(-1, 999_999_999),
		time.Unix(0, 0),
		time.Date(1700, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	}
	slices.SortFunc(created, time.Time.Compare)
	for n, at := range created {
		session := s.session(sessionID(n))
		session.Created = at.UTC()
		s.create(session)
	}
	for n, at := range created {
		if got := s.sweep(at.Add(liveness.SessionLife - 1)); got != 0 {
			s.Errorf("Sweep just before %v removed %d sessions, want 0", at, got)
		}
		if got := s.sweep(at.Add(liveness.SessionLife)); got != 1 {
			s.Errorf("Sweep at %v removed %d sessions, want 1", at, got)
		}
		s.wantNoSession(sessionID(n))
	}
}
