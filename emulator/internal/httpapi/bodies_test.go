package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// family tells the two ways apart in which versions take a with-verify create call.
func (a api) family() string {
	if a.has("getLivenessSessions") {
		return "one part of JSON"
	}
	return "a part for every member"
}

// TestCreateBodies of both families, sent to every version.
func TestCreateBodies(t *testing.T) {
	t.Parallel()
	const (
		inJSON, perMember = "one part of JSON", "a part for every member"
		fine              = `"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u"`
		end               = "--x--\r\n"
	)
	picture := string(smallPicture())
	parameters := formPart("name=Parameters", "{"+fine+"}")
	parts := formPart("name=livenessOperationMode", "Passive") + formPart("name=deviceCorrelationId", "d") + formPart("name=userCorrelationId", "u")
	for name, test := range map[string]struct {
		body, kind string
		taken      string // by this family; "": by both; "nobody": by none
		withImage  bool
	}{
		"members in parts":                    {body: parts + end, taken: perMember},
		"members and image in parts":          {body: parts + formPart(`name=verifyImage; filename=a.png`, picture) + end, taken: perMember, withImage: true},
		"an image of the other family's name": {body: parts + formPart(`name=VerifyImage; filename=a.png`, picture) + end, taken: perMember},
		"one part":                            {body: parameters + end, taken: inJSON},
		"one part and image":                  {body: parameters + formPart(`name=VerifyImage; filename=a.png`, picture) + end, taken: inJSON, withImage: true},
		"image and one part":                  {body: formPart(`name=VerifyImage; filename=a.png`, picture) + parameters + end, taken: inJSON, withImage: true},
		"one part, another's image":           {body: parameters + formPart(`name=verifyImage; filename=a.png`, picture) + end, taken: inJSON},
		"an image inside of the JSON":         {body: formPart("name=Parameters", "{"+fine+`,"VerifyImage":7}`) + end, taken: inJSON},
		"both, without image":                 {body: parameters + parts + end},
		"both, with both images":              {body: parameters + parts + formPart("name=VerifyImage", picture) + formPart("name=verifyImage", picture) + end, withImage: true},
		"JSON":                                {body: "{" + fine + "}", kind: "application/json", taken: inJSON},
		"a member twice":                      {body: parts + formPart("name=deviceCorrelationId", "d") + end, taken: "nobody"},
		"the part of JSON twice":              {body: parameters + parameters + end, taken: "nobody"},
		"an image twice": {
			body:  parameters + parts + strings.Repeat(formPart("name=verifyImage", picture)+formPart("name=VerifyImage", picture), 2) + end,
			taken: "nobody",
		},
		"broken off in a part":             {body: strings.TrimSuffix(parameters+parts, "\r\n"), taken: "nobody"},
		"broken off in the head of a part": {body: parameters + parts + "--x\r\nContent-Disposition: form-", taken: "nobody"},
		"an image that is none":            {body: parameters + parts + formPart("name=VerifyImage", "GIF89a") + formPart("name=verifyImage", "GIF89a") + end, taken: "nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSurface(t)
			kind := test.kind
			if kind == "" {
				kind = formKind
			}
			for _, a := range s.apis {
				want := http.StatusBadRequest
				if test.taken == "" || test.taken == a.family() {
					want = http.StatusOK
				}
				answer := s.create(t, a, true, kind, []byte(test.body))
				if answer.Code != want {
					t.Errorf("%s: got %d %s; want %d", a.name, answer.Code, answer.Body, want)
				}
				if answer.Code == http.StatusOK {
					if got := s.session(t, answer.Body.Bytes()).Reference != nil; got != test.withImage {
						t.Errorf("%s: got an image %v; want %v", a.name, got, test.withImage)
					}
				}
				s.created(t, a, answer)
			}
		})
	}
}

