package storetest

import (
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func listChecks() []check {
	return []check{
		{"AscendingWhateverTheOrderOfCreation", (*suite).listOrder},
		{"Pages", (*suite).listPages},
		{"ResourcesAndKindsApart", (*suite).listApart},
		{"FollowsCreateUpdateDelete", (*suite).listFollows},
		{"ManyThatComeAndGo", (*suite).listMany},
	}
}

func (s *suite) listOrder() {
	var want []liveness.Session
	for _, n := range s.rand.Perm(60) {
		want = append(want, s.created(n))
	}
	slices.SortFunc(want, func(a, b liveness.Session) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	got, err := s.store.List(s.Context(), someResource, someKind, "", len(want)+1)
	if err != nil {
		s.Fatalf("List = %v, want nil", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("List differs (-want +got):\n%s", diff)
	}
}

func (s *suite) listPages() {
	const count = 25
	var all []liveness.SessionID
	for n := range count {
		all = append(all, s.created(2*n+2).ID) // even ones, so that there are gaps between the ids
	}
	for _, limit := range []int{1, 2, 7, count - 1, count, count + 1} {
		var got []liveness.SessionID
		after := liveness.SessionID("")
		for {
			page, err := s.store.List(s.Context(), someResource, someKind, after, limit)
			if err != nil {
				s.Fatalf("List(after %q, limit %d) = %v, want nil", after, limit, err)
			}
			got = append(got, ids(page)...)
			if len(page) < limit {
				break
			}
			after = page[len(page)-1].ID
		}
		if !slices.Equal(got, all) {
			s.Errorf("pages of %d = %q, want %q", limit, got, all)
		}
	}
	starts := map[liveness.SessionID][]liveness.SessionID{
		sessionID(1):           all[:3],
		sessionID(3):           all[1:4],
		all[0]:                 all[1:4],
		all[0][:8]:             all[:3], // a prefix of an id sorts before it
		all[0] + "0":           all[1:4],
		all[count-1]:           nil,
		sessionID(1 << 30):     nil,
		"zzzz-beyond-any-id":   nil,
		all[count-2]:           all[count-1:],
		sessionID(2*count - 3): all[count-2:],
	}
	for after, want := range starts {
		page, err := s.store.List(s.Context(), someResource, someKind, after, 3)
		if got := ids(page); err != nil || !slices.Equal(got, want) {
			s.Errorf("List(after %q, limit 3) = %q, %v, want %q", after, got, err, want)
		}
	}
}

// listApart uses names that are prefixes of each other, and that contain bytes which an
// engine may use as separators in keys.
func (s *suite) listApart() {
	type group struct {
		resource liveness.ResourceID
		kind     liveness.Kind
	}
	var groups []group
	for _, resource := range []liveness.ResourceID{"", "a", "ab", "a/b", "a\x00b", "a\xff", "\xff\xff"} {
		for _, kind := range []liveness.Kind{liveness.KindLiveness, liveness.KindLivenessWithVerify, ""} {
			groups = append(groups, group{resource, kind})
		}
	}
	want := map[group][]liveness.SessionID{}
	for n := range 3 * len(groups) {
		g := groups[n%len(groups)]
		session := s.session(sessionID(n))
		session.Resource, session.Kind = g.resource, g.kind
		s.create(session)
		want[g] = append(want[g], session.ID)
	}
	for _, g := range groups {
		if got := s.listed(g.resource, g.kind); !slices.Equal(got, want[g]) {
			s.Errorf("List(%q, %q) = %q, want %q", g.resource, g.kind, got, want[g])
		}
	}
	if got := s.listed("b", liveness.KindLiveness); len(got) != 0 {
		s.Errorf("List of a resource without sessions = %q, want none", got)
	}
}

func (s *suite) listFollows() {
	want := map[liveness.SessionID]bool{}
	for range 400 {
		id := sessionID(s.rand.IntN(20))
		switch {
		case want[id]:
			if err := s.store.Delete(s.Context(), id); err != nil {
				s.Fatalf("Delete = %v, want nil", err)
			}
			delete(want, id)
		default:
			s.create(s.session(id))
			want[id] = true
		}
		if s.rand.IntN(5) > 0 {
			continue // several changes between two lists
		}
		var all []liveness.SessionID
		for id := range want {
			all = append(all, id)
		}
		slices.Sort(all)
		if got := s.listed(someResource, someKind); !slices.Equal(got, all) {
			s.Fatalf("List = %q, want %q", got, all)
		}
	}
}

// listMany has enough sessions that an engine with parts, such as the pages of a tree,
// has several, and splits, joins and removes them.
func (s *suite) listMany() {
	const count, goroutines = 1500, 32
	all := make([]liveness.SessionID, count)
	for n := range all {
		all[n] = randomID(s.rand)
	}
	kinds := make([]liveness.Kind, count) // "" for no session
	for _, chance := range []float64{1, 0.05, 0.6, 0.4, 0, 0.2} {
		wanted := make([]liveness.Kind, count)
		for n := range wanted {
			if s.rand.Float64() < chance {
				wanted[n] = []liveness.Kind{liveness.KindLiveness, liveness.KindLivenessWithVerify}[s.rand.IntN(2)]
			}
		}
		together(goroutines, func(first int) {
			for n := first; n < count; n += goroutines {
				s.become(all[n], kinds[n], wanted[n])
			}
		})
		kinds = wanted
		for _, kind := range []liveness.Kind{liveness.KindLiveness, liveness.KindLivenessWithVerify} {
			var want []liveness.SessionID
			for n, id := range all {
				if kinds[n] == kind {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			s.wantPages(kind, want, all)
		}
	}
}

// become replaces a session of one kind by one of another kind with the same id, if the
// kinds differ. The kind "" means no session.
func (s *suite) become(id liveness.SessionID, kind, wanted liveness.Kind) {
	if kind == wanted {
		return
	}
	if kind != "" {
		if err := s.store.Delete(s.Context(), id); err != nil {
			s.Errorf("Delete = %v, want nil", err)
		}
	}
	if wanted != "" {
		session := smallSession(id)
		session.Kind = wanted
		if err := s.store.Create(s.Context(), session); err != nil {
			s.Errorf("Create = %v, want nil", err)
		}
	}
}

// wantPages compares the pages of List for every first id with these sessions.
func (s *suite) wantPages(kind liveness.Kind, want, positions []liveness.SessionID) {
	s.Helper()
	for _, limit := range []int{1, 20, 1000, 2000} {
		for n := range 10 {
			after := liveness.SessionID("")
			if n > 0 {
				after = positions[s.rand.IntN(len(positions))]
			}
			start, found := slices.BinarySearch(want, after)
			if found {
				start++
			}
			page := want[start:min(start+limit, len(want))]
			got, err := s.store.List(s.Context(), someResource, kind, after, limit)
			if err != nil || !slices.Equal(ids(got), page) {
				s.Fatalf("List(%s, after %q, limit %d) = %d sessions, %v, want %d from %d of %d on",
					kind, after, limit, len(got), err, len(page), start, len(want))
			}
		}
	}
}
