package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
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
	path = withoutTokens(path)
	keyed := ex.request.Header.Get(keyHeader) != ""
	if ex.owner == "" {
		// A call that leads nowhere was never asked for its key, and is its owner's all
		// the same.
		if owner, err := s.keys.authenticate(ex.request, s.Now()); err == nil {
			ex.belongTo(owner)
		}
	}
	entry := journal.Entry{
		Resource: string(ex.owner),
		Time:     ex.began,
		Duration: s.Now().Sub(ex.began),
		Clock:    ex.clock,

		Method: clip(ex.request.Method), Path: path, Operation: ex.operation, Version: ex.version, Asked: ex.unknown,
		Session: string(ex.session), Status: status,
		Scenario: ex.scenario, Seed: ex.seed, Attempt: ex.attempt, Fault: ex.disturbance.shown(),
		Hint: ex.hints(), Problems: ex.problems, Mistake: ex.mistake(),
		Early: ex.early, FromPage: fromPage(ex.request), Keyed: keyed, TokenInURL: tokenInURL(ex.request.URL),
		Tampered: ex.tampered,

		Request: journal.Message{
			Header: ex.request.Header.Clone(), Size: ex.request.ContentLength, Body: ex.body.kept, SHA256: ex.payload, Parts: ex.parts,
		},
		Response: messageOf(header, contentType, body),
	}
	s.Journal.Add(entry)
	if s.Observe != nil {
		s.Observe(entry)
	}
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

// maxPartName is how much the journal keeps of a name in a multipart body, in bytes.
const maxPartName = 128

// skipPart keeps for the journal that there was a part which nobody looks at.
func (c *call) skipPart(part *multipart.Part) {
	if c.Journal == nil {
		return
	}
	c.exchange.parts = append(c.exchange.parts, journal.Part{
		Name: clipBytes(part.FormName(), maxPartName), FileName: clipBytes(part.FileName(), maxPartName), Size: -1,
	})
}

// keepPart keeps a part for the journal: its text, as long as all of them together
// are not too long, and of anything else the hash.
func (c *call) keepPart(part formPart, isText bool) {
	if c.Journal == nil {
		return
	}
	kept := journal.Part{
		Name: clipBytes(part.name, maxPartName), FileName: clipBytes(part.fileName, maxPartName), Size: int64(len(part.content)),
	}
	texts := len(part.content)
	for _, before := range c.exchange.parts {
		texts += len(before.Text)
	}
	if isText && texts <= maxKeptBody && utf8.Valid(part.content) {
		kept.Text = string(part.content)
	} else {
		sum := sha256.Sum256(part.content)
		kept.SHA256 = hex.EncodeToString(sum[:])
	}
	c.exchange.parts = append(c.exchange.parts, kept)
}

// belongTo says whose call it is, and what time it is there.
func (ex *exchange) belongTo(owner liveness.ResourceID) {
	ex.owner = owner
	s := ex.surface
	if owner == "" || s == nil || s.Journal == nil {
		return
	}
	// Without a time the entry is still worth keeping.
	if _, now, err := s.Resources.ClockOf(ex.request.Context(), owner); err == nil {
		ex.clock = now
	}
}

// mistake is what is wrong with the call itself, whatever state anything is in.
// Refusals for other reasons are no mistakes, nor are those that faults give.
func (ex *exchange) mistake() string {
	if ex.err == nil {
		return ex.hint
	}
	refusal, ok := errors.AsType[*liveness.Error](ex.err)
	if !ok {
		return ""
	}
	switch refusal.Code {
	case codeRouteNotFound, codeMethodNotAllowed, codeBodyTooLarge, codeBadJSON, codeBadBody, codeBadParameter,
		codeBadRecognitionModel, codeBadDetectionModel, codeInvalidStart, codeInvalidTop, liveness.CodeInvalidBody,
		liveness.CodeInvalidMode, liveness.CodeInvalidTokenLifetime, liveness.CodeInvalidDeviceCorrelationID,
		liveness.CodeInvalidUserCorrelationID:
		return joined(refusal.Hint, ex.hint)
	default:
		return ""
	}
}

// fromPage reports whether a page in a browser makes the call. Sec-Fetch-Mode alone
// says nothing: fetch of Node.js sends it too.
func fromPage(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return r.Header.Get("Origin") != "" || site != "" && site != "none"
}

// tokenInURL reports whether a token or a key stands in the URL of a call.
func tokenInURL(at *url.URL) bool {
	for segment := range strings.SplitSeq(at.Path, "/") {
		if looksLikeToken(segment) {
			return true
		}
	}
	if at.RawQuery == "" {
		return false
	}
	for name, values := range at.Query() {
		named := slices.Contains(secretParameters(), strings.ToLower(name))
		if slices.ContainsFunc(values, func(value string) bool { return looksLikeToken(value) || named && value != "" }) {
			return true
		}
	}
	return false
}

// withoutTokens returns a path with stars in place of its tokens.
func withoutTokens(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if looksLikeToken(segment) {
			segments[i] = "***"
		}
	}
	return strings.Join(segments, "/")
}

// secretParameters are names of query parameters that hold a token or a key, in
// lower case.
func secretParameters() []string {
	return []string{
		"authtoken", "auth_token", "accesstoken", "access_token", "subscription-key", "ocp-apim-subscription-key",
	}
}

// looksLikeToken reports whether a text has the form of a JWT.
func looksLikeToken(text string) bool {
	return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2
}