// session returns what is stored of the session that was created with this answer.
func (s *surface) session(t *testing.T, answer []byte) liveness.Session {
	t.Helper()
	var created session
	if err := json.Unmarshal(answer, &created); err != nil {
		t.Fatal(err)
	}
	stored, err := s.store.Session(t.Context(), created.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// TestStartBodies: a session that waits for ids takes them from session/start, those
// of users where the version has them.
func TestStartBodies(t *testing.T) {
	t.Parallel()
	s := newSurface(t)
	users := 0
	for _, a := range s.apis {
		for _, kind := range []string{"application/json", "application/x-www-form-urlencoded"} {
			owed := s.begun(t, a, false, `"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true,"userCorrelationIdSetInClient":true`)
			answer := s.post(t, sent{
				api: a, operation: "startSession", path: a.path("session/start"), auth: owed.bearer(), kind: kind,
				body: []byte(` {"deviceCorrelationId":"phone","userCorrelationId":"visitor"}`),
			})
			stored, err := s.store.Session(t.Context(), owed.SessionID)
			if err != nil || answer.Code != http.StatusOK || stored.DeviceCorrelationID != "phone" {
				t.Fatalf("%s: got %d %s with device %q, %v; want 200 and phone", a.name, answer.Code, answer.Body, stored.DeviceCorrelationID, err)
			}
			want := ""
			if stored.Settings.UserCorrelationIDSetInClient {
				want = "visitor"
				users++
			}
			if stored.UserCorrelationID != want {
				t.Errorf("%s: got user %q; want %q", a.name, stored.UserCorrelationID, want)
			}
		}
	}
	if users == 0 && s.has("patchSettings") {
		t.Error("got no version with users; want those with settings to have them")
	}
}

// has reports whether some version has an operation.
func (s *surface) has(operation string) bool {
	for _, a := range s.apis {
		if a.has(operation) {
			return true
		}
	}
	return false
}

// TestNullsAreLeftOut: a member that is null is one that was not given.
func TestNullsAreLeftOut(t *testing.T) {
	t.Parallel()
	s := newSurface(t)
	for _, p := range s.pictures(t) {
		if p.imageID != "" {
			good := `{"sessionImageId":"` + string(p.imageID) + `","url":null,"x":{"y":null}}`
			for body, want := range map[string]int{
				good: http.StatusOK, `{"sessionImageId":null}`: http.StatusBadRequest, `{"sessionImageId":null,"url":"x"}`: http.StatusNotImplemented,
				`{"url":null}`: http.StatusBadRequest,
			} {
				answer := s.do(t, sent{
					api: p.api, operation: "detectFromSessionImageId", method: http.MethodPost, path: p.path("detect"), auth: anyKey,
					kind: "application/json", body: []byte(body),
				}, want)
				if answer.Code != want {
					t.Errorf("%s %s: got %d %s; want %d", p.name, body, answer.Code, answer.Body, want)
				}
			}
		}
		if p.has("patchSettings") {
			for _, step := range []struct{ body, want string }{
				{`{"livenessAbuseMonitoring":null}`, `{"livenessAbuseMonitoring":{"enabled":true}}`},
				{`{"livenessAbuseMonitoring":{"enabled":false}}`, `{"livenessAbuseMonitoring":{"enabled":false}}`},
				{`{"livenessAbuseMonitoring":{"enabled":null}}`, `{"livenessAbuseMonitoring":{"enabled":false}}`},
				{`{}`, `{"livenessAbuseMonitoring":{"enabled":false}}`},
				{`{"livenessAbuseMonitoring":{"enabled":true}}`, `{"livenessAbuseMonitoring":{"enabled":true}}`},
			} {
				answer := s.do(t, sent{
					api: p.api, operation: "patchSettings", method: http.MethodPatch, path: p.path("settings"), auth: anyKey,
					kind: "application/json", body: []byte(step.body),
				})
				if got := answer.Body.String(); got != step.want {
					t.Errorf("%s %s: got %s; want %s", p.name, step.body, got, step.want)
				}
			}
		}
	}
}
