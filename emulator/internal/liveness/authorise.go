package liveness

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// A Device is a client that has shown a valid token for one of its paths. Make
// one with Authorise.
type Device struct {
	Session SessionID
	paths   []token.Path
	// seen is the session as it was when the token was checked.
	seen Session
}

// Authorise checks a session token for a device call: signature, session,
// allowed path, expiry, in this order. path is the route below the version,
// such as "session/start", in its documented casing; version is the segment of
// the URL. Everything that is wrong is CodeUnauthorized [assumed: 401].
func (s *Service) Authorise(ctx context.Context, raw, version, path string) (Device, error) {
	if raw == "" {
		return Device{}, Refuse(CodeUnauthorized, "device calls take the session's authToken as Authorization: Bearer, and no key")
	}
	claims, err := s.Key.Verify(raw)
	if err != nil {
		return Device{}, &Error{
			Code: CodeUnauthorized,
			Hint: "send the authToken of a session that this emulator created as Authorization: Bearer",
			Err:  err,
		}
	}
	session, err := s.Store.Session(ctx, SessionID(claims.SessionID))
	switch {
	case errors.Is(err, ErrNotFound):
		return Device{}, revoked()
	case err != nil:
		return Device{}, err
	}
	if !allowed(claims.AllowedPaths, path) {
		return Device{}, Refuse(CodeUnauthorized, "this token is for a %s session, whose allowed-paths do not list %s", session.Kind, path)
	}
	if s.Strict && !strings.EqualFold(version, session.Settings.APIVersion) {
		return Device{}, Refuse(CodeUnauthorized, "the token was issued for %s (--strict compares the version)", session.Settings.APIVersion)
	}
	now := s.Clock.Now()
	if !now.Before(claims.Expires) || !now.Before(session.Expires()) {
		return Device{}, Refuse(CodeUnauthorized, "the token has expired at %s; create a new session, or a longer authTokenTimeToLiveInSeconds",
			claims.Expires.UTC().Format(time.RFC3339))
	}
	return Device{Session: session.ID, paths: claims.AllowedPaths, seen: session}, nil
}

func revoked() error {
	return Refuse(CodeUnauthorized, "the token's session was deleted or has expired")
}

// allowed compares below the version: whether the client's version segment has
// to be the token's is not known, and only --strict compares it.
func allowed(paths []token.Path, path string) bool {
	for _, p := range paths {
		if strings.HasSuffix(strings.ToLower(p.Path), "/"+strings.ToLower(path)) {
			return true
		}
	}
	return false
}
