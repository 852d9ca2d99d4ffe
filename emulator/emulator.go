package emulator

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/certs"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/feed"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// An Emulator is one emulated service: an http.Handler with a state. It is safe
// for concurrent use, and several can live in one process.
type Emulator struct {
	options   Options
	newID     func() uuid.UUID // ids of sessions and requests
	engine    *engine
	library   *library.Library
	service   *service.Service
	resources *resource.Registry
	feed      *feed.Feed
	metrics   *metrics.Metrics
	face      httpapi.Config
	api       http.Handler
	admin     *admin.Admin
	control   http.Handler
	tls       *tls.Config
	ca        func() []byte // PEM; nil if CertFile is set

	stopping atomic.Bool
	stopOnce sync.Once
	closed   sync.Once
	closeErr error
	cancel   context.CancelFunc // ends the upkeep
	upkeep   sync.WaitGroup
}

var _ http.Handler = (*Emulator)(nil)

// New opens the state and returns an emulator that is ready to serve. Close it
// after the last request.
func New(options Options) (*Emulator, error) { return open(options, testhook.Hooks{}) }

// NewForTest is New for the tests of this module, which replace some parts of the
// emulator and read others.
func NewForTest(options Options, hooks testhook.Hooks) (*Emulator, testhook.Parts, error) {
	e, err := open(options, hooks)
	if err != nil {
		return nil, testhook.Parts{}, err
	}
	return e, testhook.Parts{Store: e.engine.store, Publish: e.changed, Sweep: e.sweep, PollScenarios: e.library.Poll, Metrics: e.metrics}, nil
}

func open(options Options, hooks testhook.Hooks) (_ *Emulator, err error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Emulator{options: o, newID: hooks.NewID}
	if e.newID == nil {
		e.newID = uuid.New
	}
	e.metrics = e.newMetrics()
	e.upkeep.Go(func() { prepare(cmp.Or(o.Scenario, scenario.HappyPath)) })
	// The certificates and the store both wait for the disk, so they are opened at the same time.
	certified := make(chan error, 1)
	go func() { certified <- e.loadCertificates() }()
	e.engine, err = openEngine(o, hooks.Clock, e.metrics.StoreMethod)
	certErr := <-certified
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.engine.store.Close())
		}
	}()
	if e.library, err = openLibrary(o, e.engine); err != nil {
		return nil, err
	}
	if certErr != nil {
		return nil, certErr
	}
	if err = e.wire(); err != nil {
		return nil, err
	}
	if err = e.loadInitial(); err != nil {
		return nil, err
	}
	e.startUpkeep()
	if o.Seed == 0 {
		// To repeat the choices, one needs the seed.
		o.Logger.Info("seed of random choices", slog.Uint64("seed", e.engine.seed))
	}
	return e, nil
}

// requestSchemas returns the schemas of requests. All emulators of the process share them,
// so that each is compiled once.
var requestSchemas = sync.OnceValue(func() *schema.Folder { return schema.NewFolder(schemas.FS) })

// wire connects the parts, from the last one that a request reaches to the first.
func (e *Emulator) wire() (err error) {
	o := e.options
	e.resources, err = resource.Open(context.Background(), resource.Config{
		Store: e.engine.store, Shared: e.engine.shared, Clock: e.engine.clock, Seed: e.engine.seed, Memory: e.engine.memory,
	})
	if err != nil {
		return err
	}
	e.service = service.New(service.Config{
		Store:     e.engine.store,
		Resources: e.resources,
		Key:       e.engine.key,
		Images:    faceimage.NewChecker(runtime.GOMAXPROCS(0)),
		Director:  e.library.Direct,
		NewID:     e.newID,
		Account:   account(),
		Changed:   e.changed,
		Strict:    o.Strict,
	})
	e.feed = feed.New(feed.Config{Log: e.engine.log, Store: e.engine.store, Clocks: e.resources, Stopping: e.service.Stopping()})
	e.face = httpapi.Config{
		Service:         e.service,
		Resources:       e.resources,
		Schemas:         requestSchemas(),
		Logger:          o.Logger,
		Journal:         e.engine.log,
		Observe:         e.metrics.Observe,
		NewID:           e.newID,
		Now:             clock.System{}.Now,
		Wait:            clock.System{}.Wait,
		Keys:            o.Keys,
		SharedKeys:      []string{Key1, Key2},
		Strict:          o.Strict,
		StrictVersions:  o.StrictVersions,
		AttemptsAllowed: o.AttemptsAllowed,
		PublicURL:       o.PublicURL,
		TrustedProxies:  o.TrustedProxies,
		ErrorCodeHeader: o.ErrorCodeHeader,
		Region:          regionName,
		Version:         o.Version,
	}
	e.api, err = httpapi.New(e.face)
	if err != nil {
		return err
	}
	e.admin = e.newAdmin()
	e.control = e.controlSurface()
	return nil
}

// changed counts and logs a change of sessions that is stored.
func (e *Emulator) changed(ctx context.Context, c liveness.Change) {
	for _, attempt := range c.Attempts() {
		e.metrics.Attempt(metrics.Outcome(attempt))
	}
	if err := e.engine.log.AddChange(ctx, c); err != nil {
		e.options.Logger.Error("change of a session not kept in the log", slog.String("session", string(c.Session)), slog.String("error", err.Error()))
	}
}

