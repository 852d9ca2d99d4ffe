package storetest

import (
	"maps"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A modelledUndo is what Undo of an owner brings back.
type modelledUndo struct {
	order int // of the Replace among all
	model map[liveness.SessionID]modelled
}

// replaced notes what a Replace of the scope takes out of the model, and takes it out.
func (r *replay) replaced(scope store.Scope) {
	r.order++
	owner := liveness.Owner{All: scope.All}
	if scope.All {
		clear(r.undo)
	} else {
		owner.Resource = scope.Resource
	}
	before := modelledUndo{r.order, map[liveness.SessionID]modelled{}}
	for id, m := range r.model {
		if owner.Owns(m.session) {
			m.images = maps.Clone(m.images)
			before.model[id] = m
			delete(r.model, id)
		}
	}
	r.undo[owner] = before
}

// undoStep takes back a Replace of one resource; one of all only if no resource was
// replaced since, which the model does not follow.
func (r *replay) undoStep() {
	scope := r.scope()
	owner := liveness.Owner{Resource: scope.Resource, All: scope.All}
	if owner.All {
		owner.Resource = ""
	}
	before, ok := r.undo[owner]
	if owner.All && len(r.undo) > 1 {
		return
	}
	gone, err := r.store.Undo(r.Context(), owner)
	if !ok {
		r.wantError("Undo", err, liveness.ErrNotFound)
		return
	}
	want := 0
	for _, m := range r.model {
		if owner.Owns(m.session) {
			want++
		}
	}
	for id := range before.model {
		if m, exists := r.model[id]; exists && !owner.Owns(m.session) {
			r.wantError("Undo", err, liveness.ErrExists)
			return
		}
	}
	if err != nil || gone != want {
		r.Errorf("Undo = %d, %v, want %d and nil", gone, err, want)
	}
	for id, m := range r.model {
		if owner.Owns(m.session) {
			delete(r.model, id)
		}
	}
	maps.Copy(r.model, before.model)
	delete(r.undo, owner)
}

func (r *replay) newestStep() {
	owner := liveness.Owner{Resource: r.resource(), All: r.next(2) == 0}
	var want []liveness.Session
	for _, m := range r.model {
		if owner.Owns(m.session) {
			want = append(want, m.session)
		}
	}
	r.wantNewest(owner, 1+r.next(5), want)
}
