package liveness

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Defaults for what a script leaves open.
const (
	defaultMatchConfidence     = 0.97
	DefaultConfidenceThreshold = 0.5 // verifyConfidenceThreshold [assumed: verify-threshold]
)

// errVerifyImageNotProvided is what an attempt of a with-verify session gives
// when neither the creator nor the device sent an image. The code is the name
// of the client's error, the text is invented [assumed: attempt-error-image].
func errVerifyImageNotProvided() *AttemptError {
	return &AttemptError{Code: "VerifyImageNotProvided", Message: "Verify image is not provided."}
}

// A Beginning is what makes one attempt differ from another.
type Beginning struct {
	At              time.Time
	RequestID       string
	ClientRequestID string
	ClientAddress   string
	Payload         [sha256.Size]byte // hash of the device's request body
	Audited         AttemptRequest
	Flagged         []FlaggedAttempt // of other sessions with the same correlation ids
}

// Begin returns the session's next attempt. Everything about it is decided
// here, once.
func (s Session) Begin(b Beginning) Attempt {
	id := len(s.Attempts) + 1
	step := s.Script.Step(id)
	attempt := Attempt{
		ID:              id,
		RequestID:       b.RequestID,
		ClientRequestID: b.ClientRequestID,
		ClientAddress:   b.ClientAddress,
		Began:           b.At,
		Ends:            b.At.Add(step.Takes),
		Request:         b.Audited,
	}
	if step.Abandoned {
		return attempt
	}
	if s.Settings.AbuseMonitoring {
		attempt.Abuse = &AbuseFinding{Detected: step.AbuseDetected, Others: b.Flagged}
	}
	attempt.FaceRectangle = s.faceRectangle(id, step)
	if s.Kind == KindLivenessWithVerify && s.Reference == nil {
		attempt.Error = errVerifyImageNotProvided()
		return attempt
	}
	if step.Error != nil {
		attempt.Error = clonePointer(step.Error)
		return attempt
	}
	attempt.Decision = step.Decision
	attempt.Digest = s.digest(id, b.Payload)
	if s.Kind == KindLivenessWithVerify {
		attempt.Match = s.match(step)
	}
	if s.Settings.EnableSessionImage {
		// The session's id is a GUID that we made; composing cannot fail.
		attempt.SessionImageID, _ = NewImageID(s.Kind, s.ID, s.derivedGUID("image", id))
		attempt.SessionImage = step.SessionImage
	}
	return attempt
}

// Step returns what the attempt with this id gives.
func (s Script) Step(id int) Step {
	switch {
	case id <= len(s.Steps):
		return s.Steps[id-1]
	case s.AfterLast == AfterLastRestart:
		return s.Steps[(id-1)%len(s.Steps)]
	default:
		return s.Steps[len(s.Steps)-1]
	}
}

func (s Session) faceRectangle(id int, step Step) Rectangle {
	if step.FaceRectangle != nil {
		return *step.FaceRectangle
	}
	return FaceRectangle(s.Derived("face", id))
}

func (s Session) match(step Step) *Match {
	confidence := float32(defaultMatchConfidence)
	if step.MatchConfidence != nil {
		confidence = *step.MatchConfidence
	}
	quality := s.Reference.Quality
	if step.Quality != "" {
		quality = step.Quality
	}
	return &Match{
		Confidence: confidence,
		Identical:  confidence >= float32(s.Settings.VerifyConfidenceThreshold),
		Quality:    quality,
	}
}

// digest stands in for the service's digest over what the device sent, whose
// algorithm is not public. It depends on the payload and on the session, since
// two recorded calls of equal shape gave different digests
// [assumed: digest-algorithm].
func (s Session) digest(id int, payload [sha256.Size]byte) string {
	seed := s.Derived("digest", id)
	sum := sha256.Sum256(append(seed[:], payload[:]...))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// ToldDigest is the digest of an attempt that its device is told.
func (s Session) ToldDigest(a Attempt) string {
	if a.Digest == "" {
		return ""
	}
	switch s.Script.Step(a.ID).Digest {
	case DigestMissing:
		return ""
	case DigestDifferent:
		other := s.Derived("another digest", a.ID)
		return strings.ToUpper(hex.EncodeToString(other[:]))
	default:
		return a.Digest
	}
}

// ClientAddresses are the IP addresses that an attempt of the session shows: what
// its script says, else where its device called from.
func (s Session) ClientAddresses(a Attempt) []string {
	if scripted := s.Script.Step(a.ID).ClientAddresses; len(scripted) > 0 {
		return scripted
	}
	if a.ClientAddress == "" {
		return nil
	}
	return []string{a.ClientAddress}
}

// Derived returns bytes that follow from the session's id, what they are for
// and the number of the attempt: random to look at, the same every time.
func (s Session) Derived(purpose string, id int) [sha256.Size]byte {
	text := make([]byte, 0, 64)
	text = append(text, s.ID...)
	text = append(text, '/')
	text = append(text, purpose...)
	text = binary.BigEndian.AppendUint32(text, uint32(id))
	return sha256.Sum256(text)
}

// derivedGUID is derived as a version-4 GUID.
func (s Session) derivedGUID(purpose string, id int) uuid.UUID {
	sum := s.Derived(purpose, id)
	guid := uuid.UUID(sum[:16])
	guid[6] = guid[6]&0x0f | 0x40
	guid[8] = guid[8]&0x3f | 0x80
	return guid
}
