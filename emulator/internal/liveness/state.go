package liveness

import (
	"slices"
	"time"
)

// State is the status of a session or an attempt, in the service's spelling.
// There is no value for an expired session: it is not found
// [documented: session-expired].
type State string

// The states of the service's OperationState.
const (
	StateNotStarted State = "NotStarted"
	StateRunning    State = "Running"
	StateSucceeded  State = "Succeeded"
	StateFailed     State = "Failed"
	StateCanceled   State = "Canceled"
)

// A View is a session as it looks at one moment.
type View struct {
	Session  Session // with what an automatic session has played by then
	State    State
	Attempts []Attempt // those that show: ended and analysed, newest first
	// TokenExpired is whether device calls are refused for the token's age.
	TokenExpired bool
}

// At returns how the session looks at now. It computes everything that follows
// from the stored session and the time, so nothing has to run between two
// looks, and a restart changes nothing.
func (s Session) At(now time.Time) View {
	s = s.played(now)
	view := View{Session: s, State: s.stateAt(now), TokenExpired: !now.Before(s.TokenExpires()) || s.cutOff(now, EndExpire)}
	for _, attempt := range slices.Backward(s.Attempts) {
		switch {
		case attempt.RunningAt(now):
		case s.Script.Hold.holds(attempt, now):
			view.State = StateRunning
		case attempt.Analysed():
			view.Attempts = append(view.Attempts, attempt)
		}
	}
	return view
}

// Before returns the view as it was before its last change: without the attempt
// that showed last, and running; a session that runs and shows none had not been
// started.
func (v View) Before() View {
	switch {
	case len(v.Attempts) > 0:
		v.Attempts, v.State = v.Attempts[1:], StateRunning
	case v.State == StateRunning:
		v.State, v.Session.Started = StateNotStarted, time.Time{}
	case v.State != StateNotStarted:
		v.State = StateRunning // given up: no attempt shows
	}
	return v
}

// holds reports whether an attempt that has ended does not show yet.
func (h Hold) holds(attempt Attempt, now time.Time) bool {
	return now.Before(attempt.Ends.Add(h.After)) || attempt.Reads < h.Polls
}

// stateAt derives the status of a session that was played up to now. It goes from
// NotStarted over Running to Succeeded [recorded: session-status]; when it is Failed
// or Canceled is not known [assumed: session-status-end].
func (s Session) stateAt(now time.Time) State {
	if s.Started.IsZero() {
		return StateNotStarted
	}
	if len(s.Attempts) == 0 {
		return StateRunning
	}
	last := s.Attempts[len(s.Attempts)-1]
	switch {
	case last.RunningAt(now):
		return StateRunning
	case last.Decision != "":
		// Also a spoof is a finished check: the state says that there is a
		// decision, not which.
		return StateSucceeded
	case len(s.Attempts) < s.attemptLimit():
		return StateRunning
	case last.Error != nil:
		return StateFailed
	default:
		return StateCanceled
	}
}

// over reports whether no further attempt can begin at or after now.
func (s Session) over(now time.Time) bool {
	switch s.stateAt(now) {
	case StateSucceeded:
		return !s.Settings.GoesOnAfterDecision || len(s.Attempts) >= s.attemptLimit()
	case StateFailed, StateCanceled:
		return true
	default:
		return false
	}
}

// attemptLimit is how many attempts the session can have.
func (s Session) attemptLimit() int {
	if s.Script.Then == ThenExhausted {
		return min(s.Settings.AttemptsAllowed, len(s.Script.Steps))
	}
	return s.Settings.AttemptsAllowed
}

// playsItself reports whether the session is automatic and has begun to play at
// now. Until then a device may start it and so take it over.
func (s Session) playsItself(now time.Time) bool {
	return s.Script.Automatic && s.Started.IsZero() && !now.Before(s.Created.Add(s.Script.After))
}

// played returns the session with the attempts an automatic script has begun by
// now. They follow from the session alone, so they need not be stored.
func (s Session) played(now time.Time) Session {
	if !s.playsItself(now) {
		return s
	}
	begins := s.Created.Add(s.Script.After)
	s.Started = begins
	s.Attempts = nil
	for !now.Before(begins) && !s.over(begins) && s.stateAt(begins) != StateSucceeded {
		id := len(s.Attempts) + 1
		attempt := s.begin(beginning{
			at:        begins,
			requestID: s.derivedGUID("request", id).String(),
			flagged:   s.FlaggedBefore,
		})
		// Nothing is stored of it that could count from its end, so all reads do.
		attempt.Reads = s.Reads
		s.Attempts = append(s.Attempts, attempt)
		begins = attempt.Ends.Add(s.Script.After)
	}
	return s
}
