package resource_test

import (
	"errors"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
)

const someResource liveness.ResourceID = "resource"

const readOperation = "getLivenessSessionResult"

// A fixture is a registry on a store, with a base clock that stands still.
type fixture struct {
	*resource.Registry
	clock *clock.Manual
	store store.Store
}

// newFixture opens a registry on an empty store, unless the edits say otherwise.
func newFixture(t *testing.T, edits ...func(*resource.Config)) *fixture {
	t.Helper()
	config := resource.Config{Store: memstore.New(memstore.Options{}), Clock: clock.NewManual(time.Date(2025, 1, 27, 17, 36, 52, 0, time.UTC))}
	for _, edit := range edits {
		edit(&config)
	}
	registry, err := resource.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{registry, config.Clock.(*clock.Manual), config.Store}
}

// on opens a registry on the store of another one, as after a restart.
func on(f *fixture) func(*resource.Config) {
	return func(c *resource.Config) { c.Store = f.store }
}

// beside is on with the same base clock.
func beside(f *fixture) func(*resource.Config) {
	return func(c *resource.Config) { c.Store, c.Clock = f.store, f.clock }
}

func (f *fixture) advance(t *testing.T, d time.Duration) {
	t.Helper()
	if err := f.clock.Advance(d); err != nil {
		t.Fatal(err)
	}
}

// read reads something from the store, as a call does before it goes by what is set.
func (f *fixture) read(t *testing.T) {
	t.Helper()
	if _, err := f.store.Session(t.Context(), "none"); !errors.Is(err, liveness.ErrNotFound) {
		t.Fatal(err)
	}
}

// ahead returns how far the clock of a resource is ahead of the one below.
func (f *fixture) ahead(t *testing.T, of liveness.ResourceID) time.Duration {
	t.Helper()
	f.read(t)
	return f.Now(t.Context(), of).Sub(f.clock.Now())
}

// change changes the clock of a resource.
func (f *fixture) change(t *testing.T, of liveness.ResourceID, change clock.Change) {
	t.Helper()
	if _, err := f.ChangeClock(t.Context(), of, change); err != nil {
		t.Fatal(err)
	}
}

// use sets the faults of a resource.
func (f *fixture) use(t *testing.T, of liveness.ResourceID, faults ...fault.Fault) {
	t.Helper()
	if err := f.UseFaults(t.Context(), of, faults, ""); err != nil {
		t.Fatal(err)
	}
}

// meets asks about a number of read calls of the resource and returns at which of them
// something happened.
func (f *fixture) meets(t *testing.T, s *liveness.Session, calls int) []int {
	t.Helper()
	f.read(t)
	var hit []int
	for i := range calls {
		var v fault.Verdict
		if err := f.Meet(t.Context(), resource.Subject{Operation: readOperation, Resource: someResource, Session: s}, &v); err != nil {
			t.Fatal(err)
		}
		if len(v.Fired) > 1 {
			t.Errorf("call %d: got the fault more than once, %v", i+1, v.Fired)
		}
		if v.Given() {
			hit = append(hit, i+1)
		}
	}
	return hit
}

// put stores a setting as another program may have left it.
func (f *fixture) put(t *testing.T, name, value string) {
	t.Helper()
	_, err := f.store.ChangeSetting(t.Context(), name, func([]byte) ([]byte, error) { return []byte(value), nil })
	if err != nil {
		t.Fatal(err)
	}
}
