package service

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// A Version has the rules of one version of the API.
type Version struct {
	Name                   string   // path segment
	Models                 []string // model versions it knows; the first is the default
	AttemptsAllowed        int      // for a session that does not set it
	GoesOnAfterDecision    bool     // a decision leaves the remaining attempts open
	NeedsUserCorrelationID bool
	Token                  token.Shape
}

// A CreateRequest is a request for a new session.
type CreateRequest struct {
	// The caller, and the call.
	Resource liveness.ResourceID
	Kind     liveness.Kind
	Version  Version
	Endpoint string                     // base URL that the client used, for the token
	Scenario string                     // pinned by the caller, or ""
	Seed     uint64                     // pinned by the caller, or 0
	Header   func(name string) []string // of the call; nil: none

	// The members of the body. Nil and empty mean: not given.
	Settings                  liveness.Settings // members that are kept unchanged
	DeviceCorrelationID       CorrelationID
	UserCorrelationID         CorrelationID
	TokenTTLSeconds           *int64
	AttemptsAllowed           *int64
	VerifyConfidenceThreshold *float64
	VerifyImage               *Upload
	// WithoutImage: the body cannot have a verify image, so the device must send one.
	WithoutImage bool

	Before BeforeHook // nil: none
}

// A CorrelationID is the id of a device or a user in a create call.
type CorrelationID struct {
	Text        string
	Given       bool // also when the text is empty
	SetInClient bool // the client gives it when it starts the session
}

// An Upload is an image as a client sent it.
type Upload struct {
	FileName string // "" when the part named none
	Bytes    []byte
}

// Created is a new session and the token that opens its device calls.
type Created struct {
	View  liveness.View
	Token string
}

// Create makes a session, pins its script and issues its token. The order of
// the checks is: attempts and address, mode, token lifetime, device correlation
// id, user correlation id, image [assumed: create-check-order].
func (s *Service) Create(ctx context.Context, r CreateRequest) (Created, error) {
	if err := s.check(r); err != nil {
		return Created{}, err
	}
	var image *faceimage.Facts // nil: no verify image
	if r.VerifyImage != nil {
		inspected, err := s.inspect(ctx, *r.VerifyImage)
		if err != nil {
			return Created{}, err
		}
		image = &inspected
	}
	settings, err := s.Resources.SettingsOf(ctx, r.Resource)
	if err != nil {
		return Created{}, err
	}
	forAll, err := s.Resources.SettingsOf(ctx, liveness.AllResources)
	if err != nil {
		return Created{}, err
	}
	call := r.call(settings, forAll, image)
	queue := r.Resource // whose queue it is
	if len(settings.Queue) == 0 {
		queue = liveness.AllResources
	}
	if len(settings.Queue)+len(forAll.Queue) > 0 && r.Scenario == "" {
		if call.Queued, err = s.Resources.TakeQueued(ctx, queue); err != nil {
			return Created{}, err
		}
	}
	var created Created
	direction, err := s.Director(ctx, call)
	if err == nil {
		session := s.session(r, direction.Script)
		session.Created = s.Resources.Now(ctx, r.Resource)
		session.Settings.AbuseMonitoring = settings.AbuseMonitoring
		created, err = s.save(ctx, r, session, direction.Images, image)
	}
	if err != nil && call.Queued != "" {
		// No session was created, so the next one gets the queued scenario.
		err = errors.Join(err, s.Resources.PutBack(context.WithoutCancel(ctx), queue, call.Queued))
	}
	return created, err
}

// call returns the values that choose the scenario.
func (r CreateRequest) call(settings, forAll resource.Settings, image *faceimage.Facts) liveness.Call {
	call := liveness.Call{
		Scenario: r.Scenario, Default: cmp.Or(settings.Scenario, forAll.Scenario), Seed: cmp.Or(settings.Seed, forAll.Seed), PinnedSeed: r.Seed,
		Resource: r.Resource, APIVersion: r.Version.Name, Kind: r.Kind, Mode: r.Settings.Mode,
		DeviceCorrelationID: r.DeviceCorrelationID.Text, UserCorrelationID: r.UserCorrelationID.Text,
		Header: r.Header,
	}
	if r.VerifyImage != nil {
		call.VerifyImageFileName = r.VerifyImage.FileName
		call.VerifyImageSize = len(r.VerifyImage.Bytes)
		call.VerifyImageSHA256 = hex.EncodeToString(image.SHA256[:])
	}
	return call
}

