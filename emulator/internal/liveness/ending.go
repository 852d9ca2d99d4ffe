package liveness

import "time"

// ended reports whether the script has ended the session by now. It must have been
// played up to now.
func (e *EarlyEnd) ended(s Session, now time.Time) bool {
	if e == nil {
		return false
	}
	reached := func(attempt int) bool { return attempt > 0 && len(s.Attempts) >= attempt }
	switch {
	case e.BeforeStart,
		e.After > 0 && !now.Before(s.Created.Add(e.After)),
		reached(e.During),
		reached(e.AfterTry) && !s.Attempts[e.AfterTry-1].RunningAt(now),
		e.BeforePoll > 0 && s.Reads >= e.BeforePoll:
		return true
	}
	return false
}

// CutOff reports whether the script has ended the session by now in one of these
// ways.
func (s Session) CutOff(now time.Time, kinds ...EndKind) bool {
	if s.Script.EarlyEnd == nil {
		return false
	}
	for _, kind := range kinds {
		if s.Script.EarlyEnd.Kind == kind {
			return s.Script.EarlyEnd.ended(s.Played(now), now)
		}
	}
	return false
}

// GoneAt reports whether server calls do not find the session any more.
func (s Session) GoneAt(now time.Time) bool {
	return !now.Before(s.Expires()) || s.CutOff(now, EndDelete, EndLose)
}

// CountsReads reports whether the script asks how often the session was read.
func (s Script) CountsReads() bool {
	return s.Polls > 0 || s.ResultDelay.Polls > 0 || s.EarlyEnd != nil && s.EarlyEnd.BeforePoll > 0
}

// CountRead counts a call that reads the session, and plays an attempt if it is the
// turn of one.
func (s *Session) CountRead(now time.Time) {
	s.Reads++
	for i := range s.Attempts {
		if !s.Attempts[i].RunningAt(now) {
			s.Attempts[i].Reads++
		}
	}
	if s.Script.Polls == 0 || s.Over(now) || s.StateAt(now) == StateSucceeded {
		return
	}
	if s.Started.IsZero() {
		s.Started = now
	}
	if last := s.LastAttempt(); s.Reads%s.Script.Polls != 0 || last != nil && last.RunningAt(now) {
		return
	}
	s.Attempts = append(s.Attempts, s.Begin(Beginning{
		At: now, RequestID: s.derivedGUID("request", len(s.Attempts)+1).String(), Flagged: s.FlaggedBefore,
	}))
}
