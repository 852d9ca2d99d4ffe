package service_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

func mine() liveness.Owner { return liveness.Owner{Resource: someResource} }

// TestPlayGivesWhatIsAsked: an attempt that is played gives what it is told to, and
// the others of the session what they would have given.
func TestPlayGivesWhatIsAsked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		then liveness.AfterLast
		want []string
	}{
		"repeat last": {liveness.AfterLastRepeat, []string{"FaceWithMaskDetected", "uncertain"}},
		"restart":     {liveness.AfterLastRestart, []string{"FaceWithMaskDetected", "uncertain"}},
		"exhausted":   {liveness.AfterLastStop, []string{"FaceWithMaskDetected", "uncertain"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.script = scriptOf(failed(), failed(), decided(liveness.DecisionRealFace))
			f.script.AfterLast = test.then
			id := f.create(t).View.Session.ID
			for _, step := range []*liveness.Step{nil, new(decided(liveness.DecisionUncertain))} {
				if _, err := f.Play(t.Context(), mine(), id, service.PlayRequest{Action: service.ActionAttempt, Step: step, RequestID: uuid.UUID{1}}); err != nil {
					t.Fatal(err)
				}
			}
			view, err := f.Look(t.Context(), mine(), id)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, attempt := range view.Session.Attempts {
				if attempt.Error != nil {
					got = append(got, attempt.Error.Code)
					continue
				}
				got = append(got, string(attempt.Decision))
			}
			if !slices.Equal(got, test.want) || view.State != liveness.StateSucceeded {
				t.Errorf("got %v, %s; want %v, over", got, view.State, test.want)
			}
			if next := view.Session.Script.Step(3); next.Decision != liveness.DecisionRealFace {
				t.Errorf("got %+v for the third attempt, want what the script had", next)
			}
		})
	}
}

// TestPlayWaits: with wait the play is over when the attempt is, on the clock.
func TestPlayWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), time.Minute))
	id := f.create(t).View.Session.ID
	played := make(chan liveness.View, 1)
	go func() {
		// An error shows as a view of nothing.
		view, _ := f.Play(t.Context(), mine(), id, service.PlayRequest{Action: service.ActionAttempt, Wait: true})
		played <- view
	}()
	if err := f.clock.AwaitWaiters(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if view, err := f.Look(t.Context(), mine(), id); err != nil || view.State != liveness.StateRunning {
		t.Errorf("got %s, %v; want it running", view.State, err)
	}
	if err := f.clock.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if view := <-played; view.State != liveness.StateSucceeded {
		t.Errorf("got %s, want it over", view.State)
	}
}

