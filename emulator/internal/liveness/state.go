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
	s = s.Played(now)
	view := View{Session: s, State: s.StateAt(now), TokenExpired: !now.Before(s.TokenExpires()) || s.CutOff(now, EndExpire)}
	for _, attempt := range slices.Backward(s.Attempts) {
		switch {
		case attempt.RunningAt(now):
		case s.Script.ResultDelay.holds(attempt, now):
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
func (h ResultDelay) holds(attempt Attempt, now time.Time) bool {
	return now.Before(attempt.Ends.Add(h.After)) || attempt.Reads < h.Polls
}

// StateAt derives the status of a session that was played up to now. It goes from
// NotStarted over Running to Succeeded [recorded: session-status]; when it is Failed
// or Canceled is not known [assumed: session-status-end].
func (s Session) StateAt(now time.Time) State {
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
	case len(s.Attempts) < s.AttemptLimit():
		return StateRunning
	case last.Error != nil:
		return StateFailed
	default:
		return StateCanceled
	}
}

// Over reports whether no further attempt can begin at or after now.
func (s Session) Over(now time.Time) bool {
	switch s.StateAt(now) {
	case StateSucceeded:
		return !s.Settings.GoesOnAfterDecision || len(s.Attempts) >= s.AttemptLimit()
	case StateFailed, StateCanceled:
		return true
	default:
		return false
	}
}

// AttemptLimit is how many attempts the session can have.
func (s Session) AttemptLimit() int {
	if s.Script.AfterLast == AfterLastStop {
		return min(s.Settings.AttemptsAllowed, len(s.Script.Steps))
	}
	return s.Settings.AttemptsAllowed
}

// PlaysItself reports whether the session is automatic and has begun to play at
// now. Until then a device may start it and so take it over.
func (s Session) PlaysItself(now time.Time) bool {
	return s.Script.Automatic && s.Started.IsZero() && !now.Before(s.Created.Add(s.Script.After))
}

// Played returns the session with the attempts an automatic script has begun by
// now. They follow from the session alone, so they need not be stored.
func (s Session) Played(now time.Time) Session {
	if !s.PlaysItself(now) {
		return s
	}
	begins := s.Created.Add(s.Script.After)
	s.Started = begins
	s.Attempts = nil
	for !now.Before(begins) && !s.Over(begins) && s.StateAt(begins) != StateSucceeded {
		id := len(s.Attempts) + 1
		attempt := s.Begin(Beginning{
			At:        begins,
			RequestID: s.derivedGUID("request", id).String(),
			Flagged:   s.FlaggedBefore,
		})
		// Nothing is stored of it that could count from its end, so all reads do.
		attempt.Reads = s.Reads
		s.Attempts = append(s.Attempts, attempt)
		begins = attempt.Ends.Add(s.Script.After)
	}
	return s
}

// CanBeFlagged reports whether abuse may be detected in an attempt of the session.
func (s Session) CanBeFlagged() bool {
	return slices.ContainsFunc(s.Script.Steps, func(step Step) bool { return step.AbuseDetected })
}

// FlaggedAt returns the session's flagged attempts that have ended at now, newest
// first.
func (s Session) FlaggedAt(now time.Time) []FlaggedAttempt {
	var flagged []FlaggedAttempt
	if !now.Before(s.Expires()) {
		return nil
	}
	for _, attempt := range s.At(now).Attempts {
		if attempt.Abuse != nil && attempt.Abuse.Detected {
			flagged = append(flagged, FlaggedAttempt{
				Session: s.ID, AttemptID: attempt.ID, SessionImageID: attempt.SessionImageID,
			})
		}
	}
	return flagged
}

// StateOf returns the state of one of the session's attempts.
func (v View) StateOf(a Attempt) State {
	switch {
	case !slices.ContainsFunc(v.Attempts, func(shown Attempt) bool { return shown.ID == a.ID }):
		if a.Analysed() {
			return StateRunning // or its result is held back
		}
		return StateCanceled
	case a.Error != nil:
		return StateFailed
	default:
		return StateSucceeded
	}
}
