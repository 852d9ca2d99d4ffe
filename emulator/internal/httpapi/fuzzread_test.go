package httpapi_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A pictured session has attempts and, where its version has that, an image.
type pictured struct {
	api
	session
	stored  liveness.Session
	imageID liveness.ImageID
}

// pictures makes sessions in every version: two that nobody has started and a third
// with as many attempts as it can have.
func (s *surface) pictures(tb testing.TB) []pictured {
	tb.Helper()
	var all []pictured
	for _, a := range s.apis {
		p := pictured{api: a}
		for range 3 {
			p.session = s.begun(tb, a, false, members)
		}
		detect := sent{
			api: a, operation: "detectLiveness", method: http.MethodPost, path: a.path("detectLiveness/singleModal"), auth: p.bearer(),
		}
		for code := http.StatusOK; code == http.StatusOK; {
			code = s.do(tb, detect, http.StatusTooManyRequests).Code
		}
		var err error
		if p.stored, err = s.store.Session(tb.Context(), p.SessionID); err != nil || len(p.stored.Attempts) == 0 {
			tb.Fatalf("%s: got %d attempts, %v; want some", a.name, len(p.stored.Attempts), err)
		}
		p.imageID = p.stored.Attempts[0].SessionImageID
		if (p.imageID != "") != a.has("detectFromSessionImageId") {
			tb.Fatalf("%s: got image %q; want one where it can be used", a.name, p.imageID)
		}
		all = append(all, p)
	}
	return all
}

// same fails if the session is not as it was.
func (s *surface) same(t *testing.T, p pictured) {
	t.Helper()
	now, err := s.store.Session(t.Context(), p.SessionID)
	if err != nil || !reflect.DeepEqual(now, p.stored) {
		t.Errorf("%s: the session has changed, %v; want it as it was", p.name, err)
	}
}

// FuzzDetectFace sends any body and query to the detection in a session image.
// IMAGE in the body stands for the id of one.
func FuzzDetectFace(f *testing.F) {
	const good = `{"sessionImageId":"IMAGE"}`
	for _, seed := range []string{
		good, "", "null", "[]", "{}", `{"sessionImageId":null}`, `{"sessionImageId":7}`, `{"sessionImageId":""}`, `{"sessionImageId":"IMAGEX"}`,
		`{"url":"http://127.0.0.1/"}`, `{"url":"x","sessionImageId":"IMAGE"}`, `{"url":null,"sessionImageId":"x"}`, `{"sessionImageId":"IMAGE","a":{"b":null}}`,
		`{"sessionImageId":"IMAGE","sessionImageId":"IMAGE"}`, "{\"sessionImageId\":\"\xff\"}",
	} {
		f.Add([]byte(seed), "application/json", "returnFaceId=false")
	}
	for _, query := range []string{
		"", "returnFaceId=True&returnRecognitionModel=True&recognitionModel=recognition_04&detectionModel=detection_03&faceIdTimeToLive=86400",
		"returnFaceId=x", "faceIdTimeToLive=59", "detectionModel=x", "recognitionModel=x", "returnFaceAttributes=mask", "returnFaceLandmarks=true", "%zz;&&=",
	} {
		f.Add([]byte(good), "application/json", query)
	}
	f.Add([]byte("\x89PNG"), "application/octet-stream", "")
	f.Add([]byte(good), "", "")
	f.Add([]byte(good), "application/json; charset=\"", "")
	s := newSurface(f)
	all := s.pictures(f)
	f.Fuzz(func(t *testing.T, body []byte, kind, query string) {
		for _, p := range all {
			if p.imageID == "" {
				continue
			}
			answer := s.do(t, sent{
				api: p.api, operation: "detectFromSessionImageId", method: http.MethodPost, path: p.path("detect"), query: query, auth: anyKey,
				kind: kind, body: bytes.ReplaceAll(body, []byte("IMAGE"), []byte(p.imageID)),
			}, http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusNotImplemented)
			var faces []struct{ FaceRectangle liveness.Rectangle }
			if answer.Code == http.StatusOK {
				if err := json.Unmarshal(answer.Body.Bytes(), &faces); err != nil || len(faces) != 1 || faces[0].FaceRectangle != p.stored.Attempts[0].FaceRectangle {
					t.Errorf("%s: got %s, %v; want the face of the attempt", p.name, answer.Body, err)
				}
			}
			s.same(t, p)
		}
	})
}

