package storetest

import (
	"reflect"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// copyOf returns a copy that shares nothing with session. It does without Clone,
// which engines may rely on and which is therefore under test with them.
func copyOf(session liveness.Session) liveness.Session {
	part(reflect.ValueOf(&session).Elem())
	return session
}

// part gives v, and what is in it, lists and pointers of its own.
func part(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			shared := v.Elem()
			v.Set(reflect.New(shared.Type()))
			v.Elem().Set(shared)
			part(v.Elem())
		}
	case reflect.Slice:
		if !v.IsNil() {
			shared := v.Slice(0, v.Len())
			v.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			reflect.Copy(v, shared)
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			part(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			part(v.Field(i))
		}
	default:
	}
}

// scribble changes whatever a session shares with its copies if they are not
// deep: it makes everything zero, where it is, also what is in lists and behind
// pointers. It keeps the identity.
func scribble(session *liveness.Session) {
	id, resource, kind, created := session.ID, session.Resource, session.Kind, session.Created
	wipe(reflect.ValueOf(session))
	session.ID, session.Resource, session.Kind, session.Created = id, resource, kind, created
}

// wipe knows the kinds of values that fill does.
func wipe(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			wipe(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			wipe(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.SetZero()
			return
		}
		for i := range v.NumField() {
			wipe(v.Field(i))
		}
	default:
		v.SetZero()
	}
}
