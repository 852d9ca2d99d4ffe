// Package store says what an engine that keeps sessions must do. The engines are in the
// folders below.
package store

import (
	"context"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A Store keeps sessions, their images, and settings. Package storetest tests this
// contract.
//
// Several goroutines may call every method at once. If ctx is done before a method has
// begun, the method returns the cause of ctx; otherwise it completes or changes nothing.
// Sessions and bytes are copied: the store shares nothing with its callers.
//
// A function that is passed to a method must not call the store, unless the method allows
// it: it could wait for itself.
//
// Only Sweep compares with the time: an expired session exists until Sweep removes it,
// and the caller has to hide it.
type Store interface {
	// Create stores a new session together with its images: all of them, or, on an
	// error, nothing. If the id is in use, the error is ErrExists and the session with
	// this id does not change.
	Create(ctx context.Context, s liveness.Session, images ...liveness.Image) error

	// Session returns the session, or ErrNotFound, or ErrDamaged.
	Session(ctx context.Context, id liveness.SessionID) (liveness.Session, error)

	// List returns the sessions of one resource and kind whose ids are greater
	// than after, in ascending order of their ids, at most limit of them
	// (limit must be positive). Damaged ones are left out.
	List(ctx context.Context, resource liveness.ResourceID, kind liveness.Kind, after liveness.SessionID, limit int) ([]liveness.Session, error)

	// Newest returns the sessions of the owner that come after the position before, the
	// newest first: in descending order of their creation times, and of their ids where
	// these are equal, at most limit of them (limit must be positive). Damaged ones are
	// left out. The position of the last one is where the next page begins: sessions
	// that are created or removed in between do not move the others.
	Newest(ctx context.Context, owner liveness.Owner, before Position, limit int) ([]liveness.Session, error)

	// Update changes a session atomically: change gets a copy of the current session
	// and edits it, and the result is stored together with the images and returned.
	// Changes of one session happen one after the other. change may be called again
	// with a new copy if another writer (another process, or Replace) changed the
	// session in between, so it must have no effect beyond its argument, and it must
	// not call the store, not even to read. An error of change is returned unchanged,
	// and nothing is stored. It is an error to change the id, resource, kind or
	// creation time. An image replaces one with the same name. If the session does not
	// exist, the error is ErrNotFound, and change is not called.
	Update(ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image) (liveness.Session, error)

	// Delete removes a session, also a damaged one, and its images, or returns
	// ErrNotFound. Of several concurrent calls exactly one succeeds.
	Delete(ctx context.Context, id liveness.SessionID) error

	// Image returns the bytes of a session's image, or ErrNotFound if the session or
	// an image with this name does not exist.
	Image(ctx context.Context, id liveness.SessionID, name string) ([]byte, error)

	// Setting returns the value stored under name, or ErrNotFound.
	Setting(ctx context.Context, name string) ([]byte, error)

	// ChangeSetting calls change with the value stored under name, or nil if it does
	// not exist, stores the result and returns it. Changes of one name happen one after
	// the other. change may be called again with another value if another process
	// changed the setting in between, so it must have no effect beyond its result, and
	// it must not call the store, not even to read. An error of change is returned
	// unchanged, and nothing is stored; a nil result without an error is an error.
	ChangeSetting(ctx context.Context, name string, change func(old []byte) ([]byte, error)) ([]byte, error)

	// Sweep removes every session that has expired at the time that now returns for its
	// resource (Session.Expires is not after it), what Replace has replaced and Undo
	// cannot bring back any more, and the remains of interrupted calls of Create, Update,
	// Delete and Replace, but not of running ones. It returns how many sessions expired.
	// now may read the store.
	Sweep(ctx context.Context, now func(liveness.ResourceID) time.Time) (removed int, err error)

	// Walk calls visit with every setting and session of the scope, all as they were at
	// one moment, even if the walk takes long: first the settings, then the sessions
	// with their images, in ascending order of their ids. It leaves out and counts the
	// damaged ones, and sessions with a damaged image. visit may keep and edit its
	// argument, and may call the store. An error of visit ends the walk and is returned
	// unchanged. When ctx ends, the walk ends with its cause before the next visit.
	Walk(ctx context.Context, scope Scope, visit func(Stored) error) (damaged int, err error)

	// Replace replaces all sessions and settings of the scope, also damaged ones, by
	// those that fill stages, atomically: if fill returns an error, or ctx ends, or the
	// process dies before that moment, nothing has changed. A session that is created
	// at the same time is stored before that moment or after it. With a nil fill,
	// Replace only removes.
	//
	// An error of fill is returned unchanged. An error of stage is one of Replace, even
	// if fill ignores it. What fill stages must be in the scope. It is ErrExists to
	// stage a session or setting twice, or a session whose id a session outside of the
	// scope has. Scope.Setting must not change its results during the call. fill must
	// not call stage after it has returned. It may call the store, but not Replace. If
	// several calls have a fill, one may wait for the fill of another.
	Replace(ctx context.Context, scope Scope, fill func(stage func(Stored) error) error) error

	// Undo undoes the last Replace of the owner, atomically: its sessions, and the settings
	// that Replace removed or stored, are again as they were before it. It does not touch
	// other settings, also not those of the scope that were first stored since. It returns
	// how many stored sessions are gone: those that came with Replace or were created since.
	// Expired ones count until Sweep removes them.
	//
	// Undo of a Replace of all resources leaves alone the resources that were replaced later:
	// their sessions, and the settings that the later Replace stored or removed. A Replace of
	// one resource before that of all can be undone when that of all is undone.
	//
	// The error is ErrNotFound if there is nothing to undo: nothing was replaced, or more
	// than UndoTime ago, or it was undone, or all resources were replaced later. It is
	// ErrExists if another resource has a session with one of the ids by now. On an error,
	// nothing changes.
	Undo(ctx context.Context, owner liveness.Owner) (gone int, err error)

	// Compact gives back the disk space of removed data. It is called from time to
	// time.
	Compact(ctx context.Context) error

	// Damaged returns the damaged records.
	Damaged(ctx context.Context) ([]Damage, error)

	// Close stores buffered data and releases the store. Later calls of other methods
	// return an error; another Close does nothing.
	Close() error
}

// UndoTime is how long Undo can undo a Replace, in real time.
const UndoTime = 10 * time.Minute

// A Position is a place among sessions in the order of Store.Newest: behind the session
// with this creation time and id. The zero value is in front of all.
type Position struct {
	Created time.Time
	ID      liveness.SessionID
}

// PositionOf returns the position of a session.
func PositionOf(s liveness.Session) Position { return Position{Created: s.Created, ID: s.ID} }

// A Scope is the part of a store that Walk reads or Replace replaces.
type Scope struct {
	Resource liveness.ResourceID // the resource; ignored if All is set
	All      bool                // all resources
	// Setting reports whether the setting with this name is in the scope; nil: no
	// setting is. It must not call the store. The setting with an empty name is in no
	// scope.
	Setting func(name string) bool
	// WithoutImages makes Walk leave out the images, which saves reading them. Replace
	// ignores it.
	WithoutImages bool
}

// A Stored is a setting or a session.
type Stored struct {
	Setting string // name of a setting; "": it is a session
	Value   []byte // of the setting

	Session liveness.Session
	Images  []liveness.Image // of the session, in ascending order of their names
}

// A Damage describes a damaged record.
type Damage struct {
	Session liveness.SessionID
	Reason  string // in words, without contents
}
