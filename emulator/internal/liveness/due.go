package liveness

import (
	"time"
)

// Due returns the first time after now at which the session can change without a call;
// zero: never. It may also not change then, and a call may change it sooner.
func (s Session) Due(now time.Time) time.Time {
	var due time.Time
	consider := func(t time.Time) {
		if t.After(now) && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	consider(s.TokenExpires())
	consider(s.Expires())
	if s.Script.EarlyEnd != nil && s.Script.EarlyEnd.After > 0 {
		consider(s.Created.Add(s.Script.EarlyEnd.After))
	}
	if s.Script.Automatic && s.Started.IsZero() {
		consider(s.Created.Add(s.Script.After))
	}
	byItself := s.PlaysItself(now)
	for _, attempt := range s.Played(now).Attempts {
		consider(attempt.Ends)
		if byItself {
			consider(attempt.Ends.Add(s.Script.After)) // the next one begins
		}
	}
	return due
}

// GoneSince returns since when server calls do not find the session any more, and
// whether that is so at now.
func (s Session) GoneSince(now time.Time) (since time.Time, gone bool) {
	return s.passedSince(now, s.Expires(), EndDelete, EndLose)
}

// TokenExpiredSince returns since when device calls are refused for the token's age,
// and whether that is so at now.
func (s Session) TokenExpiredSince(now time.Time) (since time.Time, expired bool) {
	return s.passedSince(now, s.TokenExpires(), EndExpire)
}

// passedSince returns the earlier one of a moment and of an end of these kinds, and
// whether it has come by now.
func (s Session) passedSince(now, usual time.Time, kinds ...EndKind) (since time.Time, passed bool) {
	if s.CutOff(now, kinds...) {
		if ended := s.Script.EarlyEnd.since(s.Played(now), now); ended.Before(usual) {
			return ended, true
		}
	}
	return usual, !now.Before(usual)
}

// since returns the first moment that has ended the session, which was played up to
// now and has been ended: now, if it was a call.
func (e *EarlyEnd) since(s Session, now time.Time) time.Time {
	first := now
	consider := func(t time.Time) {
		if t.Before(first) {
			first = t
		}
	}
	if e.BeforeStart {
		consider(s.Created)
	}
	if e.After > 0 {
		consider(s.Created.Add(e.After))
	}
	if e.During > 0 && len(s.Attempts) >= e.During {
		consider(s.Attempts[e.During-1].Began)
	}
	if e.AfterTry > 0 && len(s.Attempts) >= e.AfterTry {
		consider(s.Attempts[e.AfterTry-1].Ends)
	}
	return first
}
