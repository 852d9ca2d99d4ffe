package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

func sequenceChecks() []check {
	var checks []check
	for seed := range uint64(4) {
		checks = append(checks, check{fmt.Sprintf("Seed%d", seed), func(s *suite) {
			Replay(s.T, s.store, randomBytes(rand.New(rand.NewPCG(seed, 0)), 2500))
		}})
	}
	return checks
}

// Replay derives a sequence of calls from script, makes them on an empty store and on a
// simple model, and compares the results. Any bytes are a valid script, so it is a fuzz
// target, too. There is about one call for four bytes.
func Replay(t *testing.T, store store.Store, script []byte) {
	t.Helper()
	r := replay{
		suite:  newSuite(t, store),
		script: script,
		model:  map[liveness.SessionID]modelled{},
		now:    map[liveness.ResourceID]time.Time{},
		undo:   map[liveness.Owner]modelledUndo{},
		turns:  map[liveness.Owner]int{},
	}
	for len(r.script) > 0 && !t.Failed() {
		r.step()
	}
	r.compareAll()
}

// A modelled session is the model's version of a session.
type modelled struct {
	session liveness.Session
	images  map[string][]byte
}

// A replay is the state of a running sequence.
type replay struct {
	*suite
	script []byte
	model  map[liveness.SessionID]modelled
	now    map[liveness.ResourceID]time.Time
	undo   map[liveness.Owner]modelledUndo
	turns  map[liveness.Owner]int // of the calls of Replace that are in force
	turn   int                    // of the last one
}

// next takes a number below n from the script, or 0 from an empty one.
func (r *replay) next(n int) int {
	if len(r.script) == 0 {
		return 0
	}
	b := r.script[0]
	r.script = r.script[1:]
	return int(b) % n
}

func (r *replay) id() liveness.SessionID { return sessionID(r.next(12)) }

func (r *replay) resource() liveness.ResourceID {
	return liveness.ResourceID(fmt.Sprint("r", r.next(3)))
}

func (r *replay) kind() liveness.Kind {
	return []liveness.Kind{liveness.KindLiveness, liveness.KindLivenessWithVerify}[r.next(2)]
}

func (r *replay) images() []liveness.Image {
	var images []liveness.Image
	for range r.next(3) {
		size := []int{0, 1, 700, 66_000, 140_000}[r.next(5)]
		images = append(images, r.image(fmt.Sprint("image-", r.next(3)), size))
	}
	return images
}

func (r *replay) step() {
	switch r.next(14) {
	case 0, 1, 2:
		r.createStep()
	case 3, 4, 5:
		r.updateStep()
	case 6:
		r.deleteStep()
	case 7:
		r.listStep()
	case 8:
		r.sweepStep()
	case 9:
		r.replaceStep()
	case 10:
		r.walkStep()
	case 11:
		r.newestStep()
	case 12:
		r.undoStep()
	default:
		r.compare(r.id())
	}
}

func (r *replay) createStep() {
	session := RandomSession(r.rand)
	session.ID, session.Resource, session.Kind = r.id(), r.resource(), r.kind()
	session.Created = someTime().Add(time.Duration(r.next(5)) * time.Hour)
	images := r.images()
	err := r.store.Create(r.Context(), session, images...)
	if _, exists := r.model[session.ID]; exists {
		r.wantError("Create", err, liveness.ErrExists)
		return
	}
	r.wantError("Create", err, nil)
	m := modelled{session: session, images: map[string][]byte{}}
	m.put(images)
	r.model[session.ID] = m
}

func (r *replay) updateStep() {
	id, images, refuse := r.id(), r.images(), r.next(4) == 0
	edit := RandomSession(r.rand)
	got, err := r.store.Update(r.Context(), id, func(session *liveness.Session) error {
		edit.ID, edit.Resource, edit.Kind, edit.Created = session.ID, session.Resource, session.Kind, session.Created
		*session = edit.Clone()
		if refuse {
			return errRefused
		}
		return nil
	}, images...)
	m, exists := r.model[id]
	switch {
	case !exists:
		r.wantError("Update", err, liveness.ErrNotFound)
	case refuse:
		r.wantError("Update", err, errRefused)
	default:
		r.wantError("Update", err, nil)
		m.session = edit
		m.put(images)
		r.model[id] = m
		if diff := cmp.Diff(edit, got); diff != "" {
			r.Errorf("Update returned another session (-want +got):\n%s", diff)
		}
	}
}

func (m modelled) put(images []liveness.Image) {
	for _, image := range images {
		m.images[image.Name] = image.Bytes
	}
}

