package httpapi

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// Config holds what the surface works with.
type Config struct {
	Service   *service.Service
	Resources *resource.Registry
	Schemas   fs.FS // request schemas, one folder a version
	Logger    *slog.Logger
	Journal   *journal.Journal // of all calls; nil: none
	// Observe is told of every call that Journal gets; nil: nobody is.
	Observe func(journal.Entry)
	NewID   func() uuid.UUID // request ids
	Now     func() time.Time // of the machine, for durations and Entra tokens
	// Wait blocks until Now is t, or returns the cause of ctx.
	Wait func(ctx context.Context, t time.Time) error

	// Keys lists the accepted subscription keys; the keys of one group share a
	// resource. None: every non-empty key is accepted and names its own.
	Keys [][]string
	// SharedKeys are a group that shares a resource even when Keys is empty.
	SharedKeys []string

	Strict          bool
	StrictVersions  bool   // refuse versions newer than the newest in the table
	AttemptsAllowed int    // for a session of a version that has no such field
	PublicURL       string // base URL in tokens; "": the one the client used
	// TrustedProxies may say by X-Forwarded-* what URL the client used.
	TrustedProxies  []netip.Prefix
	ErrorCodeHeader bool   // send x-ms-error-code on errors
	Region          string // display name, such as "West US 2"
	Release         string // of the emulator, for X-Face-Liveness-Emulator
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
}

// New returns the handler of the Azure surface.
func New(c Config) (http.Handler, error) { return newSurface(c, versions(c.AttemptsAllowed)) }

// newSurface serves the versions of a table.
func newSurface(c Config, table []*version) (http.Handler, error) {
	s := &surface{
		Config:   c,
		keys:     newKeyring(c.Keys, c.SharedKeys),
		errors:   newErrorTable(),
		region:   []string{c.Region},
		release:  []string{c.Release},
		versions: table,
		newest:   newestOf(table),
	}
	router := mux.NewRouter().SkipClean(true)
	for _, v := range s.versions {
		if err := v.compile(c.Schemas); err != nil {
			return nil, err
		}
		s.mount(router, v)
	}
	router.NotFoundHandler = http.HandlerFunc(s.routeNotFound)
	s.words = staticWords(s.versions)
	return s.outside(router), nil
}

// mount puts the routes of a version on the router: one entry a path, and the
// method chosen behind it, so that a wrong method can name the right ones.
func (s *surface) mount(router *mux.Router, v *version) {
	byPath := map[string]methods{}
	for _, r := range v.routes {
		if byPath[r.path] == nil {
			byPath[r.path] = methods{}
		}
		byPath[r.path][r.method] = s.adapt(v, r.operation)
	}
	// One step for the version, so that a call is not compared with the paths of
	// all the others.
	below := router.PathPrefix("/face/" + v.Name + "/").Subrouter()
	for path, handlers := range byPath {
		below.Handle("/"+path, s.byMethod(handlers))
	}
}

type methods map[string]http.Handler

func (s *surface) byMethod(handlers methods) http.Handler {
	var names []string
	for name := range handlers {
		names = append(names, name)
		if name == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	allow := strings.Join(names, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet // net/http leaves the body out
		}
		if handler, ok := handlers[method]; ok {
			handler.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", allow)
		s.refuse(w, exchangeOf(r.Context()), liveness.Refuse(codeMethodNotAllowed, "%s", methodHint(r, allow)))
	})
}

func (s *surface) routeNotFound(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, exchangeOf(r.Context()), liveness.Refuse(codeRouteNotFound, "%s", s.routeHint(r.Method, r.URL.Path)))
}
