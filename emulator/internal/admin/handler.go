// Package admin is what the emulator offers beside the emulated service:
// probes, and under /_emulator/ the things a client needs in order to trust it
// and to be trusted by it.
package admin

import (
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// Prefix begins every path of the control surface but the probes. No path of
// the emulated service begins so.
const Prefix = "/_emulator/"

// The probes.
const (
	alivePath = "/livez"
	readyPath = "/readyz"
)

// metricsPath is where monitoring looks.
const metricsPath = "/metrics"

// HandlerConfig holds what the surface shows and whom it lets in. All fields but CA,
// Scenarios, Hosts and IdentityHeader are needed. The functions may be called by several
// goroutines at once.
type HandlerConfig struct {
	Release string        // of the emulator, for X-Face-Liveness-Emulator
	CA      func() []byte // PEM; nil when the user brought a certificate of their own
	JWKS    []byte        // JSON Web Key Set of the token key
	// Ready returns nil when the emulator can serve, else why not.
	Ready func() error
	// Scenarios returns what is wrong with the scenario files, which keeps nobody
	// from being served, for the readiness probe; "": nothing.
	Scenarios func() string
	// Hosts are names by which clients may call the guarded paths, beside those that
	// are always good: loopback names, IP addresses, names without a dot and
	// host.docker.internal. Case, a port and a dot at the end do not count;
	// "*.example.test" is for every name with one label more.
	Hosts []string
	// IdentityHeader is the secret that a client of the managed identity sends, which
	// it has from the variable IDENTITY_HEADER. While it is empty, every such client
	// is refused.
	IdentityHeader string
	// SignIdentity returns the access token that says what it is told.
	SignIdentity func(IdentityClaims) (string, error)
	// API returns the control of the resource that a key opens, or, for who has this
	// key, of all. "" is the key of those who have none.
	API func(key string, all bool) (control.API, error)
	// AdminToken is what control calls must carry; "": nothing.
	AdminToken string
	// Now is the machine's clock, because clients compare a token's expiry with theirs.
	Now func() time.Time
	// Logger gets one line a request, but for probes and metrics.
	Logger *slog.Logger
	// Metrics serves /metrics, without the admin token, which scrapers cannot send; nil:
	// there is no such path.
	Metrics http.Handler
}

// NewHandler returns the handler of the control surface. The probes, the CA and the key
// set are public: they hold no secret. Every other path is guarded.
func NewHandler(c HandlerConfig) http.Handler {
	return newSurface(c)
}

// routes is the table of the surface, by path.
func (c HandlerConfig) routes() map[string]route {
	routes := map[string]route{
		alivePath:               {public: true, quiet: true, methods: methods{http.MethodGet: alive}},
		readyPath:               {public: true, quiet: true, methods: methods{http.MethodGet: c.ready}},
		Prefix + "ca.pem":       {public: true, methods: methods{http.MethodGet: c.certificate}},
		Prefix + "jwks.json":    {public: true, methods: methods{http.MethodGet: c.keys}},
		Prefix + "openapi.json": {public: true, methods: methods{http.MethodGet: openAPI}},
		control.IdentityPath:    {methods: methods{http.MethodGet: c.identity}, refuse: refuseIdentity},
	}
	if c.Metrics != nil {
		routes[metricsPath] = route{quiet: true, methods: methods{http.MethodGet: c.metrics}}
	}
	maps.Copy(routes, c.apiRoutes())
	maps.Copy(routes, c.sessionRoutes())
	return routes
}

// Owns reports whether a request is for the control surface.
func Owns(r *http.Request) bool {
	path := r.URL.Path
	return path == alivePath || path == readyPath || path == metricsPath || strings.HasPrefix(path, Prefix)
}

// A state is what the probes say.
type state struct {
	Status    string `json:"status"`
	Reason    string `json:"reason,omitempty"`
	Scenarios string `json:"scenarios,omitempty"`
}

func alive(*http.Request) answer { return reply(http.StatusOK, state{Status: "alive"}) }

func (c HandlerConfig) ready(*http.Request) answer {
	if err := c.Ready(); err != nil {
		return notReady(err.Error())
	}
	ready := state{Status: "ready"}
	if c.Scenarios != nil {
		ready.Scenarios = c.Scenarios()
	}
	return reply(http.StatusOK, ready)
}

func notReady(reason string) answer {
	return reply(http.StatusServiceUnavailable, state{Status: "starting", Reason: reason})
}

func (c HandlerConfig) metrics(r *http.Request) answer {
	return answer{stream: func(w http.ResponseWriter) (int, error) {
		c.Metrics.ServeHTTP(w, r)
		return http.StatusOK, nil
	}}
}

func (c HandlerConfig) keys(*http.Request) answer {
	return answer{status: http.StatusOK, contentType: typeJSON, body: c.JWKS}
}

func (c HandlerConfig) certificate(*http.Request) answer {
	if c.CA == nil {
		return refuse(http.StatusNotFound, "HTTPS uses a certificate of your own; trust its issuer")
	}
	return answer{status: http.StatusOK, contentType: "application/x-pem-file", body: c.CA()}
}
