package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// flagged makes abuse monitoring find something in a step.
func flagged(step liveness.Step) liveness.Step {
	step.AbuseDetected = true
	return step
}

// by creates for a device and a user; "" is no user.
func by(device, user string) func(*service.CreateRequest) {
	return func(r *service.CreateRequest) {
		r.DeviceCorrelationID = given(device)
		r.UserCorrelationID = given(user)
	}
}

// createWith makes a session with a script of its own.
func (f *fixture) createWith(t *testing.T, script liveness.Script, edits ...func(*service.CreateRequest)) service.Created {
	t.Helper()
	f.script = script
	return f.create(t, edits...)
}

// play makes a detect call and returns the attempt that it began.
func (f *fixture) play(t *testing.T, created service.Created) liveness.Attempt {
	t.Helper()
	result, err := f.detect(t, f.device(t, created))
	if err != nil {
		t.Fatalf("detect: %v", err)
	}
	return result.Attempt
}

// others is what a harmless attempt of a new session of a device and a user is told
// about other sessions.
func (f *fixture) others(t *testing.T, device, user string) string {
	t.Helper()
	attempt := f.play(t, f.createWith(t, scriptOf(decided(liveness.DecisionRealFace)), by(device, user)))
	if attempt.Abuse == nil || attempt.Abuse.Detected {
		t.Fatalf("got finding %+v; want one without detection", attempt.Abuse)
	}
	return told(attempt)
}

// told renders the others of an attempt's finding, as "session/attempt".
func told(attempt liveness.Attempt) string {
	var texts []string
	for _, other := range attempt.Abuse.Others {
		texts = append(texts, fmt.Sprintf("%s/%d", other.Session, other.AttemptID))
	}
	return strings.Join(texts, " ")
}

func first(created service.Created) string { return string(created.View.Session.ID) + "/1" }

// TestSharedCorrelationIDs: a flagged attempt shows in those of other sessions with
// the same device or user.
func TestSharedCorrelationIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	suspect := f.createWith(t, scriptOf(flagged(decided(liveness.DecisionSpoofFace))), by("device-1", "user-1"))
	if attempt := f.play(t, suspect); attempt.Abuse == nil || !attempt.Abuse.Detected || told(attempt) != "" {
		t.Errorf("got finding %+v of its own; want a detection without others", attempt.Abuse)
	}
	anonymous := f.createWith(t, scriptOf(flagged(failed())), by("device-2", ""))
	f.play(t, anonymous)
	for _, test := range []struct{ device, user, want string }{
		{"device-1", "user-1", first(suspect)},
		{"device-1", "user-2", first(suspect)},
		{"device-1", "", first(suspect)},
		{"device-3", "user-1", first(suspect)},
		{"device-3", "user-3", ""},
		{"device-3", "", ""}, // nobody is no user
		{"user-1", "device-1", ""},
		{"Device-1", "USER-1", ""},
		{"device-2", "user-1", first(anonymous) + " " + first(suspect)},
	} {
		if got := f.others(t, test.device, test.user); got != test.want {
			t.Errorf("device %q, user %q: got others %q; want %q", test.device, test.user, got, test.want)
		}
	}
	stranger := f.createWith(t, scriptOf(decided(liveness.DecisionRealFace)), by("device-1", "user-1"),
		func(r *service.CreateRequest) { r.Resource = "other" })
	if got := told(f.play(t, stranger)); got != "" {
		t.Errorf("in another resource: got others %q; want none", got)
	}
}

// TestNoDeviceIsNoDevice: sessions that no device has started by the time they play
// have none in common.
func TestNoDeviceIsNoDevice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	script := scriptOf(flagged(failed()))
	script.Automatic = true
	f.createWith(t, script, func(r *service.CreateRequest) { r.DeviceCorrelationID = setInClient("", false) })
	for _, device := range []string{"device", " "} {
		if got := f.others(t, device, ""); got != "" {
			t.Errorf("device %q: got others %q; want none", device, got)
		}
	}
}

