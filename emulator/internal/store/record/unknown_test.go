package record_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// A tree is a map of a record, decoded by a library that knows nothing of sessions.
type tree map[uint64]cbor.RawMessage

// Keys of members, as the tags have them.
const (
	keySession = 1

	keyReads, keyScript, keyAttempts = 13, 7, 11 // of a session
	keySteps                         = 6         // of its script
	keyAbuse, keyOthers              = 17, 2     // of an attempt, of its abuse
)

// treeOf decodes the payload of a record.
func treeOf(tb testing.TB, b []byte) tree {
	tb.Helper()
	return decodeCBOR[tree](tb, b[5:])
}

func decodeCBOR[T any](tb testing.TB, b []byte) T {
	tb.Helper()
	var v T
	mode, err := cbor.DecOptions{IndefLength: cbor.IndefLengthForbidden, DupMapKey: cbor.DupMapKeyEnforcedAPF}.DecMode()
	if err == nil {
		err = mode.Unmarshal(b, &v)
	}
	if err != nil {
		tb.Fatalf("the library decodes %x = %v, want nil", b, err)
	}
	return v
}

func encodeCBOR(tb testing.TB, v any) cbor.RawMessage {
	tb.Helper()
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		tb.Fatal(err)
	}
	b, err := mode.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// recordOf is the record with a payload.
func recordOf(tb testing.TB, payload any) []byte {
	tb.Helper()
	return withChecksum(append([]byte{record.Version, 0, 0, 0, 0}, encodeCBOR(tb, payload)...))
}

// within changes the map that is the member, or the elements of the list, at a path
// of keys and indexes.
func within(tb testing.TB, raw cbor.RawMessage, path []uint64, change func(tree)) cbor.RawMessage {
	tb.Helper()
	if len(raw) > 0 && raw[0]>>5 == 4 { // a list
		list := decodeCBOR[[]cbor.RawMessage](tb, raw)
		list[path[0]] = within(tb, list[path[0]], path[1:], change)
		return encodeCBOR(tb, list)
	}
	m := decodeCBOR[tree](tb, raw)
	if len(path) == 0 {
		change(m)
	} else {
		m[path[0]] = within(tb, m[path[0]], path[1:], change)
	}
	return encodeCBOR(tb, m)
}

// paths returns the paths to all maps in a value, of the map itself first.
func paths(tb testing.TB, raw cbor.RawMessage) (found [][]uint64) {
	tb.Helper()
	inner := func(key uint64, value cbor.RawMessage) {
		for _, path := range paths(tb, value) {
			found = append(found, append([]uint64{key}, path...))
		}
	}
	switch raw[0] >> 5 {
	case 4: // a list
		for i, value := range decodeCBOR[[]cbor.RawMessage](tb, raw) {
			inner(uint64(i), value)
		}
	case 5: // a map
		found = append(found, nil)
		for key, value := range decodeCBOR[tree](tb, raw) {
			inner(key, value)
		}
	}
	return found
}

// newerPaths are the maps to which the newer program has added members: all structs.
func newerPaths(tb testing.TB) [][]uint64 {
	tb.Helper()
	return paths(tb, encodeCBOR(tb, treeOf(tb, encoded(tb, newerStored()))))
}

// newer are members that this program does not know: below, between and above those
// that it knows.
func newer(tb testing.TB) tree {
	tb.Helper()
	return tree{
		0:                  encodeCBOR(tb, "before"),
		19:                 encodeCBOR(tb, map[int]any{-1: []any{1, 2.5, nil, true, cbor.Tag{Number: 1, Content: 2}}, 1: []byte("b")}),
		100:                encodeCBOR(tb, uint64(1<<40)),
		math.MaxUint64 - 1: encodeCBOR(tb, "last"),
	}
}

// newerStored is what the newer program has stored, without its own members. It has every
// struct that there can be.
func newerStored() record.Stored {
	stored := full()
	stored.Session.NewerMembers = nil
	stored.Session.Attempts = append(stored.Session.Attempts, stored.Session.Clone().Attempts...) // at least two
	stored.Images = append(stored.Images, record.Image{Name: "second", Blob: 3, Size: 2, Chunks: 1, Sum: 3})
	return stored
}

// newerProgram is a record of a newer program, which has added members everywhere.
func newerProgram(tb testing.TB) []byte {
	tb.Helper()
	raw := encodeCBOR(tb, treeOf(tb, encoded(tb, newerStored())))
	for _, path := range newerPaths(tb) {
		raw = within(tb, raw, path, func(m tree) {
			for key, value := range newer(tb) {
				m[key] = value
			}
		})
	}
	return recordOf(tb, raw)
}

