package storetest

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

func walkChecks() []check {
	return []check{
		{"SettingsThenSessionsInOrder", (*suite).walkOrder},
		{"ScopesApart", (*suite).walkScopes},
		{"ShowsOneMoment", (*suite).walkMoment},
		{"ErrorEndsItAsItIs", (*suite).walkError},
		{"EndsWithTheContext", (*suite).walkCancelled},
		{"Copies", (*suite).walkCopies},
		{"WithoutImages", (*suite).walkWithoutImages},
	}
}

// everything is the scope without limits.
func everything() store.Scope {
	return store.Scope{All: true, Setting: func(string) bool { return true }}
}

// someScope is someResource with the settings that begin with "a/".
func someScope() store.Scope {
	return store.Scope{
		Resource: someResource,
		Setting:  func(name string) bool { return strings.HasPrefix(name, "a/") },
	}
}

// walked returns everything that Walk passes.
func (s *suite) walked(scope store.Scope) []store.Stored {
	s.Helper()
	var all []store.Stored
	damaged, err := s.store.Walk(s.Context(), scope, func(stored store.Stored) error {
		all = append(all, stored)
		return nil
	})
	if err != nil || damaged != 0 {
		s.Fatalf("Walk = %d damaged, %v, want none and nil", damaged, err)
	}
	return all
}

func (s *suite) walkWithoutImages() {
	image := s.image("a", 10)
	session := s.created(1, image)
	s.wantWalk(store.Scope{All: true, WithoutImages: true}, []store.Stored{{Session: session}})
	s.wantImage(session.ID, image)
}

// wantWalk compares what Walk passes with these entries, in this order.
func (s *suite) wantWalk(scope store.Scope, want []store.Stored) {
	s.Helper()
	got := s.walked(scope)
	if len(got) != len(want) {
		s.Fatalf("Walk shows %d of %v, want %d", len(got), scope.Resource, len(want))
	}
	for n := range want {
		// Images are compared separately, because their difference should not be printed.
		a, b := want[n], got[n]
		if !equalImages(a.Images, b.Images) {
			s.Fatalf("Walk shows %d images of %s, want %d others", len(b.Images), b.Session.ID, len(a.Images))
		}
		a.Images, b.Images = nil, nil
		if diff := cmp.Diff(a, b); diff != "" {
			s.Fatalf("Walk differs at %d (-want +got):\n%s", n, diff)
		}
	}
}

func equalImages(a, b []liveness.Image) bool {
	for n := range min(len(a), len(b)) {
		if a[n].Name != b[n].Name || !bytes.Equal(a[n].Bytes, b[n].Bytes) {
			return false
		}
	}
	return len(a) == len(b)
}

// someSettings stores settings of two resources and of none, and returns those of someScope as
// Walk passes them.
func (s *suite) someSettings() []store.Stored {
	s.Helper()
	for _, name := range []string{"b/1", "a/2", "", "a/1", "common"} {
		s.setSetting(name, []byte("of "+name))
	}
	s.setSetting("a/empty", []byte{})
	return []store.Stored{
		{Setting: "a/1", Value: []byte("of a/1")},
		{Setting: "a/2", Value: []byte("of a/2")},
		{Setting: "a/empty", Value: []byte{}},
	}
}

func (s *suite) walkOrder() {
	want := s.someSettings()
	b, a, large := s.image("b", 70_000), s.image("a", 0), s.image("c", 1_500_000)
	var sessions [20]store.Stored
	for _, n := range s.rand.Perm(len(sessions)) {
		session := s.session(sessionID(n))
		session.Kind = []liveness.Kind{liveness.KindLivenessWithVerify, liveness.KindLiveness}[n%2]
		stored := store.Stored{Session: session}
		s.create(session)
		if n%5 == 0 {
			s.update(session.ID, 7, large, b, a)
			stored.Session.EndCalls, stored.Images = 7, []liveness.Image{a, b, large}
		}
		sessions[n] = stored
	}
	s.wantWalk(someScope(), append(want, sessions[:]...))
}

