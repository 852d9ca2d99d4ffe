package emulator_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// allVersions are the known versions, oldest first.
func allVersions() []string {
	return []string{"v1.1-preview.1", "v1.2-preview.1", "v1.2", "v1.3-preview.1"}
}

// sessionsPath is where a version has its sessions without verify.
func sessionsPath(version string) string {
	if strings.HasPrefix(version, "v1.1-") || strings.HasPrefix(version, "v1.2-") {
		return "/face/" + version + "/detectLiveness/singleModal/sessions"
	}
	return "/face/" + version + "/detectLiveness-sessions"
}

// TestAcrossVersions: a session that was created in one version and played in a
// second can be read and deleted in every other, which shows of it what it has words
// for.
func TestAcrossVersions(t *testing.T) {
	t.Parallel()
	versions := allVersions()
	for i, created := range versions {
		t.Run(created, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, created)
			x := jsonCreate("Create in "+created, "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u",`+
				`"enableSessionImage":true,"sendResultsToClient":true}`, map[string]string{"X-Face-Liveness-Scenario": "as-recorded"})
			x.path = sessionsPath(created)
			s.do(x)
			s.readEverywhere("at first")
			played := versions[(i+1)%len(versions)]
			s.do(exchange{
				title: "Detect in " + played, method: http.MethodPost, path: "/face/" + played + "/detectLiveness/singleModal",
				token: "{s.token}",
			})
			s.readEverywhere("when done")
			deleted := versions[(i+2)%len(versions)]
			s.do(exchange{title: "Delete in " + deleted, method: http.MethodDelete, path: sessionsPath(deleted) + "/{s}", key: storyKey})
			for _, version := range versions {
				if w := s.get("Read in "+version, sessionsPath(version)+"/{s}"); w.Code != http.StatusNotFound {
					t.Errorf("%s: got %d %s; want 404", version, w.Code, w.Body)
				}
			}
			s.compare("across")
		})
	}
}

func (s *story) readEverywhere(when string) {
	s.t.Helper()
	for _, version := range allVersions() {
		if w := s.get("Read in "+version+" "+when, sessionsPath(version)+"/{s}"); w.Code != http.StatusOK {
			s.t.Errorf("%s: got %d %s; want 200", version, w.Code, w.Body)
		}
	}
}

// TestUnknownVersions: what is newer than all known versions is served as the
// newest one, with a warning to the client and in the log.
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

// TestUnknownVersionOfADevice: the device may be ahead, too, and the log says so.
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