// wantNewer fails unless a record has the members of the newer program in a map.
func wantNewer(t *testing.T, b []byte, path ...uint64) {
	t.Helper()
	within(t, encodeCBOR(t, treeOf(t, b)), path, func(m tree) {
		for key, want := range newer(t) {
			if !bytes.Equal(m[key], want) {
				t.Errorf("at %d: member %d = %x, want %x", path, key, m[key], want)
			}
		}
	})
}

// stripped returns a stored session without what is unknown.
func stripped(stored record.Stored) record.Stored {
	stored.Unknown, stored.Session.NewerMembers = nil, nil
	stored.Images = append([]record.Image(nil), stored.Images...)
	for i := range stored.Images {
		stored.Images[i].Unknown = nil
	}
	return stored
}

// TestUnknownMembers reads the record of a newer program, changes it, and writes it
// with all that it does not know.
func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	b := newerProgram(t)
	stored, err := record.Decode(b)
	if err != nil {
		t.Fatalf("Decode = %v, want nil", err)
	}
	if diff := cmp.Diff(newerStored(), stripped(stored)); diff != "" {
		t.Errorf("the known members differ (-want +got):\n%s", diff)
	}
	if again := encoded(t, stored); !bytes.Equal(again, b) {
		t.Errorf("Encode of the same = %x, want %x", again, b)
	}

	session := &stored.Session
	session.EndCalls++
	session.Settings = liveness.Settings{Mode: liveness.ModePassive}
	session.Script.ResultDelay = liveness.ResultDelay{} // the newer members of it stay
	session.Attempts[1].Closed = true
	session.Attempts = append(session.Attempts, liveness.Attempt{ID: 3})
	changed := encoded(t, stored)
	for _, path := range newerPaths(t) {
		wantNewer(t, changed, path...)
	}
	again, err := record.Decode(changed)
	if err != nil {
		t.Fatalf("Decode = %v, want nil", err)
	}
	if diff := cmp.Diff(stripped(stored), stripped(again)); diff != "" {
		t.Errorf("the known members differ after the change (-want +got):\n%s", diff)
	}
}

// TestUnknownMembersGo with what they were in: what a pointer points to, an element
// of a list, and an image that another one has replaced.
func TestUnknownMembersGo(t *testing.T) {
	t.Parallel()
	stored, err := record.Decode(newerProgram(t))
	if err != nil {
		t.Fatalf("Decode = %v, want nil", err)
	}
	stored.Session.Attempts = stored.Session.Attempts[:1]
	stored.Session.Reference, stored.Session.Script.EarlyEnd = nil, nil
	stored.Images[1] = record.Image{Name: "second", Blob: 4}
	changed := encoded(t, stored)
	again, err := record.Decode(changed)
	if err != nil {
		t.Fatalf("Decode = %v, want nil", err)
	}
	if diff := cmp.Diff(stripped(stored), stripped(again)); diff != "" {
		t.Errorf("the record differs (-want +got):\n%s", diff)
	}
	if again.Images[1].Unknown != nil {
		t.Error("the new image has members of the old one, want none")
	}
	wantNewer(t, changed)
	wantNewer(t, changed, keySession, keyScript, keySteps, 0)
	wantNewer(t, changed, keySession, keyAttempts, 0, keyAbuse, keyOthers, 0)
}

// TestUnknownMembersTravel: a session has them also as JSON, and in another record.
func TestUnknownMembersTravel(t *testing.T) {
	t.Parallel()
	stored, err := record.Decode(newerProgram(t))
	if err != nil {
		t.Fatalf("Decode = %v, want nil", err)
	}
	text, err := json.Marshal(stored.Session.Clone())
	if err != nil {
		t.Fatal(err)
	}
	var restored record.Stored
	if err := json.Unmarshal(text, &restored.Session); err != nil {
		t.Fatal(err)
	}
	if restored.Session, err = record.Adopt(restored.Session); err != nil {
		t.Fatalf("Adopt = %v, want nil", err)
	}
	again := encoded(t, restored)
	for _, path := range newerPaths(t) {
		if len(path) > 0 && path[0] == keySession {
			wantNewer(t, again, path...)
		}
	}
}

// newerSession is a session with a value for keyReads that an older program did not know.
func newerSession(tb testing.TB, reads any) liveness.Session {
	tb.Helper()
	return liveness.Session{EndCalls: 1, NewerMembers: encodeCBOR(tb, []any{map[int]any{keyReads: reads, 100: 2}, map[int]any{}})}
}

