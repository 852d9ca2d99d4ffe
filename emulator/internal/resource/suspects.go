package resource

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Abuse monitoring works on correlation ids [documented: abuse-correlation-ids]: an
// attempt shows which attempts of other sessions with the same device or user were
// flagged before, up to a limit [assumed: abuse-flagged-sessions]. So
// that this need not look through all sessions, every resource has a short list
// of those whose script can be flagged.

// Bounds of what an attempt costs, however often the same ids are used: how many
// sessions of a resource are remembered, the newest ones, and how many flagged
// attempts of others an attempt shows, the newest ones.
const (
	MaxSuspects = 100
	MaxFlagged  = 10
)

// A suspect is a session that may have a flagged attempt. It is listed before the
// attempt begins, and the session itself has the outcome, so nothing is lost
// or invented when the program ends in between.
type suspect struct {
	Session liveness.SessionID `json:"session"`
	Device  []byte             `json:"device,omitempty"` // hash of the correlation id
	User    []byte             `json:"user,omitempty"`
	Expires time.Time          `json:"expires"`
}

// SuspectsName is the name of the stored setting that lists the suspects of a resource.
func SuspectsName(resource liveness.ResourceID) string { return "suspects/" + string(resource) }

func newSuspect(s liveness.Session) suspect {
	return suspect{
		Session: s.ID, Device: hashOf(s.DeviceCorrelationID), User: hashOf(s.UserCorrelationID), Expires: s.Expires().UTC(),
	}
}

func hashOf(id string) []byte {
	if id == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(id))
	return sum[:16]
}

// shares reports whether two suspects have a device or a user in common.
func (a suspect) shares(b suspect) bool {
	return a.Device != nil && slices.Equal(a.Device, b.Device) || a.User != nil && slices.Equal(a.User, b.User)
}

func (a suspect) equal(b suspect) bool {
	return a.Session == b.Session && slices.Equal(a.Device, b.Device) && slices.Equal(a.User, b.User)
}

// Monitor is called before an attempt of a session begins. It returns the attempts
// of other sessions that were flagged before, newest first, and lists the session
// if its script can be flagged.
func (g *Registry) Monitor(ctx context.Context, session liveness.Session) ([]liveness.FlaggedAttempt, error) {
	if !session.Settings.AbuseMonitoring {
		return nil, nil
	}
	own := newSuspect(session)
	var listed []suspect
	var err error
	if session.CanBeFlagged() {
		listed, err = g.list(ctx, session.Resource, own)
	} else {
		listed, err = g.suspects.get(ctx, session.Resource)
	}
	if err != nil {
		return nil, err
	}
	var flagged []liveness.FlaggedAttempt
	for _, other := range slices.Backward(listed) {
		if len(flagged) >= MaxFlagged {
			break
		}
		if other.Session == own.Session || !other.shares(own) {
			continue
		}
		seen, err := g.store.Session(ctx, other.Session)
		if errors.Is(err, liveness.ErrNotFound) || errors.Is(err, liveness.ErrDamaged) {
			continue
		}
		if err != nil {
			return nil, err
		}
		flagged = append(flagged, seen.FlaggedAt(g.Now(ctx, seen.Resource))...)
	}
	return flagged[:min(len(flagged), MaxFlagged)], nil
}

func (g *Registry) readSuspects(ctx context.Context, resource liveness.ResourceID) ([]suspect, error) {
	stored, err := g.store.Setting(ctx, SuspectsName(resource))
	if errors.Is(err, liveness.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeSuspects(stored)
}

// list adds a suspect to those of its resource, unless it is there, and takes
// away what has expired then.
func (g *Registry) list(ctx context.Context, resource liveness.ResourceID, own suspect) ([]suspect, error) {
	now := g.Now(ctx, resource)
	stored, err := g.store.ChangeSetting(ctx, SuspectsName(resource), func(old []byte) ([]byte, error) {
		listed, err := decodeSuspects(old)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(listed, own.equal) {
			return old, nil
		}
		listed = slices.DeleteFunc(listed, func(other suspect) bool {
			return other.Session == own.Session || !now.Before(other.Expires)
		})
		listed = append(listed, own)
		return json.Marshal(listed[max(0, len(listed)-MaxSuspects):])
	})
	if err != nil {
		return nil, err
	}
	if g.epochs != nil {
		g.epochs.raise(ownerOf(resource))
	}
	return decodeSuspects(stored)
}

func decodeSuspects(stored []byte) ([]suspect, error) {
	var listed []suspect
	if len(stored) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(stored, &listed); err != nil {
		return nil, fmt.Errorf("suspects of a resource: %w", liveness.ErrDamaged)
	}
	return listed, nil
}
