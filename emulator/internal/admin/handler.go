// Package admin serves the calls beside the emulated service: probes, metrics, and below
// /_emulator/ the CA, the keys of tokens, managed identity and the control API. It also
// carries out the control API for callers in the same process.
package admin

import (
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// Prefix begins the paths of this package, except those of probes and metrics. No path of
// the emulated service begins with it.
const Prefix = "/_emulator/"

// The probes.
const (
	alivePath = "/livez"
	readyPath = "/readyz"
)

// metricsPath is the path that Prometheus scrapes by default.
const metricsPath = "/metrics"

// HandlerConfig configures the handler. All fields except CA, Scenarios, Hosts,
// IdentityHeader, AdminToken and Metrics are required. Several goroutines may call the
// functions at once.
type HandlerConfig struct {
	Version string        // of the emulator, for X-Face-Liveness-Emulator
	CA      func() []byte // PEM; nil if a configured certificate is served
	JWKS    []byte        // JSON Web Key Set of the token key
	// Ready returns nil if the emulator can serve, or the reason why not.
	Ready func() error
	// Scenarios returns an error text about the scenario files for the readiness probe,
	// which stays 200; "": none.
	Scenarios func() string
	// Hosts are additional host names for the guarded paths. Loopback names, IP
	// addresses, names without a dot and host.docker.internal are always accepted. Case,
	// port and a trailing dot are ignored; "*.example.test" stands for every name with
	// one more label.
	Hosts []string
	// IdentityHeader is the secret that clients of the managed identity send, from
	// their variable IDENTITY_HEADER. If it is empty, all of them are refused.
	IdentityHeader string
	// SignIdentity returns an access token with the claims.
	SignIdentity func(IdentityClaims) (string, error)
	// API returns the control of the resource of a key, or of all resources if the
	// caller with this key may have it. "" stands for a call without a key.
	API func(key string, all bool) (control.API, error)
	// AdminToken is the token that control calls need; "": none.
	AdminToken string
	// Now is the system clock, because clients compare the expiry of a token with theirs.
	Now func() time.Time
	// Logger gets one line per request, except for probes and metrics.
	Logger *slog.Logger
	// Metrics serves /metrics, without the admin token, which scrapers cannot send; nil:
	// the path does not exist.
	Metrics http.Handler
}

// NewHandler returns the handler of the paths that Owns accepts. The probes, the CA and the
// key set are public, because they have no secrets. Every other path is guarded. The first
// call creates the routes, because most emulators in tests get no call of these paths.
func NewHandler(c HandlerConfig) http.Handler {
	made := sync.OnceValue(func() http.Handler { return newControlHandler(c) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { made().ServeHTTP(w, r) })
}

// routes returns the routes by path.
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

// Owns reports whether a request is for the handler of this package.
func Owns(r *http.Request) bool {
	path := r.URL.Path
	return path == alivePath || path == readyPath || path == metricsPath || strings.HasPrefix(path, Prefix)
}

// A state is the body of a probe's answer.
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
