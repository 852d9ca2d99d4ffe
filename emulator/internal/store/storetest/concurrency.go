package storetest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func concurrencyChecks() []check {
	return []check{
		{"UpdatesOfOneSessionLoseNothing", (*suite).concurrentUpdates},
		{"OneCreateWins", (*suite).concurrentCreates},
		{"OneDeleteWins", (*suite).concurrentDeletes},
		{"OneSweepCounts", (*suite).concurrentSweeps},
		{"Mixture", (*suite).concurrentMixture},
	}
}

// together runs f in n goroutines and waits for all.
func together(n int, f func(n int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { f(i) })
	}
	group.Wait()
}

func (s *suite) concurrentUpdates() {
	const writers, each = 8, 25
	session := s.created(1, s.image("a", 10))
	var inside atomic.Int32
	together(writers, func(int) {
		for range each {
			_, err := s.store.Update(s.Context(), session.ID, func(session *liveness.Session) error {
				if inside.Add(1) != 1 {
					s.Error("two changes of one session ran at once")
				}
				session.EndCalls++
				inside.Add(-1)
				return nil
			})
			if err != nil {
				s.Errorf("Update = %v, want nil", err)
			}
		}
	})
	session.EndCalls += writers * each
	s.wantSession(session)
}

func (s *suite) concurrentCreates() {
	const callers = 12
	for round := range 5 {
		id := sessionID(round)
		var won atomic.Int32
		winner := make(chan int, callers)
		var sessions []liveness.Session
		var images []liveness.Image
		for n := range callers {
			session := s.session(id)
			session.EndCalls = n
			sessions = append(sessions, session)
			images = append(images, s.image("a", 1+n*10_000))
		}
		together(callers, func(n int) {
			switch err := s.store.Create(s.Context(), sessions[n], images[n]); {
			case err == nil:
				won.Add(1)
				winner <- n
			case !errors.Is(err, liveness.ErrExists):
				s.Errorf("Create = %v, want nil or %v", err, liveness.ErrExists)
			}
		})
		if won.Load() != 1 {
			s.Fatalf("%d of %d calls of Create succeeded, want 1", won.Load(), callers)
		}
		n := <-winner
		s.wantSession(sessions[n])
		s.wantImage(id, images[n])
	}
}

func (s *suite) concurrentDeletes() {
	for round := range 10 {
		session := s.created(round, s.image("a", 10))
		var won atomic.Int32
		together(8, func(int) {
			switch err := s.store.Delete(s.Context(), session.ID); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, liveness.ErrNotFound):
				s.Errorf("Delete = %v, want nil or %v", err, liveness.ErrNotFound)
			}
		})
		if won.Load() != 1 {
			s.Errorf("%d calls of Delete succeeded, want 1", won.Load())
		}
		s.wantNoSession(session.ID)
	}
}

func (s *suite) concurrentSweeps() {
	const count = 40
	for n := range count {
		s.created(n)
	}
	var removed atomic.Int32
	together(4, func(int) { removed.Add(int32(s.sweep(someTime().Add(liveness.SessionLife)))) })
	if removed.Load() != count {
		s.Errorf("concurrent sweeps removed %d sessions together, want %d", removed.Load(), count)
	}
}

// concurrentMixture makes all kinds of calls with a few sessions concurrently. Every
// reader sees a consistent session: the length of its image equals EndCalls, and its
// three texts are the same.
func (s *suite) concurrentMixture() {
	const goroutines, steps, sessions = 6, 60, 4
	seeds := make([]uint64, goroutines)
	for n := range seeds {
		seeds[n] = s.rand.Uint64()
	}
	together(goroutines, func(n int) {
		m := mixture{suite: s, random: rand.New(rand.NewPCG(seeds[n], 0))}
		for range steps {
			m.step(sessionID(m.random.IntN(sessions)))
		}
	})
	listed := s.listed(someResource, someKind)
	for n := range sessions {
		_, err := s.store.Session(s.Context(), sessionID(n))
		if exists := err == nil; exists != slices.Contains(listed, sessionID(n)) {
			s.Errorf("session %d: Session = %v, but List = %q", n, err, listed)
		}
	}
	s.sweep(someTime().Add(2 * liveness.SessionLife))
	for n := range sessions {
		s.wantNoSession(sessionID(n))
	}
}

// A mixture is the state of one goroutine of concurrentMixture.
type mixture struct {
	*suite
	random *rand.Rand
}

func (m *mixture) step(id liveness.SessionID) {
	size := m.random.IntN(3) * 40_000
	set := func(session *liveness.Session) error {
		session.EndCalls = size
		session.Attempts = append(session.Attempts, liveness.Attempt{ID: size, Digest: string(id)})
		return nil
	}
	image := liveness.Image{Name: "a", Bytes: make([]byte, size)}
	var err error
	switch m.random.IntN(8) {
	case 0, 1:
		session := liveness.Session{ID: id, Resource: someResource, Kind: someKind, Created: someTime()}
		_ = set(&session)
		err = m.store.Create(m.Context(), session, image)
	case 2, 3:
		_, err = m.store.Update(m.Context(), id, set, image)
	case 4:
		if m.random.IntN(3) == 0 {
			err = m.store.Delete(m.Context(), id)
		}
	case 5:
		_, err = m.store.Sweep(m.Context(), func(liveness.ResourceID) time.Time {
			return someTime().Add(liveness.SessionLife - time.Duration(m.random.IntN(2)))
		})
	case 6:
		err = m.list()
	default:
		err = m.read(id)
	}
	if err != nil && !errors.Is(err, liveness.ErrNotFound) && !errors.Is(err, liveness.ErrExists) {
		m.Errorf("session %s: %v, want nil, %v or %v", id, err, liveness.ErrNotFound, liveness.ErrExists)
	}
}

func (m *mixture) list() error {
	page, err := m.store.List(m.Context(), someResource, someKind, "", 10)
	for _, session := range page {
		m.whole(session)
	}
	if !slices.IsSorted(ids(page)) {
		m.Errorf("List = %q, want ascending ids", ids(page))
	}
	return err
}

func (m *mixture) read(id liveness.SessionID) error {
	session, err := m.store.Session(m.Context(), id)
	if err != nil {
		return err
	}
	m.whole(session)
	image, err := m.store.Image(m.Context(), id, "a")
	if err == nil && len(image)%40_000 != 0 {
		m.Errorf("Image of %s has %d bytes, want a multiple of 40000", id, len(image))
	}
	return err
}

func (m *mixture) whole(session liveness.Session) {
	last := session.Attempts[len(session.Attempts)-1]
	if last.ID != session.EndCalls || last.Digest != string(session.ID) {
		m.Errorf("session %s is not whole: the last attempt is of %q with %d, want %d", session.ID, last.Digest, last.ID, session.EndCalls)
	}
}
