package liveness

import (
	"errors"
	"fmt"
	"time"
)

// Errors of what keeps sessions. Engines wrap them, so compare with errors.Is.
var (
	// ErrNotFound: the session, image or setting does not exist.
	ErrNotFound = errors.New("not found")
	// ErrExists: a session with this id already exists.
	ErrExists = errors.New("already exists")
	// ErrDamaged: the stored record cannot be read, because it is corrupt or was
	// written by a newer program. It stays stored, and does not affect the others.
	ErrDamaged = errors.New("stored record is damaged or newer than this program")
	// ErrNewer: a newer program wrote the stored record and can still read it. ErrNewer is
	// an ErrDamaged.
	ErrNewer = fmt.Errorf("%w: written by a newer program", ErrDamaged)
)

// An ExistsError is an ErrExists that names the session.
type ExistsError struct{ Session SessionID }

// Error implements error.
func (e *ExistsError) Error() string { return fmt.Sprintf("session %q %v", e.Session, ErrExists) }

// Unwrap returns ErrExists.
func (e *ExistsError) Unwrap() error { return ErrExists }

// A Code says what is wrong with a call, in the emulator's own terms. The HTTP
// surface has one table that turns it into the service's status, code and
// message.
type Code string

// The codes of the domain.
const (
	CodeInvalidBody                Code = "invalid-body"
	CodeInvalidMode                Code = "invalid-mode"
	CodeInvalidTokenLifetime       Code = "invalid-token-lifetime"
	CodeInvalidDeviceCorrelationID Code = "invalid-device-correlation-id"
	CodeInvalidUserCorrelationID   Code = "invalid-user-correlation-id"
	CodeInvalidImage               Code = "invalid-image"
	CodeNoFace                     Code = "no-face"
	CodeImageTooSmall              Code = "image-too-small"
	CodeImageTooBig                Code = "image-too-big"
	CodeUnknownScenario            Code = "unknown-scenario"
	CodeUnauthorized               Code = "unauthorized"
	CodeWrongAddress               Code = "wrong-address"
	CodeSessionNotFound            Code = "session-not-found"
	CodeImageNotFound              Code = "image-not-found"
	CodeConflict                   Code = "conflict"
	CodeRateLimited                Code = "rate-limited"
	CodeStopping                   Code = "stopping"
	CodeInternal                   Code = "internal"
)

// An Error is a refusal. Programs act on Code; Hint is for the log and tells
// the caller how to mend the call. Neither holds tokens, keys or contents of
// bodies.
type Error struct {
	Code       Code
	Hint       string
	Detail     string        // for the client, beside the message; of errors that only the emulator has
	RetryAfter time.Duration // with CodeRateLimited: when it makes sense to try again
	Err        error         // the cause, or nil
}

// Error implements error.
func (e *Error) Error() string {
	switch {
	case e.Err != nil && e.Hint != "":
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Hint, e.Err)
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", e.Code, e.Err)
	case e.Hint != "":
		return fmt.Sprintf("%s: %s", e.Code, e.Hint)
	}
	return string(e.Code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Refuse returns an Error with a formatted hint.
func Refuse(code Code, hint string, args ...any) error {
	return &Error{Code: code, Hint: fmt.Sprintf(hint, args...)}
}

// CodeOf returns the code of err: that of the first *Error in its chain, else
// CodeInternal.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}
