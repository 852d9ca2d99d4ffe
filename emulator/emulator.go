package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/certs"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlapi"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// An Emulator is one emulated service: an http.Handler with a state. It is safe
// for concurrent use, and several can live in one process.
type Emulator struct {
	options   Options
	scenarios atomic.Pointer[scenario.Set] // replaced by reload
	reload    *reloader
	store     liveness.Store
	service   *liveness.Service
	surface   httpapi.Config // of azure
	azure     http.Handler
	streams   streams
	journal   *journal.Journal
	buried    buried
	metrics   *metrics.Metrics
	watch     watch // over the store
	control   http.Handler
	tls       *tls.Config
	ca        func() []byte // PEM; nil with a certificate of the user's own

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
func New(options Options) (_ *Emulator, err error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Emulator{options: o, journal: journal.New(journalLimits())}
	e.reload = newReloader(o, scenario.Source{Name: "built-in", FS: scenarios.FS}, &e.scenarios)
	if err = e.reload.start(); err != nil {
		return nil, err
	}
	if e.metrics, err = e.newMetrics(); err != nil {
		return nil, err
	}
	if e.store, err = openStore(o); err != nil {
		return nil, err
	}
	e.store = watchStore(e.metrics.Store(e.store), &e.watch, &e.buried, e.timeOf)
	defer func() {
		if err != nil {
			err = errors.Join(err, e.store.Close())
		}
	}()
	if err = e.loadCertificates(); err != nil {
		return nil, err
	}
	if err = e.wire(); err != nil {
		return nil, err
	}
	if err = e.loadInitial(context.Background()); err != nil {
		return nil, err
	}
	e.startUpkeep()
	if options.Seed == 0 {
		// Whoever wants the same choices again has to know it.
		o.Logger.Info("seed of random choices", slog.Uint64("seed", o.Seed))
	}
	return e, nil
}

// wire builds the way that a request goes, from its end to its beginning.
func (e *Emulator) wire() error {
	o := e.options
	key, err := tokenKey(e.store)
	if err != nil {
		return err
	}
	e.service, err = liveness.NewService(context.Background(), liveness.Config{
		Store:    e.store,
		Clock:    o.Clock,
		Key:      key,
		Images:   faceimage.NewChecker(runtime.GOMAXPROCS(0)),
		Director: e.direct,
		NewID:    o.NewID,
		Account:  account(),
		Seed:     o.Seed,
		Strict:   o.Strict,
	})
	if err != nil {
		return err
	}
	e.surface = httpapi.Config{
		Service:         e.service,
		Schemas:         schemas.FS,
		Logger:          o.Logger,
		Journal:         e.journal,
		Observe:         e.metrics.Observe,
		NewID:           o.NewID,
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
		Release:         o.Version,
	}
	e.azure, err = httpapi.New(e.surface)
	if err != nil {
		return err
	}
	e.control = e.controlSurface(key)
	return nil
}

// controlSurface builds what lies beside the API.
func (e *Emulator) controlSurface(key *token.Key) http.Handler {
	o := e.options
	return controlapi.New(controlapi.Config{
		Release:   o.Version,
		CA:        e.ca,
		JWKS:      key.JWKS(),
		Ready:     e.ready,
		Scenarios: e.reload.detail,
		Hosts:     slices.Concat(o.TLSHosts, o.AdminHosts),
		Plane:     e.controlOf,
		Metrics:   e.metrics.Handler(),
		Now:       clock.System{}.Now,
		Logger:    o.Logger,

		AdminToken:     o.AdminToken,
		IdentityHeader: IdentityHeader,
		SignIdentity: func(c controlapi.IdentityClaims) (string, error) {
			return key.IssueEntra(token.EntraClaims(c))
		},
	})
}

// The emulated account, as tokens and headers show it [recorded: the region's
// two spellings].
const (
	regionName = "West US 2"
	regionID   = "westus2"
)

func account() liveness.Account {
	return liveness.Account{
		Region:         regionID,
		SubscriptionID: "00000000000000000000000000000000",
		ProductID:      "Face.S0",
		ResourceID: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local" +
			"/providers/Microsoft.CognitiveServices/accounts/face-liveness-emulator",
	}
}

// loadCertificates makes ready what HTTPS needs.
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
		Dir:    o.State,
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

// ServeHTTP serves the emulated API and the control surface.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if controlapi.Owns(r) {
		e.control.ServeHTTP(w, r)
		return
	}
	e.azure.ServeHTTP(w, r)
}

// ServeStarting answers in place of an emulator that is still being made: it is
// alive, but not ready.
func ServeStarting(w http.ResponseWriter, r *http.Request) { controlapi.Starting(w, r) }

// TLSConfig returns the configuration of an HTTPS listener for this emulator.
func (e *Emulator) TLSConfig() *tls.Config { return e.tls.Clone() }

// CA returns the certificate of the emulator's authority in PEM, for clients to
// trust, or nil when it serves a certificate from a file.
// It is renewed long before it expires.
func (e *Emulator) CA() []byte {
	if e.ca == nil {
		return nil
	}
	return e.ca()
}

// Stop ends the requests that wait for an attempt to be over; they answer 503.
// The attempts themselves go on. Call it before shutting a server down.
// From then on it is not ready.
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

// Close stops the emulator and writes its state out. Requests that come later
// fail. Closing again returns the same result.
func (e *Emulator) Close() error {
	e.closed.Do(func() {
		e.Stop()
		e.cancel()
		e.upkeep.Wait()
		e.closeErr = e.store.Close()
		if e.closeErr != nil {
			e.options.Logger.Error("close", slog.String("error", e.closeErr.Error()))
		}
	})
	return e.closeErr
}
