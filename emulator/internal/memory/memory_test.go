package memory_test

import (
	"strconv"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory/memorytest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	memorytest.Run(t, func(*testing.T) memory.Memory { return memory.New(100) })
}

// TestLimit: the value that was not used for longest is forgotten.
func TestLimit(t *testing.T) {
	t.Parallel()
	m := memory.New(3)
	recall := func(name string) (known bool) {
		t.Helper()
		_, err := m.Recall(t.Context(), "r", name, func(old []byte) ([]byte, error) {
			known = old != nil
			return []byte(name), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	for i := range 3 {
		recall(strconv.Itoa(i))
	}
	recall("0") // used again
	recall("3") // one too many
	for _, name := range []string{"0", "2", "3"} {
		if !recall(name) {
			t.Errorf("%s was forgotten; want it kept", name)
		}
	}
	if recall("1") {
		t.Error("1 is known; want the one that was not used for longest forgotten")
	}
}

// TestResourcesAreBoundedApart checks that a resource with many values evicts no value of
// another one, and that of too many resources the least recently used one is forgotten.
func TestResourcesAreBoundedApart(t *testing.T) {
	t.Parallel()
	m := memory.New(3)
	recall := func(resource liveness.ResourceID, name string) (known bool) {
		t.Helper()
		_, err := m.Recall(t.Context(), resource, name, func(old []byte) ([]byte, error) {
			known = old != nil
			return []byte(name), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	recall("quiet", "n")
	for i := range 10 {
		recall("busy", strconv.Itoa(i))
	}
	if !recall("quiet", "n") {
		t.Error("a value was forgotten beside a busy resource; want it kept")
	}
	for i := range 10_000 {
		recall(liveness.ResourceID(strconv.Itoa(i)), "n")
	}
	if recall("quiet", "n") {
		t.Error("a resource is known beside 10,000 that were used later; want it forgotten")
	}
}

// TestAllValuesAreBounded checks that values of many resources together are bounded: the
// resource that was not used for longest loses its values, and removed ones do not count.
func TestAllValuesAreBounded(t *testing.T) {
	t.Parallel()
	const perResource, limit = 1000, 100_000
	m := memory.New(perResource)
	recall := func(resource, name int, value []byte) (known bool) {
		t.Helper()
		_, err := m.Recall(t.Context(), liveness.ResourceID(strconv.Itoa(resource)), strconv.Itoa(name), func(old []byte) ([]byte, error) {
			known = old != nil
			return value, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	fill := func(from, to int) {
		for resource := from; resource < to; resource++ {
			for name := range perResource {
				recall(resource, name, []byte("v"))
			}
		}
	}
	fill(0, limit/perResource)
	recall(0, 0, nil)
	recall(1000, 0, []byte("v")) // takes the place of the one that was removed
	if !recall(1, 0, []byte("v")) {
		t.Error("a value was forgotten; want it kept, because there are not too many")
	}
	recall(1001, 0, []byte("v"))
	if recall(2, 0, nil) || !recall(2, 1, nil) || !recall(0, 1, nil) {
		t.Error("want the first value of resource 2 forgotten, which was not used for longest, and no other one")
	}
	if err := m.Forget(t.Context(), liveness.Owner{All: true}, ""); err != nil {
		t.Fatal(err)
	}
	fill(0, limit/perResource)
	if !recall(0, 0, nil) {
		t.Error("a value was forgotten; want it kept, because those before were forgotten by Forget")
	}
}