// TestIDsThatTheDeviceGives count as those of the creator.
func TestIDsThatTheDeviceGives(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	phone, visitor := "phone", "visitor"
	start := func(script liveness.Script) service.Created {
		created := f.createWith(t, script, ofUser(setInClient("", false)), func(r *service.CreateRequest) {
			r.DeviceCorrelationID = setInClient("", false)
		})
		request := service.StartRequest{DeviceCorrelationID: &phone, UserCorrelationID: &visitor}
		if _, err := f.Start(t.Context(), f.device(t, created), request); err != nil {
			t.Fatal(err)
		}
		return created
	}
	suspect := start(scriptOf(flagged(failed())))
	f.play(t, suspect)
	for name, got := range map[string]string{
		"same device": f.others(t, phone, ""),
		"same user":   f.others(t, "other", visitor),
		"both, given": told(f.play(t, start(scriptOf(failed())))),
	} {
		if got != first(suspect) {
			t.Errorf("%s: got others %q; want %q", name, got, first(suspect))
		}
	}
}

// TestTheOwnSessionIsNoOther, however many of its attempts were flagged; for others
// each of them counts, the newest last.
func TestTheOwnSessionIsNoOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	script := scriptOf(flagged(failed()), failed(), flagged(decided(liveness.DecisionSpoofFace)))
	suspect := f.createWith(t, script, by("d", "u"), func(r *service.CreateRequest) { r.Settings.EnableSessionImage = true })
	var last liveness.Attempt
	for i := range 3 {
		if last = f.play(t, suspect); told(last) != "" {
			t.Errorf("attempt %d: got others %q; want none", i+1, told(last))
		}
	}
	later := f.createWith(t, scriptOf(flagged(failed())), by("d", "u"))
	id := string(suspect.View.Session.ID)
	if got, want := told(f.play(t, later)), id+"/3 "+id+"/1"; got != want {
		t.Errorf("got others %q; want %q", got, want)
	}
	attempt := f.play(t, f.createWith(t, scriptOf(failed()), by("d", "")))
	if got, want := told(attempt), first(later)+" "+id+"/3 "+id+"/1"; got != want {
		t.Errorf("got others %q; want %q", got, want)
	}
	for i, want := range []liveness.ImageID{"", last.SessionImageID, ""} {
		if got := attempt.Abuse.Others[i].SessionImageID; got != want {
			t.Errorf("image of other %d: got %q; want %q", i+1, got, want)
		}
	}
	if last.SessionImageID == "" {
		t.Error("got no image of the decision; want one, so that the others can name it")
	}
}

// TestWhatCannotBeFlagged: attempts without an analysis have no finding, and
// scripts without abuse leave no trace.
func TestWhatCannotBeFlagged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	given := f.createWith(t, scriptOf(flagged(abandoned())), by("d", "u"))
	if attempt := f.play(t, given); attempt.Abuse != nil {
		t.Errorf("abandoned: got finding %+v; want none", attempt.Abuse)
	}
	if _, err := f.EndAttempt(t.Context(), f.device(t, given), "r"); err != nil {
		t.Fatal(err)
	}
	for _, attempt := range f.view(t, given).Session.Attempts {
		if attempt.Abuse != nil {
			t.Errorf("attempt %d: got finding %+v; want none", attempt.ID, attempt.Abuse)
		}
	}
	if got := f.others(t, "d", "u"); got != "" {
		t.Errorf("got others %q; want none", got)
	}
}

