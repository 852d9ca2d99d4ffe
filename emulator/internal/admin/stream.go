package admin

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
)

// snapshot answers with a snapshot as it is made. Whether it is whole, its trailer
// says.
func (c HandlerConfig) snapshot(r *http.Request) answer {
	api, err := c.apiOf(r)
	if err != nil {
		return refusal(err)
	}
	return answer{stream: func(w http.ResponseWriter) (int, error) {
		header := w.Header()
		header.Set("Content-Type", controlwire.SnapshotType)
		header.Set("Content-Disposition", `attachment; filename="face-liveness.snapshot"`)
		header.Set("Trailer", controlwire.SnapshotTrailer)
		if r.Method == http.MethodHead {
			return http.StatusOK, nil
		}
		info, err := api.Snapshot(r.Context(), w)
		if err != nil {
			breakOff(w)
			return http.StatusOK, err
		}
		said, err := json.Marshal(info)
		header.Set(controlwire.SnapshotTrailer, string(said))
		return http.StatusOK, err
	}}
}

// breakOff ends an answer so that its client does not take it for whole. Where the
// connection cannot be closed, the missing trailer has to do.
func breakOff(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// restore reads a snapshot.
func (c HandlerConfig) restore(r *http.Request) answer {
	api, err := c.apiOf(r)
	if err != nil {
		return refusal(err)
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != controlwire.SnapshotType {
		return refusal(invalid("send the snapshot as Content-Type: %s", controlwire.SnapshotType))
	}
	return answer{stream: func(w http.ResponseWriter) (int, error) {
		body := &patientReader{r.Body, http.NewResponseController(w), c.Now}
		info, err := api.Restore(r.Context(), body)
		a := reply(http.StatusOK, info)
		if err != nil {
			// A client that still sends would not read the response.
			_, _ = io.CopyN(io.Discard, body, maxBody)
			a = refusal(err)
		}
		a.write(w)
		if a.hint != "" {
			return a.status, errors.New(a.hint)
		}
		return a.status, nil
	}}
}

// patience is how long the sender of a snapshot can pause, in real time: restores
// wait for one another.
const patience = 30 * time.Second

// A patientReader gives its sender so much time for every part.
type patientReader struct {
	io.Reader
	conn *http.ResponseController
	now  func() time.Time
}

// Read implements io.Reader.
func (p *patientReader) Read(b []byte) (int, error) {
	// In process there is no connection, and nobody who could pause.
	_ = p.conn.SetReadDeadline(p.now().Add(patience))
	n, err := p.Reader.Read(b)
	_ = p.conn.SetReadDeadline(time.Time{})
	return n, err
}
