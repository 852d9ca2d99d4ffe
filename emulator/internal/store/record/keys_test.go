package record_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// TestKeys compares the keys of all fields with testdata/keys.txt. A new field adds a
// line there. A line that has been in a release stays as it is; when its field goes,
// "gone" takes the place of the name, so that nobody uses the key again.
func TestKeys(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	used := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 3 {
			t.Fatalf("got the line %q, want a type, a key and a field", line)
		}
		if key := words[0] + " " + words[1]; used[key] {
			t.Errorf("got the key %s twice, want every key once", key)
		} else {
			used[key] = true
		}
		if words[2] != "gone" {
			want = append(want, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(want, keysOf(reflect.TypeFor[record.Stored](), map[reflect.Type]bool{})); diff != "" {
		t.Errorf("the keys differ from testdata/keys.txt (-want +got):\n%s", diff)
	}
}

// keysOf lists the fields of a type, and of the types in it.
func keysOf(of reflect.Type, seen map[reflect.Type]bool) (lines []string) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return keysOf(of.Elem(), seen)
	case reflect.Struct:
	default:
		return nil
	}
	if seen[of] || of == reflect.TypeFor[time.Time]() {
		return nil
	}
	seen[of] = true
	for i := range of.NumField() {
		if f := of.Field(i); f.Tag.Get("stored") != "unknown" {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", of, f.Tag.Get("stored"), f.Name, formOf(f.Type)))
		}
	}
	for i := range of.NumField() {
		lines = append(lines, keysOf(of.Field(i).Type, seen)...)
	}
	return lines
}

// formOf names the form of a field, whatever its Go type is called.
func formOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "time"
	case t.Kind() == reflect.Pointer:
		return "optional " + formOf(t.Elem())
	case t.Kind() == reflect.Slice:
		return "list of " + formOf(t.Elem())
	case t.Kind() == reflect.Array:
		return "bytes"
	case t.Kind() == reflect.Struct:
		return t.String()
	default:
		return t.Kind().String()
	}
}
