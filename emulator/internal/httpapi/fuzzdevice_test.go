package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// FuzzStartSession sends any body to session/start: of a session that waits for
// the ids of its device and user, and of one that has them.
func FuzzStartSession(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"deviceCorrelationId":"d"}`, `{"deviceCorrelationId":""}`, `{"deviceCorrelationId":7}`, `{"deviceCorrelationId":null}`,
		`{"deviceCorrelationId":"a","deviceCorrelationId":"b"}`, " \n[1]", "deviceCorrelationId=d", "\xef\xbb\xbf{\"deviceCorrelationId\":\"d\"}", "{",
		`{"deviceCorrelationId":"` + strings.Repeat("d", 65) + `"}`,
		`{"deviceCorrelationId":"d","userCorrelationId":"u"}`, `{"userCorrelationId":"u"}`, `{"deviceCorrelationId":"d","userCorrelationId":""}`,
		`{"deviceCorrelationId":"d","userCorrelationId":7}`, `{"deviceCorrelationId":"d","userCorrelationId":null}`,
		`{"deviceCorrelationId":"d","userCorrelationId":"` + strings.Repeat("ü", 64) + `","x":[{}]}`,
		`{"deviceCorrelationId":"d","userCorrelationId":"` + strings.Repeat("ü", 65) + `"}`,
	} {
		f.Add([]byte(seed), "application/json")
		f.Add([]byte(seed), "application/x-www-form-urlencoded")
	}
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		for _, a := range s.apis {
			s.startOwed(t, a, kind, body)
			s.startGiven(t, a, kind, body)
		}
	})
}

// start sends a body to session/start and returns what is stored afterwards.
func (s *surface) start(t *testing.T, a api, created session, kind string, body []byte) (started bool, stored liveness.Session) {
	t.Helper()
	answer := s.post(t, sent{api: a, operation: "startSession", path: a.path("session/start"), auth: created.bearer(), kind: kind, body: body})
	stored, err := s.store.Session(t.Context(), created.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	if started = !stored.Started.IsZero(); started != (answer.Code == http.StatusOK) {
		t.Errorf("%s: got %d and started %v; want both or neither", a.name, answer.Code, started)
	}
	s.stored(t)
	return started, stored
}

func (s *surface) startOwed(t *testing.T, a api, kind string, body []byte) {
	t.Helper()
	created := s.begun(t, a, false, `"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true,"userCorrelationIdSetInClient":true`)
	started, stored := s.start(t, a, created, kind, body)
	device, user := stored.DeviceCorrelationID, stored.UserCorrelationID
	// Versions without users do not take the switch from a body.
	if userToo := started && stored.Settings.UserCorrelationIDSetInClient; (device != "") != started || (user != "") != userToo {
		t.Errorf("%s: started %v with device %q and user %q; want all or nothing", a.name, started, device, user)
	}
}

func (s *surface) startGiven(t *testing.T, a api, kind string, body []byte) {
	t.Helper()
	created := s.begun(t, a, false, `"livenessOperationMode":"Passive","deviceCorrelationId":"given","userCorrelationId":"given"`)
	_, stored := s.start(t, a, created, kind, body)
	if device, user := stored.DeviceCorrelationID, stored.UserCorrelationID; device != "given" || user != "given" && user != "" {
		t.Errorf("%s: got device %q and user %q; want what was given on create", a.name, device, user)
	}
}

// FuzzDetect sends any body as what a device has filmed.
func FuzzDetect(f *testing.F) {
	for _, name := range []string{"VerifyImage", "verifyImage", "video"} {
		f.Add([]byte(formPart("name="+name, string(smallPicture()))+"--x--"), formKind)
	}
	f.Add([]byte(""), "")
	f.Add([]byte("\x00\xff"), "video/webm")
	f.Add([]byte("\x00\xff"), "video/\xff\x00\t\"<\u2028>"+strings.Repeat("ü", 600))
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=VerifyImage\r\n\r\nx\r\n--x--\r\n"), formKind)
	f.Add([]byte("--x\r\n"), formKind)
	f.Add([]byte("--x\r\n"), "multipart/form-data")
	f.Add([]byte("{"), "application/json")
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		for _, a := range s.apis {
			for _, verify := range []bool{false, true} {
				s.detect(t, a, verify, kind, body)
				s.stored(t)
			}
		}
	})
}

// detect sends a body to a detect call, and reads back what came of it.
func (s *surface) detect(t *testing.T, a api, verify bool, kind string, body []byte) {
	t.Helper()
	created := s.begun(t, a, verify, members)
	operation, result := "detectLiveness", "LivenessSession"
	if verify {
		operation, result = "detectLivenessWithVerify", "LivenessWithVerifySession"
	}
	answer := s.post(t, sent{
		api: a, operation: operation, path: a.path(operation + "/singleModal"), auth: created.bearer(), kind: kind, body: body,
	})
	stored, err := s.store.Session(t.Context(), created.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	if used := len(stored.Attempts) == 1; used != (answer.Code == http.StatusOK) || used == stored.Started.IsZero() {
		t.Errorf("%s: got %d with %d attempts, started %v; want all or nothing", a.name, answer.Code, len(stored.Attempts), stored.Started)
	}
	for _, attempt := range stored.Attempts {
		if asked := attempt.Request; !utf8.ValidString(asked.ContentType) || !utf8.ValidString(asked.UserAgent) || len(asked.ContentType) > 512 {
			t.Errorf("%s: got content type %q in the record; want at most 512 bytes of UTF-8", a.name, asked.ContentType)
		}
	}
	read := sent{api: a, operation: "get" + result + "Result", method: http.MethodGet, auth: anyKey}
	read.path = a.sessions(operation) + "/" + string(created.SessionID)
	s.do(t, read)
	if read.operation = "get" + result + "AuditEntries"; a.has(read.operation) {
		read.path += "/audit"
		s.do(t, read)
	}
}

// members of a create body that every version takes.
const members = `"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u","enableSessionImage":true,"sendResultsToClient":true`