// TestAdopt: the newer program takes back what the older one did not know.
func TestAdopt(t *testing.T) {
	t.Parallel()
	left := encodeCBOR(t, []any{map[int]any{100: 2}, map[int]any{}})
	for name, test := range map[string]struct{ reads, want int }{
		"Unset": {0, 7},
		"Set":   {8, 8}, // here the program that knows the field has set it
	} {
		session := newerSession(t, 7)
		session.Reads = test.reads
		got, err := record.Adopt(session)
		want := liveness.Session{EndCalls: 1, Reads: test.want, NewerMembers: left}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: Adopt = %v, and differs (-want +got):\n%s", name, err, diff)
		}
	}
}

// TestBadNewer adopts and encodes what Decode has not put into NewerMembers.
func TestBadNewer(t *testing.T) {
	t.Parallel()
	for name, newer := range map[string][]byte{
		"text":           []byte("SECRET"),
		"one map":        {0x81, 0xa0},
		"cut off":        {0x82, 0xa1, 0x18},
		"more":           {0x82, 0xa0, 0xa0, 0x00},
		"no order":       {0x82, 0xa2, 0x02, 0x01, 0x01, 0x01, 0xa0},
		"another within": {0x82, 0xa0, 0xa1, 0x01, 0xa0},
		"nested":         bytes.Repeat([]byte{0x82, 0xa0, 0xa1, 0x01}, 100_000),
		"another type":   newerSession(t, "SECRET").NewerMembers,
	} {
		session := liveness.Session{NewerMembers: newer}
		if got, err := record.Adopt(session); !errors.Is(err, liveness.ErrDamaged) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: Adopt = %v, %v, want %v and no contents", name, got, err, liveness.ErrDamaged)
		}
	}
	if b, err := record.Encode(record.Stored{Session: liveness.Session{NewerMembers: []byte("SECRET")}}); err == nil || b != nil {
		t.Errorf("Encode = %d bytes, %v, want an error", len(b), err)
	}
}

// TestManyUnknownMembers: a map of more than 23 members has a longer head.
func TestManyUnknownMembers(t *testing.T) {
	t.Parallel()
	for _, n := range []uint64{20, 21, 22, 23, 24, 300} {
		raw := within(t, encodeCBOR(t, treeOf(t, encoded(t, golden4()))), nil, func(m tree) {
			for key := range n {
				m[100+key] = encodeCBOR(t, key)
			}
		})
		b := recordOf(t, raw)
		stored, err := record.Decode(b)
		if err != nil {
			t.Fatalf("Decode with %d unknown members = %v, want nil", n, err)
		}
		if again := encoded(t, stored); !bytes.Equal(again, b) {
			t.Errorf("Encode with %d unknown members differs, want the same", n)
		}
	}
}

// TestIsCBOR decodes what Encode writes with a library.
func TestIsCBOR(t *testing.T) {
	t.Parallel()
	stored := full()
	stored.Session.DeviceCorrelationID = "not UTF-8 \xff"
	for _, stored := range []record.Stored{stored, golden4(), {}} {
		b := encoded(t, stored)
		// Keys in order, and numbers and lengths as short as can be: the library
		// would write it just so.
		if again := recordOf(t, canonical(t, b[5:])); !bytes.Equal(again, b) {
			t.Errorf("got the record %x, want %x", b, again)
		}
		if got, err := record.Decode(b); err != nil || !cmp.Equal(stored, got) {
			t.Errorf("Decode = %v, want the same session", err)
		}
	}
}

// canonical rewrites maps and lists at every level.
func canonical(t *testing.T, raw cbor.RawMessage) cbor.RawMessage {
	t.Helper()
	switch raw[0] >> 5 {
	case 4:
		list := decodeCBOR[[]cbor.RawMessage](t, raw)
		for i := range list {
			list[i] = canonical(t, list[i])
		}
		return encodeCBOR(t, list)
	case 5:
		m := decodeCBOR[tree](t, raw)
		for key := range m {
			m[key] = canonical(t, m[key])
		}
		return encodeCBOR(t, m)
	case 7: // a float is never shortened
		return raw
	default:
		return encodeCBOR(t, decodeCBOR[any](t, raw))
	}
}

