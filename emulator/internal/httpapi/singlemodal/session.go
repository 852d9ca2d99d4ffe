// Package singlemodal is the JSON of the preview versions v1.1-preview.1 and
// v1.2-preview.1, whose sessions show their latest result and keep an audit of
// all device calls. It turns views of a session into bodies; it knows no HTTP.
package singlemodal

import (
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// The wire structs declare their members in the order of recorded traffic.

// A Dialect is the JSON of one preview version. Its methods have no effect, so
// several goroutines may call them at once.
type Dialect struct {
	// SessionImages is whether audit entries name the session image and the hash
	// of the verify image [documented: audit-image-members].
	SessionImages bool
}

type created struct {
	VerifyImage *verifyImage `json:"verifyImage,omitempty"`
	SessionID   string       `json:"sessionId"`
	AuthToken   string       `json:"authToken"`
}

type verifyImage struct {
	FaceRectangle         rectangle `json:"faceRectangle"`
	QualityForRecognition string    `json:"qualityForRecognition"`
}

type rectangle struct {
	Top    int `json:"top"`
	Left   int `json:"left"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// session is the answer to a GET of one session: an item with a front part.
type session struct {
	Status string `json:"status"`
	Result *entry `json:"result,omitempty"`
	item
}

// item is a session in a list.
type item struct {
	ID                           string `json:"id"`
	CreatedDateTime              string `json:"createdDateTime"`
	AuthTokenTimeToLiveInSeconds int64  `json:"authTokenTimeToLiveInSeconds"`
	SessionStartDateTime         string `json:"sessionStartDateTime,omitempty"`
	// As it was given, also "" [recorded: session-correlation-id]; absent as long as
	// nobody gave one.
	DeviceCorrelationID *string `json:"deviceCorrelationId,omitempty"`
	SessionExpired      bool    `json:"sessionExpired"`
}

// EncodeCreated renders the answer to a create call. The verify image comes
// before the session; without one the member is absent
// [recorded: create-verify-image-order].
func (Dialect) EncodeCreated(c service.Created) ([]byte, error) {
	body := created{SessionID: string(c.View.Session.ID), AuthToken: c.Token}
	if ref := c.View.Session.Reference; ref != nil {
		body.VerifyImage = &verifyImage{
			FaceRectangle:         rectangle(ref.FaceRectangle),
			QualityForRecognition: string(ref.Quality),
		}
	}
	return wire.Marshal(body)
}

// EncodeSession renders the answer to a GET. The result is the latest audit
// entry, and only there when the status says so [recorded: session-result].
func (d Dialect) EncodeSession(view liveness.View) ([]byte, error) {
	body := session{Status: status(view), item: newItem(view)}
	if body.Status == statusResultAvailable {
		latest := d.newEntry(view.Session, view.Attempts[0])
		body.Result = &latest
	}
	return wire.Marshal(body)
}

// EncodeList renders a page of sessions in the order they are given: a bare
// array, without a link to the next page [documented: list-array].
func (Dialect) EncodeList(views []liveness.View) ([]byte, error) {
	body := make([]item, 0, len(views))
	for _, view := range views {
		body = append(body, newItem(view))
	}
	return wire.Marshal(body)
}

func newItem(view liveness.View) item {
	s := view.Session
	listed := item{
		ID:                           string(s.ID),
		CreatedDateTime:              dateTime(s.Created),
		AuthTokenTimeToLiveInSeconds: int64(s.Settings.TokenTTL / time.Second),
		SessionExpired:               view.TokenExpired,
	}
	if s.DeviceCorrelationID != "" || s.Settings.DeviceCorrelationIDGiven {
		listed.DeviceCorrelationID = &s.DeviceCorrelationID
	}
	if !s.Started.IsZero() {
		listed.SessionStartDateTime = dateTime(s.Started)
	}
	return listed
}

// The values of the service's FaceSessionStatus
// [documented: session-status-preview].
const (
	statusNotStarted      = "NotStarted"
	statusStarted         = "Started"
	statusResultAvailable = "ResultAvailable"
)

// status derives the status of the previews, which have none for a session that
// failed: the result is available once there is a decision, or, with failed
// attempts alone, once no other can follow [assumed: session-result-failed]. It is
// ResultAvailable only if there are attempts.
func status(view liveness.View) string {
	if view.Session.Started.IsZero() {
		return statusNotStarted
	}
	for _, a := range view.Attempts {
		if a.Decision != "" {
			return statusResultAvailable
		}
	}
	ended := view.State == liveness.StateFailed || view.State == liveness.StateCanceled
	if ended && len(view.Attempts) > 0 {
		return statusResultAvailable
	}
	return statusStarted
}

// dateTime renders a moment as .NET's round-trip format does: always seven
// digits, and UTC as +00:00. Finer digits are cut off [recorded: session-time].
func dateTime(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.0000000-07:00")
}
