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

// An Option configures Run itself rather than the container.
type Option func(*settings) error

// Customize implements testcontainers.ContainerCustomizer. It does not change the
// request.
func (Option) Customize(*testcontainers.GenericContainerRequest) error { return nil }

// settings are the values of all options.
type settings struct {
	clock *control.ClockChange // of all resources; nil changes nothing
}

// WithKeys sets the subscription keys that the emulator accepts; without it, every text
// is accepted. Each key selects a separate resource; keys joined by + share one.
// Container.Key returns the first.
func WithKeys(keys ...string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if len(keys) == 0 {
			return errors.New("WithKeys: no key is given; leave it out to accept every key")
		}
		for _, key := range keys {
			// The error does not quote the key, because it may be a real one.
			if strings.TrimSpace(key) == "" || strings.ContainsFunc(key, func(r rune) bool { return r == ',' || unicode.IsControl(r) }) {
				return errors.New("WithKeys: a key is blank, or holds a comma or a control character")
			}
		}
		addToList(req, keysVariable, keys)
		return nil
	}
}

// WithAdminToken sets a token that every control call needs. Container.Control sends it.
func WithAdminToken(token string) testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{adminTokenVariable: token})
}

// WithSeed sets the seed of the random choices of scenarios without a seed; 0 is a random
// seed.
func WithSeed(seed uint64) testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"FACE_LIVENESS_SEED": strconv.FormatUint(seed, 10)})
}

// WithStrict makes the emulator refuse what the API's specification does not allow, even
// where the service accepts it.
func WithStrict() testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"FACE_LIVENESS_STRICT": "true"})
}

// WithEphemeral keeps all state in memory, which starts faster. Sessions, clock and
// certificate authority are lost when the container stops.
func WithEphemeral() testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"FACE_LIVENESS_EPHEMERAL": "true"})
}

// WithStateVolume keeps the state in a volume of the engine, which is created if it does
// not exist. A later container with the same volume continues with the sessions, clock
// and certificate authority. Without it, the state is deleted with the container.
func WithStateVolume(name string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if name == "" {
			return errors.New("WithStateVolume: the volume needs a name")
		}
		return testcontainers.WithMounts(testcontainers.VolumeMount(name, stateFolder))(req)
	}
}

// WithTLSHosts adds host names and addresses to the emulator's certificate. Network
// aliases and the host of Container.HTTPSEndpoint are included anyway.
func WithTLSHosts(hosts ...string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		addToList(req, tlsHostsVariable, hosts)
		return nil
	}
}

// WithClock sets the clock of all resources to a time in the years 1900 to 9000, from
// which it runs on. It is set once, when the container is ready for the first time. With
// a state that is not new, the time can be before existing sessions were created.
func WithClock(start time.Time) Option {
	return func(s *settings) error {
		s.clock = &control.ClockChange{Set: &start, Force: true}
		return nil
	}
}

// WithFrozenClock is WithClock with a frozen clock, which only Container.Control moves.
// The zero time freezes it when the container is ready.
func WithFrozenClock(at time.Time) Option {
	return func(s *settings) error {
		s.clock = &control.ClockChange{Rate: new(0.0)}
		if !at.IsZero() {
			s.clock.Set, s.clock.Force = &at, true
		}
		return nil
	}
}

// atFirstStart sets the clock when a new container is ready. It does nothing when a
// container is started again or reused.
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

// certifiedNames adds the names that the test and other containers use to the
// certificate.
func certifiedNames(ctx context.Context) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		var names []string
		for _, alias := range slices.Concat(slices.Collect(maps.Values(req.NetworkAliases))...) {
			if strings.Contains(alias, ".") { // the emulator's certificate covers names without a dot
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

// engineHost returns the host of published ports, or "" if it is unknown. Then running
// the container returns the error.
func engineHost(ctx context.Context, req *testcontainers.GenericContainerRequest) string {
	provider, err := req.ProviderType.GetProvider()
	if err != nil {
		return ""
	}
	defer func() { _ = provider.Close() }() // read-only
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

// addToList appends to a variable with comma-separated values.
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