// check refuses what the service would refuse in a body of correct form.
func (s *Service) check(r CreateRequest) error {
	least := int64(0) // below the declared bounds, and recorded as accepted
	if s.Strict {
		least = 1
	}
	if n := r.AttemptsAllowed; n != nil && (*n < least || *n > liveness.MaxAttempts) {
		return liveness.Refuse(liveness.CodeInvalidBody, "numberOfClientAttemptsAllowed must be from %d to %d", least, liveness.MaxAttempts)
	}
	if r.Settings.ExpectedClientAddress != "" {
		if _, err := liveness.ParseAddresses(r.Settings.ExpectedClientAddress); err != nil {
			return liveness.Refuse(liveness.CodeInvalidBody, "expectedClientIpAddress must be an IP address, or a range such as 203.0.113.0/24 or 2001:db8::/32")
		}
	}
	if !r.Settings.Mode.Valid() {
		return liveness.Refuse(liveness.CodeInvalidMode, "livenessOperationMode must be Passive or PassiveActive")
	}
	if ttl := r.TokenTTLSeconds; ttl != nil && (*ttl < int64(liveness.MinTokenTTL/time.Second) || *ttl > int64(liveness.MaxTokenTTL/time.Second)) {
		return liveness.Refuse(liveness.CodeInvalidTokenLifetime, "authTokenTimeToLiveInSeconds must be a whole number from 60 to 86400")
	}
	if err := s.checkCorrelationID(deviceID, r.DeviceCorrelationID); err != nil {
		return err
	}
	if r.Version.NeedsUserCorrelationID {
		if err := s.checkCorrelationID(userID, r.UserCorrelationID); err != nil {
			return err
		}
	}
	if s.Strict {
		return r.checkStrictly()
	}
	return nil
}

// checkStrictly refuses what the specification does not allow and the service
// accepts.
func (r CreateRequest) checkStrictly() error {
	switch model := r.Settings.ModelVersion; {
	case model != "" && !slices.Contains(r.Version.Models, model):
		return liveness.Refuse(liveness.CodeInvalidBody, "livenessModelVersion (livenessSingleModalModel): %s has %v (the option Strict is on)", r.Version.Name, r.Version.Models)
	case r.Kind == liveness.KindLivenessWithVerify && r.VerifyImage == nil && !r.WithoutImage:
		return liveness.Refuse(liveness.CodeInvalidBody, "the image is a required part, verifyImage or VerifyImage (the option Strict is on; without it the device may bring the image)")
	case r.VerifyImage != nil && r.VerifyImage.FileName == "":
		return liveness.Refuse(liveness.CodeInvalidBody, "the part with the verify image must have a filename (the option Strict is on)")
	}
	return nil
}

// session makes the session that the script is for, with the defaults filled in.
func (s *Service) session(r CreateRequest, script liveness.Script) liveness.Session {
	settings := r.Settings
	settings.APIVersion = r.Version.Name
	settings.ModelVersion = cmp.Or(settings.ModelVersion, r.Version.Models[0])
	settings.GoesOnAfterDecision = r.Version.GoesOnAfterDecision
	settings.DeviceCorrelationIDGiven = r.DeviceCorrelationID.Given
	settings.DeviceCorrelationIDSetInClient = r.DeviceCorrelationID.SetInClient
	settings.UserCorrelationIDSetInClient = r.UserCorrelationID.SetInClient
	settings.TokenTTL = liveness.DefaultTokenTTL
	if r.TokenTTLSeconds != nil {
		settings.TokenTTL = time.Duration(*r.TokenTTLSeconds) * time.Second
	}
	settings.AttemptsAllowed = r.Version.AttemptsAllowed
	if r.AttemptsAllowed != nil {
		settings.AttemptsAllowed = max(1, int(*r.AttemptsAllowed)) // 0 [recorded: attempt-limit-zero] counts as 1 [assumed: attempt-limit-zero-value].
	}
	settings.VerifyConfidenceThreshold = liveness.DefaultConfidenceThreshold
	if r.VerifyConfidenceThreshold != nil {
		settings.VerifyConfidenceThreshold = *r.VerifyConfidenceThreshold
	}
	return liveness.Session{
		ID:                  liveness.SessionID(s.NewID().String()),
		Resource:            r.Resource,
		Kind:                r.Kind,
		Settings:            settings,
		Script:              script,
		DeviceCorrelationID: r.DeviceCorrelationID.Text,
		UserCorrelationID:   r.UserCorrelationID.Text,
	}
}