// FuzzQueries sends any query to lists, audits and the detection in a session
// image.
func FuzzQueries(f *testing.F) {
	for _, seed := range []string{
		"", "top=1", "top=2&start=1", "start=", "start=0&top=1000", "start=7be1c0d2-3f46-4a58-9b6a-c1d2e3f40516", "start=%20", "start=~&top=3",
		"top=0", "top=1001", "top=-1", "top=1e1", "top=%31", "start=9223372036854775808", "start=-1", "start=" + strings.Repeat("a", 65),
		"top=1&top=x", "%zz", "a;b=c", "&&&=", "top=1#x", "start=\xff\x00", "returnFaceId=False", "faceIdTimeToLive=1", "recognitionModel=x",
	} {
		f.Add(seed)
	}
	s := newSurface(f)
	all := s.pictures(f)
	f.Fuzz(func(t *testing.T, query string) {
		for _, p := range all {
			list := sent{api: p.api, method: http.MethodGet, query: query, auth: anyKey}
			for operation, kind := range map[string]string{"getLivenessSessions": "detectLiveness", "getLivenessWithVerifySessions": "detectLivenessWithVerify"} {
				if list.operation, list.path = operation, p.sessions(kind); p.has(operation) {
					wantList(t, query, s.do(t, list, http.StatusBadRequest))
				}
			}
			list.operation, list.path = "getLivenessSessionAuditEntries", p.sessions("detectLiveness")+"/"+string(p.SessionID)+"/audit"
			if p.has(list.operation) {
				wantAudit(t, query, s.do(t, list, http.StatusBadRequest))
			}
			if p.imageID != "" {
				s.do(t, sent{
					api: p.api, operation: "detectFromSessionImageId", method: http.MethodPost, path: p.path("detect"), query: query, auth: anyKey,
					kind: "application/json", body: []byte(`{"sessionImageId":"` + string(p.imageID) + `"}`),
				}, http.StatusBadRequest, http.StatusNotImplemented)
			}
			s.same(t, p)
		}
	})
}

// wantList fails unless a list is a page as the query asks for: ascending, behind
// start, and no longer than top.
func wantList(t *testing.T, query string, answer *httptest.ResponseRecorder) {
	t.Helper()
	var listed []struct{ ID string }
	if answer.Code != http.StatusOK {
		return
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &listed); err != nil {
		t.Fatal(err)
	}
	asked := (&url.URL{RawQuery: query}).Query()
	before := asked.Get("start")
	for _, entry := range listed {
		if entry.ID <= before {
			t.Errorf("%q: got %s behind %q; want ids that ascend", query, entry.ID, before)
		}
		before = entry.ID
	}
	wantShort(t, asked, len(listed))
}

// wantAudit does so for an audit: descending, and above start.
func wantAudit(t *testing.T, query string, answer *httptest.ResponseRecorder) {
	t.Helper()
	var entries []struct{ ID int64 }
	if answer.Code != http.StatusOK {
		return
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &entries); err != nil {
		t.Fatal(err)
	}
	asked := (&url.URL{RawQuery: query}).Query()
	var before int64
	if text := asked.Get("start"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil {
			t.Errorf("%q: got %s; want a refusal of start", query, answer.Body)
		}
	}
	for _, entry := range slices.Backward(entries) {
		if entry.ID <= before {
			t.Errorf("%q: got %d behind %d; want ids that descend", query, entry.ID, before)
		}
		before = entry.ID
	}
	wantShort(t, asked, len(entries))
}

func wantShort(t *testing.T, asked url.Values, entries int) {
	t.Helper()
	const most = 1000
	top := most
	if text := asked.Get("top"); text != "" {
		var err error
		if top, err = strconv.Atoi(text); err != nil || top < 1 || top > most {
			t.Errorf("%v: got a page; want a refusal of top", asked)
		}
	}
	if entries > top {
		t.Errorf("%v: got %d entries; want at most %d", asked, entries, top)
	}
}

// FuzzChangeSettings sends any body to the settings of a resource.
func FuzzChangeSettings(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", "[]", `{"livenessAbuseMonitoring":{"enabled":false}}`, `{"livenessAbuseMonitoring":{"enabled":true}}`, `{"enabled":false}`,
		`{"livenessAbuseMonitoring":{"enabled":null}}`, `{"livenessAbuseMonitoring":null}`, `{"livenessAbuseMonitoring":{"enabled":"false"}}`,
		`{"livenessAbuseMonitoring":false}`, `{"livenessAbuseMonitoring":{"enabled":false,"enabled":true}}`, `{"a":{"b":{"c":null}}}`,
	} {
		f.Add([]byte(seed), "application/json")
	}
	f.Add([]byte(`{"livenessAbuseMonitoring":{"enabled":false}}`), "application/merge-patch+json")
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		for _, a := range s.apis {
			if !a.has("patchSettings") {
				continue
			}
			read := sent{api: a, operation: "getSettings", method: http.MethodGet, path: a.path("settings"), auth: anyKey}
			want := s.do(t, read).Body.String()
			answer := s.do(t, sent{
				api: a, operation: "patchSettings", method: http.MethodPatch, path: a.path("settings"), auth: anyKey, kind: kind, body: body,
			}, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
			if answer.Code == http.StatusOK {
				want = answer.Body.String()
			}
			if got := s.do(t, read).Body.String(); got != want {
				t.Errorf("%s: got settings %s after %d; want %s", a.name, got, answer.Code, want)
			}
		}
	})
}
