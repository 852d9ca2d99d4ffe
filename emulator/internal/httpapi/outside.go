package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An exchange collects what the log line of a request says.
type exchange struct {
	id        string // apim-request-id
	began     time.Time
	body      *requestBody
	endpoint  string // base URL as the client sees it
	path      string // of the URL as the client wrote it
	unknown   string // version that is not known and was served as the newest
	operation string
	version   string
	resource  liveness.ResourceID
	session   liveness.SessionID
	scenario  string
	seed      uint64 // of the scenario's choices; 0: it has none
	status    int
	err       error
	hint      string   // for the caller, beside what an error says
	ignored   []string // members of a body that the version does not have

	disturbance *disturbance // what faults do to the answer; nil: nothing
	surface     *surface
	request     *http.Request       // as it came
	owner       liveness.ResourceID // whose call it is, also of a device's
	attempt     int                 // that a device call played; 0: none
	problems    []string            // that the schema has with the body

	early    time.Duration  // how much sooner the client came than it had been told; 0: it did not
	clock    time.Time      // what the owner's clock showed when the call came; zero: not known
	parts    []journal.Part // of a multipart body, for the journal
	payload  string         // SHA-256 of a body that is not kept; "": not known
	tampered bool           // the device is told another digest than the attempt's
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	ex, _ := ctx.Value(exchangeKey{}).(*exchange)
	return ex
}

// outside does what must happen on every request, whether a route matches or
// not: that is why it stands around the router and is none of its middleware.
func (s *surface) outside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ex := &exchange{
			id: s.NewID().String(), began: s.Now(), endpoint: s.endpoint(r), path: r.URL.Path, surface: s, request: r,
		}
		ex.body = s.boundBody(w, r)
		s.commonHeaders(w.Header(), r, ex)
		defer s.log(r, ex)
		defer s.recover(w, ex)
		if crossOrigin(w.Header(), r) {
			write(w, ex, http.StatusNoContent, "", nil)
			return
		}
		next.ServeHTTP(w, s.foldedRequest(w, r, ex))
	})
}

// foldedRequest is r with its path folded, a version that is newer than all known
// ones replaced, and ex in its context.
func (s *surface) foldedRequest(w http.ResponseWriter, r *http.Request, ex *exchange) *http.Request {
	path, unknown := s.knownVersion(fold(r.URL.Path, s.words))
	if unknown != "" {
		ex.unknown = unknown
		warnOfVersion(w.Header(), unknown, s.newest.Name)
	}
	folded := r.WithContext(context.WithValue(r.Context(), exchangeKey{}, ex))
	folded.Body = ex.body
	folded.URL = &url.URL{Path: path, RawQuery: r.URL.RawQuery}
	return folded
}

// commonHeaders are on every response of the service, errors included, with
// the casing of recorded traffic [recorded: header-common].
func (s *surface) commonHeaders(header http.Header, r *http.Request, ex *exchange) {
	header["apim-request-id"] = []string{ex.id}
	header["X-Content-Type-Options"] = []string{"nosniff"}
	header["X-Face-Liveness-Emulator"] = s.release
	if !securedBrowser(r) {
		header["Strict-Transport-Security"] = []string{"max-age=31536000; includeSubDomains; preload"}
	}
}

// securedBrowser reports whether a browser asks over HTTPS. It would take
// Strict-Transport-Security to heart and force HTTPS on every other port of
// localhost, so there the recorded header is left out on purpose.
func securedBrowser(r *http.Request) bool {
	return r.TLS != nil && r.Header.Get("Sec-Fetch-Mode") != ""
}

// recover turns a panic of a handler into the service's 500.
// http.ErrAbortHandler is meant for net/http and passes.
func (s *surface) recover(w http.ResponseWriter, ex *exchange) {
	caught := recover()
	if caught == nil {
		return
	}
	if err, ok := caught.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	s.Logger.Error("panic", slog.String("request_id", ex.id), slog.String("panic", fmt.Sprintf("%T", caught)),
		slog.String("stack", string(debug.Stack())))
	s.refuse(w, ex, &liveness.Error{Code: liveness.CodeInternal, Hint: "a defect of the emulator; please report it"})
}

// log writes the one line of a request. The query is left out, and of a path that
// is none of ours all but known words: they may hold what does not belong into a
// log.
func (s *surface) log(r *http.Request, ex *exchange) {
	level := slog.LevelInfo
	switch {
	case ex.disturbance != nil:
		level = slog.LevelWarn
	case ex.status >= http.StatusInternalServerError && ex.status != http.StatusNotImplemented:
		level = slog.LevelError
	case ex.err != nil || ex.hint != "" || ex.unknown != "" || ex.early > 0:
		level = slog.LevelWarn
	}
	if !s.Logger.Enabled(r.Context(), level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	add := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	add("method", clip(r.Method))
	add("operation", ex.operation)
	if ex.operation == "" {
		add("path", shownPath(fold(r.URL.Path, s.words), s.words))
	}
	add("version", ex.version)
	add("asked_version", ex.unknown)
	attrs = append(attrs, slog.Int("status", ex.status),
		slog.Float64("ms", float64(s.Now().Sub(ex.began).Microseconds())/1000))
	add("request_id", ex.id)
	add("resource", string(ex.resource))
	add("session", string(ex.session))
	add("scenario", ex.scenario)
	if ex.seed != 0 {
		attrs = append(attrs, slog.Uint64("seed", ex.seed))
	}
	add("ignored", strings.Join(ex.ignored, ","))
	add("fault", ex.disturbance.shown())
	refusal, _ := refusalAttrs(ex.err)
	add("hint", ex.hints())
	attrs = append(attrs, refusal...)
	s.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

// refusalAttrs is what the log says of an error, and what the caller can do.
func refusalAttrs(err error) (attrs []slog.Attr, hint string) {
	if _, isPlanned := errors.AsType[*planned](err); err == nil || isPlanned {
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

// hints is all that the log and the journal tell the caller.
func (ex *exchange) hints() string {
	_, why := refusalAttrs(ex.err)
	return joined(why, ex.hint, ex.surface.versionHint(ex.unknown), earlyHint(ex.early))
}

// joined puts hints into one.
func joined(hints ...string) string {
	return strings.Join(slices.DeleteFunc(hints, func(hint string) bool { return hint == "" }), "; ")
}

// clip shortens a text of the caller's for the log.
func clip(text string) string {
	const most = 128
	if len(text) > most {
		return fmt.Sprintf("%.*q…", most, text)
	}
	return text
}
