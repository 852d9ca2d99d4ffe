//go:build unix

package main

import (
	"flag"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
)

var killSeed = flag.Uint64("kill-seed", 0, "the seed of the choices of TestKill; 0 is a new one")

// failing is a scenario with two failures and a success.
const failing = "third-time-lucky"

// TestKill kills the process while it works, again and again, and compares the state of
// the next process with the answers: no answered write is lost, no deleted session is
// back, and no write is incomplete.
func TestKill(t *testing.T) {
	t.Parallel()
	const rounds, workers = 4, 4
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-kill-seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	folder := t.TempDir()
	arguments := []string{
		"--state", filepath.Join(folder, "state"),
		"--scenarios", filepath.Dir(writeFile(t, "mine.yaml", "name: "+failing+"\nattempts:\n"+
			"  - error: {code: FaceWithMaskDetected, message: Mask.}\n"+
			"  - error: {code: FaceWithMaskDetected, message: Mask.}\n"+
			"  - outcome: realface\n")),
	}
	photos := newPhotos(random)
	var lives []*life
	for round := range rounds {
		p := start(t, arguments...)
		checkLives(t, p.caller(t), lives)

		moment := 100 + random.Int64N(400)
		w := &work{caller: p.caller(t), photos: photos, kill: func() { p.end(syscall.SIGKILL) }}
		w.left.Store(moment)
		var group sync.WaitGroup
		for worker := range workers {
			choices := rand.New(rand.NewPCG(seed, uint64(round*workers+worker+1)))
			old := lives[worker*len(lives)/workers : (worker+1)*len(lives)/workers]
			group.Go(func() { w.run(t, choices, slices.Clone(old)) })
		}
		group.Wait()
		if w.left.Load() > 0 {
			t.Fatalf("round %d: the calls failed before the kill; stderr: %s", round, &p.stderr)
		}
		p.end(syscall.SIGKILL)
		if got := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !got.Signaled() || got.Signal() != syscall.SIGKILL {
			t.Fatalf("round %d: the process ended by itself, %v; stderr: %s", round, p.cmd.ProcessState, &p.stderr)
		}
		lives = append(lives, w.lives...)
		unanswered := unanswered(p.stderr.String(), lives)
		lives = append(lives, unanswered...)
		t.Logf("round %d: killed after %d answers; sessions: %d, created without an answer: %d",
			round, moment, len(lives), len(unanswered))
	}
	p := start(t, arguments...)
	api := p.caller(t)
	checkLives(t, api, lives)
	playAll(t, api, lives)
	checkLives(t, api, lives)
	if code := p.end(syscall.SIGTERM); code != 143 {
		t.Errorf("got exit code %d, want 143; stderr: %s", code, &p.stderr)
	}
}
