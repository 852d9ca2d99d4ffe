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

func at(number, turn generation.Number) generation.Pointer {
	return generation.Pointer{Number: number, Turn: turn}
}

// switched returns the state after a replacement.
func switched(s *generation.State, p generation.Pointer, owner liveness.Owner, names ...string) *generation.State {
	return s.Replaced(generation.Replacement{Pointer: p, Owner: owner, Before: s.Pointer(owner), At: start()}, names)
}

// replaced is switched for one that no other one overtakes.
func replaced(s *generation.State, n generation.Number, owner liveness.Owner, names ...string) *generation.State {
	return switched(s, at(n, n), owner, names...)
}

func undone(t *testing.T, s *generation.State, owner liveness.Owner) *generation.State {
	t.Helper()
	r, ok := s.Undoable(owner, start())
	if !ok {
		t.Fatalf("nothing of %v can be undone", owner)
	}
	return s.Undone(r)
}

func wantInForce(t *testing.T, s *generation.State, a, b generation.Number) {
	t.Helper()
	if s.InForce("a") != a || s.InForce("b") != b {
		t.Errorf("generations %d and %d are in force, want %d and %d", s.InForce("a"), s.InForce("b"), a, b)
	}
}

func TestTheLaterPointerIsInForce(t *testing.T) {
	t.Parallel()
	one := replaced(&generation.State{}, 1, own())
	two := replaced(one, 2, all())
	three := replaced(two, 3, own())
	wantInForce(t, &generation.State{}, 0, 0)
	wantInForce(t, one, 1, 0)
	wantInForce(t, two, 2, 2)
	wantInForce(t, three, 3, 2)
	if _, ok := two.Undoable(own(), start()); ok {
		t.Error("the replacement of one can be undone after that of all")
	}
	wantInForce(t, undone(t, undone(t, two, all()), own()), 0, 0)
	back := undone(t, three, all())
	wantInForce(t, back, 3, 0)
	wantInForce(t, undone(t, back, own()), 1, 0)
	wantInForce(t, undone(t, three, own()), 2, 2)
}

// TestTheOrderOfSwitchesCounts stages generation 1 until 2 is in force.
func TestTheOrderOfSwitchesCounts(t *testing.T) {
	t.Parallel()
	one := switched(switched(&generation.State{}, at(2, 3), all(), "x"), at(1, 4), own(), "x")
	wantInForce(t, one, 1, 2)
	wantInForce(t, undone(t, one, own()), 2, 2)
	every := switched(switched(&generation.State{}, at(2, 3), own(), "x"), at(1, 4), all(), "x")
	wantInForce(t, every, 1, 1)
	wantInForce(t, undone(t, every, all()), 2, 0)
	for _, s := range []*generation.State{one, every} {
		if s.Layer("x") != 1 || !s.Live("a", 2) {
			t.Errorf("layer %d is in force, want 1", s.Layer("x"))
		}
	}
	if got := undone(t, every, all()).Layer("x"); got != 2 {
		t.Errorf("layer %d is in force after the undo, want 2", got)
	}
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
	want := func(s *generation.State, name string, layer generation.Number, removed ...generation.Number) {
		t.Helper()
		next, got := s.WithoutLayers()
		if s.Layer(name) != layer || !slices.Equal(got[name], removed) {
			t.Errorf("%s: layer %d, %v not needed, want %d, %v", name, s.Layer(name), got[name], layer, removed)
		}
		if again, none := next.WithoutLayers(); again != next || len(none) != 0 {
			t.Errorf("%v not needed again", none)
		}
	}
	want(s, "x", 3, 1) // 2 and 3 can be undone, 1 not any more
	want(s, "y", 1, 1)
	want(s, "z", 0)
	want(undone(t, s, all()), "x", 3, 1)
	want(undone(t, undone(t, s, all()), own()), "x", 1, 1)
	late := s.Expired(start().Add(time.Hour))
	want(late, "x", 3, 1, 2, 3)
	swept, _ := late.WithoutLayers()
	want(swept, "x", 0)
	if got := swept.Layered(); len(got) != 0 {
		t.Errorf("%q have layers, want none", got)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	s := generation.Load(generation.Loaded{
		Pointers: map[liveness.Owner]generation.Pointer{all(): at(5, 5), own(): at(7, 8), {Resource: "b"}: at(6, 4), {Resource: "c"}: at(3, 3)},
		Replacements: []generation.Replacement{
			{Pointer: at(6, 4), Owner: liveness.Owner{Resource: "b"}, Before: at(1, 1), At: start()}, // before 5
			{Pointer: at(5, 5), Owner: all(), Before: at(2, 2), At: start()},
			{Pointer: at(9, 7), Owner: own(), At: start()}, // not the last one
			{Pointer: at(7, 8), Owner: own(), Before: at(9, 7), At: start()},
		},
		Layers: map[string][]generation.Number{"x": {7, 5}},
	})
	wantInForce(t, s, 7, 5)
	if s.Layer("x") != 5 {
		t.Errorf("layer %d is in force, want 5", s.Layer("x"))
	}
	b := liveness.Owner{Resource: "b"}
	if _, ok := s.Undoable(b, start()); ok {
		t.Error("the replacement of b can be undone before that of all")
	}
	wantInForce(t, undone(t, undone(t, s, all()), b), 7, 2)
	if got := s.NotUndoable(); len(got) != 0 {
		t.Errorf("no Undo needs the pointers of %q, want none while all can be undone", got)
	}
	late := s.Expired(start().Add(time.Hour))
	got := late.NotUndoable()
	if slices.Sort(got); !slices.Equal(got, []liveness.ResourceID{"a", "b", "c"}) {
		t.Errorf("no Undo needs the pointers of %q, want all three", got)
	}
	if late.Outdated("a") || !late.Outdated("b") || !late.Outdated("c") {
		t.Error("want the pointers of b and c outdated only")
	}
	wantInForce(t, late.WithoutPointers([]liveness.ResourceID{"a", "b"}), 5, 5)
}
