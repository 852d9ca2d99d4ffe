package service

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// A Device is a client that has shown a valid token for one of its paths. Make
// one with Authorise.
type Device struct {
	Session liveness.SessionID
	call    DeviceCall
	paths   []token.Path
	// seen is the session as it was when the token was checked.
	seen liveness.Session
}

// Seen returns the session as it was when the token was checked. It must not be
// changed.
func (d *Device) Seen() *liveness.Session { return &d.seen }

// A DeviceCall is a device's call before anything is known about it.
type DeviceCall struct {
	Token         string // as the client sent it
	Version       string // segment of the path
	Path          string // below the version, in documented casing, such as "session/start"
	ClientAddress string // IP address of the client, or ""
}

// Authorise checks the session token of a device call: signature, session,
// allowed path, expiry, client address, in this order. All but the last are
// CodeUnauthorized [assumed: device-unauthorized].
func (s *Service) Authorise(ctx context.Context, call DeviceCall) (Device, error) {
	if call.Token == "" {
		return Device{}, liveness.Refuse(liveness.CodeUnauthorized, "device calls take the session's authToken as Authorization: Bearer, and no key")
	}
	claims, err := s.Key.Verify(call.Token)
	if err != nil {
		return Device{}, &liveness.Error{
			Code: liveness.CodeUnauthorized,
			Hint: "send the authToken of a session that this emulator created as Authorization: Bearer",
			Err:  err,
		}
	}
	session, err := s.Store.Session(ctx, liveness.SessionID(claims.SessionID))
	switch {
	case errors.Is(err, liveness.ErrNotFound):
		return Device{}, revoked()
	case err != nil:
		return Device{}, err
	}
	if _, ok := pathOf(claims.AllowedPaths, call.Path); !ok {
		return Device{}, liveness.Refuse(liveness.CodeUnauthorized, "this token is for a %s session, whose allowed-paths do not list %s", session.Kind, call.Path)
	}
	if s.Strict && !strings.EqualFold(call.Version, session.Settings.APIVersion) {
		return Device{}, liveness.Refuse(liveness.CodeUnauthorized, "the token was issued for %s (the option Strict compares the version)", session.Settings.APIVersion)
	}
	now := s.Resources.Now(ctx, session.Resource)
	if !now.Before(claims.Expires) || !now.Before(session.Expires()) {
		return Device{}, liveness.Refuse(liveness.CodeUnauthorized, "the token expired at %s; create a new session, or a longer authTokenTimeToLiveInSeconds",
			claims.Expires.UTC().Format(time.RFC3339))
	}
	if session.CutOff(now, liveness.EndExpire) {
		return Device{}, liveness.Refuse(liveness.CodeUnauthorized, "scenario %q expired this token (end: expire)", session.Script.Scenario)
	}
	if session.CutOff(now, liveness.EndDelete) {
		return Device{}, revoked()
	}
	if err := session.CheckAddress(call.ClientAddress); err != nil {
		return Device{}, err
	}
	return Device{Session: session.ID, call: call, paths: claims.AllowedPaths, seen: session}, nil
}

func revoked() error {
	return liveness.Refuse(liveness.CodeUnauthorized, "the token's session was deleted or has expired")
}

// pathOf returns the entry of a token for a path below the version, in any letter case. It
// is not known whether the service compares the version, so only Strict does.
func pathOf(paths []token.Path, path string) (token.Path, bool) {
	end := "/" + strings.ToLower(path)
	for _, p := range paths {
		if strings.HasSuffix(strings.ToLower(p.Path), end) {
			return p, true
		}
	}
	return token.Path{}, false
}
