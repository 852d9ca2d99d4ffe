package liveness

import (
	"context"
	"errors"
	"time"
)

// What a store answers when it cannot do as asked. Engines wrap these, so
// compare with errors.Is.
var (
	// ErrNotFound: the store has no such session or image.
	ErrNotFound = errors.New("not found")
	// ErrExists: a session with this id is already there.
	ErrExists = errors.New("already exists")
	// ErrDamaged: the stored record cannot be read, because it is corrupt or
	// was written by a newer program. It stays where it is, set aside, and
	// does not disturb the others.
	ErrDamaged = errors.New("stored record is damaged or newer than this program")
)

// VerifyImageName is the name of the verify image among a session's images.
const VerifyImageName = "verify"

// An Image is stored with a session under a name that is unique in it.
type Image struct {
	Name  string `json:"name"`
	Bytes []byte `json:"bytes"`
}

// A Store keeps sessions and their images. Package storetest is this contract
// as a test.
//
// Every method may be called by several goroutines at once. A method returns
// the cause of ctx when ctx is done before it has begun; what it has begun it
// finishes or leaves undone as a whole. Sessions and bytes are copied in and
// out: what the caller passes stays the caller's, what it gets is its own.
//
// A function that a call is given must not call the store, unless it is said here
// that it may: it could wait for itself.
//
// Nothing here looks at the time: an expired session is there until Sweep
// removes it, and hiding it is the caller's business.
type Store interface {
	// Create stores a new session together with its images: all of it is
	// visible afterwards, or, on an error, nothing. A session with this id that
	// is there already is ErrExists and stays as it is.
	Create(ctx context.Context, s Session, images ...Image) error

	// Session returns the session, or ErrNotFound, or ErrDamaged.
	Session(ctx context.Context, id SessionID) (Session, error)

	// List returns the sessions of one resource and kind whose ids are greater
	// than after, in ascending order of their ids, at most limit of them
	// (limit must be positive). Damaged ones are left out.
	List(ctx context.Context, resource ResourceID, kind Kind, after SessionID, limit int) ([]Session, error)

	// Update changes a session atomically: change gets a copy of the current
	// session and edits it, and the result is stored together with the images
	// and returned. Changes of one session happen one after the other; change
	// may be called again on a fresh copy if another writer (another process, or
	// Replace) came in between, so it must have no effect beyond its argument,
	// and it must not call the store, not even to read. An error of change is
	// returned as it is, and then nothing is stored. The id, resource, kind and
	// creation time of a session never change: an edit of them is an error. An
	// image whose name is there already is replaced. A missing session is
	// ErrNotFound, and change is not called.
	Update(ctx context.Context, id SessionID, change func(*Session) error, images ...Image) (Session, error)

	// Delete removes a session and its images, or returns ErrNotFound. Of
	// several concurrent calls exactly one succeeds. A damaged session can be
	// deleted.
	Delete(ctx context.Context, id SessionID) error

	// Image returns the bytes of a session's image, or ErrNotFound when the
	// session or an image of this name does not exist.
	Image(ctx context.Context, id SessionID, name string) ([]byte, error)

	// Setting returns the value stored under name, or ErrNotFound.
	Setting(ctx context.Context, name string) ([]byte, error)

	// ChangeSetting replaces the value stored under name by what change makes of
	// it and returns the new one. change gets nil if there is none. Changes of
	// one name happen one after the other; change may be called again on another
	// value if another process came in between, so it must have no effect beyond
	// its result, and it must not call the store, not even to read. An error of
	// change is returned as it is, and then nothing is stored; a nil value without
	// an error is an error.
	ChangeSetting(ctx context.Context, name string, change func(old []byte) ([]byte, error)) ([]byte, error)

	// Sweep removes every session that has expired by the time that now gives
	// for its resource (Session.Expires is not after now), and whatever an
	// interrupted Create, Update, Delete or Replace left behind. It returns how
	// many sessions it removed. Work in progress of other goroutines is not taken
	// for a leftover. now may read the store.
	Sweep(ctx context.Context, now func(ResourceID) time.Time) (removed int, err error)

	// Walk calls visit with every session of the scope and with every setting that
	// belongs to it, all as they were at one moment, however long it takes: first the
	// settings, then the sessions with their images, in ascending order of their ids.
	// Damaged ones are left out, and counted; so is a session whose image is damaged.
	// What visit gets is its own, and it may call the store. An error of visit ends
	// the walk and is returned as it is. When ctx ends, the walk ends with its cause
	// before the next visit.
	Walk(ctx context.Context, scope Scope, visit func(Stored) error) (damaged int, err error)

	// Replace puts what fill stages in place of all sessions of the scope, and of the
	// settings that belong to it, also of damaged ones. From one moment on all of it is there, and nothing of
	// what was there before; until then, and if fill returns an error, or ctx ends, or
	// the process dies before that moment, nothing has changed. Sessions that are
	// created meanwhile come before that moment or behind it. The error of fill is
	// returned as it is. What fill stages must be of the scope; a session whose id is
	// that of a session outside of the scope, or was staged before, is ErrExists, and so
	// is a setting that was staged before; what the scope says of a name must not
	// change meanwhile. An error of stage is one of Replace, whatever fill makes of it,
	// and stage must not be called once fill has returned. Of several calls that stage
	// something, one may wait for the fill of the other. fill may call the store, but
	// not Replace. fill may be nil: then nothing is put there.
	Replace(ctx context.Context, scope Scope, fill func(stage func(Stored) error) error) error

	// Compact gives the disk space of removed data back, where there is any. It is
	// called from time to time while the process runs.
	Compact(ctx context.Context) error

	// Damaged returns the records that were set aside.
	Damaged(ctx context.Context) ([]Damage, error)

	// Close writes out what is buffered and releases the store. Calls after
	// Close return an error. Closing again does nothing.
	Close() error
}

// A Scope is the part of a store that Walk and Replace are about.
type Scope struct {
	Resource ResourceID // whose sessions; not looked at when All is set
	All      bool       // those of all resources
	// Setting reports whether the setting with this name belongs to the scope; nil:
	// none does. It must not call the store. The setting with an empty name belongs
	// to no scope.
	Setting func(name string) bool
	// WithoutImages makes Walk leave the images out, so that they need not be read. It
	// means nothing to Replace.
	WithoutImages bool
}

// A Stored is one thing that a store keeps: a setting or a session.
type Stored struct {
	Setting string // name of a setting; "": it is a session
	Value   []byte // of the setting

	Session Session
	Images  []Image // of the session, in ascending order of their names
}

// A Damage describes a record that was set aside.
type Damage struct {
	Session SessionID
	Reason  string // in words, without contents
}
