package service_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// scripted is a fixture whose sessions get a script that edit has changed.
func scripted(t *testing.T, edit func(*liveness.Script), steps ...liveness.Step) *fixture {
	t.Helper()
	return newFixture(t, func(f *fixture) {
		f.script = scriptOf(steps...)
		edit(&f.script)
	})
}

// TestPolls: a session plays an attempt at every third read, and its state goes the
// way that a client expects.
func TestPolls(t *testing.T) {
	t.Parallel()
	f := scripted(t, func(s *liveness.Script) { s.Polls = 3 }, failed(), decided(liveness.DecisionRealFace))
	created := f.create(t)
	for i, want := range []string{
		"Running", "Running", "Running failed 1", "Running failed 1", "Running failed 1",
		"Succeeded succeeded 2 failed 1", "Succeeded succeeded 2 failed 1",
	} {
		view := f.view(t, created)
		got := string(view.State)
		for _, a := range view.Attempts {
			got += map[bool]string{true: " failed ", false: " succeeded "}[a.Error != nil] + string(rune('0'+a.ID))
		}
		if got != want {
			t.Errorf("read %d: got %q; want %q", i+1, got, want)
		}
	}
	if reads := f.view(t, created).Session.Reads; reads != 8 {
		t.Errorf("got %d reads; want 8", reads)
	}
}

// TestReadsAreNotCountedForNothing: a script that does not ask for them makes no
// write of a read.
func TestReadsAreNotCountedForNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t)
	f.view(t, created)
	if reads := f.view(t, created).Session.Reads; reads != 0 {
		t.Errorf("got %d reads; want none counted", reads)
	}
}

// TestHold: the device has its answer, and the result comes later.
func TestHold(t *testing.T) {
	t.Parallel()
	t.Run("after a time", func(t *testing.T) {
		t.Parallel()
		f := scripted(t, func(s *liveness.Script) { s.ResultDelay.After = time.Minute }, decided(liveness.DecisionRealFace))
		created := f.create(t)
		if result, err := f.detect(t, f.device(t, created)); err != nil || result.Digest == "" {
			t.Fatalf("got digest %q, %v; want one", result.Digest, err)
		}
		f.wantState(t, created, liveness.StateRunning)
		f.advance(t, time.Minute-1)
		f.wantState(t, created, liveness.StateRunning)
		f.advance(t, 1)
		f.wantState(t, created, liveness.StateSucceeded, "succeeded 1")
	})
	t.Run("after some reads", func(t *testing.T) {
		t.Parallel()
		f := scripted(t, func(s *liveness.Script) { s.ResultDelay.Polls = 2 }, failed(), decided(liveness.DecisionRealFace))
		created := f.create(t)
		f.wantState(t, created, liveness.StateNotStarted)
		d := f.device(t, created)
		for range 2 {
			if _, err := f.detect(t, d); err != nil {
				t.Fatal(err)
			}
		}
		f.wantState(t, created, liveness.StateRunning)
		f.wantState(t, created, liveness.StateSucceeded, "succeeded 2", "failed 1")
	})
}

// TestHoldOfAnAutomaticSession: all reads count, so that the result does come.
func TestHoldOfAnAutomaticSession(t *testing.T) {
	t.Parallel()
	f := scripted(t, func(s *liveness.Script) { s.Automatic, s.ResultDelay.Polls = true, 3 }, decided(liveness.DecisionRealFace))
	created := f.create(t)
	f.wantState(t, created, liveness.StateRunning)
	f.wantState(t, created, liveness.StateRunning)
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 1")
}

