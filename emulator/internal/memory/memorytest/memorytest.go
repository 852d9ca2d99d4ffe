// Package memorytest tests what every memory.Memory has to do.
package memorytest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
)

// Run tests the memories that open returns, each of them empty.
func Run(t *testing.T, open func(*testing.T) memory.Memory) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, memory.Memory){
		"Recall": recall, "AnErrorChangesNothing": failure, "Forget": forget, "AtOnce": atOnce, "Cancelled": cancelled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
}

// set puts a value, or with "" takes it away, and returns the one before, or "".
func set(t *testing.T, m memory.Memory, resource liveness.ResourceID, name, to string) (before string) {
	t.Helper()
	got, err := m.Recall(t.Context(), resource, name, func(old []byte) ([]byte, error) {
		before = string(old)
		if to == "" {
			return nil, nil
		}
		return []byte(to), nil
	})
	if err != nil || string(got) != to {
		t.Errorf("Recall = %q, %v; want %q", got, err, to)
	}
	return before
}

func recall(t *testing.T, m memory.Memory) {
	t.Helper()
	for _, step := range []struct {
		resource       liveness.ResourceID
		name, to, want string
	}{
		{"a", "n", "1", ""},
		{"a", "n", "2", "1"},
		{"b", "n", "3", ""},
		{"a", "o", "4", ""},
		{"a", "n", "", "2"},
		{"a", "n", "5", ""},
		{"b", "n", "6", "3"},
		{"a", "o", "7", "4"},
		{"c", "n", "", ""},
	} {
		if got := set(t, m, step.resource, step.name, step.to); got != step.want {
			t.Errorf("%s of %s: got %q before, want %q", step.name, step.resource, got, step.want)
		}
	}
}

func failure(t *testing.T, m memory.Memory) {
	t.Helper()
	want := errors.New("no")
	set(t, m, "a", "n", "1")
	_, err := m.Recall(t.Context(), "a", "n", func([]byte) ([]byte, error) { return []byte("2"), want })
	if !errors.Is(err, want) {
		t.Errorf("Recall = %v, want the error of the change", err)
	}
	if got := set(t, m, "a", "n", "3"); got != "1" {
		t.Errorf("got %q, want what was there before", got)
	}
}

func forget(t *testing.T, m memory.Memory) {
	t.Helper()
	fill := func() {
		for _, resource := range []liveness.ResourceID{"a", "b"} {
			for _, name := range []string{"x/1", "x/2", "y/1"} {
				set(t, m, resource, name, "v")
			}
		}
	}
	for _, test := range []struct {
		owner  liveness.Owner
		prefix string
		gone   map[string]bool
	}{
		{liveness.Owner{Resource: "a"}, "x/", map[string]bool{"a x/1": true, "a x/2": true}},
		{liveness.Owner{Resource: "a"}, "", map[string]bool{"a x/1": true, "a x/2": true, "a y/1": true}},
		{liveness.Owner{All: true}, "y/", map[string]bool{"a y/1": true, "b y/1": true}},
		{liveness.Owner{Resource: "c"}, "", nil},
	} {
		fill()
		if err := m.Forget(t.Context(), test.owner, test.prefix); err != nil {
			t.Errorf("Forget = %v", err)
		}
		for _, resource := range []liveness.ResourceID{"a", "b"} {
			for _, name := range []string{"x/1", "x/2", "y/1"} {
				if gone := set(t, m, resource, name, "v") == ""; gone != test.gone[string(resource)+" "+name] {
					t.Errorf("%+v, prefix %q: %s of %s is gone: %v", test.owner, test.prefix, name, resource, gone)
				}
			}
		}
	}
}

func atOnce(t *testing.T, m memory.Memory) {
	t.Helper()
	const many, each = 8, 50
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			for range each {
				_, err := m.Recall(t.Context(), "a", "n", func(old []byte) ([]byte, error) {
					n, _ := strconv.Atoi(string(old)) // 0 of nothing
					return strconv.AppendInt(nil, int64(n+1), 10), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := set(t, m, "a", "n", "0"); got != strconv.Itoa(many*each) {
		t.Errorf("got %s, want %d: no change is lost", got, many*each)
	}
}

func cancelled(t *testing.T, m memory.Memory) {
	t.Helper()
	set(t, m, "a", "n", "1")
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	_, err := m.Recall(ctx, "a", "n", func([]byte) ([]byte, error) { return []byte("2"), nil })
	if forgot := m.Forget(ctx, liveness.Owner{All: true}, ""); !errors.Is(err, cause) || !errors.Is(forgot, cause) {
		t.Errorf("got %v and %v, want the cause", err, forgot)
	}
	if got := set(t, m, "a", "n", "3"); got != "1" {
		t.Errorf("got %q, want what was there before", got)
	}
}