// kept returns what a snapshot holds.
func kept(t *testing.T, f *fixture, owner liveness.Owner) (all []resource.SnapshotEntry) {
	t.Helper()
	if _, err := f.Snapshot(t.Context(), owner, func(k resource.SnapshotEntry) error {
		all = append(all, k)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// restore puts entries back, and then ends with err.
func restore(t *testing.T, f *fixture, owner liveness.Owner, all []resource.SnapshotEntry, err error) error {
	t.Helper()
	return f.Restore(t.Context(), owner, func() (*resource.SnapshotEntry, error) {
		if len(all) == 0 {
			return nil, err
		}
		next := all[0]
		all = all[1:]
		return &next, nil
	})
}

// TestRestore: sessions, clock and faults come back, also where the resource has
// moved on; what breaks off changes nothing.
func TestRestore(t *testing.T) {
	t.Parallel()
	for _, owner := range []liveness.Owner{mine(), {All: true}} {
		t.Run(fmt.Sprintf("all=%v", owner.All), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			id := f.create(t).View.Session.ID
			faults := func(text string) {
				t.Helper()
				if err := f.UseFaults(t.Context(), someResource, []fault.Fault{{Probability: 1, Hang: true}}, text); err != nil {
					t.Fatal(err)
				}
			}
			faults("first")
			advance := func() {
				t.Helper()
				if _, err := f.ChangeClock(t.Context(), someResource, clock.Change{Advance: time.Hour, Rate: new(0.0)}); err != nil {
					t.Fatal(err)
				}
			}
			advance()
			_, then, err := f.ClockOf(t.Context(), someResource)
			if err != nil {
				t.Fatal(err)
			}
			snapshot := kept(t, f, owner)
			faults("second")
			faults("third")
			advance()
			other := f.create(t).View.Session.ID
			check := func(want, gone liveness.SessionID, text string, shows time.Time) {
				t.Helper()
				_, found := f.Look(t.Context(), owner, want)
				_, missing := f.Look(t.Context(), owner, gone)
				settings, err := f.Settings(t.Context(), someResource)
				_, now, failed := f.ClockOf(t.Context(), someResource)
				if errors.Join(found, err, failed) != nil || gone != "" && liveness.CodeOf(missing) != liveness.CodeSessionNotFound ||
					settings.FaultsText != text || !now.Equal(shows) {
					t.Errorf("got %v, %v, faults %q at %v; want session %s, not %s, faults %q at %v",
						errors.Join(found, err, failed), missing, settings.FaultsText, now, want, gone, text, shows)
				}
			}
			broken := errors.New("broken")
			if err := restore(t, f, owner, snapshot, broken); !errors.Is(err, broken) {
				t.Errorf("got %v, want the error of the source", err)
			}
			check(other, "", "third", then.Add(time.Hour))
			if err := restore(t, f, owner, snapshot, nil); err != nil {
				t.Fatal(err)
			}
			check(id, other, "first", then)
			var verdict fault.Verdict
			err = f.Meet(t.Context(), resource.Subject{Resource: someResource, Operation: "getLivenessSessionResult"}, &verdict)
			if err != nil || !verdict.Hang {
				t.Errorf("got %+v, %v; want the fault to be met", verdict, err)
			}
			if err := restore(t, f, owner, nil, nil); err != nil {
				t.Fatal(err)
			}
			verdict = fault.Verdict{}
			err = f.Meet(t.Context(), resource.Subject{Resource: someResource, Operation: "getLivenessSessionResult"}, &verdict)
			if err != nil || verdict.Hang {
				t.Errorf("got %+v, %v; want no faults any more", verdict, err)
			}
			for range 2 {
				gone, undoErr := f.Undo(t.Context(), owner)
				check(id, other, "first", then)
				if undoErr == nil && gone == 0 {
					continue
				}
				if !errors.Is(undoErr, liveness.ErrNotFound) {
					t.Errorf("got %d, %v, want that the second restore is undone and no other", gone, undoErr)
				}
			}
			verdict = fault.Verdict{}
			err = f.Meet(t.Context(), resource.Subject{Resource: someResource, Operation: "getLivenessSessionResult"}, &verdict)
			if err != nil || !verdict.Hang {
				t.Errorf("got %+v, %v; want the fault to be met again", verdict, err)
			}
		})
	}
}

// TestRestoredClocksSurviveARestart: a service that is opened anew on the store shows
// the same.
func TestRestoredClocksSurviveARestart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.create(t)
	if _, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ChangeClock(t.Context(), someResource, clock.Change{Advance: time.Hour, Rate: new(0.0)}); err != nil {
		t.Fatal(err)
	}
	all := liveness.Owner{All: true}
	snapshot := kept(t, f, all)
	if err := restore(t, f, all, snapshot, nil); err != nil {
		t.Fatal(err)
	}
	again := newFixture(t, func(other *fixture) { other.store, other.clock = f.store, f.clock })
	for _, of := range []liveness.ResourceID{someResource, "another"} {
		_, want, err := f.ClockOf(t.Context(), of)
		_, got, failed := again.ClockOf(t.Context(), of)
		if errors.Join(err, failed) != nil || !got.Equal(want) {
			t.Errorf("%s: got %v, %v; want %v", of, got, errors.Join(err, failed), want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	good := f.create(t).View.Session
	if err := good.Check(); err != nil {
		t.Errorf("got %v for a session of the emulator's own", err)
	}
	for name, edit := range map[string]func(*liveness.Session){
		"id":         func(s *liveness.Session) { s.ID = "x" },
		"upper case": func(s *liveness.Session) { s.ID = "ABCDEF00-0000-4000-8000-000000000000" },
		"resource":   func(s *liveness.Session) { s.Resource = "" },
		"kind":       func(s *liveness.Session) { s.Kind = "Else" },
		"created":    func(s *liveness.Session) { s.Created = time.Time{} },
		"mode":       func(s *liveness.Session) { s.Settings.Mode = "" },
		"token":      func(s *liveness.Session) { s.Settings.TokenTTL = -1 },
		"attempts":   func(s *liveness.Session) { s.Settings.AttemptsAllowed = 1 << 30 },
		"order":      func(s *liveness.Session) { s.Attempts = []liveness.Attempt{{ID: 2}} },
		"steps":      func(s *liveness.Session) { s.Script.Steps = nil },
		"step":       func(s *liveness.Session) { s.Script.Steps = []liveness.Step{{}} },
		"then":       func(s *liveness.Session) { s.Script.AfterLast = "else" },
		"time":       func(s *liveness.Session) { s.Created = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) },
		"fault":      func(s *liveness.Session) { s.Script.Faults = []fault.Fault{{Answer: &fault.Answer{Status: 7}}} },
		"hold":       func(s *liveness.Session) { s.Script.ResultDelay.Polls = -1 },
	} {
		bad := good.Clone()
		edit(&bad)
		if err := bad.Check(); !errors.Is(err, liveness.ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", name, err)
		}
	}
}