// newAdmin returns what the control API does.
func (e *Emulator) newAdmin() *admin.Admin {
	o := e.options
	return admin.New(admin.Config{
		Service:    e.service,
		Resources:  e.resources,
		Store:      e.engine.store,
		Journal:    e.engine.log,
		Feed:       e.feed,
		Library:    e.library,
		Keys:       e.face.ResourceOf,
		DefaultKey: Key1,
		KeyForAll:  len(o.Keys) > 0 && o.AdminToken == "",
		Logger:     o.Logger,
		NewID:      e.newID,
		Version:    o.Version,
	})
}

// Control returns the control of the resource of a subscription key; "" stands for
// Key1. A control.Client does the same from another process. The error of a key that is
// not accepted is ErrUnknownKey.
func (e *Emulator) Control(key string) (control.API, error) {
	resource, known := e.face.ResourceOf(cmp.Or(key, Key1))
	if !known {
		return nil, ErrUnknownKey
	}
	return e.admin.Resource(resource), nil
}

// ControlAll returns the control of all resources. Sessions use the scenarios of all
// resources if their resource has none. Faults of all resources come before those of
// the resource.
func (e *Emulator) ControlAll() control.API { return e.admin.All() }

// ScenarioNames returns the sorted names of all scenarios: the built-in ones, and those
// of the folders of the options, as they were last read.
func (e *Emulator) ScenarioNames() []string { return e.library.Names() }

// controlSurface returns the handler of the calls beside the API, see admin.Owns.
func (e *Emulator) controlSurface() http.Handler {
	o, key := e.options, e.engine.key
	return admin.NewHandler(admin.HandlerConfig{
		Version:   o.Version,
		CA:        e.ca,
		JWKS:      key.JWKS(),
		Ready:     e.ready,
		Scenarios: e.library.Problem,
		Hosts:     slices.Concat(o.TLSHosts, o.AdminHosts),
		API:       e.admin.Of,
		Metrics:   e.metrics.Handler(),
		Now:       clock.System{}.Now,
		Logger:    o.Logger,

		AdminToken:     o.AdminToken,
		IdentityHeader: control.IdentitySecret,
		SignIdentity: func(c admin.IdentityClaims) (string, error) {
			return key.IssueEntra(token.EntraClaims(c))
		},
	})
}

// Version returns the version of the emulator that is linked into the program:
// its module version, or "devel".
func Version() string {
	const path = "github.com/livenesslabs/face-liveness-emulator"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	modules := append([]*debug.Module{&info.Main}, info.Deps...)
	for _, module := range modules {
		if module.Path == path && module.Version != "" && module.Version != "(devel)" {
			return module.Version
		}
	}
	return "devel"
}

// The emulated account, as tokens and headers show it. The region has two
// spellings [recorded: token-region].
const (
	regionName = "West US 2"
	regionID   = "westus2"
)

func account() service.Account {
	return service.Account{
		Region:         regionID,
		SubscriptionID: "00000000000000000000000000000000",
		ProductID:      "Face.S0",
		ResourceID: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local" +
			"/providers/Microsoft.CognitiveServices/accounts/face-liveness-emulator",
	}
}

// loadCertificates reads or generates the certificate for HTTPS.
func (e *Emulator) loadCertificates() error {
	o := e.options
	if o.CertFile != "" {
		config, err := certs.FromFiles(o.CertFile, o.KeyFile)
		if err != nil {
			return &OptionError{Option: "CertFile", Err: err}
		}
		e.tls = config
		return nil
	}
	authority, err := certs.Open(certs.Options{
		Keep:   keepCA(o),
		Hosts:  o.TLSHosts,
		Logger: o.Logger,
		Now:    clock.System{}.Now,
	})
	if errors.Is(err, certs.ErrHost) {
		return &OptionError{Option: "TLSHosts", Err: err}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	e.tls, e.ca = authority.TLSConfig(), authority.PEM
	return nil
}

// ServeHTTP serves the emulated API and the control calls.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if admin.Owns(r) {
		e.control.ServeHTTP(w, r)
		return
	}
	e.api.ServeHTTP(w, r)
}

// TLSConfig returns the configuration of an HTTPS listener for this emulator.
func (e *Emulator) TLSConfig() *tls.Config { return e.tls.Clone() }

// CA returns the certificate of the emulator's CA in PEM, for clients to trust, or nil
// if the emulator serves a certificate from a file. The CA is renewed long before it
// expires.
func (e *Emulator) CA() []byte {
	if e.ca == nil {
		return nil
	}
	return e.ca()
}

// Stop ends the device calls that wait for their attempt; they answer 503. The attempts
// continue. Call Stop before you shut a server down. From then on, /readyz is 503.
func (e *Emulator) Stop() {
	e.stopOnce.Do(func() {
		e.stopping.Store(true)
		e.service.Stop()
	})
}

func (e *Emulator) ready() error {
	if e.stopping.Load() {
		return errors.New("stopping")
	}
	return nil
}

// Close stops the emulator and writes its state to disk. Later requests fail. Closing
// again returns the same result.
func (e *Emulator) Close() error {
	e.closed.Do(func() {
		e.Stop()
		e.cancel()
		e.upkeep.Wait()
		e.closeErr = e.engine.store.Close()
		if e.closeErr != nil {
			e.options.Logger.Error("close", slog.String("error", e.closeErr.Error()))
		}
	})
	return e.closeErr
}
