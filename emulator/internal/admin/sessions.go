package admin

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/feed"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/snapshot"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// owner is whose sessions the API is about.
func (o *ownerAPI) owner() liveness.Owner { return liveness.Owner{Resource: o.resource, All: o.all} }

func sessionID(id string) liveness.SessionID { return liveness.SessionID(strings.ToLower(id)) }

// Sessions implements control.API.
func (o *ownerAPI) Sessions(ctx context.Context, query control.SessionQuery) (control.Sessions, error) {
	const usual = 100
	if query.Limit < 0 || query.Limit > controlwire.MaxSessions {
		return control.Sessions{}, &control.Error{Kind: control.ErrorInvalid, Text: fmt.Sprintf("limit is from 1 to %d", controlwire.MaxSessions)}
	}
	limit := query.Limit
	if limit == 0 {
		limit = usual
	}
	before, err := positionOf(query.After)
	if err != nil {
		return control.Sessions{}, err
	}
	found := control.Sessions{Sessions: []control.Session{}}
	read := limit + 1 // the last one shows whether a next page exists
	if query != (control.SessionQuery{After: query.After, Limit: query.Limit}) {
		read = max(read, 2*usual) // the query may exclude most of them
	}
	err = o.Service.LookAll(ctx, o.owner(), before, read, func(view liveness.View) bool {
		session := sessionOf(view)
		if !meant(query, session) {
			return true
		}
		if len(found.Sessions) == limit {
			found.Next = pageAfter(found.Sessions[limit-1])
			return false
		}
		found.Sessions = append(found.Sessions, session)
		return true
	})
	return found, controlError(err)
}

// pageSeparator separates the creation time and the id of the last session of a page. With
// the time, the next page can be found after this session was deleted.
const pageSeparator = "_"

// pageAfter returns the text from which the page after a session can be found.
func pageAfter(session control.Session) string {
	return session.Created.UTC().Format(time.RFC3339Nano) + pageSeparator + session.ID
}

// positionOf parses a result of pageAfter. "" is the position before all sessions.
func positionOf(page string) (store.Position, error) {
	if page == "" {
		return store.Position{}, nil
	}
	created, id, found := strings.Cut(page, pageSeparator)
	at, err := time.Parse(time.RFC3339Nano, created)
	if !found || err != nil {
		return store.Position{}, &control.Error{Kind: control.ErrorInvalid, Text: fmt.Sprintf("invalid after %q; use next of the previous page", page)}
	}
	return store.Position{Created: at, ID: sessionID(id)}, nil
}

// meant reports whether a query means a session.
func meant(query control.SessionQuery, session control.Session) bool {
	for _, ask := range []struct{ wanted, is string }{
		{query.Kind, session.Kind},
		{query.Status, session.Status},
		{query.Version, session.Version},
		{query.Scenario, session.Scenario},
		{query.DeviceCorrelationID, session.DeviceCorrelationID},
		{query.UserCorrelationID, session.UserCorrelationID},
	} {
		if ask.wanted != "" && ask.wanted != ask.is {
			return false
		}
	}
	return true
}

// Session implements control.API.
func (o *ownerAPI) Session(ctx context.Context, id string) (control.Session, error) {
	return sessionOrError(o.Service.Look(ctx, o.owner(), sessionID(id)))
}

func sessionOrError(view liveness.View, err error) (control.Session, error) {
	if err != nil {
		return control.Session{}, controlError(err)
	}
	return sessionOf(view), nil
}

// Play implements control.API.
func (o *ownerAPI) Play(ctx context.Context, play control.Play) (control.Session, error) {
	actions := []control.DeviceAction{control.ActionStart, control.ActionAttempt, control.ActionAbandon}
	if !slices.Contains(actions, play.Action) {
		return control.Session{}, &control.Error{Kind: control.ErrorInvalid, Text: fmt.Sprintf("invalid do %q; use start, attempt or abandon", play.Action)}
	}
	playing := service.PlayRequest{Action: service.DeviceAction(play.Action), RequestID: o.NewID(), Wait: play.Wait}
	if play.Attempt != "" {
		if play.Action != control.ActionAttempt {
			return control.Session{}, &control.Error{Kind: control.ErrorInvalid, Text: "attempt is for do: attempt only"}
		}
		step, err := lang.ParseAttempt("attempt", []byte(play.Attempt))
		if err != nil {
			return control.Session{}, &control.Error{Kind: control.ErrorInvalid, Text: err.Error()}
		}
		playing.Step = &step
	}
	return sessionOrError(o.Service.Play(ctx, o.owner(), sessionID(play.Session), playing))
}

// ExpireSession implements control.API.
func (o *ownerAPI) ExpireSession(ctx context.Context, id string) (control.Session, error) {
	return sessionOrError(o.Service.Expire(ctx, o.owner(), sessionID(id)))
}

// DeleteSession implements control.API.
func (o *ownerAPI) DeleteSession(ctx context.Context, id string) (control.Session, error) {
	return sessionOrError(o.Service.Remove(ctx, o.owner(), sessionID(id)))
}

// ExportSession implements control.API.
func (o *ownerAPI) ExportSession(ctx context.Context, id string) (json.RawMessage, error) {
	stored, err := o.Service.Export(ctx, o.owner(), sessionID(id))
	if err != nil {
		return nil, controlError(err)
	}
	_, now, err := o.Resources.ClockOf(ctx, stored.Session.Resource)
	if err != nil {
		return nil, err
	}
	return snapshot.Encode(resource.SnapshotEntry{Resource: stored.Session.Resource, Session: &stored.Session, Images: stored.Images, Taken: now})
}

