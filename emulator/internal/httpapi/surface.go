// Package httpapi is the Azure surface of the emulator. A request passes
//
//	surface    request id, CORS, path folding, which version and operation, recovery, one log line
//	adapter    authentication, faults; the only place that writes a response
//	operation  strict JSON or multipart, schema, decoding, the domain's service
//
// Operations return a response or an error, and one table turns errors into the
// service's. Versions of the API are rows of a table (version.go).
package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// Config holds what the surface works with.
type Config struct {
	Service   *service.Service
	Resources *resource.Registry
	Schemas   *schema.Folder // request schemas, one folder a version
	Logger    *slog.Logger
	Journal   journal.Log // request log; nil: none
	// Observe is called with every entry of Journal; nil: it is not.
	Observe func(journal.Entry)
	NewID   func() uuid.UUID // request ids
	Now     func() time.Time // of the machine, for durations and Entra tokens
	// Wait blocks until Now is t, or returns the cause of ctx.
	Wait func(ctx context.Context, t time.Time) error

	// Keys lists the accepted subscription keys; the keys of one group share a
	// resource. If it is empty, every non-empty key is accepted and is a separate resource.
	Keys [][]string
	// SharedKeys are a group that shares a resource even when Keys is empty.
	SharedKeys []string

	Strict          bool
	StrictVersions  bool   // refuse versions newer than the newest in the table
	AttemptsAllowed int    // for a session of a version that has no such field
	PublicURL       string // base URL in tokens; "": the one the client used
	// TrustedProxies are the networks whose X-Forwarded-* headers are trusted.
	TrustedProxies  []netip.Prefix
	ErrorCodeHeader bool   // send x-ms-error-code on errors
	Region          string // display name, such as "West US 2"
	Version         string // of the emulator, for X-Face-Liveness-Emulator
}

// surface is the state behind the handlers. It is read-only after New.
type surface struct {
	Config
	keys     keyring
	errors   errorTable
	region   []string
	release  []string
	versions []*version // oldest first
	newest   *version
	words    map[string]string
	router   *mux.Router      // finds the name of a place by its path
	places   map[string]place // by name
}

// A place is a path of a version, and the operations behind it by their methods.
type place struct {
	version    *version
	operations map[string]operation
	allow      string // value of the Allow header
}

// New returns the handler of the Azure surface.
func New(c Config) (http.Handler, error) {
	return newSurface(c, versions(c.AttemptsAllowed), allPaths())
}

// newSurface serves the versions of a table. The router has their paths.
func newSurface(c Config, table []*version, router *mux.Router) (http.Handler, error) {
	s := &surface{
		Config:   c,
		keys:     newKeyring(c.Keys, c.SharedKeys),
		errors:   newErrorTable(),
		region:   []string{c.Region},
		release:  []string{c.Version},
		versions: table,
		newest:   newestOf(table),
		router:   router,
		places:   map[string]place{},
	}
	for _, v := range s.versions {
		if err := v.open(c.Schemas); err != nil {
			return nil, err
		}
		s.mount(v)
	}
	s.words = staticWords(s.versions)
	return s, nil
}

// mount adds the operations of a version by path. The router does not check the method, so
// that the answer to a wrong method can name the right ones.
func (s *surface) mount(v *version) {
	byPath := map[string]map[string]operation{}
	for _, r := range v.routes {
		if byPath[r.path] == nil {
			byPath[r.path] = map[string]operation{}
		}
		byPath[r.path][r.method] = r.operation
	}
	for path, operations := range byPath {
		s.places[v.pathOf(path)] = place{v, operations, allowed(operations)}
	}
}