// TestBadPayload decodes payloads that Encode does not write.
func TestBadPayload(t *testing.T) {
	t.Parallel()
	nested := bytes.Repeat([]byte{0x81}, 100_000)
	huge := binary.BigEndian.AppendUint64([]byte{0xbb}, 1<<63)
	for name, payload := range map[string][]byte{
		"no map":                  {0x80},
		"keys out of order":       {0xa2, 0x02, 0x80, 0x01, 0xa0},
		"the same key twice":      {0xa2, 0x01, 0xa0, 0x01, 0xa0},
		"a negative key":          {0xa1, 0x20, 0x01},
		"a text as a key":         {0xa1, 0x61, 0x31, 0x01},
		"the greatest key":        append(binary.BigEndian.AppendUint64([]byte{0xa1, 0x1b}, math.MaxUint64), 0x01),
		"a map without an end":    {0xbf, 0xff},
		"a list without an end":   {0xa1, 0x18, 0x64, 0x9f, 0xff},
		"a break":                 {0xa1, 0x18, 0x64, 0xff},
		"nested too deep":         append([]byte{0xa1, 0x18, 0x64}, append(nested, 0x80)...),
		"a huge map":              huge,
		"a huge unknown map":      append([]byte{0xa1, 0x18, 0x64}, huge...),
		"a huge unknown list":     append([]byte{0xa1, 0x18, 0x64}, binary.BigEndian.AppendUint64([]byte{0x9b}, math.MaxUint64)...),
		"a huge text":             append([]byte{0xa1, 0x01, 0xa1, 0x01}, binary.BigEndian.AppendUint64([]byte{0x7b}, math.MaxUint64)...),
		"a number for a text":     {0xa1, 0x01, 0xa1, 0x01, 0x01},
		"a text for a number":     {0xa1, 0x01, 0xa1, 0x0d, 0x61, 0x31},
		"a number for yes":        {0xa1, 0x01, 0xa1, 0x05, 0xa1, 0x03, 0x01},
		"a short float":           {0xa1, 0x01, 0xa1, 0x05, 0xa1, 0x0d, 0xf9, 0x38, 0x00},
		"a number too big":        append([]byte{0xa1, 0x01, 0xa1, 0x0d}, binary.BigEndian.AppendUint64([]byte{0x1b}, 1<<63)...),
		"a sum too big":           append([]byte{0xa1, 0x02, 0x81, 0xa1, 0x05}, binary.BigEndian.AppendUint64([]byte{0x1b}, 1<<32)...),
		"lists that are too long": append([]byte{0xa1, 0x01, 0xa1, 0x0b, 0x9a, 0x00, 0x01, 0x00, 0x01}, bytes.Repeat([]byte{0xa0}, 1<<16+1)...),
		"a short time":            {0xa1, 0x01, 0xa1, 0x04, 0x81, 0x00},
		"too many nanoseconds":    {0xa1, 0x01, 0xa1, 0x04, 0x82, 0x00, 0x1a, 0x3b, 0x9a, 0xca, 0x00},
		"negative nanoseconds":    {0xa1, 0x01, 0xa1, 0x04, 0x82, 0x00, 0x20},
		"a short hash":            {0xa1, 0x01, 0xa1, 0x06, 0xa1, 0x03, 0x41, 0x00},
		"an image of no size":     {0xa1, 0x02, 0x81, 0xa1, 0x04, 0x01},
		"an image of size -1":     {0xa1, 0x02, 0x81, 0xa1, 0x03, 0x20},
		"NaN for a probability":   append([]byte{0xa1, 0x01, 0xa1, 0x07, 0xa1, 0x0a, 0x81, 0xa1, 0x07}, 0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0),
		"a fault's time too late": {0xa1, 0x01, 0xa1, 0x10, 0xa1, 0x01, 0x82, 0x1b, 0, 0, 0, 0x3b, 0xff, 0xf4, 0x41, 0x80, 0x00},
		"something after the end": {0xa0, 0xa0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantCorrupt(t, withChecksum(append([]byte{record.Version, 0, 0, 0, 0}, payload...)))
		})
	}
}

// TestLongLists encodes what Decode could only just read, and one more.
func TestLongLists(t *testing.T) {
	t.Parallel()
	stored := record.Stored{Session: liveness.Session{Attempts: make([]liveness.Attempt, 1<<16-2)}}
	stored.Session.Attempts[0].Abuse = &liveness.AbuseFinding{Others: make([]liveness.FlaggedAttempt, 2)}
	got, err := record.Decode(encoded(t, stored))
	if err != nil || len(got.Session.Attempts) != len(stored.Session.Attempts) {
		t.Errorf("Decode = %d attempts, %v, want %d", len(got.Session.Attempts), err, len(stored.Session.Attempts))
	}
	stored.Images = make([]record.Image, 1)
	if b, err := record.Encode(stored); err == nil || b != nil {
		t.Errorf("Encode = %d bytes, %v, want an error alone", len(b), err)
	}
}

// TestNewerErrorShowsVersions: also of a version that is far ahead.
func TestNewerErrorShowsVersions(t *testing.T) {
	t.Parallel()
	_, err := record.Decode(withChecksum([]byte{200, 0, 0, 0, 0}))
	if !errors.Is(err, liveness.ErrNewer) || !strings.Contains(err.Error(), "200") || !strings.Contains(err.Error(), "up to 5") {
		t.Errorf("Decode = %v, want %v with both versions", err, liveness.ErrNewer)
	}
}
