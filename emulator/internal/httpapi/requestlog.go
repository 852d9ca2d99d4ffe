package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A requestLog collects the values of a request's log line and of its entry in the
// request log.
type requestLog struct {
	id        string // apim-request-id
	began     time.Time
	unknown   string // version that is not known and was served as the newest
	operation string
	version   string
	resource  liveness.ResourceID // of a server call
	session   liveness.SessionID
	scenario  string
	seed      uint64 // of the scenario's choices; 0: it has none
	status    int
	err       error
	hint      string   // for the client, beside what an error says
	ignored   []string // members of a body that the version does not have

	fault    string         // effects that fired; "": none
	attempt  int            // that a device call played; 0: none
	problems []string       // that the schema has with the body
	early    time.Duration  // how much sooner the client came than a Retry-After said; 0: it did not
	clock    time.Time      // what the resource's clock showed when the call came; zero: not known
	parts    []journal.Part // of a multipart body
	payload  string         // SHA-256 of a body that is not kept; "": not known
	tampered bool           // the device receives another digest than the attempt's
}

// writeLog writes the one line of a request. It leaves out the query, and of an
// unknown path all but the words of the API: they may hold secrets.
func (c *call) writeLog() {
	log, r := &c.log, c.request
	level := slog.LevelInfo
	switch {
	case c.effect != nil:
		level = slog.LevelWarn
	case log.status >= http.StatusInternalServerError && log.status != http.StatusNotImplemented:
		level = slog.LevelError
	case log.err != nil || log.hint != "" || log.unknown != "" || log.early > 0:
		level = slog.LevelWarn
	}
	if !c.Logger.Enabled(r.Context(), level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	add := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	if log.operation != "" {
		add("method", r.Method)
		add("operation", log.operation)
	} else {
		add("method", clip(r.Method))
		add("path", shownPath(fold(r.URL.Path, c.words), c.words))
	}
	add("version", log.version)
	add("asked_version", log.unknown)
	attrs = append(attrs, slog.Int("status", log.status),
		slog.Float64("ms", float64(c.Now().Sub(log.began).Microseconds())/1000))
	add("request_id", log.id)
	add("resource", string(log.resource))
	add("session", string(log.session))
	add("scenario", log.scenario)
	if log.seed != 0 {
		attrs = append(attrs, slog.Uint64("seed", log.seed))
	}
	add("ignored", strings.Join(log.ignored, ","))
	add("fault", log.fault)
	hint, _ := c.hints()
	add("hint", hint)
	if log.err != nil {
		refusal, _ := refusalAttrs(log.err)
		attrs = append(attrs, refusal...)
	}
	c.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

// refusalAttrs returns the log attributes of an error, and its hint.
func refusalAttrs(err error) (attrs []slog.Attr, hint string) {
	if _, isFault := errors.AsType[*faultError](err); err == nil || isFault {
		return nil, ""
	}
	refusal, ok := errors.AsType[*liveness.Error](err)
	if !ok {
		return []slog.Attr{slog.String("error", err.Error())}, ""
	}
	attrs = []slog.Attr{slog.String("refused", string(refusal.Code))}
	if refusal.Err != nil {
		attrs = append(attrs, slog.String("cause", refusal.Err.Error()))
	}
	return attrs, refusal.Hint
}

// hints returns the hints of the log line and of the request log; and those of them that
// are about the request itself, whatever the state of the session.
func (c *call) hints() (all, mistake string) {
	log := &c.log
	if log.err == nil && log.unknown == "" && log.early == 0 {
		return log.hint, log.hint
	}
	_, why := refusalAttrs(log.err)
	if log.err == nil || isMistake(log.err) {
		mistake = joined(why, log.hint)
	}
	return joined(why, log.hint, c.versionHint(log.unknown), earlyHint(log.early)), mistake
}

// isMistake reports whether a request was refused for what it is. Refusals for other
// reasons, and those of faults, do not count.
func isMistake(err error) bool {
	refusal, ok := errors.AsType[*liveness.Error](err)
	if !ok {
		return false
	}
	switch refusal.Code {
	case codeRouteNotFound, codeMethodNotAllowed, codeBodyTooLarge, codeBadJSON, codeBadBody, codeBadParameter,
		codeBadRecognitionModel, codeBadDetectionModel, codeInvalidStart, codeInvalidTop, liveness.CodeInvalidBody,
		liveness.CodeInvalidMode, liveness.CodeInvalidTokenLifetime, liveness.CodeInvalidDeviceCorrelationID,
		liveness.CodeInvalidUserCorrelationID:
		return true
	default:
		return false
	}
}

// joined joins the hints that are not empty.
func joined(hints ...string) string {
	return strings.Join(slices.DeleteFunc(hints, func(hint string) bool { return hint == "" }), "; ")
}

// clip shortens a text from the client for the log.
func clip(text string) string {
	const most = 128
	if len(text) > most {
		return fmt.Sprintf("%.*q…", most, text)
	}
	return text
}

// maxKeptBody is how much of a text body the journal keeps, in bytes.
const maxKeptBody = 16 << 10

// record adds the call and its answer to the request log; status 0 stands for no answer.
// It runs before the answer is sent, so that a test that has the answer finds the entry.
// The headers are copied, because net/http and callers in process use them afterwards.
func (c *call) record(status int, header http.Header, contentType string, body []byte) {
	if c.Journal == nil {
		return
	}
	log, request := &c.log, c.request
	if c.resource == "" {
		// A request that matched no operation was not authenticated; its key still
		// names the resource.
		if owner, err := c.keys.authenticate(request, c.Now()); err == nil {
			c.belongTo(owner)
		}
	}
	method, path, inURL := request.Method, request.URL.Path, false
	if log.operation == "" {
		method, path = clip(method), shownPath(fold(path, c.words), c.words)
	}
	if request.URL.RawQuery != "" || strings.Contains(request.URL.Path, tokenStart) {
		path, inURL = withoutTokens(path), tokenInURL(request.URL)
	}
	hint, mistake := c.hints()
	site := request.Header.Get("Sec-Fetch-Site")
	entry := journal.Entry{
		Resource: string(c.resource),
		Time:     log.began,
		Duration: c.Now().Sub(log.began),
		Clock:    log.clock,

		Method: method, Path: path, Operation: log.operation, Version: log.version, Asked: log.unknown,
		Session: string(log.session), Status: status,
		Scenario: log.scenario, Seed: log.seed, Attempt: log.attempt, Fault: log.fault,
		Hint: hint, Problems: log.problems, Mistake: mistake, Early: log.early,
		// Sec-Fetch-Mode alone does not make a page of a browser: fetch of Node.js sends it too.
		FromPage: request.Header.Get("Origin") != "" || site != "" && site != "none",
		Keyed:    request.Header.Get(keyHeader) != "", TokenInURL: inURL, Tampered: log.tampered,

		Request: journal.Message{
			Header: journal.HeaderOf(request.Header), Size: request.ContentLength, Body: c.body.kept, SHA256: log.payload, Parts: log.parts,
		},
		Response: messageOf(header, contentType, body),
	}
	if err := c.Journal.Add(context.WithoutCancel(request.Context()), entry); err != nil {
		c.Logger.Error("request not kept in the request log", slog.String("request_id", log.id), slog.String("error", err.Error()))
	}
	if c.Observe != nil {
		c.Observe(entry)
	}
}

// messageOf returns a response as the journal keeps it: text in full, images as a
// hash.
func messageOf(header http.Header, contentType string, body []byte) journal.Message {
	m := journal.Message{Header: journal.HeaderOf(header), Size: int64(len(body))}
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

// belongTo records the resource of the call, and the time on its clock.
func (c *call) belongTo(owner liveness.ResourceID) {
	c.resource = owner
	if c.Journal == nil {
		return
	}
	// Without a time the entry is still worth keeping.
	if _, now, err := c.Resources.ClockOf(c.request.Context(), owner); err == nil {
		c.log.clock = now
	}
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

// tokenStart begins every JWT: it is {" in Base64.
const tokenStart = "eyJ"

// looksLikeToken reports whether a text has the form of a JWT.
func looksLikeToken(text string) bool {
	return strings.HasPrefix(text, tokenStart) && strings.Count(text, ".") == 2
}