// allowed lists the methods of a path. HEAD comes with GET.
func allowed(operations map[string]operation) string {
	methods := slices.Collect(maps.Keys(operations))
	if operations[http.MethodGet].handle != nil {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// ServeHTTP implements http.Handler.
func (s *surface) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{surface: s, log: requestLog{id: s.NewID().String(), began: s.Now()}}
	c.body = s.boundBody(w, r)
	c.request = r.WithContext(r.Context()) // a copy: the body is replaced
	c.request.Body = c.body
	s.commonHeaders(w.Header(), r, c.log.id)
	defer c.writeLog()
	defer func() {
		if caught := recover(); caught != nil {
			c.panicked(w, caught)
		}
	}()
	if origin := r.Header.Get("Origin"); origin != "" {
		allowOrigin(w.Header(), r, origin)
	}
	if r.Method == http.MethodOptions {
		c.write(w, http.StatusNoContent, "", nil)
		return
	}
	c.route(w)
}

// commonHeaders are on every response of the service, errors included, with
// the casing of recorded traffic [recorded: header-common].
func (s *surface) commonHeaders(header http.Header, r *http.Request, id string) {
	header["apim-request-id"] = []string{id}
	header["X-Content-Type-Options"] = []string{"nosniff"}
	header["X-Face-Liveness-Emulator"] = s.release
	// With this header over HTTPS, a browser would require HTTPS on every other port of
	// localhost. So browsers do not get it.
	if r.TLS == nil || r.Header.Get("Sec-Fetch-Mode") == "" {
		header["Strict-Transport-Security"] = []string{"max-age=31536000; includeSubDomains; preload"}
	}
}

// allowOrigin sets what a browser wants before it lets another origin's page read an
// answer. Web clients call the device routes cross-origin; old samples call the server
// routes too. The service's own headers are not on record, so all is allowed
// [assumed: cors-all].
func allowOrigin(header http.Header, r *http.Request, origin string) {
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Vary", "Origin")
	if r.Method != http.MethodOptions {
		header.Set("Access-Control-Expose-Headers", "apim-request-id, x-ms-error-code, x-ms-region, Retry-After, Content-Disposition, Warning, "+faultHeader)
		return
	}
	header.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		header.Set("Access-Control-Allow-Headers", asked)
	}
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		header.Set("Access-Control-Allow-Private-Network", "true")
	}
	header.Set("Access-Control-Max-Age", "600")
}

// panicked turns a panic of a handler into the service's 500.
// http.ErrAbortHandler is meant for net/http and passes.
func (c *call) panicked(w http.ResponseWriter, caught any) {
	if err, ok := caught.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	c.Logger.Error("panic", slog.String("request_id", c.log.id), slog.String("panic", fmt.Sprintf("%T", caught)),
		slog.String("stack", string(debug.Stack())))
	c.refuse(w, &liveness.Error{Code: liveness.CodeInternal, Hint: "a defect of the emulator; please report it"})
}

// route finds the operation and carries it out. A path that is not spelled as
// documented is folded first, and what is left may be of a newer version.
func (c *call) route(w http.ResponseWriter) {
	var match mux.RouteMatch
	found := c.router.Match(c.request, &match)
	if !found {
		path := fold(c.request.URL.Path, c.words)
		if match, found = c.match(path); !found {
			if path, c.log.unknown = c.knownVersion(path); c.log.unknown != "" {
				warnOfVersion(w.Header(), c.log.unknown, c.newest.Name)
				match, found = c.match(path)
			}
		}
		if !found {
			c.refuse(w, liveness.Refuse(codeRouteNotFound, "%s", c.routeHint(c.request.Method, path)))
			return
		}
	}
	at := c.places[match.Route.GetName()]
	method := c.request.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	op, ok := at.operations[method]
	if !ok {
		w.Header().Set("Allow", at.allow)
		c.refuse(w, liveness.Refuse(codeMethodNotAllowed, "%s", methodHint(c.request, at.allow)))
		return
	}
	c.vars, c.version, c.schema = match.Vars, at.version, at.version.schemas[op.name]
	c.answer(w, op)
}

// match asks the router for the place of a path in place of the request's.
func (c *call) match(path string) (mux.RouteMatch, bool) {
	var match mux.RouteMatch
	found := c.router.Match(&http.Request{Method: c.request.Method, Host: c.request.Host, URL: &url.URL{Path: path}}, &match)
	return match, found
}

// endpoint returns the base URL that the client used to reach the emulator,
// without a slash at the end. The client reads it from its token, so it must work for the
// client, also behind a port mapping.
func (c *call) endpoint() string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	scheme, host := "http", c.request.Host
	if c.request.TLS != nil {
		scheme = "https"
	}
	if len(c.TrustedProxies) > 0 {
		scheme, host = c.forwarded(c.request, scheme, host)
	}
	return scheme + "://" + host
}

// clientAddress returns the IP address that a request comes from, or "".
func (s *surface) clientAddress(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	client := peer.Addr().Unmap()
	if len(s.TrustedProxies) > 0 {
		client = s.forwardedFor(r, client)
	}
	return client.String()
}
