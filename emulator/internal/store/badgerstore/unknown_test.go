package badgerstore_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// TestUnknownMembersStay: an update of a session that a newer program stored keeps what
// only the newer program knows.
func TestUnknownMembersStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, dir, badgerstore.Options{})
	if err := store.Create(t.Context(), session(1)); err != nil {
		t.Fatalf("Create = %v, want nil", err)
	}
	// The payload is a map with one member, the session. It gets another one: the
	// text "new" with the key 100.
	raw := store.Raw(t, session(1).ID)
	if raw[5] != 0xa1 {
		t.Fatalf("got a payload that begins with %x, want a map of one member", raw[5])
	}
	newer := append(bytes.Clone(raw), 0x18, 100, 0x63, 'n', 'e', 'w')
	newer[5]++
	binary.BigEndian.PutUint32(newer[1:], record.Sum(append([]byte{newer[0]}, newer[5:]...)))
	store.SetRaw(t, session(1).ID, newer)

	for range 2 { // also after the folder was closed
		image := liveness.Image{Name: "a", Bytes: []byte("image")}
		_, err := store.Update(t.Context(), session(1).ID, func(session *liveness.Session) error {
			session.EndCalls++
			return nil
		}, image)
		if err != nil {
			t.Fatalf("Update = %v, want nil", err)
		}
		if raw := store.Raw(t, session(1).ID); !bytes.HasSuffix(raw, newer[len(newer)-6:]) {
			t.Errorf("got the record %x after Update, want the unknown member at its end", raw)
		}
		if err := store.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
		store = open(t, dir, badgerstore.Options{})
	}
	got, err := store.Session(t.Context(), session(1).ID)
	if err != nil || got.EndCalls != 2 {
		t.Errorf("Session = %d calls, %v, want 2", got.EndCalls, err)
	}
}
