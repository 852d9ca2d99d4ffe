package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

func (s *story) read(title, session string) string {
	s.t.Helper()
	return s.do(exchange{
		title: title, method: http.MethodGet, path: "{face}/detectLiveness-sessions/{" + session + "}",
		key: storyKey,
	}).Body.String()
}

func (s *story) readWithVerify(title, session string) string {
	s.t.Helper()
	return s.do(exchange{
		title: title, method: http.MethodGet, path: "{face}/detectLivenessWithVerify-sessions/{" + session + "}",
		key: storyKey,
	}).Body.String()
}

func (s *story) device(title, session, path string) string {
	s.t.Helper()
	return s.do(exchange{
		title: title, method: http.MethodPost, path: "{face}/" + path, token: "{" + session + ".token}",
	}).Body.String()
}

// TestLivenessStory is the recorded life of a session: NotStarted, Running, Succeeded,
// its image, and its deletion.
func TestLivenessStory(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	pinned := map[string]string{"X-Face-Liveness-Scenario": "as-recorded"}
	s.do(jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1","enableSessionImage":true}`, pinned))
	s.read("Read before the device starts", "s")
	s.device("The device starts", "s", "session/start")
	running := s.read("Read while running", "s")
	detected := s.device("The device is analysed", "s", "detectLiveness/singleModal")
	done := s.read("Read when done", "s")
	s.device("The device closes the attempt", "s", "session/attempt/end")

	id := s.known["{s}"]
	if want := `{"sessionId":"` + id + `","authToken":"","status":"Running","results":{"attempts":[]}}`; running != want {
		t.Errorf("running: got %s; want %s", running, want)
	}
	if len(done) != 452 {
		t.Errorf("done: got %d bytes; the recorded answer of this shape has 452", len(done))
	}
	digest := firstMatch(done, `"digest":"([0-9A-F]{64})"`)
	imageID := firstMatch(done, `"sessionImageId":"([\w-]{44})"`)
	want := `{"sessionId":"` + id + `","authToken":"","status":"Succeeded","modelVersion":"2024-11-15","results":{"attempts":[` +
		`{"attemptId":1,"attemptStatus":"Succeeded","result":{"livenessDecision":"realface",` +
		`"targets":{"color":{"faceRectangle":{"top":669,"left":203,"width":646,"height":724}}},` +
		`"digest":"` + digest + `","sessionImageId":"` + imageID + `"}}]}}`
	if done != want {
		t.Errorf("done: got %s; want %s", done, want)
	}
	if digest == "" || !strings.Contains(detected, `"digest":"`+digest+`"`) {
		t.Errorf("the device got %s; want the digest %s of the result", detected, digest)
	}

	s.known["{image}"] = imageID
	file := s.do(exchange{
		title: "Read the session image", method: http.MethodGet, path: "{face}/sessionImages/{image}", key: storyKey,
		header: map[string]string{"Accept": "application/json"},
	})
	drawn, err := jpeg.DecodeConfig(bytes.NewReader(file.Body.Bytes()))
	if err != nil || drawn.Width != 1080 || drawn.Height != 1920 {
		t.Errorf("session image: got %dx%d, %v; want a JPEG of 1080x1920", drawn.Width, drawn.Height, err)
	}

	deletion := exchange{title: "Delete", method: http.MethodDelete, path: "{face}/detectLiveness-sessions/{s}", key: storyKey}
	deleted := s.do(deletion)
	if deleted.Code != http.StatusNoContent || deleted.Body.Len() > 0 || len(deleted.Header()["Content-Type"]) > 0 {
		t.Errorf("delete: got %d with %q and type %q; want 204 with neither", deleted.Code, deleted.Body, deleted.Header().Get("Content-Type"))
	}
	deletion.title = "Delete again"
	if gone := s.do(deletion).Body; gone.Len() != 118 {
		t.Errorf("delete again: got %d bytes (%s); the recorded refusal has 118", gone.Len(), gone)
	}
	for _, gone := range []exchange{
		{title: "Read a deleted session", path: "{face}/detectLiveness-sessions/{s}"},
		{title: "Read a deleted image", path: "{face}/sessionImages/{image}"},
	} {
		gone.method, gone.key = http.MethodGet, storyKey
		s.do(gone)
	}
	s.device("A device of a deleted session", "s", "session/start")
	s.compare("liveness")
}

// TestVerifyStory is the recorded life of a session with verify.
func TestVerifyStory(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	photo := picture(t, 1000, 800)
	contentType, body := form(t,
		formPart{"livenessOperationMode", "", "Passive"},
		formPart{"deviceCorrelationId", "", "phone-1"},
		formPart{"enableSessionImage", "", "true"},
		formPart{"returnVerifyImageHash", "", "true"},
		formPart{"verifyConfidenceThreshold", "", "0.5"},
		formPart{"authTokenTimeToLiveInSeconds", "", "60"},
		formPart{"verifyImage", "verifyImage.png", photo},
	)
	created := s.do(exchange{
		title: "Create", method: http.MethodPost, path: "{face}/detectLivenessWithVerify-sessions", key: storyKey,
		contentType: contentType, body: body, header: map[string]string{"X-Face-Liveness-Scenario": "as-recorded"}, as: "s",
	})
	s.readWithVerify("Read before the device starts", "s")
	s.device("The device starts", "s", "session/start")
	running := s.readWithVerify("Read while running", "s")
	s.device("The device is analysed", "s", "detectLivenessWithVerify/singleModal")
	done := s.readWithVerify("Read when done", "s")
	s.do(exchange{title: "Delete", method: http.MethodDelete, path: "{face}/detectLivenessWithVerify-sessions/{s}", key: storyKey})

	// Recorded lengths belong to a reference rectangle with 2, 3, 3 and 3 digits.
	rectangle := firstMatch(running, `"verifyReferences":\[\{"faceRectangle":(\{[^}]+\})`)
	spare := len(rectangle) - len(`{"top":66,"left":440,"width":227,"height":304}`)
	const standIn = "fakeauthtoken" // length in the recording, whose token is redacted
	if got := created.Body.Len() - spare - len(s.known["{s.token}"]) + len(standIn); got != 297 {
		t.Errorf("created: got %d bytes; the recorded answer has 297: %s", got, created.Body)
	}
	if got := len(running) - spare; got != 229 {
		t.Errorf("running: got %d bytes; the recorded answer has 229: %s", got, running)
	}
	sum := sha256.Sum256([]byte(photo))
	hash := `,"verifyImageHash":"` + strings.ToUpper(hex.EncodeToString(sum[:])) + `"`
	if got := len(done) - spare - len(hash); got != 635 {
		t.Errorf("done: got %d bytes without the hash; the recorded answer has 635: %s", got, done)
	}
	if !strings.Contains(done, `"verifyResult":{"matchConfidence":0.12141934,"isIdentical":false}`+hash+`}}],"verifyReferences":[{"faceRectangle":`) {
		t.Errorf("done: members are missing or out of order: %s", done)
	}
	s.compare("verify")
}

// TestAttemptsStory checks that attempts come newest first [documented: attempt-order],
// that a failed one has an error instead of a result
// [documented: attempt-result-or-error], and that a spoof can be identical
// [recorded: verify-spoof-identical].
func TestAttemptsStory(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	contentType, body := form(t,
		formPart{"livenessOperationMode", "", "PassiveActive"},
		formPart{"deviceCorrelationIdSetInClient", "", "true"},
		formPart{"livenessModelVersion", "", "2025-05-20"},
		formPart{"verifyImage", "v.png", picture(t, 64, 64)},
	)
	s.do(exchange{
		title: "Create", method: http.MethodPost, path: "{face}/detectLivenessWithVerify-sessions", key: storyKey,
		contentType: contentType, body: body, header: map[string]string{"X-Face-Liveness-Scenario": "masked-first"}, as: "s",
	})
	s.device("Detect while the correlation id is owed", "s", "detectLivenessWithVerify/singleModal")
	s.do(exchange{
		title: "Start with the correlation id", method: http.MethodPost, path: "{face}/session/start", token: "{s.token}",
		contentType: "application/json", body: []byte(`{"deviceCorrelationId":"phone-2"}`),
	})
	s.device("Start again", "s", "session/start")
	s.device("First attempt", "s", "detectLivenessWithVerify/singleModal")
	s.readWithVerify("Read between the attempts", "s")
	s.device("Second attempt", "s", "detectLivenessWithVerify/singleModal")
	s.readWithVerify("Read after the second", "s")
	s.device("Third attempt", "s", "detectLivenessWithVerify/singleModal")
	s.compare("attempts")
}

// TestBuiltInScenarios plays every built-in scenario with verify until it is final.
func TestBuiltInScenarios(t *testing.T) {
	t.Parallel()
	type attempt struct {
		AttemptStatus string
		Result        struct {
			LivenessDecision string
			VerifyResult     struct{ IsIdentical bool }
		}
		Error struct{ Code string }
	}
	for name, want := range map[string]string{
		"happy-path":      "Succeeded: realface true",
		"spoof":           "Succeeded: spoofface true",
		"uncertain":       "Succeeded: uncertain true",
		"mask-then-real":  "Succeeded: realface true, FaceWithMaskDetected",
		"verify-mismatch": "Succeeded: realface false",
		"three-failures":  "Failed: ExcessiveFaceBrightness, ExcessiveImageBlurDetected, FaceWithMaskDetected",
		"abandoned":       "Canceled: ",
		"abuse-detected":  "Succeeded: realface true",
		"slow":            "Succeeded: realface true",
		"automatic":       "Succeeded: realface true",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, "v1.2")
			contentType, body := form(t, formPart{"livenessOperationMode", "", "Passive"},
				formPart{"deviceCorrelationId", "", "d"}, formPart{"verifyImage", "v.png", picture(t, 300, 300)})
			s.do(exchange{
				title: "Create", method: http.MethodPost, path: "{face}/detectLivenessWithVerify-sessions", key: storyKey,
				contentType: contentType, body: body, header: map[string]string{"X-Face-Liveness-Scenario": name}, as: "s",
			})
			if name == "automatic" {
				s.advance(time.Minute)
			}
			var session struct {
				Status  string
				Results struct{ Attempts []attempt }
			}
			for range 4 {
				if err := json.Unmarshal([]byte(s.readWithVerify("Read", "s")), &session); err != nil {
					t.Fatal(err)
				}
				if session.Status != "NotStarted" && session.Status != "Running" {
					break
				}
				s.playSlowly("s")
			}
			var attempts []string
			for _, a := range session.Results.Attempts {
				if a.AttemptStatus == "Failed" {
					attempts = append(attempts, a.Error.Code)
				} else {
					attempts = append(attempts, fmt.Sprint(a.Result.LivenessDecision, " ", a.Result.VerifyResult.IsIdentical))
				}
			}
			if got := session.Status + ": " + strings.Join(attempts, ", "); got != want {
				t.Errorf("got %q; want %q", got, want)
			}
		})
	}
}

