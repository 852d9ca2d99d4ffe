package record_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

// withChecksum returns b with the checksum that its other bytes should have.
func withChecksum(b []byte) []byte {
	b = bytes.Clone(b)
	table := crc32.MakeTable(crc32.Castagnoli)
	binary.BigEndian.PutUint32(b[1:], crc32.Update(crc32.Checksum(b[:1], table), table, b[5:]))
	return b
}

// encoded returns what Encode writes.
func encoded(tb testing.TB, s record.Stored) []byte {
	tb.Helper()
	b, err := record.Encode(s)
	if err != nil {
		tb.Fatalf("Encode = %v, want nil", err)
	}
	return b
}

func full() record.Stored {
	return record.Stored{
		Session: storetest.FullSession(rand.New(rand.NewPCG(1, 1))),
		Images: []record.Image{
			{Name: "verify", Blob: 1 << 63, Size: 6 << 20, Chunks: 48, Sum: 1 << 31},
			{Name: "", Blob: 7, Size: 0, Chunks: 0, Sum: 0},
		},
	}
}

// TestEveryFieldIsStored fails when a field is added to a session, or to what
// is in it, and forgotten here.
func TestEveryFieldIsStored(t *testing.T) {
	t.Parallel()
	want := full()
	got, err := record.Decode(encoded(t, want))
	if err != nil {
		t.Fatalf("Decode = %v, want nil", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a full record differs (-want +got):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 2))
	zone := time.FixedZone("elsewhere", -3600)
	for range 2000 {
		want := record.Stored{Session: storetest.RandomSession(random)}
		stored := want
		stored.Session.Created = stored.Session.Created.In(zone)
		got, err := record.Decode(encoded(t, stored))
		if err != nil {
			t.Fatalf("Decode = %v, want nil", err)
		}
		// Exactly the same: also nil lists, zero times and UTC.
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("a record is not the same (-want +got):\n%s", cmp.Diff(want, got))
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	times := []time.Time{
		{},
		time.Unix(0, 0),
		time.Unix(-1, 999_999_999),
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("east", 9*3600)),
		time.Date(-300_000, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for _, want := range times {
		stored := record.Stored{Session: liveness.Session{Created: want}}
		got, err := record.Decode(encoded(t, stored))
		if err != nil || !got.Session.Created.Equal(want) || got.Session.Created.Location() != time.UTC {
			t.Errorf("%v came back as %v, %v, want it in UTC", want, got.Session.Created, err)
		}
		if got.Session.Created.IsZero() != want.IsZero() {
			t.Errorf("%v came back as zero: %t", want, got.Session.Created.IsZero())
		}
	}
}

func TestDecodeCorrupt(t *testing.T) {
	t.Parallel()
	good := encoded(t, full())
	t.Run("EveryBit", func(t *testing.T) {
		t.Parallel()
		for n := range good {
			for bit := range 8 {
				bad := bytes.Clone(good)
				bad[n] ^= 1 << bit
				wantCorrupt(t, bad)
			}
		}
	})
	t.Run("CutOffAnywhere", func(t *testing.T) {
		t.Parallel()
		for n := range good {
			wantCorrupt(t, good[:n])
			if n >= 5 {
				wantCorrupt(t, withChecksum(good[:n]))
			}
		}
	})
	t.Run("GoesOn", func(t *testing.T) {
		t.Parallel()
		wantCorrupt(t, append(bytes.Clone(good), 0))
		wantCorrupt(t, withChecksum(append(bytes.Clone(good), 0)))
	})
	t.Run("Version0", func(t *testing.T) {
		t.Parallel()
		bad := bytes.Clone(good)
		bad[0] = 0
		wantCorrupt(t, withChecksum(bad))
	})
	t.Run("Empty", func(t *testing.T) {
		t.Parallel()
		wantCorrupt(t, nil)
	})
	t.Run("HugeLength", func(t *testing.T) {
		t.Parallel()
		wantCorrupt(t, withChecksum(append([]byte{1, 0, 0, 0, 0}, bytes.Repeat([]byte{0xff}, 9)...)))
		wantCorrupt(t, withChecksum(append([]byte{1, 0, 0, 0, 0}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)))
	})
}

func wantCorrupt(t *testing.T, b []byte) {
	t.Helper()
	_, err := record.Decode(b)
	if !errors.Is(err, record.ErrCorrupt) || !errors.Is(err, liveness.ErrDamaged) || errors.Is(err, liveness.ErrNewer) {
		t.Errorf("Decode of %d bytes = %v, want %v", len(b), err, record.ErrCorrupt)
	}
}

func TestDecodeNewer(t *testing.T) {
	t.Parallel()
	newer := encoded(t, full())
	newer[0] = record.Version + 1
	for _, b := range [][]byte{newer, newer[:5]} {
		_, err := record.Decode(withChecksum(b))
		if !errors.Is(err, liveness.ErrNewer) || !errors.Is(err, liveness.ErrDamaged) || errors.Is(err, record.ErrCorrupt) {
			t.Errorf("Decode of a newer record = %v, want %v", err, liveness.ErrNewer)
		}
	}
	wantCorrupt(t, newer) // Without its checksum it is not newer but corrupt.
}

// TestErrorsShowNothing looks for contents in the errors of damaged records.
func TestErrorsShowNothing(t *testing.T) {
	t.Parallel()
	good := encoded(t, record.Stored{Session: liveness.Session{DeviceCorrelationID: "SECRET"}})
	for n := range good {
		for _, bad := range [][]byte{good[:n], withChecksum(append(bytes.Clone(good[:max(n, 5)]), 0xff))} {
			_, err := record.Decode(bad)
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("Decode = %v, want no contents in it", err)
			}
		}
	}
}

func TestSameIdentity(t *testing.T) {
	t.Parallel()
	before := full().Session
	edits := map[string]func(*liveness.Session){
		"id":            func(s *liveness.Session) { s.ID += "x" },
		"resource":      func(s *liveness.Session) { s.Resource += "x" },
		"kind":          func(s *liveness.Session) { s.Kind += "x" },
		"creation time": func(s *liveness.Session) { s.Created = s.Created.Add(1) },
	}
	for field, edit := range edits {
		after := before
		edit(&after)
		if err := record.SameIdentity(&before, &after); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("SameIdentity with another %s = %v, want an error that names it", field, err)
		}
	}
	after := storetest.FullSession(rand.New(rand.NewPCG(9, 9)))
	after.ID, after.Resource, after.Kind, after.Created = before.ID, before.Resource, before.Kind, before.Created.Local()
	if err := record.SameIdentity(&before, &after); err != nil {
		t.Errorf("SameIdentity of another session with the identity = %v, want nil", err)
	}
}

// FuzzDecode decodes any bytes, as they are and with the checksum made right.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, full()))
	f.Add(encoded(f, record.Stored{}))
	for _, digits := range []string{version1, version2, version3, version4, version5, legacyFaults} {
		f.Add(unhex(f, digits))
	}
	for _, json := range badJSON() {
		f.Add(withJSON(f, json.faults, json.memory))
	}
	f.Add(newerProgram(f))
	f.Add([]byte{})
	f.Add([]byte{record.Version + 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = record.Decode(b)
		if len(b) < 5 {
			return
		}
		stored, err := record.Decode(withChecksum(b))
		switch {
		case err == nil:
			again, err := record.Decode(encoded(t, stored))
			if err != nil {
				t.Fatalf("Decode of what Encode wrote = %v, want nil", err)
			}
			if !bytes.Equal(encoded(t, again), encoded(t, stored)) {
				t.Errorf("the second round is %+v, want %+v", again, stored)
			}
		case !errors.Is(err, liveness.ErrDamaged):
			t.Errorf("Decode = %v, want it to wrap %v", err, liveness.ErrDamaged)
		}
	})
}
