package liveness

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// Bounds of what can be asked for [documented].
const (
	MinTokenTTL                 = 60 * time.Second
	MaxTokenTTL                 = 86400 * time.Second
	DefaultTokenTTL             = 600 * time.Second
	MaxDeviceCorrelationIDRunes = 64
)

// A Version is what the domain has to know about a version of the API.
type Version struct {
	Name            string   // path segment
	Models          []string // model versions it declares; the first is the default
	AttemptsAllowed int      // for a session that does not say
}

// A CreateRequest asks for a new session.
type CreateRequest struct {
	// Who asks and how.
	Resource ResourceID
	Kind     Kind
	Version  Version
	Endpoint string // base URL that the client used, for the token
	Scenario string // pinned by the caller, or ""

	// What the body says. Nil and empty mean: not given.
	Mode                           OperationMode
	DeviceCorrelationID            string
	DeviceCorrelationIDSetInClient bool
	DeviceCorrelationIDGiven       bool // also when empty
	EnableSessionImage             bool
	ModelVersion                   string
	TokenTTLSeconds                *int64
	ReturnVerifyImageHash          bool
	VerifyConfidenceThreshold      *float64
	VerifyImage                    *Upload
}

// An Upload is an image as a client sent it.
type Upload struct {
	FileName string // "" when the part named none
	Bytes    []byte
}

// Created is a new session and the token that opens its device calls.
type Created struct {
	View  View
	Token string
}

// Create makes a session, pins its script and issues its token. The order of
// the checks is: mode, token lifetime, device correlation id, image [assumed].
func (s *Service) Create(ctx context.Context, r CreateRequest) (Created, error) {
	if err := s.check(r); err != nil {
		return Created{}, err
	}
	var facts *faceimage.Facts
	if r.VerifyImage != nil {
		inspected, err := s.inspect(ctx, *r.VerifyImage)
		if err != nil {
			return Created{}, err
		}
		facts = &inspected
	}
	direction, err := s.Director(r.call())
	if err != nil {
		return Created{}, err
	}
	session := s.session(r, direction.Script)
	images := direction.Images
	if facts != nil {
		session.Reference = reference(*facts, session.Script)
		images = append(slices.Clone(images), Image{Name: VerifyImageName, Bytes: r.VerifyImage.Bytes})
	}
	issued, err := s.issue(session, r.Endpoint)
	if err != nil {
		return Created{}, err
	}
	if err := s.Store.Create(ctx, session, images...); err != nil {
		return Created{}, err
	}
	return Created{View: View{Session: session, State: StateNotStarted}, Token: issued}, nil
}

func (r CreateRequest) call() Call {
	call := Call{Scenario: r.Scenario, Kind: r.Kind, DeviceCorrelationID: r.DeviceCorrelationID}
	if r.VerifyImage != nil {
		call.VerifyImageFileName = r.VerifyImage.FileName
	}
	return call
}

// check refuses what the service would refuse in a body of correct form.
func (s *Service) check(r CreateRequest) error {
	if !r.Mode.Valid() {
		return Refuse(CodeInvalidMode, "livenessOperationMode must be Passive or PassiveActive")
	}
	if r.TokenTTLSeconds != nil {
		if ttl := *r.TokenTTLSeconds; ttl < int64(MinTokenTTL/time.Second) || ttl > int64(MaxTokenTTL/time.Second) {
			return Refuse(CodeInvalidTokenLifetime, "authTokenTimeToLiveInSeconds must be a whole number from 60 to 86400")
		}
	}
	if err := s.checkDeviceCorrelationID(r); err != nil {
		return err
	}
	if !s.Strict {
		return nil
	}
	switch {
	case r.ModelVersion != "" && !slices.Contains(r.Version.Models, r.ModelVersion):
		return Refuse(CodeInvalidBody, "livenessModelVersion: %s has the models %v (--strict)", r.Version.Name, r.Version.Models)
	case r.Kind == KindLivenessWithVerify && r.VerifyImage == nil:
		return Refuse(CodeInvalidBody, "verifyImage is a required part (--strict; without it the device has to bring the image)")
	case r.VerifyImage != nil && r.VerifyImage.FileName == "":
		return Refuse(CodeInvalidBody, "the verifyImage part must have a filename (--strict)")
	}
	return nil
}

// checkDeviceCorrelationID: the id is needed on create unless the client may
// set it. Being given although the client sets it is accepted: the
// specification's own example does it and an empty one was recorded.
func (s *Service) checkDeviceCorrelationID(r CreateRequest) error {
	if r.DeviceCorrelationIDSetInClient {
		if s.Strict && r.DeviceCorrelationIDGiven {
			return Refuse(CodeInvalidBody, "deviceCorrelationId must be left out when deviceCorrelationIdSetInClient is true (--strict)")
		}
		if r.DeviceCorrelationID == "" {
			return nil
		}
	}
	return validDeviceCorrelationID(r.DeviceCorrelationID,
		"give deviceCorrelationId on create, or set deviceCorrelationIdSetInClient and give it on session/start")
}

