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
// place of the other, resets, undoes that and sweeps. It kills the process at each stage of
// these calls in turn.
func TestReplaceKill(t *testing.T) {
	if dir := os.Getenv(replaceFolder); dir != "" {
		runReplacer(t, dir)
		return
	}
	t.Parallel()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 1))
	stages := []string{
		badgerstore.StageStaged, badgerstore.StageSwitching, badgerstore.StageSwitched, badgerstore.StageUndone, badgerstore.StageSwept,
	}
	last := 0
	for n := range 3 * len(stages) {
		last = killReplacer(t, dir, last+1, stages[n%len(stages)], 1+random.IntN(8))
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

// afterKill returns what a killed process has left. It undoes a reset that the process
// could not undo any more.
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

// afterUndoTime is a time at which nothing that a killed process did can be undone.
func afterUndoTime() time.Time { return clock.System{}.Now().Add(2 * store.UndoTime) }

// runReplacer is the process that TestReplaceKill kills.
func runReplacer(t *testing.T, dir string) {
	t.Helper()
	engine := open(t, dir, badgerstore.Options{})
	engine.SplitWrites(4)
	engine.OnStages(func(stage string) { _, _ = fmt.Fprintf(os.Stdout, "reached %s\n", stage) })
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
		// What is undone must not show, and a sweep removes it.
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

// killReplacer lets a process reach a stage so many times, or more until it has answered one
// generation. It kills the process, and returns the last generation that was answered.
func killReplacer(t *testing.T, dir string, first int, stage string, times int) (last int) {
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
	last = first - 1
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		reached := ""
		if _, err := fmt.Sscanf(lines.Text(), "answered %d", &last); err == nil {
			continue
		}
		if _, err := fmt.Sscanf(lines.Text(), "reached %s", &reached); err != nil {
			t.Errorf("the process says %q", lines.Text())
		}
		if reached == stage {
			times--
		}
		if times <= 0 && last > 0 {
			_ = command.Process.Kill()
		}
	}
	_ = command.Wait() // It was killed.
	if times > 0 {
		t.Fatalf("the process ended after generation %d, want it to reach %q %d times more", last, stage, times)
	}
	return last
}
