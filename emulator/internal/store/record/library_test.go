package record_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// A stamp is a time as a record has it: seconds and nanoseconds.
type stamp [2]int64

// twin returns the type of a record, or of what is in it, as the library understands it:
// with its tags, and with stamps for times, of which it has no such form.
func twin(t reflect.Type) reflect.Type {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return reflect.TypeFor[stamp]()
	case t.Kind() == reflect.Pointer:
		return reflect.PointerTo(twin(t.Elem()))
	case t.Kind() == reflect.Slice:
		return reflect.SliceOf(twin(t.Elem()))
	case t.Kind() != reflect.Struct:
		return t
	}
	var fields []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		key := f.Tag.Get("stored")
		if key == "unknown" {
			continue
		}
		options := ",keyasint,omitzero"
		if f.Type.Kind() == reflect.Array {
			options = ",keyasint"
		}
		fields = append(fields, reflect.StructField{Name: f.Name, Type: twin(f.Type), Tag: reflect.StructTag(`cbor:"` + key + options + `"`)})
	}
	return reflect.StructOf(fields)
}

// library returns the library's functions for payloads. Its strict decoder notices unknown
// members, which would have to be kept in a second pass.
func library(tb testing.TB) (cbor.EncMode, cbor.DecMode) {
	tb.Helper()
	options := cbor.CoreDetEncOptions()
	options.ShortestFloat = cbor.ShortestFloatNone
	encoder, err := options.EncMode()
	if err != nil {
		tb.Fatal(err)
	}
	decoder, err := cbor.DecOptions{
		IndefLength: cbor.IndefLengthForbidden, DupMapKey: cbor.DupMapKeyEnforcedAPF, ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode()
	if err != nil {
		tb.Fatal(err)
	}
	return encoder, decoder
}

// TestLibrary: the library reads a record into structs with the same keys, and writes the
// same bytes.
func TestLibrary(t *testing.T) {
	t.Parallel()
	encoder, decoder := library(t)
	of := twin(reflect.TypeFor[record.Stored]())
	for _, stored := range []record.Stored{newerStored(), typical(), faulty(), fresh(), {}} {
		stored = stripped(stored)
		payload := encoded(t, stored)[5:]
		v := reflect.New(of)
		if err := decoder.Unmarshal(payload, v.Interface()); err != nil {
			t.Fatalf("the library decodes %x = %v, want nil", payload, err)
		}
		if again, err := encoder.Marshal(v.Interface()); err != nil || !bytes.Equal(again, payload) {
			t.Errorf("the library encodes %x, %v, want %x", again, err, payload)
		}
	}
}

// BenchmarkLibrary is what Encode and Decode would cost at least with the library.
func BenchmarkLibrary(b *testing.B) {
	encoder, decoder := library(b)
	of := twin(reflect.TypeFor[record.Stored]())
	for name, stored := range map[string]record.Stored{"Fresh": fresh(), "": typical(), "Faults": faulty()} {
		payload := encoded(b, stripped(stored))[5:]
		v := reflect.New(of)
		b.Run("Decode"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v = reflect.New(of)
				if err := decoder.Unmarshal(payload, v.Interface()); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Encode"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := encoder.Marshal(v.Interface()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