// ScenarioOf implements control.API.
func (o *ownerAPI) ScenarioOf(ctx context.Context, id string) (control.ScenarioFile, error) {
	view, err := o.Service.Look(ctx, o.owner(), sessionID(id))
	if err != nil {
		return control.ScenarioFile{}, controlError(err)
	}
	name := "session-" + string(view.Session.ID)
	written := scenario.FromSession(name, view)
	return control.ScenarioFile{Name: name, Text: "# yaml-language-server: $schema=../schemas/scenario.json\n" + lang.Print(written, nil)}, nil
}

// refusedByService turns a refusal of the service into one of the control API.
func refusedByService(refusal *liveness.Error) *control.Error {
	kind := control.ErrorInvalid
	switch refusal.Code {
	case liveness.CodeSessionNotFound:
		kind = control.ErrorUnknown
	case liveness.CodeConflict, liveness.CodeRateLimited:
		kind = control.ErrorConflict
	case liveness.CodeStopping:
		kind = control.ErrorUnavailable
	default:
	}
	return &control.Error{Kind: kind, Text: refusal.Hint}
}

// sessionOf is a session with the fields of all versions.
func sessionOf(view liveness.View) control.Session {
	s, settings := view.Session, view.Session.Settings
	session := control.Session{
		ID: string(s.ID), Kind: string(s.Kind), Resource: string(s.Resource), Version: settings.APIVersion, Status: string(view.State),
		Created: s.Created, Expires: s.Expires(), Started: s.Started,
		TokenExpires: s.TokenExpires(), TokenExpired: view.TokenExpired,
		OperationMode: string(settings.Mode), ModelVersion: settings.ModelVersion,
		DeviceCorrelationID: s.DeviceCorrelationID, UserCorrelationID: s.UserCorrelationID, AttemptsAllowed: settings.AttemptsAllowed,
		DeviceCorrelationIDSetInClient: settings.DeviceCorrelationIDSetInClient,
		UserCorrelationIDSetInClient:   settings.UserCorrelationIDSetInClient,
		SendResultsToClient:            settings.SendResultsToClient,
		EnableSessionImage:             settings.EnableSessionImage,
		AbuseMonitoring:                settings.AbuseMonitoring,
		VerifyConfidenceThreshold:      settings.VerifyConfidenceThreshold,
		ReturnVerifyImageHash:          settings.ReturnVerifyImageHash,
		ExpectedClientAddress:          settings.ExpectedClientAddress,
		Scenario:                       s.Script.Scenario, Seed: s.Script.Seed,
		Attempts: []control.Attempt{},
	}
	if r := s.Reference; r != nil {
		session.VerifyImage = &control.VerifyImage{
			FaceRectangle: control.Rectangle(r.FaceRectangle), Quality: string(r.Quality), SHA256: strings.ToUpper(hex.EncodeToString(r.SHA256[:])),
		}
	}
	for _, attempt := range s.Attempts {
		session.Attempts = append(session.Attempts, attemptOf(s, attempt, view))
	}
	return session
}

func attemptOf(s liveness.Session, a liveness.Attempt, view liveness.View) control.Attempt {
	attempt := control.Attempt{
		ID: a.ID, Status: string(view.StateOf(a)), Began: a.Began, Ends: a.Ends, Decision: string(a.Decision),
		Digest: a.Digest, SessionImage: string(a.SessionImageID),
		RequestID: a.RequestID, ClientRequestID: a.ClientRequestID, ClientAddresses: s.ClientAddresses(a), UserAgent: a.Request.UserAgent,
	}
	if a.Error != nil {
		attempt.Error = new(control.AttemptError(*a.Error))
	}
	if a.Decision != "" {
		attempt.FaceRectangle = new(control.Rectangle(a.FaceRectangle))
	}
	if told := s.ToldDigest(a); told != a.Digest {
		attempt.ToldDigest = told
	}
	if m := a.Match; m != nil {
		attempt.Match = &control.Match{Confidence: m.Confidence, Identical: m.Identical}
	}
	if a.Abuse != nil {
		attempt.Abuse = &control.AbuseFindings{Detected: a.Abuse.Detected}
		for _, other := range a.Abuse.Others {
			attempt.Abuse.Others = append(attempt.Abuse.Others, control.FlaggedAttempt{
				Session: string(other.Session), Attempt: other.AttemptID, SessionImage: string(other.SessionImageID),
			})
		}
	}
	return attempt
}

// Events implements control.API.
func (o *ownerAPI) Events(ctx context.Context, query control.EventQuery, each func(control.Event) error) error {
	return o.Listen(ctx, query, func() error { return nil }, each)
}

// Listen is Events that calls alive, too: as soon as it listens, so that from then on
// nothing is missed, and every 15 seconds of the machine's time. What is wrong with the
// query is returned before. An error of alive ends it as one of each does.
func (o *ownerAPI) Listen(ctx context.Context, query control.EventQuery, alive func() error, each func(control.Event) error) error {
	return o.Feed.Listen(ctx, o.owner(), query, feed.Listener{Alive: alive, Each: each})
}
