package liveness

import "time"

// Shifted returns the session as if all in it had happened later by so much, or
// earlier.
func (s Session) Shifted(by time.Duration) Session {
	s = s.Clone()
	shift := func(moments ...*time.Time) {
		for _, moment := range moments {
			if !moment.IsZero() {
				*moment = moment.Add(by)
			}
		}
	}
	shift(&s.Created, &s.Started, &s.LastEndCall, &s.FaultMemory.Since)
	for i := range s.Attempts {
		shift(&s.Attempts[i].Began, &s.Attempts[i].Ends)
	}
	for i := range s.FaultMemory.Each {
		shift(&s.FaultMemory.Each[i].Window, &s.FaultMemory.Each[i].Wait)
	}
	return s
}
