// Package storetest is the contract of store.Store as a test. Every engine
// runs it:
//
//	func TestContract(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { return memstore.New(memstore.Options{}) })
//	}
package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// Run tests the whole contract, each part in a parallel subtest on a separate
// empty store. It calls open for each of them, and closes what open
// returned when the subtest ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	parts := map[string][]check{
		"Missing":      missingChecks(),
		"Conflict":     conflictChecks(),
		"Ownership":    ownershipChecks(),
		"Update":       updateChecks(),
		"List":         listChecks(),
		"Newest":       newestChecks(),
		"Image":        imageChecks(),
		"Setting":      settingChecks(),
		"Sweep":        sweepChecks(),
		"Walk":         walkChecks(),
		"Replace":      replaceChecks(),
		"Undo":         undoChecks(),
		"Switched":     switchedChecks(),
		"Concurrent":   concurrencyChecks(),
		"Cancellation": cancellationChecks(),
		"Close":        closeChecks(),
		"Sequence":     sequenceChecks(),
	}
	for part, checks := range parts {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			for _, c := range checks {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					store := open(t)
					t.Cleanup(func() {
						if err := store.Close(); err != nil {
							t.Errorf("Close at the end = %v, want nil", err)
						}
					})
					c.run(newSuite(t, store))
				})
			}
		})
	}
}

// A check tests one rule of the contract.
type check struct {
	name string
	run  func(*suite)
}

// A suite has a check's test and the store under test.
type suite struct {
	*testing.T
	store store.Store
	rand  *rand.Rand
}

func newSuite(t *testing.T, store store.Store) *suite {
	t.Helper()
	return &suite{T: t, store: store, rand: rand.New(rand.NewPCG(1, 2))}
}

// The resource of most checks.
const (
	someResource = liveness.ResourceID("resource-a")
	someKind     = liveness.KindLivenessWithVerify
)

// someTime is the creation time of most sessions.
func someTime() time.Time { return time.Date(2026, 2, 3, 4, 5, 6, 789, time.UTC) }

// sessionID returns the n-th id, in ascending order of n.
func sessionID(n int) liveness.SessionID {
	return liveness.SessionID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", n))
}

// session returns a session with this id and a value in every field.
func (s *suite) session(id liveness.SessionID) liveness.Session {
	session := FullSession(s.rand)
	session.ID, session.Resource, session.Kind, session.Created = id, someResource, someKind, someTime()
	return session
}

func (s *suite) create(session liveness.Session, images ...liveness.Image) {
	s.Helper()
	if err := s.store.Create(s.Context(), session, images...); err != nil {
		s.Fatalf("Create(%s) = %v, want nil", session.ID, err)
	}
}

// created creates the n-th session and returns it.
func (s *suite) created(n int, images ...liveness.Image) liveness.Session {
	s.Helper()
	session := s.session(sessionID(n))
	s.create(session, images...)
	return session
}

// update changes EndCalls to this value.
func (s *suite) update(id liveness.SessionID, endCalls int, images ...liveness.Image) {
	s.Helper()
	_, err := s.store.Update(s.Context(), id, func(session *liveness.Session) error {
		session.EndCalls = endCalls
		return nil
	}, images...)
	if err != nil {
		s.Fatalf("Update(%s) = %v, want nil", id, err)
	}
}

