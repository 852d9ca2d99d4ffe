package storetest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

func replaceChecks() []check {
	return []check{
		{"PutsAllInPlaceOfAll", (*suite).replaceAll},
		{"LeavesTheRestAlone", (*suite).replaceApart},
		{"ByNothing", (*suite).replaceEmpty},
		{"FailureChangesNothing", (*suite).replaceFailure},
		{"OutsideOfTheScope", (*suite).replaceOutside},
		{"IDsAreUnique", (*suite).replaceConflict},
		{"StageAfterTheEnd", (*suite).replaceLate},
		{"Copies", (*suite).replaceCopies},
		{"AmongOtherCalls", (*suite).replaceBusy},
		{"ReadersSeeNoMixture", (*suite).replaceConcurrent},
		{"Thousands", (*suite).replaceThousands},
	}
}

// filling returns a fill function that stages all of these.
func filling(all []store.Stored) func(func(store.Stored) error) error {
	return func(stage func(store.Stored) error) error {
		for _, stored := range all {
			if err := stage(stored); err != nil {
				return err
			}
		}
		return nil
	}
}

func (s *suite) replace(scope store.Scope, all []store.Stored) {
	s.Helper()
	if err := s.store.Replace(s.Context(), scope, filling(all)); err != nil {
		s.Fatalf("Replace = %v, want nil", err)
	}
}

// someStored returns the settings and sessions of someScope in the order of Walk, with
// the sessions of these numbers.
func (s *suite) someStored(numbers ...int) []store.Stored {
	all := []store.Stored{{Setting: "a/2", Value: []byte("new")}, {Setting: "a/3", Value: []byte{}}}
	for _, n := range numbers {
		stored := store.Stored{Session: s.session(sessionID(n))}
		if n%2 == 0 {
			stored.Session.Kind = liveness.KindLiveness
			stored.Images = []liveness.Image{s.image("a", 300_000*(n%5)), s.image(liveness.VerifyImageName, 10)}
		}
		all = append(all, stored)
	}
	return all
}

func (s *suite) replaceAll() {
	s.someSettings()
	old := s.image("old", 200_000)
	for n := range 5 {
		s.created(n, old)
	}
	for range 3 { // The second and third time, most ids exist already.
		want := s.someStored(1, 2, 4, 8, 9)
		s.replace(someScope(), want)
		s.wantWalk(someScope(), want)
		for _, stored := range want[2:] {
			s.wantSession(stored.Session)
			for _, image := range stored.Images {
				s.wantImage(stored.Session.ID, image)
			}
		}
		_, err := s.store.Image(s.Context(), sessionID(1), "old")
		s.wantError("Image of the session before", err, liveness.ErrNotFound)
		s.wantNoSession(sessionID(0))
		if got := s.listed(someResource, liveness.KindLiveness); !slices.Equal(got, []liveness.SessionID{sessionID(2), sessionID(4), sessionID(8)}) {
			s.Errorf("List = %q, want sessions 2, 4 and 8", got)
		}
		s.wantNoSetting("a/1")
		s.wantSetting("a/3", []byte{})
	}
	// Replaced entries behave like any others.
	s.update(sessionID(2), 99, s.image("a", 20))
	if got := s.sweep(someTime().Add(liveness.SessionLife)); got != 5 {
		s.Errorf("Sweep removed %d sessions, want 5", got)
	}
	s.created(2)
}

func (s *suite) replaceApart() {
	s.someSettings()
	other := s.session(sessionID(7))
	other.Resource = "resource-aa"
	image := s.image("a", 200_000)
	s.create(other, image)
	s.created(1)
	s.replace(someScope(), s.someStored(2))
	s.replace(store.Scope{Resource: someResource}, nil)
	s.wantWalk(store.Scope{Resource: someResource}, nil)
	s.wantSession(other)
	s.wantImage(other.ID, image)
	for name, want := range map[string]string{"b/1": "of b/1", "common": "of common", "": "of ", "a/2": "new"} {
		s.wantSetting(name, []byte(want))
	}
}

