package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const (
	rawServerHead = "Host: {host}\nOcp-Apim-Subscription-Key: {key}\n"
	rawDeviceHead = "Host: {host}\nAuthorization: Bearer {token}\n"
	rawDetectHead = "POST /face/v1.2/detectLivenessWithVerify/singleModal HTTP/1.1\n" + rawDeviceHead
	rawCreateHead = "POST /face/v1.2/detectLiveness-sessions HTTP/1.1\n" + rawServerHead + "Content-Type: application/json\nContent-Length: {length}"
	rawGood       = `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`
)

// TestRawTutorial sends the tutorial's curl call, with booleans as strings and the mode
// in lower case.
func TestRawTutorial(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	answer := s.create(`
POST /face/v1.2/detectLiveness-sessions HTTP/1.1
Host: {host}
User-Agent: curl/8.7.1
Accept: */*
Ocp-Apim-Subscription-Key: {key}
Content-Type: application/json; charset=UTF-8
Content-Length: {length}`,
		`{ "livenessOperationMode": "passiveactive", "deviceCorrelationId": "723d6d03-ef33-40a8-9682-23a1feb7bccd", "enableSessionImage": "true" }`)
	for _, name := range []string{"apim-request-id", "x-ms-region", "x-envoy-upstream-service-time", "CSP-Billing-Usage"} {
		if !strings.Contains(answer.head, "\r\n"+name+": ") {
			t.Errorf("got head %s\nwant %s in this casing", answer.head, name)
		}
	}
	if got, want := answer.ContentLength, int64(len(answer.body)); got != want {
		t.Errorf("got Content-Length %d, want %d", got, want)
	}
	started := s.want(200, "POST /face/v1.2/session/start HTTP/1.1\n"+rawDeviceHead+"Content-Length: 0", "")
	if !strings.Contains(started.body, `"livenessOperationMode":"PassiveActive"`) {
		t.Errorf("got %s, want the mode in its canonical case", started.body)
	}
	s.want(200, "POST /face/v1.2/detectLiveness/singleModal HTTP/1.1\n"+rawDeviceHead+"Content-Length: 0", "")
	if body := s.read("detectLiveness-sessions"); !strings.Contains(body, `"sessionImageId":"`) {
		t.Errorf("got %s, want a session image: the switch was given as text", body)
	}
}

// TestRawPaths sends the paths of samples: none may be redirected.
func TestRawPaths(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	for _, path := range []string{
		"//face/v1.2/detectLiveness-sessions",
		"/face/v1.2/detectLiveness-sessions/",
		"/face/v1.2//detectLiveness-sessions",
		"/Face/V1.2/DETECTLIVENESS-SESSIONS",
		"/face/v1.2/detectliveness-sessions?x=1",
		"http://{host}/face/v1.2/detectLiveness-sessions",
	} {
		answer := s.create(strings.Replace(rawCreateHead, "/face/v1.2/detectLiveness-sessions", path, 1), rawGood)
		if got := answer.Header.Get("Location"); got != "" {
			t.Errorf("%s: got redirected to %s", path, got)
		}
	}
	form := rawBodies()["Kotlin sample"]
	head := fmt.Sprintf(rawForm, "multipart/form-data; boundary="+form.boundary)
	s.create(strings.Replace(head, "/face/v1.2/detectLivenessWithVerify-", "//face/v1.2/detectLivenesswithVerify-", 1), form.body)
}

// TestRawHead sends HEAD and then GET.
func TestRawHead(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	s.create(rawCreateHead, rawGood)
	head := s.want(200, "HEAD /face/v1.2/detectLiveness-sessions/{session} HTTP/1.1\n"+rawServerHead, "")
	body := s.read("detectLiveness-sessions")
	if head.body != "" || head.ContentLength != int64(len(body)) {
		t.Errorf("got body %q and length %d, want no body and length %d", head.body, head.ContentLength, len(body))
	}
}