// TestSuspectsVanish with their sessions. What an attempt was told stays.
func TestSuspectsVanish(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	old := f.createWith(t, scriptOf(flagged(failed())), by("d", "u"))
	f.play(t, old)
	f.advance(t, time.Hour)
	deleted := f.createWith(t, scriptOf(flagged(failed())), by("d", "u"))
	f.play(t, deleted)
	witness := f.createWith(t, scriptOf(failed()), by("d", "u"))
	both := first(deleted) + " " + first(old)
	if got := told(f.play(t, witness)); got != both {
		t.Fatalf("got others %q; want %q", got, both)
	}
	if err := f.Delete(t.Context(), service.Access{Resource: someResource}, liveness.KindLiveness, deleted.View.Session.ID); err != nil {
		t.Fatal(err)
	}
	if got := f.others(t, "d", "u"); got != first(old) {
		t.Errorf("after one was deleted: got others %q; want %q", got, first(old))
	}
	f.advance(t, liveness.SessionLife-time.Hour-1)
	if got := f.others(t, "d", "u"); got != first(old) {
		t.Errorf("just before the other expires: got others %q; want %q", got, first(old))
	}
	f.advance(t, 1)
	if got := f.others(t, "d", "u"); got != "" {
		t.Errorf("after the other has expired: got others %q; want none", got)
	}
	if got := told(f.view(t, witness).Attempts[0]); got != both {
		t.Errorf("got others %q in the attempt before; want %q as it was told", got, both)
	}
}

// TestARunningAttemptIsNoOtherYet: nobody can know what it will come to.
func TestARunningAttemptIsNoOtherYet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	suspect := f.createWith(t, scriptOf(lasting(flagged(failed()), 2*time.Second)), by("d", "u"))
	answered := f.detecting(t, f.device(t, suspect))
	f.advance(t, 2*time.Second-1)
	if got := f.others(t, "d", "u"); got != "" {
		t.Errorf("while it runs: got others %q; want none", got)
	}
	f.advance(t, 1)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if got := f.others(t, "d", "u"); got != first(suspect) {
		t.Errorf("after its end: got others %q; want %q", got, first(suspect))
	}
}

// TestAutomaticSuspects show when they have played.
func TestAutomaticSuspects(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	script := scriptOf(flagged(decided(liveness.DecisionSpoofFace)))
	script.Automatic, script.After = true, time.Minute
	suspect := f.createWith(t, script, by("d", ""))
	f.advance(t, time.Minute-1)
	if got := f.others(t, "d", ""); got != "" {
		t.Errorf("before it plays: got others %q; want none", got)
	}
	f.advance(t, 1)
	if got := f.others(t, "d", ""); got != first(suspect) {
		t.Errorf("after it has played: got others %q; want %q", got, first(suspect))
	}
}

// TestMonitoringOff finds nothing, and remembers nothing for later.
func TestMonitoringOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	seen := f.createWith(t, scriptOf(flagged(failed())), by("d", "u"))
	f.play(t, seen)
	f.switchMonitoring(t, false)
	automatic := scriptOf(flagged(failed()))
	automatic.Automatic = true
	f.createWith(t, automatic, by("d", "u"))
	unseen := f.createWith(t, scriptOf(flagged(failed())), by("d", "u"))
	if attempt := f.play(t, unseen); attempt.Abuse != nil {
		t.Errorf("got finding %+v; want none", attempt.Abuse)
	}
	if got := len(f.suspects(t)); got != 1 {
		t.Errorf("got %d suspects; want the one from before", got)
	}
	f.switchMonitoring(t, true)
	if attempt := f.play(t, unseen); attempt.Abuse != nil {
		t.Errorf("switched on meanwhile: got finding %+v; want none", attempt.Abuse)
	}
	if got := f.others(t, "d", "u"); got != first(seen) {
		t.Errorf("got others %q; want only %q", got, first(seen))
	}
}

// TestSuspectsSurvive the service that has stored them.
func TestSuspectsSurvive(t *testing.T) {
	t.Parallel()
	before := newFixture(t)
	suspect := before.createWith(t, scriptOf(flagged(failed())), by("d", "u"))
	before.play(t, suspect)
	before.switchMonitoring(t, true)
	before.Stop()

	after := newFixture(t, func(f *fixture) { f.store = before.store })
	after.NewID = uuid.New
	for _, ids := range [][2]string{{"d", ""}, {"e", "u"}} {
		if got := after.others(t, ids[0], ids[1]); got != first(suspect) {
			t.Errorf("device %q, user %q: got others %q; want %q", ids[0], ids[1], got, first(suspect))
		}
	}
	if next := after.play(t, suspect); next.ID != 2 || told(next) != "" {
		t.Errorf("got attempt %d with others %q; want the session's second, without others", next.ID, told(next))
	}
}
