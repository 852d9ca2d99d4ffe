package storetest

import (
	"slices"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// RunObserved tests that a store calls its observer once for every call, whether it
// succeeds or fails. open opens an empty store with this observer.
func RunObserved(t *testing.T, open func(*testing.T, store.Observer) store.Store) {
	t.Helper()
	r := &recorder{}
	s := newSuite(t, open(t, r.observe))
	methods := map[string]string{
		"Create": store.MethodCreate, "Session": store.MethodSession, "List": store.MethodList, "Newest": store.MethodNewest,
		"Update": store.MethodUpdate, "Delete": store.MethodDelete, "Image": store.MethodImage,
		"Setting": store.MethodSetting, "ChangeSetting": store.MethodChangeSetting, "Sweep": store.MethodSweep,
		"Walk": store.MethodWalk, "Replace": store.MethodReplace, "Replace by nothing": store.MethodReplace, "Undo": store.MethodUndo,
		"Compact": store.MethodCompact, "Damaged": store.MethodDamaged,
	}
	if len(store.Methods()) != len(methods) { // Close is not among the calls, and Replace is twice.
		t.Errorf("%d methods, want %d", len(store.Methods()), len(methods))
	}
	calls := s.calls(s.created(1, s.image(liveness.VerifyImageName, 10)))
	r.want(t, "Create", store.MethodCreate)
	if _, err := s.store.Session(t.Context(), sessionID(1)); err != nil {
		t.Errorf("Session = %v, want nil", err)
	}
	r.want(t, "Session", store.MethodSession)
	for range 2 {
		for _, c := range calls {
			_ = c.run(t.Context()) // Some of them fail, and all after Close.
			r.want(t, c.name, methods[c.name])
		}
		if err := s.store.Close(); err != nil {
			t.Errorf("Close = %v, want nil", err)
		}
		r.want(t, "Close", store.MethodClose)
	}
}

// A recorder is an observer that keeps the methods.
type recorder struct {
	mu          sync.Mutex
	began, done []string
}

func (r *recorder) observe(method string) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began = append(r.began, method)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.done = append(r.done, method)
	}
}

// want compares what was observed since the last time.
func (r *recorder) want(t *testing.T, call, method string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if want := []string{method}; !slices.Equal(r.began, want) || !slices.Equal(r.done, want) {
		t.Errorf("%s: %q began and %q ended, want %q", call, r.began, r.done, want)
	}
	r.began, r.done = nil, nil
}
