package faceliveness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/testcontainers/testcontainers-go"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// An Option says what Run does beside making the container.
type Option func(*settings) error

// Customize implements testcontainers.ContainerCustomizer. It leaves the request as it
// is.
func (Option) Customize(*testcontainers.GenericContainerRequest) error { return nil }

// settings are what options say.
type settings struct {
	clock *control.ClockChange // of all resources; nil: as it is
}

// WithKeys lists the subscription keys that the emulator accepts, instead of every text.
// Each opens a resource of its own; keys joined by + share one. Container.Key is the
// first of them.
func WithKeys(keys ...string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if len(keys) == 0 {
			return errors.New("WithKeys: no key is given; leave it out to accept every key")
		}
		for _, key := range keys {
			// The error does not show it: it may be somebody's real one.
			if strings.TrimSpace(key) == "" || strings.ContainsFunc(key, func(r rune) bool { return r == ',' || unicode.IsControl(r) }) {
				return errors.New("WithKeys: a key is blank, or holds a comma or a control character")
			}
		}
		addToList(req, keysVariable, keys)
		return nil
	}
}

// WithAdminToken lets the emulator want a token of everybody who controls it.
// Container.Control sends it.
func WithAdminToken(token string) testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{adminTokenVariable: token})
}

// WithSeed feeds the random choices of scenarios that name no seed; 0 is a random seed.
func WithSeed(seed uint64) testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"FACE_LIVENESS_SEED": strconv.FormatUint(seed, 10)})
}

// WithStrict holds callers to the letter of the API's specification where the service
// is lenient.
func WithStrict() testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"FACE_LIVENESS_STRICT": "true"})
}

// WithEphemeral keeps all sessions in memory, which starts faster. They do not survive a
// stop of the container, and neither do the certificate's authority and the clock.
func WithEphemeral() testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"FACE_LIVENESS_EPHEMERAL": "true"})
}

// WithStateVolume keeps the state in a volume of the engine, which is made if there is
// none of that name: another container with it, after this one, goes on with sessions,
// clock and certificate authority. Without it, state goes with the container.
func WithStateVolume(name string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if name == "" {
			return errors.New("WithStateVolume: the volume needs a name")
		}
		return testcontainers.WithMounts(testcontainers.VolumeMount(name, stateFolder))(req)
	}
}

// WithTLSHosts adds names and addresses that the emulator's certificate is good for.
// Network aliases and the host of Container.HTTPSEndpoint need it not.
func WithTLSHosts(hosts ...string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		addToList(req, tlsHostsVariable, hosts)
		return nil
	}
}

// WithClock lets the clock of all resources begin at a time, from the years 1900 to
// 9000, and run on from there. It is set once, when the container is ready for the first
// time. In a state that was kept or restored it can take sessions back before their
// beginning.
func WithClock(start time.Time) Option {
	return func(s *settings) error {
		s.clock = &control.ClockChange{Set: &start, Force: true}
		return nil
	}
}

// WithFrozenClock is WithClock for a clock that stands still until Container.Control
// moves it. The zero time is the moment at which the container is ready.
func WithFrozenClock(at time.Time) Option {
	return func(s *settings) error {
		s.clock = &control.ClockChange{Rate: new(0.0)}
		if !at.IsZero() {
			s.clock.Set, s.clock.Force = &at, true
		}
		return nil
	}
}

// atFirstStart does what can be done only with an emulator that is ready, once in the
// life of a container: not when it is started again, and not when it is reused.
func (s *settings) atFirstStart() testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if s.clock == nil {
			return nil
		}
		var isNew atomic.Bool
		return testcontainers.WithAdditionalLifecycleHooks(testcontainers.ContainerLifecycleHooks{
			PostCreates: []testcontainers.ContainerHook{func(context.Context, testcontainers.Container) error {
				isNew.Store(true)
				return nil
			}},
			PostReadies: []testcontainers.ContainerHook{func(ctx context.Context, ctr testcontainers.Container) error {
				if !isNew.CompareAndSwap(true, false) {
					return nil
				}
				return s.setClock(ctx, wrap(ctr))
			}},
		})(req)
	}
}

func (s *settings) setClock(ctx context.Context, c *Container) error {
	if err := c.identify(ctx); err != nil {
		return err
	}
	all, err := c.ControlAll(ctx)
	if err != nil {
		return err
	}
	defer c.plain.CloseIdleConnections()
	if _, err := all.ChangeClock(ctx, *s.clock); err != nil {
		return fmt.Errorf("set the clock: %w", err)
	}
	return nil
}

// certifiedNames makes the certificate good for the names that the test and other
// containers use.
func certifiedNames(ctx context.Context) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		var names []string
		for _, alias := range slices.Concat(slices.Collect(maps.Values(req.NetworkAliases))...) {
			if strings.Contains(alias, ".") { // others are known to the emulator
				names = append(names, alias)
			}
		}
		if host := engineHost(ctx, req); host != "" && host != "localhost" {
			names = append(names, host)
		}
		slices.Sort(names)
		addToList(req, tlsHostsVariable, slices.Compact(names))
		return nil
	}
}

// engineHost returns the host that published ports are on; "" if it is not known, in
// which case running the container says why.
func engineHost(ctx context.Context, req *testcontainers.GenericContainerRequest) string {
	provider, err := req.ProviderType.GetProvider()
	if err != nil {
		return ""
	}
	defer func() { _ = provider.Close() }() // nothing was changed by it
	engine, ok := provider.(interface {
		DaemonHost(ctx context.Context) (string, error)
	})
	if !ok {
		return ""
	}
	host, err := engine.DaemonHost(ctx)
	if err != nil {
		return ""
	}
	return host
}

// addToList adds to a variable whose values are separated by commas.
func addToList(req *testcontainers.GenericContainerRequest, variable string, values []string) {
	if len(values) == 0 {
		return
	}
	if before := req.Env[variable]; before != "" {
		values = slices.Concat([]string{before}, values)
	}
	if req.Env == nil {
		req.Env = map[string]string{}
	}
	req.Env[variable] = strings.Join(values, ",")
}
