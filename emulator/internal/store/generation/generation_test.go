package generation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

func all() liveness.Owner { return liveness.Owner{All: true} }

func own() liveness.Owner { return liveness.Owner{Resource: "a"} }

func start() time.Time { return time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC) }

// replaced returns the state after a replacement with this number.
func replaced(s *generation.State, n generation.Number, owner liveness.Owner, names ...string) *generation.State {
	return s.Replaced(generation.Replacement{Number: n, Owner: owner, Before: s.Pointer(owner), At: start()}, names)
}

func undone(t *testing.T, s *generation.State, owner liveness.Owner) *generation.State {
	t.Helper()
	r, ok := s.Undoable(owner, start())
	if !ok {
		t.Fatalf("nothing of %v can be taken back", owner)
	}
	return s.Undone(r)
}

func wantInForce(t *testing.T, s *generation.State, a, b generation.Number) {
	t.Helper()
	if s.InForce("a") != a || s.InForce("b") != b {
		t.Errorf("generations %d and %d are in force, want %d and %d", s.InForce("a"), s.InForce("b"), a, b)
	}
}

func TestTheGreaterPointerIsInForce(t *testing.T) {
	t.Parallel()
	one := replaced(&generation.State{}, 1, own())
	two := replaced(one, 2, all())
	three := replaced(two, 3, own())
	wantInForce(t, &generation.State{}, 0, 0)
	wantInForce(t, one, 1, 0)
	wantInForce(t, two, 2, 2)
	wantInForce(t, three, 3, 2)
	if _, ok := two.Undoable(own(), start()); ok {
		t.Error("the replacement of one can be taken back after that of all")
	}
	back := undone(t, three, all())
	wantInForce(t, back, 3, 0)
	wantInForce(t, undone(t, back, own()), 1, 0)
	wantInForce(t, undone(t, three, own()), 2, 2)
}

func TestLive(t *testing.T) {
	t.Parallel()
	s := replaced(replaced(replaced(&generation.State{}, 1, own()), 2, all()), 3, own())
	live := func(s *generation.State, resource liveness.ResourceID) (numbers []generation.Number) {
		for n := range generation.Number(4) {
			if s.Live(resource, n) {
				numbers = append(numbers, n)
			}
		}
		return numbers
	}
	for _, test := range []struct {
		name  string
		state *generation.State
		a, b  []generation.Number
	}{
		{"Now", s, []generation.Number{1, 2, 3}, []generation.Number{0, 2}},
		{"Later", s.Expired(start().Add(store.UndoTime + 1)), []generation.Number{3}, []generation.Number{2}},
		{"JustBefore", s.Expired(start().Add(store.UndoTime)), []generation.Number{1, 2, 3}, []generation.Number{0, 2}},
		{"Undone", undone(t, s, all()), []generation.Number{1, 3}, []generation.Number{0}},
	} {
		if a, b := live(test.state, "a"), live(test.state, "b"); !slices.Equal(a, test.a) || !slices.Equal(b, test.b) {
			t.Errorf("%s: %v and %v are live, want %v and %v", test.name, a, b, test.a, test.b)
		}
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	s := replaced(replaced(replaced(&generation.State{}, 1, own(), "x", "y"), 2, all(), "x"), 3, own(), "x")
	want := func(s *generation.State, name string, layer generation.Number, obsolete []generation.Number, base bool) {
		t.Helper()
		gotObsolete, gotBase := s.Obsolete(name)
		if s.Layer(name) != layer || !slices.Equal(gotObsolete, obsolete) || gotBase != base {
			t.Errorf("%s: layer %d, obsolete %v, %t, want %d, %v, %t", name, s.Layer(name), gotObsolete, gotBase, layer, obsolete, base)
		}
	}
	want(s, "x", 3, nil, true) // 2 and 3 can be taken back, 1 not any more
	want(s, "y", 1, nil, true)
	want(s, "z", 0, nil, false)
	want(undone(t, s, all()), "x", 3, nil, true)
	want(undone(t, undone(t, s, all()), own()), "x", 1, nil, true)
	late := s.Expired(start().Add(time.Hour))
	want(late, "x", 3, []generation.Number{1, 2}, true)
	want(late.WithLayers(map[string][]generation.Number{"x": {3}, "y": nil}), "x", 3, nil, true)
	want(late.WithLayers(map[string][]generation.Number{"x": {3}, "y": nil}), "y", 0, nil, false)
}

func TestLoad(t *testing.T) {
	t.Parallel()
	at := start()
	s := generation.Load(generation.Loaded{
		Pointers: map[liveness.Owner]generation.Number{all(): 5, own(): 7, {Resource: "b"}: 4},
		Replacements: []generation.Replacement{
			{Number: 4, Owner: liveness.Owner{Resource: "b"}, Before: 1, At: at}, // outdated by 5
			{Number: 5, Owner: all(), Before: 2, At: at},
			{Number: 6, Owner: own(), Before: 3, At: at}, // not the last one
			{Number: 7, Owner: own(), Before: 6, At: at},
		},
		Layers: map[string][]generation.Number{"x": {7, 5}},
	})
	wantInForce(t, s, 7, 5)
	if s.Layer("x") != 7 {
		t.Errorf("layer %d is in force, want 7", s.Layer("x"))
	}
	for n, want := range map[generation.Number]bool{4: false, 5: true, 6: false, 7: true} {
		if s.Keeps(n) != want {
			t.Errorf("generation %d can be taken back: %t, want %t", n, s.Keeps(n), want)
		}
	}
	if got := s.SpentPointers(); len(got) != 0 {
		t.Errorf("pointers of %q have no effect, want none while Undo may need them", got)
	}
	late := s.Expired(at.Add(time.Hour))
	if got := late.SpentPointers(); !slices.Equal(got, []liveness.ResourceID{"b"}) {
		t.Errorf("pointers of %q have no effect, want that of b", got)
	}
}
