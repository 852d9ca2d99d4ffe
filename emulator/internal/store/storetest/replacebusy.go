package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// replaceConcurrent replaces a resource repeatedly. All its entries have the same number,
// including the setting, and concurrent changes keep that so.
func (s *suite) replaceConcurrent() {
	const sessions, rounds = roundSessions, 12
	s.replace(someScope(), ofRound(0))
	var over atomic.Bool
	together(6, func(n int) {
		random := rand.New(rand.NewPCG(uint64(n), 0))
		switch n {
		case 0:
			defer over.Store(true)
			for round := range rounds {
				s.replace(someScope(), ofRound(round+1))
			}
		case 1, 2, 3:
			for !over.Load() {
				s.wantWhole(sessions)
			}
		default:
			for step := 0; !over.Load(); step++ {
				s.meanwhile(random, liveness.SessionID(fmt.Sprintf("other-%d-%d", n, step)), sessionID(random.IntN(sessions)))
			}
		}
	})
	s.wantWhole(sessions)
	s.wantSetting("a/1", fmt.Append(nil, rounds))
}

// roundSessions is how many sessions ofRound returns.
const roundSessions = 20

// ofRound returns a setting and sessions with images that all have the number of the round.
func ofRound(round int) []store.Stored {
	all := []store.Stored{{Setting: "a/1", Value: fmt.Append(nil, round)}}
	for n := range roundSessions {
		session := smallSession(sessionID(n))
		session.EndCalls = round
		all = append(all, store.Stored{Session: session, Images: []liveness.Image{{Name: "a", Bytes: make([]byte, 1000+round)}}})
	}
	return all
}

// wantWhole checks that Walk and List show sessions with the same number.
func (s *suite) wantWhole(sessions int) {
	var round string
	found := 0
	_, err := s.store.Walk(s.Context(), someScope(), func(stored store.Stored) error {
		if stored.Setting != "" {
			round = string(stored.Value)
			return nil
		}
		found++
		if got := fmt.Sprint(stored.Session.EndCalls); got != round || len(stored.Images) != 1 ||
			len(stored.Images[0].Bytes) != 1000+stored.Session.EndCalls {
			s.Errorf("Walk shows a session of round %s beside a setting of %s", got, round)
		}
		return nil
	})
	if err != nil || found != sessions {
		s.Errorf("Walk shows %d sessions, %v, want %d and nil", found, err, sessions)
	}
	page, err := s.store.List(s.Context(), someResource, someKind, "", sessions+1)
	if err != nil || len(page) != sessions {
		s.Errorf("List = %d sessions, %v, want %d and nil", len(page), err, sessions)
	}
	for _, session := range page {
		if session.EndCalls != page[0].EndCalls {
			s.Errorf("List shows sessions of rounds %d and %d", page[0].EndCalls, session.EndCalls)
		}
	}
}

// meanwhile writes to another resource and to the replaced one.
func (s *suite) meanwhile(random *rand.Rand, other, id liveness.SessionID) {
	session := smallSession(other)
	session.Resource = "resource-b"
	image := liveness.Image{Name: "a", Bytes: make([]byte, random.IntN(300_000))}
	if err := s.store.Create(s.Context(), session, image); err != nil {
		s.Errorf("Create meanwhile = %v, want nil", err)
	}
	if got, err := s.store.Image(s.Context(), other, "a"); err != nil || len(got) != len(image.Bytes) {
		s.Errorf("Image meanwhile = %d bytes, %v, want %d and nil", len(got), err, len(image.Bytes))
	}
	_, err := s.store.Update(s.Context(), id, func(session *liveness.Session) error {
		session.DeviceCorrelationID += "x" // a member that readers ignore
		return nil
	})
	if err != nil {
		s.Errorf("Update of a session that is always there = %v, want nil", err)
	}
	if _, err := s.store.Setting(s.Context(), "a/1"); err != nil {
		s.Errorf("Setting that is always there = %v, want nil", err)
	}
	if random.IntN(2) == 0 {
		s.sweep(someTime())
		if err := s.store.Delete(s.Context(), other); err != nil {
			s.Errorf("Delete meanwhile = %v, want nil", err)
		}
	}
}