// wantSession compares the stored session with this one.
func (s *suite) wantSession(want liveness.Session) {
	s.Helper()
	got, err := s.store.Session(s.Context(), want.ID)
	if err != nil {
		s.Fatalf("Session(%s) = %v, want nil", want.ID, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Fatalf("Session(%s) differs (-want +got):\n%s", want.ID, diff)
	}
}

// wantNoSession checks that no call finds the session.
func (s *suite) wantNoSession(id liveness.SessionID) {
	s.Helper()
	_, err := s.store.Session(s.Context(), id)
	s.wantError("Session", err, liveness.ErrNotFound)
	_, err = s.store.Image(s.Context(), id, liveness.VerifyImageName)
	s.wantError("Image", err, liveness.ErrNotFound)
	if slices.Contains(s.listed(someResource, someKind), id) {
		s.Fatalf("List shows %s, which is not there", id)
	}
}

func (s *suite) wantImage(id liveness.SessionID, want liveness.Image) {
	s.Helper()
	got, err := s.store.Image(s.Context(), id, want.Name)
	if err != nil {
		s.Fatalf("Image(%s, %q) = %v, want nil", id, want.Name, err)
	}
	if !slices.Equal(got, want.Bytes) {
		s.Fatalf("Image(%s, %q) = %d bytes, want the stored %d bytes", id, want.Name, len(got), len(want.Bytes))
	}
}

func (s *suite) wantError(call string, got, want error) {
	s.Helper()
	if !errors.Is(got, want) {
		s.Fatalf("%s = %v, want %v", call, got, want)
	}
}

// listed returns the ids of List in one page.
func (s *suite) listed(resource liveness.ResourceID, kind liveness.Kind) []liveness.SessionID {
	s.Helper()
	page, err := s.store.List(s.Context(), resource, kind, "", 1_000_000)
	if err != nil {
		s.Fatalf("List(%s, %s) = %v, want nil", resource, kind, err)
	}
	return ids(page)
}

func ids(sessions []liveness.Session) []liveness.SessionID {
	var all []liveness.SessionID
	for _, session := range sessions {
		all = append(all, session.ID)
	}
	return all
}

// image returns an image of n random bytes.
func (s *suite) image(name string, n int) liveness.Image {
	return liveness.Image{Name: name, Bytes: randomBytes(s.rand, n)}
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, 0, n+8)
	for len(b) < n {
		v := r.Uint64()
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
	}
	return b[:n]
}

// sweep removes the sessions of all resources that have expired at now.
func (s *suite) sweep(now time.Time) int {
	s.Helper()
	removed, err := s.store.Sweep(s.Context(), func(liveness.ResourceID) time.Time { return now })
	if err != nil {
		s.Fatalf("Sweep = %v, want nil", err)
	}
	return removed
}

// A call is a method of a store with valid arguments.
type call struct {
	name string
	run  func(context.Context) error
}

// calls returns a call of each method except Close for this session. They may run
// concurrently.
func (s *suite) calls(session liveness.Session) []call {
	other := session.Clone()
	other.ID = sessionID(0xcafe)
	image := s.image("a", 10)
	return []call{
		{"Create", func(ctx context.Context) error { return s.store.Create(ctx, other, image) }},
		{"Session", func(ctx context.Context) error {
			_, err := s.store.Session(ctx, session.ID)
			return err
		}},
		{"List", func(ctx context.Context) error {
			_, err := s.store.List(ctx, session.Resource, session.Kind, "", 1)
			return err
		}},
		{"Newest", func(ctx context.Context) error {
			_, err := s.store.Newest(ctx, liveness.Owner{All: true}, store.Position{}, 1)
			return err
		}},
		{"Update", func(ctx context.Context) error {
			_, err := s.store.Update(ctx, session.ID, func(session *liveness.Session) error {
				session.EndCalls++
				return nil
			}, image)
			return err
		}},
		{"Delete", func(ctx context.Context) error { return s.store.Delete(ctx, session.ID) }},
		{"Image", func(ctx context.Context) error {
			_, err := s.store.Image(ctx, session.ID, liveness.VerifyImageName)
			return err
		}},
		{"Setting", func(ctx context.Context) error {
			_, err := s.store.Setting(ctx, "key")
			return err
		}},
		{"ChangeSetting", func(ctx context.Context) error {
			_, err := s.store.ChangeSetting(ctx, "key", func([]byte) ([]byte, error) { return []byte("value"), nil })
			return err
		}},
		{"Sweep", func(ctx context.Context) error {
			_, err := s.store.Sweep(ctx, func(liveness.ResourceID) time.Time { return session.Expires() })
			return err
		}},
		{"Walk", func(ctx context.Context) error {
			_, err := s.store.Walk(ctx, everything(), func(store.Stored) error { return nil })
			return err
		}},
		{"Replace", func(ctx context.Context) error {
			return s.store.Replace(ctx, everything(), filling([]store.Stored{{Session: other, Images: []liveness.Image{image}}}))
		}},
		{"Replace by nothing", func(ctx context.Context) error { return s.store.Replace(ctx, everything(), nil) }},
		{"Undo", func(ctx context.Context) error {
			_, err := s.store.Undo(ctx, liveness.Owner{All: true})
			return err
		}},
		{"Compact", s.store.Compact},
		{"Damaged", func(ctx context.Context) error { _, err := s.store.Damaged(ctx); return err }},
	}
}
