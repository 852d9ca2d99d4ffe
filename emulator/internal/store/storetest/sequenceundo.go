package storetest

import (
	"maps"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A modelledUndo is what Undo of an owner brings back.
type modelledUndo struct {
	turn  int // of the owner before
	model map[liveness.SessionID]modelled
}

// replaced notes what a Replace of the scope takes out of the model, and takes it out.
func (r *replay) replaced(scope store.Scope) {
	owner := liveness.Owner{All: scope.All}
	if !scope.All {
		owner.Resource = scope.Resource
	}
	before := modelledUndo{r.turns[owner], map[liveness.SessionID]modelled{}}
	for id, m := range r.model {
		if owner.Owns(m.session) {
			m.images = maps.Clone(m.images)
			before.model[id] = m
			delete(r.model, id)
		}
	}
	r.undo[owner] = before
	r.turn++
	r.turns[owner] = r.turn
}

// undoStep undoes a Replace of one resource; one of all only if no resource was replaced
// since, which the model does not follow.
func (r *replay) undoStep() {
	scope := r.scope()
	owner := liveness.Owner{Resource: scope.Resource, All: scope.All}
	if owner.All {
		owner.Resource = ""
	}
	before, ok := r.undo[owner]
	all := r.turns[liveness.Owner{All: true}]
	if owner.All {
		for _, turn := range r.turns {
			if turn > all {
				return
			}
		}
	}
	ok = ok && r.turns[owner] >= all
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
	r.turns[owner] = before.turn
}

// meanwhileStep is a call while Replace has staged what it was given.
func (r *replay) meanwhileStep() {
	switch r.next(8) {
	case 0:
		scope := r.scope()
		r.wantError("Replace", r.store.Replace(r.Context(), scope, nil), nil)
		r.replaced(scope)
	case 1:
		r.undoStep()
	case 2:
		r.sweepStep()
	case 3:
		r.createStep()
	}
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