func validDeviceCorrelationID(id, hint string) error {
	switch {
	case id == "":
		return Refuse(CodeInvalidDeviceCorrelationID, "deviceCorrelationId is missing or empty: %s", hint)
	case utf8.RuneCountInString(id) > MaxDeviceCorrelationIDRunes:
		return Refuse(CodeInvalidDeviceCorrelationID, "deviceCorrelationId is longer than 64 characters")
	}
	return nil
}

// session fills in the defaults.
func (s *Service) session(r CreateRequest, script Script) Session {
	session := Session{
		ID:                  SessionID(s.NewID().String()),
		Resource:            r.Resource,
		Kind:                r.Kind,
		Created:             s.Clock.Now().UTC(),
		Script:              script,
		DeviceCorrelationID: r.DeviceCorrelationID,
		Settings: Settings{
			APIVersion:                     r.Version.Name,
			Mode:                           r.Mode,
			DeviceCorrelationIDSetInClient: r.DeviceCorrelationIDSetInClient,
			EnableSessionImage:             r.EnableSessionImage,
			ModelVersion:                   r.ModelVersion,
			TokenTTL:                       DefaultTokenTTL,
			AttemptsAllowed:                r.Version.AttemptsAllowed,
			ReturnVerifyImageHash:          r.ReturnVerifyImageHash,
			VerifyConfidenceThreshold:      defaultConfidenceBorder,
		},
	}
	if session.Settings.ModelVersion == "" {
		session.Settings.ModelVersion = r.Version.Models[0]
	}
	if r.TokenTTLSeconds != nil {
		session.Settings.TokenTTL = time.Duration(*r.TokenTTLSeconds) * time.Second
	}
	if r.VerifyConfidenceThreshold != nil {
		session.Settings.VerifyConfidenceThreshold = *r.VerifyConfidenceThreshold
	}
	return session
}

// issue makes the session's token. Its claims have the shape of October 2025;
// no token of v1.2 is public [assumed for v1.2].
func (s *Service) issue(session Session, endpoint string) (string, error) {
	claims := token.Claims{
		SessionID:                      string(session.ID),
		Kind:                           string(session.Kind),
		APIVersion:                     session.Settings.APIVersion,
		Endpoint:                       endpoint,
		OperationMode:                  string(session.Settings.Mode),
		VerifyImageProvided:            session.Reference != nil,
		DeviceCorrelationIDSetInClient: session.Settings.DeviceCorrelationIDSetInClient,
		IssuedAt:                       session.Created,
		Expires:                        session.TokenExpires(),
		Region:                         s.Account.Region,
		SubscriptionID:                 s.Account.SubscriptionID,
		ProductID:                      s.Account.ProductID,
		AzureResourceID:                s.Account.ResourceID,
	}
	return s.Key.Issue(claims)
}

// inspect checks an image that is to be a verify image.
func (s *Service) inspect(ctx context.Context, image Upload) (faceimage.Facts, error) {
	facts, err := s.Images.Inspect(ctx, image.Bytes)
	var code Code
	switch {
	case err == nil:
		return facts, nil
	case errors.Is(err, faceimage.ErrTooSmall):
		code = CodeImageTooSmall
	case errors.Is(err, faceimage.ErrTooBig):
		code = CodeImageTooBig
	case errors.Is(err, faceimage.ErrNoFace):
		code = CodeNoFace
	case errors.Is(err, faceimage.ErrFormat):
		code = CodeInvalidImage
	default:
		return faceimage.Facts{}, err
	}
	return faceimage.Facts{}, &Error{
		Code: code,
		Hint: "verify image: a JPEG, PNG, GIF or BMP of 1 KB to 6 MB, at least 36 by 36 pixels",
		Err:  err,
	}
}

// reference is what is kept about a verify image. Where the face is follows
// from the image alone, so the same file gives the same rectangle every time.
func reference(facts faceimage.Facts, script Script) *VerifyReference {
	ref := &VerifyReference{
		FaceRectangle: Rectangle(faceimage.ReferenceRectangle(facts)),
		Quality:       Quality(faceimage.ReferenceQuality(facts)),
		SHA256:        facts.SHA256,
	}
	for _, step := range script.Steps {
		if step.Quality != "" {
			// There is one verify image, so the first word about it counts.
			ref.Quality = step.Quality
			break
		}
	}
	return ref
}