// TestRawCrossOrigin sends the requests of a browser for a page of another origin.
func TestRawCrossOrigin(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	const origin = "Origin: http://app.example:3000\n"
	for _, path := range []string{"detectLiveness/singleModal", "detectLivenessWithVerify/singleModal", "session/start", "session/attempt/end", "detectLiveness-sessions"} {
		answer := s.want(204, "OPTIONS /face/v1.2/"+path+" HTTP/1.1\nHost: {host}\n"+origin+
			"Access-Control-Request-Method: POST\nAccess-Control-Request-Headers: authorization,client-request-id,content-type", "")
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin":  "http://app.example:3000",
			"Access-Control-Allow-Methods": "POST",
			"Access-Control-Allow-Headers": "authorization,client-request-id,content-type",
			"Vary":                         "Origin",
		} {
			if got := answer.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("preflight of %s: got %s: %q, want %q in it", path, name, got, want)
			}
		}
		if got := answer.Header.Get("Content-Type"); got != "" {
			t.Errorf("preflight of %s: got Content-Type %q, want none", path, got)
		}
	}
	change := s.want(204, "OPTIONS /face/v1.3-preview.1/settings HTTP/1.1\nHost: {host}\n"+origin+"Access-Control-Request-Method: PATCH", "")
	if got := change.Header.Get("Access-Control-Allow-Methods"); !strings.Contains(got, "PATCH") {
		t.Errorf("preflight of settings: got Access-Control-Allow-Methods: %q, want PATCH in it", got)
	}
	for status, request := range map[int]string{
		401: "POST /face/v1.2/session/start HTTP/1.1\nHost: {host}\n" + origin + "Content-Length: 0",
		404: "GET /face/v1.2/detectLiveness-sessions/x HTTP/1.1\n" + rawServerHead + origin,
		405: "GET /face/v1.2/session/start HTTP/1.1\nHost: {host}\n" + origin,
	} {
		answer := s.want(status, request, "")
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "http://app.example:3000" {
			t.Errorf("status %d: got Access-Control-Allow-Origin %q, want the origin", status, got)
		}
		if got := answer.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, "apim-request-id") {
			t.Errorf("status %d: got exposed headers %q, want apim-request-id among them", status, got)
		}
	}
	plain := s.want(404, "GET /face/v1.2/detectLiveness-sessions/x HTTP/1.1\n"+rawServerHead, "")
	if got := plain.Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("without an origin: got Access-Control-Allow-Origin %q, want none", got)
	}
}

// TestRawDevice plays a device with the bodies of simple clients.
func TestRawDevice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ head, body string }{
		"empty":               {"Content-Length: 0", ""},
		"no length":           {"", ""},
		"two spaces":          {"Authorization: Bearer  {token}\nContent-Length: 0", ""},
		"scheme lower":        {"Authorization: bearer {token}\nContent-Length: 0", ""},
		"curl -d":             {"Content-Type: application/x-www-form-urlencoded\nContent-Length: {length}", "{}"},
		"octets":              {"Content-Type: application/octet-stream\nContent-Length: {length}", "\x00\xff\r\n\r\n--x"},
		"octets, no type":     {"Content-Length: {length}", "\x00\xff"},
		"octets, chunked":     {"Content-Type: video/webm\nTransfer-Encoding: chunked", strings.Repeat("\x00\xff", 5000)},
		"multipart":           {"Content-Type: multipart/form-data; boundary=x\nContent-Length: {length}", "--x\r\nContent-Disposition: form-data; name=\"Content\"; filename=\"content.bin\"\r\n\r\n\x00\x01\r\n--x\r\nContent-Disposition: form-data; name=\"Metadata\"\r\n\r\n{}\r\n--x--\r\n"},
		"multipart, no parts": {"Content-Type: multipart/form-data; boundary=x\nContent-Length: {length}", "--x--\r\n"},
		"multipart, chunked":  {"Content-Type: multipart/form-data; boundary=x\nTransfer-Encoding: chunked", "--x\r\nContent-Disposition: form-data; name=Content; filename=video.webp\r\n\r\n" + strings.Repeat("v", 1000) + "\r\n--x--\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRawServer(t)
			s.create(rawCreateHead, rawGood)
			head := "Host: {host}\n"
			if !strings.Contains(c.head, "Authorization") {
				head = rawDeviceHead
			}
			s.want(200, "POST /face/v1.2/session/start HTTP/1.1\n"+head+c.head, c.body)
			detected := s.want(200, "POST /face/v1.2/detectLiveness/singleModal HTTP/1.1\n"+head+c.head, c.body)
			read := s.read("detectLiveness-sessions")
			digest := firstMatch(detected.body, `"digest":"([0-9A-F]{64})"`)
			if digest == "" || !strings.Contains(read, `"digest":"`+digest+`"`) {
				t.Errorf("got digests %q on the device and %s, want the same", digest, read)
			}
			if got, want := firstMatch(detected.body, `"resultId":"([^"]+)"`), detected.Header.Get("Apim-Request-Id"); got != want {
				t.Errorf("got resultId %q, want the request id %q", got, want)
			}
			ended := s.want(204, "POST /face/v1.2/session/attempt/end HTTP/1.1\n"+head+c.head, c.body)
			if got := ended.Header.Get("Content-Type"); got != "" {
				t.Errorf("attempt/end: got Content-Type %q, want none", got)
			}
			if got := s.read("detectLiveness-sessions"); got != read {
				t.Errorf("attempt/end changed the session: got %s, want %s", got, read)
			}
		})
	}
}

