package storetest

import (
	"reflect"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// copyOf returns a deep copy of the session. It does not use Clone, because the engines
// may use Clone and are under test.
func copyOf(session liveness.Session) liveness.Session {
	part(reflect.ValueOf(&session).Elem())
	return session
}

// part replaces the lists and pointers in v by copies.
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

// scribble overwrites with zero everything that a shallow copy shares with the session,
// in lists and behind pointers. It keeps the identity.
func scribble(session *liveness.Session) {
	id, resource, kind, created := session.ID, session.Resource, session.Kind, session.Created
	wipe(reflect.ValueOf(session))
	session.ID, session.Resource, session.Kind, session.Created = id, resource, kind, created
}

// wipe handles the kinds of values that fill does.
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
