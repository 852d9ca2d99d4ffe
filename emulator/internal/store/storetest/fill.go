package storetest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// FullSession returns a session in which every field, at any depth, has a random value
// other than zero. It uses reflection, so it includes fields that are added later.
func FullSession(r *rand.Rand) liveness.Session {
	var session liveness.Session
	fill(r, reflect.ValueOf(&session).Elem(), false)
	return session
}

// RandomSession is FullSession with some nil pointers, nil lists and zero values.
func RandomSession(r *rand.Rand) liveness.Session {
	var session liveness.Session
	fill(r, reflect.ValueOf(&session).Elem(), true)
	return session
}

// fill sets v and its parts; if sparse, it leaves some of them out.
func fill(r *rand.Rand, v reflect.Value, sparse bool) {
	if sparse && r.IntN(4) == 0 && v.Kind() != reflect.Struct {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		fillStruct(r, v, sparse)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), sparse)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+r.IntN(3), 3))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i), sparse)
		}
	case reflect.String:
		v.SetString(randomText(r))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1 + r.Int64()>>r.IntN(63))
	case reflect.Uint64:
		v.SetUint(1 + r.Uint64()>>1)
	case reflect.Uint8:
		v.SetUint(1 + r.Uint64N(255))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1 - float64(r.Float32()))
	default:
		panic(fmt.Sprintf("storetest: a session has a %s now; teach fill, the record format and the engines", v.Type()))
	}
}

func fillStruct(r *rand.Rand, v reflect.Value, sparse bool) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		if !sparse || r.IntN(4) > 0 {
			v.Set(reflect.ValueOf(time.Unix(1+r.Int64N(1<<33), r.Int64N(1e9)).UTC()))
		}
		return
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("stored") == "unknown" {
			// Anything else in it would be refused: the member 100 with the value 1, and
			// nothing within others.
			v.Field(i).SetBytes([]byte{0x82, 0xa1, 0x18, 100, 0x01, 0xa0})
			continue
		}
		fill(r, v.Field(i), sparse)
	}
}

func randomText(r *rand.Rand) string {
	letters := []rune("abcdefghijklmnopqrstuvwxyz0123456789-/\x00\"é漢😀")
	text := make([]rune, 1+r.IntN(40))
	for i := range text {
		text[i] = letters[r.IntN(len(letters))]
	}
	return string(text)
}
