package service

import (
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An idField is a correlation id, by the name of its member.
type idField string

const (
	deviceID idField = "deviceCorrelationId"
	userID   idField = "userCorrelationId"
)

// checkCorrelationID: the id is needed on create unless the client may set it.
// Being given although the client sets it is accepted: the specification's own
// example does it and an empty one was recorded.
func (s *Service) checkCorrelationID(field idField, id CorrelationID) error {
	if id.SetInClient {
		if s.Strict && id.Given {
			return liveness.Refuse(liveness.CodeInvalidBody, "%s must be left out when %sSetInClient is true (the option Strict is on)", field, field)
		}
		if id.Text == "" {
			return nil
		}
	}
	return field.check(id.Text, "give it on create, or set "+string(field)+"SetInClient and give it on session/start")
}

// check refuses an id that is missing or too long.
func (f idField) check(id, ifMissing string) error {
	code := liveness.CodeInvalidDeviceCorrelationID
	if f == userID {
		code = liveness.CodeInvalidUserCorrelationID
	}
	switch {
	case id == "":
		return liveness.Refuse(code, "%s is missing or empty: %s", f, ifMissing)
	case utf8.RuneCountInString(id) > liveness.MaxCorrelationIDRunes:
		return liveness.Refuse(code, "%s is longer than %d characters", f, liveness.MaxCorrelationIDRunes)
	}
	return nil
}

// chosen returns the id that a session starts with: that of the device if it may give one,
// or else that of the session. An id that the device may not give is ignored with a hint,
// or refused with Strict [assumed: device-correlation-id].
func (s *Service) chosen(field idField, setInClient bool, had string, given *string) (id, hint string, err error) {
	if !setInClient {
		if given == nil {
			return had, "", nil
		}
		ignored := string(field) + " on session/start: the session was created without " + string(field) + "SetInClient"
		if s.Strict {
			return "", "", liveness.Refuse(liveness.CodeInvalidBody, "%s (the option Strict is on)", ignored)
		}
		return had, "ignored: " + ignored, nil
	}
	id = had
	if given != nil {
		id = *given
	}
	return id, "", field.check(id, "the session lets the client set it, so give it in the body of session/start")
}
