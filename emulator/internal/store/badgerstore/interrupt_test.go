package badgerstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// large is an image of many chunks.
func large(fill byte) liveness.Image {
	return liveness.Image{
		Name:  liveness.VerifyImageName,
		Bytes: bytes.Repeat([]byte{fill}, 9*badgerstore.ChunkSize+fill16(fill)),
	}
}

func fill16(fill byte) int { return int(fill) << 4 }

// TestInterrupted stops writes between their transactions, reopens the folder
// and looks at what is there, before and after a sweep.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	const chunks = 10
	create := func(t *testing.T, store *badgerstore.Store) error {
		t.Helper()
		return store.Create(t.Context(), session(1), large(2))
	}
	update := func(t *testing.T, store *badgerstore.Store) error {
		t.Helper()
		_, err := store.Update(t.Context(), session(1).ID, func(session *liveness.Session) error {
			session.EndCalls = 7
			return nil
		}, large(3))
		return err
	}
	remove := func(t *testing.T, store *badgerstore.Store) error {
		t.Helper()
		return store.Delete(t.Context(), session(1).ID)
	}
	tests := []struct {
		name   string
		stage  string
		exists bool // the session, before
		call   func(*testing.T, *badgerstore.Store) error
		fails  bool
		want   byte // fill of the image afterwards; 0: no session
		chunks int  // after the sweep
	}{
		{"CreateBeforeTheRecord", badgerstore.StageChunks, false, create, true, 0, 0},
		{"UpdateBeforeTheRecord", badgerstore.StageChunks, true, update, true, 2, chunks},
		{"UpdateAfterTheRecord", badgerstore.StageRecord, true, update, false, 3, chunks},
		{"DeleteAfterTheRecord", badgerstore.StageRecord, true, remove, false, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			store := open(t, dir, badgerstore.Options{})
			store.SplitWrites(4)
			if test.exists {
				if err := create(t, store); err != nil {
					t.Fatalf("Create = %v, want nil", err)
				}
			}
			store.Interrupt(test.stage, errDied)
			if err := test.call(t, store); errors.Is(err, errDied) != test.fails {
				t.Fatalf("the interrupted call = %v, want an error: %t", err, test.fails)
			}
			if got := store.Keys(t, "i"); got != 1 {
				t.Errorf("the interrupted write left %d marks, want 1", got)
			}
			if err := store.Close(); err != nil {
				t.Fatalf("Close = %v, want nil", err)
			}

			store = open(t, dir, badgerstore.Options{})
			if before := store.Keys(t, "c"); before <= test.chunks {
				t.Errorf("%d chunks before the sweep, want leftovers beside %d", before, test.chunks)
			}
			for _, when := range []string{"before", "after"} {
				wantImage(t, when+" the sweep", store, test.want)
				if _, err := store.Sweep(t.Context(), at(someTime())); err != nil {
					t.Fatalf("Sweep = %v, want nil", err)
				}
			}
			if got := store.Keys(t, "c"); got != test.chunks {
				t.Errorf("%d chunks after the sweep, want %d", got, test.chunks)
			}
			if got := store.Keys(t, "i"); got != 0 {
				t.Errorf("%d marks after the sweep, want 0", got)
			}
		})
	}
}

// wantImage fails unless session 1 has the large image with this fill, or, for
// 0, is not there at all.
func wantImage(t *testing.T, when string, store *badgerstore.Store, fill byte) {
	t.Helper()
	got, err := store.Image(t.Context(), session(1).ID, liveness.VerifyImageName)
	current, sessionErr := store.Session(t.Context(), session(1).ID)
	listed, listErr := store.List(t.Context(), session(1).Resource, session(1).Kind, "", 9)
	if listErr != nil {
		t.Errorf("%s: List = %v, want nil", when, listErr)
	}
	if fill == 0 {
		if !errors.Is(err, liveness.ErrNotFound) || !errors.Is(sessionErr, liveness.ErrNotFound) || len(listed) != 0 {
			t.Errorf("%s: Image = %v, Session = %v, %d listed, want nothing there", when, err, sessionErr, len(listed))
		}
		return
	}
	if err != nil || !bytes.Equal(got, large(fill).Bytes) || sessionErr != nil || len(listed) != 1 {
		t.Errorf("%s: Image = %d bytes, %v, Session = %v, %d listed, want all of it", when, len(got), err, sessionErr, len(listed))
	}
	if updated := current.EndCalls == 7; updated != (fill == 3) {
		t.Errorf("%s: EndCalls = %d does not go with the image", when, current.EndCalls)
	}
}

// TestLeftoversOfAnOldSession makes sure that a mark outlives what comes to its
// session later, and that the new session's chunks are not taken for leftovers.
func TestLeftoversOfAnOldSession(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	store.SplitWrites(4)
	store.Interrupt(badgerstore.StageChunks, errDied)
	if err := store.Create(t.Context(), session(1), large(1)); !errors.Is(err, errDied) {
		t.Fatalf("the interrupted Create = %v, want %v", err, errDied)
	}
	store.Interrupt("", nil)
	if err := store.Create(t.Context(), session(1), large(2)); err != nil {
		t.Fatalf("Create again = %v, want nil", err)
	}
	if got := store.Keys(t, "i"); got != 1 {
		t.Errorf("%d marks, want the one of the interrupted Create", got)
	}
	if _, err := store.Sweep(t.Context(), at(someTime())); err != nil {
		t.Fatalf("Sweep = %v, want nil", err)
	}
	wantImage(t, "after the sweep", store, 2)
	if got := store.Keys(t, "c"); got != 10 {
		t.Errorf("%d chunks after the sweep, want the 10 of the session", got)
	}
}

// TestSweepAmongWrites has a sweep run while large images are half written.
func TestSweepAmongWrites(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	store.SplitWrites(4)
	atChunks, swept := make(chan struct{}), make(chan error)
	go func() {
		<-atChunks
		_, err := store.Sweep(t.Context(), at(someTime()))
		swept <- err
	}()
	waiting := true
	store.OnStage(badgerstore.StageChunks, func() {
		if waiting {
			waiting = false
			close(atChunks) // The sweep finds the mark and waits for the session.
		}
	})
	if err := store.Create(t.Context(), session(1), large(2)); err != nil {
		t.Fatalf("Create = %v, want nil", err)
	}
	if err := <-swept; err != nil {
		t.Errorf("Sweep = %v, want nil", err)
	}
	wantImage(t, "after a sweep meanwhile", store, 2)
}

func TestManyImagesInOneCall(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	var images []liveness.Image
	for n := range 3000 { // more than one transaction can hold, small and large
		images = append(images, liveness.Image{Name: fmt.Sprint(n), Bytes: bytes.Repeat([]byte{byte(n)}, 1+n%1000)})
	}
	if err := store.Create(t.Context(), session(1), images...); err != nil {
		t.Fatalf("Create with %d images = %v, want nil", len(images), err)
	}
	for n, image := range images {
		if n%100 != 0 {
			continue
		}
		got, err := store.Image(t.Context(), session(1).ID, image.Name)
		if err != nil || !bytes.Equal(got, image.Bytes) {
			t.Errorf("Image %q = %d bytes, %v, want %d", image.Name, len(got), err, len(image.Bytes))
		}
	}
	if err := store.Delete(t.Context(), session(1).ID); err != nil {
		t.Fatalf("Delete = %v, want nil", err)
	}
	if chunks, marks := store.Keys(t, "c"), store.Keys(t, "i"); chunks != 0 || marks != 0 {
		t.Errorf("%d chunks and %d marks after Delete, want none", chunks, marks)
	}
}
