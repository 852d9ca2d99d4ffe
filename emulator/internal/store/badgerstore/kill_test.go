package badgerstore_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// The environment that makes TestKill a writer.
const (
	writerFolder = "BADGERSTORE_TEST_FOLDER"
	writerFirst  = "BADGERSTORE_TEST_FIRST"
	writerSync   = "BADGERSTORE_TEST_SYNC"
)

// stateImage is the image of session n after its k-th update. Some are large
// enough to be written ahead of their record.
func stateImage(n, k int) liveness.Image {
	size := (n*7919 + k*104_729) % 200_000
	if n%6 == 0 {
		size += 1 << 20
	}
	pattern := fmt.Appendf(nil, "%d/%d|", n, k)
	return liveness.Image{Name: liveness.VerifyImageName, Bytes: bytes.Repeat(pattern, size/len(pattern))}
}

// counter is the number, of a session that does not exist, under which TestKill
// notes how far the writers have counted in a setting.
const counter = -1

// count counts one further in the setting, whose value is as large as one that
// Badger keeps apart from its key.
func count(t *testing.T, store *badgerstore.Store) (int, error) {
	t.Helper()
	counted := 0
	_, err := store.ChangeSetting(t.Context(), "counter", func(old []byte) ([]byte, error) {
		var err error
		if old != nil {
			counted, err = countedIn(old)
		}
		counted++
		return fmt.Appendf(nil, "%d%2000s", counted, "."), err
	})
	return counted, err
}

func countedIn(setting []byte) (int, error) {
	digits, _, _ := strings.Cut(string(setting), " ")
	return strconv.Atoi(digits)
}

// runWriter is the process that TestKill kills: it creates and updates sessions,
// counts them, and prints what was answered.
func runWriter(t *testing.T, dir string) {
	t.Helper()
	first, err := strconv.Atoi(os.Getenv(writerFirst))
	if err != nil {
		t.Fatal(err)
	}
	store, err := badgerstore.Open(dir, badgerstore.Options{Sync: os.Getenv(writerSync) != "", LockWait: forked})
	if err != nil {
		t.Fatal(err)
	}
	var output sync.Mutex
	answer := func(n, k int) {
		output.Lock()
		defer output.Unlock()
		_, _ = fmt.Fprintf(os.Stdout, "answered %d %d\n", n, k)
	}
	var group sync.WaitGroup
	const writers, each = 3, 500
	for writer := range writers {
		group.Go(func() {
			for n := first + writer*each; n < first+(writer+1)*each; n++ {
				for k := range 3 {
					if err := writeState(t, store, n, k); err != nil {
						t.Errorf("session %d, update %d: %v", n, k, err)
						return
					}
					answer(n, k)
				}
				counted, err := count(t, store)
				if err != nil {
					t.Errorf("counting session %d: %v", n, err)
					return
				}
				answer(counter, counted)
			}
		})
	}
	group.Wait()
}

// writeState brings session n from its update k-1 to k; 0 is its creation.
func writeState(t *testing.T, store *badgerstore.Store, n, k int) error {
	t.Helper()
	if k == 0 {
		return store.Create(t.Context(), session(n), stateImage(n, 0))
	}
	_, err := store.Update(t.Context(), session(n).ID, func(session *liveness.Session) error {
		session.EndCalls = k
		return nil
	}, stateImage(n, k))
	return err
}

// TestKill starts itself again as the process that it kills.
func TestKill(t *testing.T) {
	if dir := os.Getenv(writerFolder); dir != "" {
		runWriter(t, dir)
		return
	}
	t.Parallel()
	for _, sync := range []string{"", "yes"} {
		t.Run("Sync="+sync, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			random := rand.New(rand.NewPCG(1, 1))
			answered := map[int]int{}
			for round := range 4 {
				killWriter(t, dir, sync, 10_000*round, 1+random.IntN(80), answered)
				compareAnswered(t, dir, answered)
			}
		})
	}
}

// killWriter lets a writer write until it has answered often enough, kills it,
// and notes what it has answered until then.
func killWriter(t *testing.T, dir, sync string, first, answers int, answered map[int]int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
	command.Env = append(os.Environ(), writerFolder+"="+dir, fmt.Sprintf("%s=%d", writerFirst, first), writerSync+"="+sync)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("starting the writer = %v, want nil", err)
	}
	lines := bufio.NewScanner(stdout)
	seen := 0
	for lines.Scan() {
		var n, k int
		if _, err := fmt.Sscanf(lines.Text(), "answered %d %d", &n, &k); err != nil {
			t.Errorf("the writer says %q", lines.Text())
			continue
		}
		answered[n] = max(answered[n], k) // two counts can be printed in the wrong order
		if seen++; seen == answers {
			_ = command.Process.Kill()
		}
	}
	_ = command.Wait() // It was killed.
	if seen < answers {
		t.Fatalf("the writer ended after %d answers, want %d", seen, answers)
	}
}

// compareAnswered opens what the killed writers left and compares.
func compareAnswered(t *testing.T, dir string, answered map[int]int) {
	t.Helper()
	store, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
	if err != nil {
		t.Fatalf("Open after a kill = %v, want nil", err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close = %v, want nil", err)
		}
	}()
	if _, err := store.Sweep(t.Context(), at(someTime())); err != nil {
		t.Errorf("Sweep after a kill = %v, want nil", err)
	}
	sessions, err := store.List(t.Context(), session(0).Resource, session(0).Kind, "", 1_000_000)
	if err != nil {
		t.Fatalf("List after a kill = %v, want nil", err)
	}
	found := map[int]int{}
	chunks := 0
	for _, session := range sessions {
		var n int
		if _, err := fmt.Sscanf(string(session.ID), "%08x", &n); err != nil {
			t.Fatal(err)
		}
		found[n] = session.EndCalls
		want := stateImage(n, session.EndCalls).Bytes
		got, err := store.Image(t.Context(), session.ID, liveness.VerifyImageName)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("session %d is half there: its image has %d bytes, %v, want %d", n, len(got), err, len(want))
		}
		chunks += (len(want) + badgerstore.ChunkSize - 1) / badgerstore.ChunkSize
	}
	if setting, err := store.Setting(t.Context(), "counter"); err == nil {
		if found[counter], err = countedIn(setting); err != nil {
			t.Errorf("the counter is half there: %v", err)
		}
	} else if !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("Setting after a kill = %v, want nil or %v", err, liveness.ErrNotFound)
	}
	for n, k := range answered {
		if got, ok := found[n]; !ok || got < k {
			t.Errorf("session %d was answered with update %d, and has %d (there: %t)", n, k, got, ok)
		}
	}
	if got := store.Keys(t, "c"); got != chunks {
		t.Errorf("%d chunks are stored after Sweep, want the %d of the sessions", got, chunks)
	}
	if got := store.Keys(t, "i"); got != 0 {
		t.Errorf("%d marks are left after Sweep, want 0", got)
	}
	if damaged, err := store.Damaged(t.Context()); err != nil || len(damaged) != 0 {
		t.Errorf("Damaged after a kill = %v, %v, want none", damaged, err)
	}
}

var errDied = errors.New("the process died here")
