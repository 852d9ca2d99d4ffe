package liveness

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// Bounds of a session from outside.
const (
	maxSteps       = 1000
	maxKeptAttempt = 1000
	longest        = 366 * 24 * time.Hour // of anything in a script
)

// shown reports whether all times that are given are ones that a clock can show.
func shown(times ...time.Time) bool {
	for _, t := range times {
		if year := t.Year(); !t.IsZero() && (year < 1900 || year >= 9000) {
			return false
		}
	}
	return true
}

// Check returns what is wrong with a session that comes from outside, such as from a
// file. The error wraps ErrDamaged and holds nothing of the session but its id.
func (s Session) Check() error {
	if why := s.flaw(); why != nil {
		return fmt.Errorf("session %.36q: %w: %w", s.ID, why, ErrDamaged)
	}
	return nil
}

func (s Session) flaw() error {
	guid, err := uuid.Parse(string(s.ID))
	settings := s.Settings
	switch {
	case err != nil || guid.String() != strings.ToLower(string(s.ID)) || strings.ToLower(string(s.ID)) != string(s.ID):
		return errors.New("its id is not a GUID in lower case")
	case s.Resource == "" || len(s.Resource) > 256:
		return errors.New("it has no resource")
	case s.Kind != KindLiveness && s.Kind != KindLivenessWithVerify:
		return errors.New("its kind is unknown")
	case s.Created.IsZero() || !shown(s.Created, s.Started, s.LastEndCall):
		return errors.New("its time of creation, or another one, is missing or out of range")
	case !settings.Mode.Valid() || settings.APIVersion == "":
		return errors.New("its operation mode or version is unknown")
	case settings.TokenTTL <= 0 || settings.TokenTTL > MaxTokenTTL:
		return errors.New("the life of its token is out of range")
	case settings.AttemptsAllowed < 1 || settings.AttemptsAllowed > MaxAttempts:
		return errors.New("its number of attempts is out of range")
	case len(s.Attempts) > maxKeptAttempt:
		return errors.New("it has too many attempts")
	}
	for i, attempt := range s.Attempts {
		if attempt.ID != i+1 || attempt.Ends.Before(attempt.Began) || !shown(attempt.Began, attempt.Ends) {
			return fmt.Errorf("its attempt %d is out of order", i+1)
		}
	}
	return s.Script.flaw()
}

func (s Script) flaw() error {
	if len(s.Steps) == 0 || len(s.Steps) > maxSteps {
		return errors.New("its script has no attempts, or too many")
	}
	if s.AfterLast != AfterLastRepeat && s.AfterLast != AfterLastRestart && s.AfterLast != AfterLastStop && s.AfterLast != "" {
		return errors.New("what follows its script is unknown")
	}
	negative := func(d time.Duration) bool { return d < 0 || d > longest }
	if negative(s.After) || s.Polls < 0 || negative(s.ResultDelay.After) || s.ResultDelay.Polls < 0 {
		return errors.New("a time or a number of its script is out of range")
	}
	if err := fault.Check(s.Faults); err != nil {
		return err
	}
	for i, step := range s.Steps {
		given := 0
		for _, set := range []bool{step.Decision != "", step.Error != nil, step.Abandoned} {
			if set {
				given++
			}
		}
		if given != 1 || negative(step.Takes) {
			return fmt.Errorf("its script's attempt %d gives nothing, or more than one thing", i+1)
		}
	}
	return nil
}
