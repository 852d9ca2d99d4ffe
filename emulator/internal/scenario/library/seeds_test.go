package library_test

import (
	"log/slog"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory/memorytest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
)

func open(t *testing.T, counts memory.Memory) *library.Library {
	t.Helper()
	dice := fstest.MapFS{"dice.yaml": {Data: []byte("name: dice\nattempts: [{oneOf: [{outcome: realface}, {outcome: spoofface}]}]\n")}}
	l, err := library.Open(library.Config{
		Sources: []lang.Source{{Name: "test", FS: dice}}, Default: "dice", Seed: 1, Memory: counts, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// seed returns the seed of the next session of a device.
func seed(t *testing.T, l *library.Library, resource liveness.ResourceID, device string) uint64 {
	t.Helper()
	direction, err := l.Direct(t.Context(), liveness.Call{Resource: resource, DeviceCorrelationID: device})
	if err != nil || direction.Script.Seed == 0 {
		t.Fatalf("got seed %d, %v; want one", direction.Script.Seed, err)
	}
	return direction.Script.Seed
}

// TestStreamsAreCountedOnce: two processes that share a memory draw what one would.
func TestStreamsAreCountedOnce(t *testing.T) {
	t.Parallel()
	counts := memorytest.Twice(memory.New(memory.Limit))
	a, b, alone := open(t, counts), open(t, counts), open(t, nil)
	var shared, want []uint64
	for _, device := range []string{"x", "y", "x", "x", "y"} {
		shared = append(shared, seed(t, a, "r", device), seed(t, b, "r", device))
		want = append(want, seed(t, alone, "r", device), seed(t, alone, "r", device))
	}
	if !slices.Equal(shared, want) {
		t.Errorf("got seeds %x, want %x", shared, want)
	}
	slices.Sort(want)
	if len(slices.Compact(want)) != len(shared) {
		t.Errorf("got seeds %x, want each another one", want)
	}
}

// TestForgetSeeds: the same choices come again, for the owner alone.
func TestForgetSeeds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		owner        liveness.Owner
		mine, others bool // start at zero
	}{
		{liveness.Owner{Resource: "mine"}, true, false},
		{liveness.Owner{All: true}, true, true},
		{liveness.Owner{Resource: "nobody"}, false, false},
	} {
		l := open(t, nil)
		mine, others := seed(t, l, "mine", "x"), seed(t, l, "others", "x")
		if err := l.ForgetSeeds(t.Context(), test.owner); err != nil {
			t.Fatal(err)
		}
		if got := seed(t, l, "mine", "x") == mine; got != test.mine {
			t.Errorf("%+v: got the first seed again: %v, want %v", test.owner, got, test.mine)
		}
		if got := seed(t, l, "others", "x") == others; got != test.others {
			t.Errorf("%+v: got the first seed of another resource again: %v, want %v", test.owner, got, test.others)
		}
	}
}
