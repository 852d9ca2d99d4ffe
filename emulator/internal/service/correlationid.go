package service

import (
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An idField is what correlation ids stand for.
type idField struct {
	name string // of the member
	code liveness.Code
}

func deviceID() idField {
	return idField{"deviceCorrelationId", liveness.CodeInvalidDeviceCorrelationID}
}

func userID() idField { return idField{"userCorrelationId", liveness.CodeInvalidUserCorrelationID} }

// checkCorrelationID: the id is needed on create unless the client may set it.
// Being given although the client sets it is accepted: the specification's own
// example does it and an empty one was recorded.
func (s *Service) checkCorrelationID(of idField, id CorrelationID) error {
	if id.SetInClient {
		if s.Strict && id.Given {
			return liveness.Refuse(liveness.CodeInvalidBody, "%s must be left out when %sSetInClient is true (the option Strict is on)", of.name, of.name)
		}
		if id.Text == "" {
			return nil
		}
	}
	return of.valid(id.Text, "give it on create, or set "+of.name+"SetInClient and give it on session/start")
}

func (of idField) valid(id, hint string) error {
	switch {
	case id == "":
		return liveness.Refuse(of.code, "%s is missing or empty: %s", of.name, hint)
	case utf8.RuneCountInString(id) > liveness.MaxCorrelationIDRunes:
		return liveness.Refuse(of.code, "%s is longer than %d characters", of.name, liveness.MaxCorrelationIDRunes)
	}
	return nil
}

// chosen returns the id that a session starts with: what the device gives, where
// it may, else what the session has. What a device gives and may not give is
// ignored with a hint, and refused by --strict [assumed: device-correlation-id].
func (s *Service) chosen(of idField, setInClient bool, had string, given *string) (id, hint string, err error) {
	if !setInClient {
		if given == nil {
			return had, "", nil
		}
		ignored := of.name + " on session/start: the session was created without " + of.name + "SetInClient"
		if s.Strict {
			return "", "", liveness.Refuse(liveness.CodeInvalidBody, "%s (the option Strict is on)", ignored)
		}
		return had, "ignored: " + ignored, nil
	}
	id = had
	if given != nil {
		id = *given
	}
	return id, "", of.valid(id, "the session lets the client set it, so give it in the body of session/start")
}