func (s *story) advance(d time.Duration) {
	s.t.Helper()
	if err := s.clock.Advance(d); err != nil {
		s.t.Fatal(err)
	}
}

// playSlowly runs an attempt while the clock advances until it is over.
func (s *story) playSlowly(session string) {
	s.t.Helper()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		s.device("Attempt", session, "detectLivenessWithVerify/singleModal")
	}()
	waiting := make(chan struct{})
	go func() {
		defer close(waiting)
		_ = s.clock.AwaitWaiters(s.t.Context(), 1)
	}()
	select {
	case <-answered:
		return
	case <-waiting:
	}
	s.advance(time.Minute)
	<-answered
}

// TestErrorsStory has the refusals of the API.
func TestErrorsStory(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	create := func(title, body string) {
		t.Helper()
		s.do(jsonCreate(title, "", body, nil))
	}
	create("Malformed JSON", `{"livenessOperationMode":`)
	create("No operation mode", `{"deviceCorrelationId":"d"}`)
	create("Unknown operation mode", `{"livenessOperationMode":"Active","deviceCorrelationId":"d"}`)
	create("Token lifetime below 60", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":59}`)
	create("Token lifetime above 86400", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":86401}`)
	create("No device correlation id", `{"livenessOperationMode":"Passive"}`)
	create("Empty device correlation id", `{"livenessOperationMode":"Passive","deviceCorrelationId":""}`)
	create("Long device correlation id", fmt.Sprintf(`{"livenessOperationMode":"Passive","deviceCorrelationId":"%065d"}`, 0))
	for title, image := range map[string]string{
		"Small image": "x", "Large image": strings.Repeat("x", 6<<20+1),
		"No image at all": strings.Repeat("x", 2000), "Image too small for a face": picture(t, 35, 1000),
	} {
		contentType, body := form(t, formPart{"livenessOperationMode", "", "Passive"},
			formPart{"deviceCorrelationId", "", "d"}, formPart{"verifyImage", "v", image})
		w := newStory(t, "v1.2").do(exchange{
			title: title, method: http.MethodPost, path: "{face}/detectLivenessWithVerify-sessions", key: storyKey,
			contentType: contentType, body: body,
		})
		if want := `{"error":{"code":"InvalidImage`; !strings.HasPrefix(w.Body.String(), want) || w.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d %s; want 400 %s…", title, w.Code, w.Body, want)
		}
	}
	const missing = "{face}/detectLiveness-sessions/00000000-0000-4000-8000-000000000000"
	s.do(exchange{title: "Unknown session", method: http.MethodGet, path: missing, key: storyKey})
	unauthorized := s.do(exchange{title: "No key", method: http.MethodGet, path: missing})
	if unauthorized.Body.Len() != 225 {
		t.Errorf("no key: got %d bytes; the answer on record has 225", unauthorized.Body.Len())
	}
	s.do(exchange{title: "Unknown path", method: http.MethodGet, path: "{face}/unknown", key: storyKey})
	s.do(exchange{title: "Unknown version", method: http.MethodGet, path: "/face/v0.9/detectLiveness-sessions", key: storyKey})
	s.do(exchange{title: "Outside the API", method: http.MethodGet, path: "/"})
	s.do(exchange{title: "List sessions", method: http.MethodGet, path: "{face}/detectLiveness-sessions", key: storyKey})
	s.do(exchange{title: "Update a session", method: http.MethodPatch, path: missing, key: storyKey})
	s.do(exchange{
		title: "Unknown scenario", method: http.MethodPost, path: "{face}/detectLiveness-sessions", key: storyKey,
		contentType: "application/json", body: []byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`),
		header: map[string]string{"X-Face-Liveness-Scenario": "hapy-path"},
	})
	s.compare("errors")
}

func TestErrorCodeHeader(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		s := newStory(t, "v1.2", func(o *emulator.Options) { o.ErrorCodeHeader = on })
		w := s.do(exchange{
			title: "Unknown session", method: http.MethodGet, key: storyKey,
			path: "{face}/detectLiveness-sessions/00000000-0000-4000-8000-000000000000",
		})
		if got := strings.Join(map[string][]string(w.Header())["x-ms-error-code"], ""); (got == "SessionNotFound") != on {
			t.Errorf("switched on %v: got %q", on, got)
		}
	}
}

// TestSecurityHeaderForBrowsers checks that HTTPS responses have no
// Strict-Transport-Security header for a browser, because it would apply to all ports of
// localhost.
func TestSecurityHeaderForBrowsers(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	for name, test := range map[string]struct {
		url     string
		browser bool
		sent    bool
	}{
		"program over HTTP":  {"http://localhost/", false, true},
		"program over HTTPS": {"https://localhost/", false, true},
		"browser over HTTP":  {"http://localhost/", true, true},
		"browser over HTTPS": {"https://localhost/", true, false},
	} {
		header := map[string]string{}
		if test.browser {
			header["Sec-Fetch-Mode"] = "cors"
		}
		w := s.do(exchange{title: name, method: http.MethodGet, path: test.url + "face/v1.2/x", header: header})
		if sent := w.Header().Get("Strict-Transport-Security") != ""; sent != test.sent {
			t.Errorf("%s: Strict-Transport-Security sent is %v; want %v", name, sent, test.sent)
		}
	}
}