// TestEnd: every way to end, at every moment.
func TestEnd(t *testing.T) {
	t.Parallel()
	moments := map[string]struct {
		end  liveness.EarlyEnd
		pass func(*testing.T, *fixture, service.Created) // what has to happen
	}{
		"before the start": {liveness.EarlyEnd{BeforeStart: true}, func(*testing.T, *fixture, service.Created) {}},
		"after a time": {liveness.EarlyEnd{After: time.Minute}, func(t *testing.T, f *fixture, _ service.Created) {
			t.Helper()
			f.advance(t, time.Minute)
		}},
		"after an attempt": {liveness.EarlyEnd{AfterTry: 1}, func(t *testing.T, f *fixture, created service.Created) {
			t.Helper()
			_, _ = f.detect(t, f.device(t, created))
		}},
		"before a read": {liveness.EarlyEnd{BeforePoll: 1}, func(t *testing.T, f *fixture, created service.Created) {
			t.Helper()
			s := created.View.Session
			_, _ = f.Session(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID)
		}},
	}
	for _, kind := range []liveness.EndKind{liveness.EndExpire, liveness.EndDelete, liveness.EndLose} {
		for name, moment := range moments {
			t.Run(string(kind)+" "+name, func(t *testing.T) {
				t.Parallel()
				moment.end.Kind = kind
				f := scripted(t, func(s *liveness.Script) { s.EarlyEnd = &moment.end }, failed())
				created := f.create(t)
				s := created.View.Session
				moment.pass(t, f, created)
				call := service.DeviceCall{Token: created.Token, Version: "v1.2", Path: "detectLiveness/singleModal"}
				if _, err := f.Authorise(t.Context(), call); (err != nil) != (kind != liveness.EndLose) {
					t.Errorf("device: got %v", err)
				}
				view, err := f.Session(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID)
				if kind == liveness.EndExpire {
					if err != nil || !view.TokenExpired {
						t.Errorf("read: got %v, token expired %v; want a session whose token has expired", err, view.TokenExpired)
					}
					return
				}
				wantCode(t, err, liveness.CodeSessionNotFound)
				wantCode(t, f.Delete(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID), liveness.CodeSessionNotFound)
				if listed, err := f.Sessions(t.Context(), someResource, s.Kind, "", 10); err != nil || len(listed) != 0 {
					t.Errorf("list: got %d sessions, %v; want none", len(listed), err)
				}
			})
		}
	}
}

// TestEndDuringAnAttempt: a session that is deleted while the device plays answers
// its call as one whose token was revoked; a lost one answers as if nothing were.
func TestEndDuringAnAttempt(t *testing.T) {
	t.Parallel()
	for kind, refused := range map[liveness.EndKind]bool{liveness.EndDelete: true, liveness.EndLose: false, liveness.EndExpire: false} {
		f := scripted(t, func(s *liveness.Script) { s.EarlyEnd = &liveness.EarlyEnd{Kind: kind, During: 1} }, failed())
		if _, err := f.detect(t, f.device(t, f.create(t))); (err != nil) != refused {
			t.Errorf("%s: got %v; want refused %v", kind, err, refused)
		}
	}
}

// TestDigestDrill: what the device is told of the digest, beside what the result
// shows.
func TestDigestDrill(t *testing.T) {
	t.Parallel()
	for drill, want := range map[liveness.DigestDrill]string{
		liveness.DigestEqual: "equal", liveness.DigestDifferent: "different", liveness.DigestMissing: "missing",
	} {
		step := decided(liveness.DecisionRealFace)
		step.Digest = drill
		f := scripted(t, func(*liveness.Script) {}, step)
		created := f.create(t)
		result, err := f.detect(t, f.device(t, created))
		if err != nil {
			t.Fatal(err)
		}
		shown := f.view(t, created).Attempts[0].Digest
		got := "different"
		switch result.Digest {
		case shown:
			got = "equal"
		case "":
			got = "missing"
		}
		if got != want || len(shown) != 64 || strings.ToUpper(result.Digest) != result.Digest {
			t.Errorf("%q: got %q for the device and %q in the result; want them %s", drill, result.Digest, shown, want)
		}
	}
}

// TestQueue: queued scenarios go to the next sessions that pin none, in order, and
// survive calls that come at the same time.
func TestQueue(t *testing.T) {
	t.Parallel()
	var asked []liveness.Call
	f := newFixture(t)
	f.Director = func(_ context.Context, call liveness.Call) (service.Direction, error) {
		asked = append(asked, call)
		return service.Direction{Script: f.script}, nil
	}
	if _, err := f.ChangeSettings(t.Context(), someResource, func(of *resource.Settings) {
		of.Scenario, of.Seed = "fallback", 7
		of.Queue = []resource.QueueItem{{Scenario: "first", Sessions: 2}, {Scenario: "second", Sessions: 1}}
	}); err != nil {
		t.Fatal(err)
	}
	pin := func(r *service.CreateRequest) { r.Scenario = "pinned" }
	other := func(r *service.CreateRequest) { r.Resource = "other" }
	for _, edit := range []func(*service.CreateRequest){nil, pin, other, nil, nil, nil} {
		if edit == nil {
			f.create(t)
			continue
		}
		f.create(t, edit)
	}
	var got []string
	for _, call := range asked {
		got = append(got, call.Scenario+"/"+call.Queued+"/"+call.Default)
	}
	want := "/first/fallback pinned//fallback // /first/fallback /second/fallback //fallback"
	if strings.Join(got, " ") != want || asked[0].Seed != 7 || asked[2].Seed != 0 {
		t.Errorf("got %v, seeds %d and %d; want %s, 7 and 0", got, asked[0].Seed, asked[2].Seed, want)
	}
}