// save stores a new session, unless a fault prevents it, and issues its token, in the
// shape that goes with its version.
func (s *Service) save(
	ctx context.Context, r CreateRequest, session liveness.Session, images []liveness.Image, image *faceimage.Facts,
) (Created, error) {
	if r.Before != nil {
		if err := r.Before(session); err != nil {
			return Created{}, err
		}
	}
	var err error
	if session.FaultMemory, err = s.Resources.Remembered(ctx, session); err != nil {
		return Created{}, err
	}
	if image != nil {
		session.Reference = reference(*image, session.Script)
		images = append(slices.Clone(images), liveness.Image{Name: liveness.VerifyImageName, Bytes: r.VerifyImage.Bytes})
	}
	issued, err := s.Key.Issue(token.Claims{
		Shape:                          r.Version.Token,
		SessionID:                      string(session.ID),
		Kind:                           string(session.Kind),
		APIVersion:                     session.Settings.APIVersion,
		Endpoint:                       r.Endpoint,
		OperationMode:                  string(session.Settings.Mode),
		VerifyImageProvided:            session.Reference != nil,
		DeviceCorrelationIDSetInClient: session.Settings.DeviceCorrelationIDSetInClient,
		IssuedAt:                       session.Created,
		Expires:                        session.TokenExpires(),
		Region:                         s.Account.Region,
		SubscriptionID:                 s.Account.SubscriptionID,
		ProductID:                      s.Account.ProductID,
		AzureResourceID:                s.Account.ResourceID,
	})
	if err != nil {
		return Created{}, err
	}
	if session.Script.Automatic {
		if session.FlaggedBefore, err = s.Resources.Monitor(ctx, session); err != nil {
			return Created{}, err
		}
	}
	if err := s.add(ctx, session, images...); err != nil {
		return Created{}, err
	}
	return Created{View: liveness.View{Session: session, State: liveness.StateNotStarted}, Token: issued}, nil
}

// inspect checks a verify image.
func (s *Service) inspect(ctx context.Context, image Upload) (faceimage.Facts, error) {
	facts, err := s.Images.Inspect(ctx, image.Bytes)
	var code liveness.Code
	switch {
	case err == nil:
		return facts, nil
	case errors.Is(err, faceimage.ErrTooSmall):
		code = liveness.CodeImageTooSmall
	case errors.Is(err, faceimage.ErrTooBig):
		code = liveness.CodeImageTooBig
	case errors.Is(err, faceimage.ErrNoFace):
		code = liveness.CodeNoFace
	case errors.Is(err, faceimage.ErrFormat):
		code = liveness.CodeInvalidImage
	default:
		return faceimage.Facts{}, err
	}
	return faceimage.Facts{}, &liveness.Error{
		Code: code,
		Hint: "verify image: a JPEG, PNG, GIF or BMP of 1 KB to 6 MB, at least 36 by 36 pixels",
		Err:  err,
	}
}

// reference is what is kept about a verify image. Where the face is follows
// from the image alone, so the same file gives the same rectangle every time.
func reference(facts faceimage.Facts, script liveness.Script) *liveness.VerifyReference {
	ref := &liveness.VerifyReference{
		FaceRectangle: faceimage.ReferenceRectangle(facts),
		Quality:       faceimage.ReferenceQuality(facts),
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
