package e2e_test

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// allVersions are the versions that have goldens, oldest first.
func allVersions(t *testing.T) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join("..", "..", "testdata", "contract", "v*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("goldens: %d folders, %v", len(folders), err)
	}
	for i, folder := range folders {
		folders[i] = filepath.Base(folder)
	}
	return folders
}

// isSingleModal reports whether a version is one of the first two previews.
func isSingleModal(version string) bool {
	return strings.HasPrefix(version, "v1.1-") || strings.HasPrefix(version, "v1.2-")
}

// sessionsPath returns the path of a version's sessions without verify.
func sessionsPath(version string) string {
	if isSingleModal(version) {
		return "/face/" + version + "/detectLiveness/singleModal/sessions"
	}
	return "/face/" + version + "/detectLiveness-sessions"
}

// TestAcrossVersions reads a session that one version created in every other version.
// Each version shows the members that it has. The goldens are in the folder of the
// reading version.
func TestAcrossVersions(t *testing.T) {
	t.Parallel()
	for _, read := range allVersions(t) {
		t.Run(read, func(t *testing.T) {
			t.Parallel()
			for _, created := range allVersions(t) {
				s := newStory(t, read)
				s.createIn(created)
				s.golden.Reset()
				s.get("At first", sessionsPath(read)+"/{s}")
				s.do(exchange{title: "Detect", method: http.MethodPost, path: "/face/" + created + "/detectLiveness/singleModal", token: "{s.token}"})
				s.get("When done", sessionsPath(read)+"/{s}")
				s.compare("created-in-" + created)
			}
		})
	}
}

// createIn creates a session in a version, with members that all versions have.
func (s *story) createIn(version string) {
	s.t.Helper()
	x := jsonCreate("Create in "+version, "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u",`+
		`"enableSessionImage":true,"sendResultsToClient":true}`, map[string]string{"X-Face-Liveness-Scenario": "as-recorded"})
	x.path = sessionsPath(version)
	s.do(x)
}

// TestUsedAcrossVersions checks that every version can play and delete sessions that
// another one created.
func TestUsedAcrossVersions(t *testing.T) {
	t.Parallel()
	for _, created := range allVersions(t) {
		for _, used := range allVersions(t) {
			s := newStory(t, used)
			s.createIn(created)
			if w := s.do(exchange{title: "Detect", method: http.MethodPost, path: "{face}/detectLiveness/singleModal", token: "{s.token}"}); w.Code >= http.StatusMultipleChoices {
				t.Errorf("%s, detect in %s: got %d %s; want a success", created, used, w.Code, w.Body)
			}
			if w := s.do(exchange{title: "Delete", method: http.MethodDelete, path: sessionsPath(used) + "/{s}", key: storyKey}); w.Code >= http.StatusMultipleChoices {
				t.Errorf("%s, delete in %s: got %d %s; want a success", created, used, w.Code, w.Body)
			}
			if w := s.get("Read", sessionsPath(created)+"/{s}"); w.Code != http.StatusNotFound {
				t.Errorf("%s, deleted in %s: got %d %s; want 404", created, used, w.Code, w.Body)
			}
		}
	}
}

// TestUnknownVersions checks that a version newer than all known ones is served as the
// newest, with a warning for the client and in the log.
func TestUnknownVersions(t *testing.T) {
	t.Parallel()
	const warning = ` is not known here; served as v1.3-preview.1"`
	for version, served := range map[string]bool{
		"v1.3": true, "v1.3-preview.2": true, "v1.4": true, "v1.10": true, "v2.0-preview.1": true, "V9.0": true,
		"v1.3-preview.0": false, "v1.2-preview.2": false, "v1.1": false, "v1.0": false, "v0.9": false, "v1": false, "v": false,
		"1.4": false, "v1.4-beta.1": false, "v01.4": false, "v1.4.1": false, "v-1.4": false, "v1.-4": false, "vv1.4": false,
		"v99999.0": false, "v1.4-preview.": false, "v1.4 ": false, "preview:v1.2.1": false,
	} {
		for _, strict := range []bool{false, true} {
			s := newStory(t, version, func(o *emulator.Options) { o.StrictVersions = strict })
			x := jsonCreate("Create", "s", monitoredBody, nil)
			x.path = "/face/" + strings.ReplaceAll(version, " ", "%20") + "/detectLiveness-sessions"
			w := s.do(x)
			got := strings.Join(w.Header().Values("Warning"), "|")
			if served && !strict {
				want := `299 face-liveness-emulator "API version ` + strings.ToLower(version) + warning
				if w.Code != http.StatusOK || got != want {
					t.Errorf("%s: got %d, warning %q; want 200, %q", version, w.Code, got, want)
				}
				continue
			}
			if w.Code != http.StatusNotFound || got != "" {
				t.Errorf("%s, strict %v: got %d, warning %q; want 404 and none", version, strict, w.Code, got)
			}
		}
	}
}

// TestUnknownVersionOfADevice checks the same for device calls.
func TestUnknownVersionOfADevice(t *testing.T) {
	t.Parallel()
	var log badLog
	s := newStory(t, "v1.9", func(o *emulator.Options) {
		o.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	})
	s.do(jsonCreate("Create", "s", monitoredBody, nil))
	if w := s.do(exchange{title: "Detect", method: http.MethodPost, path: "{face}/detectLiveness/singleModal", token: "{s.token}"}); w.Code != http.StatusOK {
		t.Errorf("detect: got %d %s; want 200", w.Code, w.Body)
	}
	if read := s.read("Read", "s"); !strings.Contains(read, `"isAbuseMonitoringEnabled":true`) {
		t.Errorf("read: got %s; want it as the newest version has it", read)
	}
	for _, want := range []string{`"level":"WARN"`, `"version":"v1.3-preview.1"`, `"asked_version":"v1.9"`} {
		if strings.Count(log.String(), want) != 3 {
			t.Errorf("the log says %s; want %s in each of its three lines", log.String(), want)
		}
	}
}
