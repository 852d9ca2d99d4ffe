package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// newerMembers are the members that a newer program has added to a session, as package
// record encodes them: the number 100, in the session itself, in its settings, in its
// script and in the first step of that.
func newerMembers() string {
	step := []byte{0x82, 0xa1, 0x18, 100, 4, 0xa0}
	steps := append([]byte{0x82, 0xa0, 0xa1, 0}, step...)
	script := append([]byte{0x82, 0xa1, 0x18, 100, 3, 0xa1, 6}, steps...)
	settings := []byte{0x82, 0xa1, 0x18, 100, 2, 0xa0}
	session := append([]byte{0x82, 0xa1, 0x18, 100, 1, 0xa2, 5}, settings...)
	return base64.StdEncoding.EncodeToString(append(append(session, 7), script...))
}

// TestNewerMembers: a session keeps the members that only a newer program knows, through
// device actions, restarts, control calls, snapshots and exports.
func TestNewerMembers(t *testing.T) {
	t.Parallel()
	id, exports := exportNewer(t)
	options := emulator.Options{State: t.TempDir(), Load: exports}
	hooks := frozenHooks(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	for _, action := range []control.DeviceAction{control.ActionStart, control.ActionAttempt} {
		e := newHooked(t, options, hooks)
		wantNewerMembers(t, e.Emulator, id)
		if _, err := e.ControlAll().Play(t.Context(), control.Play{Session: id, Action: action}); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	e := newHooked(t, options, hooks)
	defer func() { _ = e.Close() }()
	if _, err := e.ControlAll().ExpireSession(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantNewerMembers(t, e.Emulator, id)

	var all bytes.Buffer
	if _, err := e.ControlAll().Snapshot(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"", t.TempDir()} {
		other := openFrozen(t, folder)
		if _, err := other.ControlAll().Restore(t.Context(), bytes.NewReader(all.Bytes())); err != nil {
			t.Fatal(err)
		}
		wantNewerMembers(t, other, id)
	}
}

// exportNewer returns a session and a folder with its export, to which a newer program has
// added its members.
func exportNewer(t *testing.T) (id, folder string) {
	t.Helper()
	e := openFrozen(t, "")
	created := do(t, e, http.MethodPost, "/face/v1.2/detectLiveness-sessions", emulator.Key1, "application/json", []byte(benchBody))
	id = firstMatch(created.Body.String(), `"sessionId":"([^"]+)"`)
	entry := exportOf(t, e, id)
	entry["session"].(map[string]any)["newerMembers"] = newerMembers()
	text, err := json.Marshal(entry)
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	write(t, filepath.Join(folder, "one.json"), text)
	return id, folder
}

func exportOf(t *testing.T, e *emulator.Emulator, id string) (entry map[string]any) {
	t.Helper()
	text, err := e.ControlAll().ExportSession(t.Context(), id)
	if err == nil {
		err = json.Unmarshal(text, &entry)
	}
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

// wantNewerMembers fails unless a session has all members of the newer program.
func wantNewerMembers(t *testing.T, e *emulator.Emulator, id string) {
	t.Helper()
	if got, want := exportOf(t, e, id)["session"].(map[string]any)["newerMembers"], newerMembers(); got != want {
		t.Errorf("got the newer members %v, want %s", got, want)
	}
}