func (s *suite) replaceEmpty() {
	for _, fill := range []func(func(store.Stored) error) error{nil, filling(nil)} {
		for _, scope := range []store.Scope{someScope(), everything()} {
			s.someSettings()
			s.created(1, s.image("a", 200_000))
			for range 2 {
				if err := s.store.Replace(s.Context(), scope, fill); err != nil {
					s.Fatalf("Replace by nothing = %v, want nil", err)
				}
				s.wantWalk(scope, nil)
			}
			s.wantNoSession(sessionID(1))
			s.wantSetting("", []byte("of ")) // It is outside every scope.
		}
	}
}

func (s *suite) replaceFailure() {
	want := s.someSettings()
	image := s.image("a", 200_000)
	want = append(want, store.Stored{Session: s.created(2, image), Images: []liveness.Image{image}})
	staged := s.someStored(1, 2, 4)
	cause := errors.New("the caller went away")

	err := s.store.Replace(s.Context(), someScope(), func(stage func(store.Stored) error) error {
		s.wantError("fill", filling(staged)(stage), nil)
		return errRefused
	})
	if err != errRefused { //nolint:errorlint // The contract promises the error as it is, not wrapped.
		s.Errorf("Replace = %v, want the error of fill itself", err)
	}
	s.wantWalk(someScope(), want)

	for late := range 2 {
		ctx, cancel := context.WithCancelCause(s.Context())
		err = s.store.Replace(ctx, someScope(), func(stage func(store.Stored) error) error {
			s.wantError("fill", filling(staged[:late+1])(stage), nil)
			cancel(cause)
			return filling(staged[late+1 : late+1+2*late])(stage)
		})
		s.wantError("Replace that is cancelled", err, cause)
		s.wantWalk(someScope(), want)
	}

	func() {
		defer func() {
			if recover() == nil {
				s.Error("Replace swallowed the panic of fill")
			}
		}()
		_ = s.store.Replace(s.Context(), someScope(), func(stage func(store.Stored) error) error {
			s.wantError("fill", filling(staged)(stage), nil)
			panic("fill")
		})
	}()
	s.wantWalk(someScope(), want)
	s.sweep(someTime())
	s.wantWalk(someScope(), want)
	s.replace(someScope(), staged) // The lock is released.
	s.wantWalk(someScope(), staged)
}

func (s *suite) replaceOutside() {
	want := s.someSettings()
	want = append(want, store.Stored{Session: s.created(1)})
	other := s.session(sessionID(2))
	other.Resource = "resource-b"
	for _, stored := range []store.Stored{{Session: other}, {Setting: "b/1", Value: []byte("new")}} {
		err := s.store.Replace(s.Context(), someScope(), func(stage func(store.Stored) error) error {
			if stage(stored) == nil {
				s.Errorf("stage of %q outside of the scope = nil, want an error", stored.Setting)
			}
			return nil
		})
		if err == nil || errors.Is(err, liveness.ErrExists) {
			s.Errorf("Replace with an error of stage = %v, want that error", err)
		}
		s.wantWalk(someScope(), want)
		s.wantNoSession(other.ID)
		s.wantSetting("b/1", []byte("of b/1"))
	}
}

func (s *suite) replaceConflict() {
	want := []store.Stored{{Session: s.created(1)}}
	other := s.session(sessionID(2))
	other.Resource = "resource-b"
	image := s.image("a", 200_000)
	s.create(other, image)
	twice := s.someStored(3, 4, 3)
	for name, staged := range map[string][]store.Stored{
		"of another resource":  s.someStored(1, 2, 3),
		"that is staged twice": twice,
		"of a setting twice":   append(twice[:4:4], twice[0]),
	} {
		err := s.store.Replace(s.Context(), someScope(), filling(staged))
		s.wantError("Replace with an id "+name, err, liveness.ErrExists)
		s.wantWalk(someScope(), want)
		s.wantSession(other)
		s.wantImage(other.ID, image)
	}
	all := s.someStored(1, 2, 3)
	s.replace(everything(), all) // This scope contains it.
	s.wantWalk(everything(), all)
	if got := s.listed(other.Resource, other.Kind); len(got) != 0 {
		s.Errorf("List of the resource before = %q, want none", got)
	}
}

