package badgerstore_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// replaceFolder makes TestReplaceKill a writer, together with writerFirst.
const replaceFolder = "BADGERSTORE_TEST_REPLACE_FOLDER"

// TestReplaceKill starts itself again as a process that puts one generation in
// place of the other, resets, takes that back and sweeps, and kills that at any time.
func TestReplaceKill(t *testing.T) {
	if dir := os.Getenv(replaceFolder); dir != "" {
		runReplacer(t, dir)
		return
	}
	t.Parallel()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 1))
	last := 0
	for range 12 {
		last = killReplacer(t, dir, last+1, 1+random.IntN(12))
		got := afterKill(t, dir)
		number := 0
		if _, err := fmt.Sscan(string(got[0].Value), &number); err != nil || number < last {
			t.Errorf("generation %q is there, %v, want one from %d on, which was answered", got[0].Value, err, last)
		}
		if !same(generation(number), got) {
			t.Errorf("generation %d is half there", number)
		}
		engine := open(t, dir, badgerstore.Options{Now: afterUndoTime})
		if _, err := engine.Sweep(t.Context(), at(someTime())); err != nil {
			t.Errorf("Sweep after a kill = %v, want nil", err)
		}
		if !same(got, walked(t, engine, own())) {
			t.Error("the sweep after a kill has changed what is there")
		}
		wantKeys(t, engine, got...)
		last = number
		if err := engine.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
	}
}

// afterKill returns what a killed process has left. A reset that it could not take back
// any more is taken back now.
func afterKill(t *testing.T, dir string) []store.Stored {
	t.Helper()
	engine := open(t, dir, badgerstore.Options{})
	got := walked(t, engine, everything())
	if len(got) == 0 {
		if gone, err := engine.Undo(t.Context(), liveness.Owner{All: true}); err != nil || gone != 0 {
			t.Errorf("Undo after a kill = %d, %v, want 0 and nil", gone, err)
		}
		got = walked(t, engine, everything())
	}
	if len(got) == 0 {
		t.Fatal("nothing is there after a kill, want a generation")
	}
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	return got
}

// afterUndoTime is a time at which nothing that a killed process did can be taken back.
func afterUndoTime() time.Time { return clock.System{}.Now().Add(2 * store.UndoTime) }

// runReplacer is the process that TestReplaceKill kills.
func runReplacer(t *testing.T, dir string) {
	t.Helper()
	engine := open(t, dir, badgerstore.Options{})
	engine.SplitWrites(4)
	first := 0
	if _, err := fmt.Sscan(os.Getenv(writerFirst), &first); err != nil {
		t.Fatal(err)
	}
	undo := func(owner liveness.Owner, want int) {
		t.Helper()
		if gone, err := engine.Undo(t.Context(), owner); err != nil || gone != want {
			t.Fatalf("Undo = %d, %v, want %d and nil", gone, err, want)
		}
	}
	for number := first; number < first+1000; number++ {
		scope := []store.Scope{own(), everything()}[number%2]
		replace(t, engine, scope, generation(number))
		// What is taken back must not show, and a sweep removes it.
		replace(t, engine, own(), generation(number-1))
		undo(liveness.Owner{Resource: own().Resource}, 12)
		if number%4 == 0 {
			if err := engine.Replace(t.Context(), everything(), nil); err != nil {
				t.Fatalf("Replace = %v, want nil", err)
			}
			undo(liveness.Owner{All: true}, 0)
		}
		_, _ = fmt.Fprintf(os.Stdout, "answered %d\n", number)
		if number%3 == 0 {
			if _, err := engine.Sweep(t.Context(), at(someTime())); err != nil {
				t.Fatalf("Sweep = %v, want nil", err)
			}
		}
	}
}

// killReplacer lets a process answer some calls of Replace, kills it, and returns
// the last generation that it answered.
func killReplacer(t *testing.T, dir string, first, answers int) (last int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReplaceKill$")
	command.Env = append(os.Environ(), replaceFolder+"="+dir, fmt.Sprintf("%s=%d", writerFirst, first))
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("starting the process = %v, want nil", err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "answered %d", &last); err != nil {
			t.Errorf("the process says %q", lines.Text())
		}
		if last == first+answers-1 {
			_ = command.Process.Kill()
		}
	}
	_ = command.Wait() // It was killed.
	if last < first+answers-1 {
		t.Fatalf("the process ended after generation %d, want %d", last, first+answers-1)
	}
	return last
}