func (r *replay) deleteStep() {
	id := r.id()
	err := r.store.Delete(r.Context(), id)
	if _, exists := r.model[id]; !exists {
		r.wantError("Delete", err, liveness.ErrNotFound)
		return
	}
	r.wantError("Delete", err, nil)
	delete(r.model, id)
}

func (r *replay) listStep() {
	resource, kind, after, limit := r.resource(), r.kind(), r.id(), 1+r.next(4)
	var want []liveness.Session
	for _, m := range r.model {
		if m.session.Resource == resource && m.session.Kind == kind && m.session.ID > after {
			want = append(want, m.session)
		}
	}
	slices.SortFunc(want, func(a, b liveness.Session) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	want = want[:min(limit, len(want))]
	got, err := r.store.List(r.Context(), resource, kind, after, limit)
	r.wantError("List", err, nil)
	if !slices.Equal(ids(got), ids(want)) {
		r.Errorf("List = %q, want %q", ids(got), ids(want))
		return
	}
	if diff := cmp.Diff(want, got); len(want) > 0 && diff != "" {
		r.Errorf("List differs (-want +got):\n%s", diff)
	}
}

func (r *replay) sweepStep() {
	for n := range 3 {
		resource := liveness.ResourceID(fmt.Sprint("r", n))
		r.now[resource] = someTime().Add(liveness.SessionLife + time.Duration(r.next(5)-1)*time.Hour)
	}
	want := 0
	for id, m := range r.model {
		if !m.session.Expires().After(r.now[m.session.Resource]) {
			want++
			delete(r.model, id)
		}
	}
	got, err := r.store.Sweep(r.Context(), func(id liveness.ResourceID) time.Time { return r.now[id] })
	if err != nil || got != want {
		r.Errorf("Sweep = %d, %v, want %d and nil", got, err, want)
	}
}

// scope returns one resource or all of them, without settings.
func (r *replay) scope() store.Scope {
	return store.Scope{Resource: r.resource(), All: r.next(4) == 0}
}

func (r *replay) replaceStep() {
	scope := r.scope()
	staged := map[liveness.SessionID]modelled{}
	var all []store.Stored
	for range r.next(4) {
		session := RandomSession(r.rand)
		session.ID, session.Resource, session.Kind = r.id(), scope.Resource, r.kind()
		session.Created = someTime().Add(time.Duration(r.next(5)) * time.Hour)
		if _, twice := staged[session.ID]; twice {
			continue
		}
		m := modelled{session: session, images: map[string][]byte{}}
		images := r.images()
		m.put(images)
		staged[session.ID] = m
		all = append(all, store.Stored{Session: session, Images: images})
	}
	conflict := func() bool {
		for id := range staged {
			if m, exists := r.model[id]; exists && !scope.All && m.session.Resource != scope.Resource {
				return true
			}
		}
		return false
	}
	err := r.store.Replace(r.Context(), scope, func(stage func(store.Stored) error) error {
		err := filling(all)(stage)
		if err == nil && !conflict() { // It depends on the engine when it finds one.
			r.meanwhileStep()
		}
		return err
	})
	if conflict() {
		r.wantError("Replace", err, liveness.ErrExists)
		return
	}
	r.wantError("Replace", err, nil)
	r.replaced(scope)
	for id, m := range staged {
		r.model[id] = m
	}
}

func (r *replay) walkStep() {
	scope := r.scope()
	var want []store.Stored
	for n := range 12 {
		m, exists := r.model[sessionID(n)]
		if !exists || !scope.All && m.session.Resource != scope.Resource {
			continue
		}
		stored := store.Stored{Session: m.session}
		for n := range 3 {
			name := fmt.Sprint("image-", n)
			if image, ok := m.images[name]; ok {
				stored.Images = append(stored.Images, liveness.Image{Name: name, Bytes: image})
			}
		}
		want = append(want, stored)
	}
	r.wantWalk(scope, want)
}

func (r *replay) compareAll() {
	r.Helper()
	for n := range 12 {
		r.compare(sessionID(n))
	}
}

// compare compares a session and its images with the model.
func (r *replay) compare(id liveness.SessionID) {
	r.Helper()
	m, exists := r.model[id]
	if !exists {
		_, err := r.store.Session(r.Context(), id)
		r.wantError("Session", err, liveness.ErrNotFound)
	} else {
		r.wantSession(m.session)
	}
	for n := range 3 {
		name := fmt.Sprint("image-", n)
		if image, ok := m.images[name]; ok {
			r.wantImage(id, liveness.Image{Name: name, Bytes: image})
			continue
		}
		if _, err := r.store.Image(r.Context(), id, name); !errors.Is(err, liveness.ErrNotFound) {
			r.Errorf("Image(%s, %q) = %v, want %v", id, name, err, liveness.ErrNotFound)
		}
	}
}