func (s *suite) replaceLate() {
	var kept func(store.Stored) error
	err := s.store.Replace(s.Context(), someScope(), func(stage func(store.Stored) error) error {
		kept = stage
		return nil
	})
	s.wantError("Replace", err, nil)
	if kept(store.Stored{Session: s.session(sessionID(1))}) == nil {
		s.Error("stage after the end of fill = nil, want an error")
	}
	s.wantNoSession(sessionID(1))
}

func (s *suite) replaceCopies() {
	want := s.someStored(1, 2)
	err := s.store.Replace(s.Context(), someScope(), func(stage func(store.Stored) error) error {
		for _, stored := range want {
			own := store.Stored{Setting: stored.Setting, Value: bytes.Clone(stored.Value), Session: copyOf(stored.Session)}
			for _, image := range stored.Images {
				own.Images = append(own.Images, liveness.Image{Name: image.Name, Bytes: bytes.Clone(image.Bytes)})
			}
			if err := stage(own); err != nil {
				return err
			}
			clear(own.Value)
			scribble(&own.Session)
			for _, image := range own.Images {
				clear(image.Bytes)
			}
		}
		return nil
	})
	s.wantError("Replace", err, nil)
	s.wantWalk(someScope(), want)
}

// replaceBusy uses the store inside fill: changes are visible until Replace returns, and
// staged entries do not affect them.
func (s *suite) replaceBusy() {
	first, second := s.image("a", 400_000), s.image("b", 900_000)
	s.created(2, first)
	s.created(4, first)
	want := s.someStored(2, 4, 6)
	err := s.store.Replace(s.Context(), someScope(), func(stage func(store.Stored) error) error {
		s.wantError("fill", filling(want)(stage), nil)
		s.update(sessionID(2), 5, second)
		s.wantImage(sessionID(2), first)
		s.wantImage(sessionID(2), second)
		s.sweep(someTime())
		s.wantError("Delete", s.store.Delete(s.Context(), sessionID(4)), nil)
		s.created(6, second)
		s.sweep(someTime())
		s.setSetting("a/9", []byte("meanwhile"))
		return s.store.Replace(s.Context(), store.Scope{Resource: "resource-b"}, nil)
	})
	s.wantError("Replace", err, nil)
	s.sweep(someTime())
	s.wantWalk(someScope(), want)
}

// replaceThousands has more entries than an engine can change in one step.
func (s *suite) replaceThousands() {
	const count = 3000
	var want []store.Stored
	for n := range count {
		stored := store.Stored{Session: smallSession(randomID(s.rand))}
		if n%100 == 0 {
			stored.Images = []liveness.Image{s.image(liveness.VerifyImageName, 20_000*(n/100))}
		}
		want = append(want, stored)
	}
	s.replace(someScope(), want)
	slices.SortFunc(want, func(a, b store.Stored) int { return cmp.Compare(a.Session.ID, b.Session.ID) })
	s.wantWalk(someScope(), want)
	s.replace(everything(), s.walked(everything())) // an entry that Walk passes can be staged
	s.wantWalk(everything(), want)
	if got := s.listed(someResource, someKind); len(got) != count {
		s.Errorf("List = %d sessions, want %d", len(got), count)
	}
	if got := s.sweep(someTime().Add(liveness.SessionLife)); got != count {
		s.Errorf("Sweep removed %d sessions, want %d", got, count)
	}
}
