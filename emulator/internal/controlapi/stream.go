package controlapi

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// snapshot answers with a snapshot as it is made. Whether it is whole, its trailer
// says.
func (c Config) snapshot(r *http.Request) answer {
	plane, err := c.planeOf(r)
	if err != nil {
		return refusal(err)
	}
	return answer{status: http.StatusOK, stream: func(w http.ResponseWriter) error {
		header := w.Header()
		header.Set("Content-Type", control.SnapshotType)
		header.Set("Content-Disposition", `attachment; filename="face-liveness.snapshot"`)
		header.Set("Trailer", control.SnapshotTrailer)
		if r.Method == http.MethodHead {
			return nil
		}
		info, err := plane.Snapshot(r.Context(), w)
		if err != nil {
			return errors.Join(err, breakOff(w))
		}
		said, err := json.Marshal(info)
		header.Set(control.SnapshotTrailer, string(said))
		return err
	}}
}

// breakOff ends an answer so that its client does not take it for whole. Where the
// connection cannot be closed, the missing trailer has to do.
func breakOff(w http.ResponseWriter) error {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	return conn.Close()
}

// restore reads a snapshot.
func (c Config) restore(r *http.Request) answer {
	plane, err := c.planeOf(r)
	if err != nil {
		return refusal(err)
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != control.SnapshotType {
		return refusal(invalid("send the snapshot as Content-Type: %s", control.SnapshotType))
	}
	info, err := plane.Restore(r.Context(), r.Body)
	if err != nil {
		// Who still sends would not read the answer.
		_, _ = io.CopyN(io.Discard, r.Body, maxBody)
		return refusal(err)
	}
	return reply(http.StatusOK, info)
}
