package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// maxKeptBody is how much of a text body the journal keeps, in bytes.
const maxKeptBody = 16 << 10

// record puts the call into the journal, with an answer as it leaves; status 0 is
// no answer. It is called before the answer leaves, so that a test which has the
// answer finds the entry. The headers are copied: they go on to net/http, and to
// whoever calls the handler in process.
func (ex *exchange) record(status int, header http.Header, contentType string, body []byte) {
	s := ex.surface
	if s == nil || s.Journal == nil {
		return
	}
	path := ex.path
	if ex.operation == "" {
		path = shownPath(fold(path, s.words), s.words)
	}
	s.Journal.Add(journal.Entry{
		Resource: string(ex.owner),
		Time:     ex.began,
		Duration: s.Now().Sub(ex.began),

		Method: clip(ex.request.Method), Path: path, Operation: ex.operation, Version: ex.version, Asked: ex.unknown,
		Session: string(ex.session), Status: status,
		Scenario: ex.scenario, Seed: ex.seed, Attempt: ex.attempt, Fault: ex.disturbance.shown(),
		Hint: ex.hints(), Problems: ex.problems,

		Request:  journal.Message{Header: ex.request.Header.Clone(), Size: ex.request.ContentLength, Body: ex.body.kept},
		Response: messageOf(header, contentType, body),
	})
}

// messageOf is an answer as the journal keeps it: text as it is, and of images the
// hash.
func messageOf(header http.Header, contentType string, body []byte) journal.Message {
	m := journal.Message{Header: header.Clone(), Size: int64(len(body))}
	switch {
	case len(body) == 0:
	case isText(contentType) && len(body) <= maxKeptBody:
		m.Body = body
	default:
		sum := sha256.Sum256(body)
		m.SHA256 = hex.EncodeToString(sum[:])
	}
	return m
}

// isText reports whether a body of this type is worth keeping. Device calls come
// without a type, or with one of a form.
func isText(contentType string) bool {
	return strings.HasPrefix(contentType, "application/json") || strings.HasPrefix(contentType, "text/")
}