// rawVerifyPart is a device body with the verify image.
func rawVerifyPart(name string) string {
	return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"VerifyImage\"\r\n\r\n{image}\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"Content\"; filename=\"video.webp\"\r\n\r\nvvv\r\n--x--\r\n"
}

// TestRawDeviceImage checks that a session created without an image takes it from the
// device, as the Kotlin sample expects.
func TestRawDeviceImage(t *testing.T) {
	t.Parallel()
	form := rawBodies()["Kotlin sample without an image"]
	for _, name := range []string{"VerifyImage", "verifyImage"} {
		s := newRawServer(t)
		s.create(fmt.Sprintf(rawForm, "multipart/form-data; boundary="+form.boundary), form.body)
		started := s.want(200, "POST /face/v1.2/session/start HTTP/1.1\n"+rawDeviceHead+"Content-Type: application/json\nContent-Length: {length}", `{"deviceCorrelationId":"d"}`)
		if !strings.Contains(started.body, `"verifyImageProvided":false`) {
			t.Errorf("got %s, want verifyImageProvided false", started.body)
		}
		s.want(200, rawDetectHead+"Content-Type: multipart/form-data; boundary=x\nContent-Length: {length}", rawVerifyPart(name))
		read := s.read("detectLivenessWithVerify-sessions")
		for _, want := range []string{`"status":"Succeeded"`, `"isIdentical":true`, `"verifyReferences":[{"faceRectangle":`} {
			if !strings.Contains(read, want) {
				t.Errorf("%s: got %s, want %s in it", name, read, want)
			}
		}
	}
}

// TestRawNoImage checks that the attempt fails if neither side sent an image.
func TestRawNoImage(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	form := rawBodies()["Kotlin sample without an image"]
	s.create(fmt.Sprintf(rawForm, "multipart/form-data; boundary="+form.boundary), form.body)
	s.want(200, "POST /face/v1.2/session/start HTTP/1.1\n"+rawDeviceHead+"Content-Length: {length}", `{"deviceCorrelationId":"d"}`)
	detected := s.want(200, rawDetectHead+"Content-Length: 0", "")
	if !strings.Contains(detected.body, `"code":"VerifyImageNotProvided"`) {
		t.Errorf("got %s, want VerifyImageNotProvided", detected.body)
	}
	read := s.read("detectLivenessWithVerify-sessions")
	for _, want := range []string{
		`"status":"Running"`, `"attemptStatus":"Failed"`, `"code":"VerifyImageNotProvided"`, `"verifyReferences":[]`,
	} {
		if !strings.Contains(read, want) {
			t.Errorf("got %s, want %s in it", read, want)
		}
	}
}

// TestRawKeepAlive checks that after a refusal in the middle of a body the connection can
// be used again, or is closed with a header that says so.
func TestRawKeepAlive(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	refused := s.want(http.StatusRequestEntityTooLarge, strings.Replace(rawCreateHead, "{length}", "9999999", 1), "")
	if !refused.Close {
		t.Error("got a connection that stays open although its body was not read, want it closed")
	}
}