func (s *suite) walkScopes() {
	own := s.someSettings()
	for n, resource := range []liveness.ResourceID{someResource, "", "resource-", "resource-aa", "\xff"} {
		session := s.session(sessionID(n))
		session.Resource = resource
		s.create(session)
		s.wantWalk(store.Scope{Resource: resource}, []store.Stored{{Session: session}})
	}
	if got := len(s.walked(someScope())); got != len(own)+1 {
		s.Errorf("Walk of a resource shows %d, want its %d settings and 1 session", got, len(own))
	}
	if got := len(s.walked(everything())); got != len(own)+2+5 { // not the one without a name
		s.Errorf("Walk of everything shows %d, want %d", got, len(own)+2+5)
	}
	if got := s.walked(store.Scope{Resource: "nobody"}); len(got) != 0 {
		s.Errorf("Walk of a resource without anything shows %d, want none", len(got))
	}
}

// walkMoment changes everything after the walk has begun.
func (s *suite) walkMoment() {
	want := s.someSettings()
	for n := range 6 {
		image := s.image("a", 100_000*n)
		want = append(want, store.Stored{Session: s.created(n, image), Images: []liveness.Image{image}})
	}
	var got []store.Stored
	_, err := s.store.Walk(s.Context(), someScope(), func(stored store.Stored) error {
		got = append(got, stored)
		switch len(got) {
		case 1:
			s.setSetting("a/2", []byte("later"))
			s.update(sessionID(1), 99, s.image("a", 10))
			if err := s.store.Delete(s.Context(), sessionID(2)); err != nil {
				s.Errorf("Delete from visit = %v, want nil", err)
			}
			s.created(9)
		case 5:
			if err := s.store.Replace(s.Context(), everything(), nil); err != nil {
				s.Errorf("Replace from visit = %v, want nil", err)
			}
			s.wantWalk(everything(), nil)
		}
		return nil
	})
	if err != nil || len(got) != len(want) {
		s.Fatalf("Walk shows %d, %v, want the %d from before and nil", len(got), err, len(want))
	}
	for n := range want {
		if !equalImages(want[n].Images, got[n].Images) || !cmp.Equal(want[n].Session, got[n].Session) ||
			!bytes.Equal(want[n].Value, got[n].Value) {
			s.Errorf("Walk shows something of later at %d, want what was there as it began", n)
		}
	}
}

func (s *suite) walkError() {
	s.someSettings()
	s.created(1)
	s.created(2)
	for stop := range 5 {
		visits := 0
		_, err := s.store.Walk(s.Context(), someScope(), func(store.Stored) error {
			if visits++; visits > stop {
				return errRefused
			}
			return nil
		})
		if err != errRefused || visits != stop+1 { //nolint:errorlint // The contract promises the error as it is, not wrapped.
			s.Errorf("Walk = %v after %d visits, want the error of visit itself after %d", err, visits, stop+1)
		}
	}
}

func (s *suite) walkCancelled() {
	for n := range 3 {
		s.created(n)
	}
	cause := errors.New("the caller went away")
	ctx, cancel := context.WithCancelCause(s.Context())
	visits := 0
	_, err := s.store.Walk(ctx, everything(), func(store.Stored) error {
		visits++
		cancel(cause)
		return nil
	})
	s.wantError("Walk", err, cause)
	if visits != 1 {
		s.Errorf("visit was called %d times, want 1", visits)
	}
}

func (s *suite) walkCopies() {
	image := s.image("a", 1000)
	s.setSetting("a/1", []byte("value"))
	want := []store.Stored{
		{Setting: "a/1", Value: []byte("value")},
		{Session: copyOf(s.created(1, image)), Images: []liveness.Image{image}},
	}
	for _, stored := range s.walked(someScope()) {
		clear(stored.Value)
		scribble(&stored.Session)
		for _, image := range stored.Images {
			clear(image.Bytes)
		}
	}
	s.wantWalk(someScope(), want)
}
