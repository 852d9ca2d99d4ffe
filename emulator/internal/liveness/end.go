package liveness

import "time"

// ended reports whether the script has ended the session by now. It must have been
// played up to now.
func (e *End) ended(s Session, now time.Time) bool {
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

// cutOff reports whether the script has ended the session by now in one of these
// ways.
func (s Session) cutOff(now time.Time, kinds ...EndKind) bool {
	if s.Script.End == nil {
		return false
	}
	for _, kind := range kinds {
		if s.Script.End.Kind == kind {
			return s.Script.End.ended(s.played(now), now)
		}
	}
	return false
}

// goneAt reports whether server calls do not find the session any more.
func (s Session) goneAt(now time.Time) bool {
	return !now.Before(s.Expires()) || s.cutOff(now, EndDelete, EndLose)
}

// countsReads reports whether the script asks how often the session was read.
func (s Script) countsReads() bool {
	return s.Polls > 0 || s.Hold.Polls > 0 || s.End != nil && s.End.BeforePoll > 0
}

// read counts a call that reads the session, and plays an attempt if it is the
// turn of one.
func (s *Session) read(now time.Time) {
	s.Reads++
	for i := range s.Attempts {
		if !s.Attempts[i].RunningAt(now) {
			s.Attempts[i].Reads++
		}
	}
	if s.Script.Polls == 0 || s.over(now) || s.stateAt(now) == StateSucceeded {
		return
	}
	if s.Started.IsZero() {
		s.Started = now
	}
	if last := lastAttempt(*s); s.Reads%s.Script.Polls != 0 || last != nil && last.RunningAt(now) {
		return
	}
	s.Attempts = append(s.Attempts, s.begin(beginning{
		at: now, requestID: s.derivedGUID("request", len(s.Attempts)+1).String(), flagged: s.FlaggedBefore,
	}))
}
