package storetest

import (
	"context"
	"errors"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func cancellationChecks() []check {
	return []check{{"NothingBeginsWhenTheContextIsDone", (*suite).cancelled}}
}

func (s *suite) cancelled() {
	verify := s.image(liveness.VerifyImageName, 10)
	session := s.created(1, verify)
	cause := errors.New("the caller went away")
	ctx, cancel := context.WithCancelCause(s.Context())
	cancel(cause)
	for _, c := range s.calls(session) {
		s.wantError(c.name, c.run(ctx), cause)
	}
	s.wantSession(session)
	s.wantImage(session.ID, verify)
	s.wantNoSession(sessionID(0xcafe))
	_, err := s.store.Image(s.Context(), session.ID, "a")
	s.wantError("Image of the cancelled update", err, liveness.ErrNotFound)
	s.wantNoSetting("key")
}

func closeChecks() []check {
	return []check{
		{"TwiceIsFine", (*suite).closeTwice},
		{"CallsAfterwardsFail", (*suite).closeUsed},
		{"AmongOtherCalls", (*suite).closeBusy},
	}
}

func (s *suite) closeTwice() {
	s.created(1)
	for n := range 3 {
		if err := s.store.Close(); err != nil {
			s.Errorf("Close, time %d = %v, want nil", n+1, err)
		}
	}
}

func (s *suite) closeUsed() {
	session := s.created(1, s.image(liveness.VerifyImageName, 10))
	if err := s.store.Close(); err != nil {
		s.Fatalf("Close = %v, want nil", err)
	}
	for _, c := range s.calls(session) {
		err := c.run(s.Context())
		if err == nil || errors.Is(err, liveness.ErrNotFound) || errors.Is(err, liveness.ErrExists) {
			s.Errorf("%s after Close = %v, want an error that says it is closed", c.name, err)
		}
	}
}

func (s *suite) closeBusy() {
	session := s.created(1, s.image(liveness.VerifyImageName, 10))
	calls := s.calls(session)
	started := make(chan struct{}, len(calls))
	together(len(calls)+1, func(n int) {
		if n == len(calls) {
			<-started
			if err := s.store.Close(); err != nil {
				s.Errorf("Close among other calls = %v, want nil", err)
			}
			return
		}
		for i := range 20 {
			_ = calls[n].run(s.Context()) // It returns, whether it was before or after Close.
			if i == 5 {
				started <- struct{}{}
			}
		}
	})
}
