package storetest

import (
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// switchedChecks test calls of Replace and Undo whose owners have resources in common, and
// one of which stages something while the other one switches.
func switchedChecks() []check {
	return []check{
		{"OneStagesAllReset", (*suite).oneStagesAllReset},
		{"AllStagesOneReset", (*suite).allStagesOneReset},
		{"OneStagesOneReset", (*suite).oneStagesOneReset},
	}
}

// staging replaces a scope, and calls meanwhile when all is staged.
func (s *suite) staging(scope store.Scope, all []store.Stored, meanwhile func()) {
	s.Helper()
	err := s.store.Replace(s.Context(), scope, func(stage func(store.Stored) error) error {
		if err := filling(all)(stage); err != nil {
			return err
		}
		meanwhile()
		return nil
	})
	s.wantError("Replace", err, nil)
}

func (s *suite) oneStagesAllReset() {
	s.created(1)
	want := s.someStored(2, 3)
	s.staging(someScope(), want, func() { s.reset(everything()) })
	s.wantWalk(someScope(), want)
	s.sweep(someTime())
	s.wantWalk(someScope(), want)
	s.undo(liveness.Owner{Resource: someResource}, 2)
	s.wantWalk(someScope(), nil)
}

func (s *suite) allStagesOneReset() {
	s.created(1)
	want := s.someStored(2, 3)
	var since liveness.Session
	s.staging(everything(), want, func() {
		s.reset(someScope())
		since = s.created(4)
	})
	s.wantNoSession(sessionID(4))
	s.wantWalk(everything(), want)
	s.sweep(someTime())
	s.wantWalk(everything(), want)
	s.wantNoUndo(liveness.Owner{Resource: someResource})
	s.undo(liveness.Owner{All: true}, 2)
	s.wantSession(since)
}

func (s *suite) oneStagesOneReset() {
	s.setSetting("a/1", []byte("before"))
	s.staging(someScope(), []store.Stored{{Setting: "a/1", Value: []byte("restored")}}, func() {
		s.reset(someScope())
		s.setSetting("a/1", []byte("reset"))
	})
	s.wantSetting("a/1", []byte("restored"))
	s.sweep(someTime())
	s.wantSetting("a/1", []byte("restored"))
	s.undo(liveness.Owner{Resource: someResource}, 0)
	s.wantSetting("a/1", []byte("reset"))
}

// reset replaces a scope by nothing, without a fill, so that it waits for no other call.
func (s *suite) reset(scope store.Scope) {
	s.Helper()
	s.wantError("Replace", s.store.Replace(s.Context(), scope, nil), nil)
}
