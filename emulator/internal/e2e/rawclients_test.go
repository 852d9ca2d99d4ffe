package e2e_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// A rawServer receives bytes as clients send them.
type rawServer struct {
	*emulatortest.Server
	t     *testing.T
	host  string
	names map[string]string // values of {name} in a request
}

func newRawServer(t *testing.T, options ...func(*emulator.Options)) *rawServer {
	t.Helper()
	s := &rawServer{Server: newServer(t, options...), t: t}
	s.host = strings.TrimPrefix(s.PlainURL, "http://")
	s.names = map[string]string{"host": s.host, "key": s.Key, "image": badSized(badPNG(64), 1500)}
	return s
}

// A rawAnswer is a response and the bytes of its head.
type rawAnswer struct {
	*http.Response
	head string
	body string
}

// send sends head and body over a new connection. It ends the lines of head with CRLF;
// {length} is the length of the body. A chunked body is sent in pieces of odd sizes.
func (s *rawServer) send(head, body string) rawAnswer {
	s.t.Helper()
	head, body = s.expand(head), s.expand(body)
	if strings.Contains(head, "Transfer-Encoding: chunked") {
		body = rawChunks(body)
	}
	head = strings.ReplaceAll(head, "{length}", fmt.Sprint(len(body)))
	head = strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n") + "\r\n\r\n"
	conn, err := net.Dial("tcp", s.host)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if deadline, ok := s.t.Deadline(); ok {
		_ = conn.SetDeadline(deadline.Add(-time.Second)) // The error of the read says more.
	}
	if _, err := io.WriteString(conn, head+body); err != nil {
		s.t.Fatal(err)
	}
	method, _, _ := strings.Cut(head, " ")
	var seen bytes.Buffer
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &seen)), &http.Request{Method: method})
	if err != nil {
		s.t.Fatalf("%.200q: got no answer: %v", head, err)
	}
	content, err := io.ReadAll(response.Body)
	if err := response.Body.Close(); err != nil {
		s.t.Fatal(err)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	got, _, _ := strings.Cut(seen.String(), "\r\n\r\n")
	return rawAnswer{Response: response, head: got, body: string(content)}
}

// rawChunks encodes a body in chunks.
func rawChunks(body string) string {
	var out strings.Builder
	for piece := range slices.Chunk([]byte(body), 97) {
		fmt.Fprintf(&out, "%x\r\n%s\r\n", len(piece), piece)
	}
	return out.String() + "0\r\n\r\n"
}

func (s *rawServer) expand(text string) string {
	for name, value := range s.names {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// create sends a create call, which must succeed, and sets {session} and {token}.
func (s *rawServer) create(head, body string) rawAnswer {
	s.t.Helper()
	answer := s.want(200, head, body)
	s.names["session"] = firstMatch(answer.body, `"sessionId":"([^"]+)"`)
	s.names["token"] = firstMatch(answer.body, `"authToken":"([^"]+)"`)
	return answer
}

func (s *rawServer) want(status int, head, body string) rawAnswer {
	s.t.Helper()
	answer := s.send(head, body)
	if answer.StatusCode != status {
		s.t.Fatalf("%.200s\ngot %d %s, want %d", head, answer.StatusCode, answer.body, status)
	}
	return answer
}

// read returns the session, read at this path.
func (s *rawServer) read(operation string) string {
	s.t.Helper()
	return s.want(200, "GET /face/v1.2/"+operation+"/{session} HTTP/1.1\nHost: {host}\nOcp-Apim-Subscription-Key: {key}", "").body
}

// rawForm has the head of a with-verify call; %s is the content type.
const rawForm = `
POST /face/v1.2/detectLivenessWithVerify-sessions HTTP/1.1
Host: {host}
Ocp-Apim-Subscription-Key: {key}
Content-Type: %s
Content-Length: {length}`

// rawLines ends every line with CRLF.
func rawLines(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "\n"), "\n", "\r\n")
}

// rawBodies are with-verify bodies of the service's clients: boundary, body, and whether
// the body has an image.
func rawBodies() map[string]struct {
	boundary, body string
	image          bool
} {
	return map[string]struct {
		boundary, body string
		image          bool
	}{
		"JavaScript SDK, array of parts, image without a file name": {
			"----AzSDKFormBoundaryb5b1bdb2", rawLines(`
------AzSDKFormBoundaryb5b1bdb2
content-type: text/plain; charset=UTF-8
content-disposition: form-data; name="livenessOperationMode"

Passive
------AzSDKFormBoundaryb5b1bdb2
content-type: text/plain; charset=UTF-8
content-disposition: form-data; name="deviceCorrelationId"

df17e709-5dd9-4de1-a4a9-8b5d1d3b4d35
------AzSDKFormBoundaryb5b1bdb2
content-type: text/plain; charset=UTF-8
content-disposition: form-data; name="enableSessionImage"

true
------AzSDKFormBoundaryb5b1bdb2
content-type: text/plain; charset=UTF-8
content-disposition: form-data; name="verifyConfidenceThreshold"

0.5
------AzSDKFormBoundaryb5b1bdb2
content-type: application/octet-stream
content-disposition: form-data; name="verifyImage"

{image}
------AzSDKFormBoundaryb5b1bdb2--

`), true,
		},
		"browser FormData": {
			"----WebKitFormBoundaryKz3AqYH0s2HcAqVV", rawLines(`
------WebKitFormBoundaryKz3AqYH0s2HcAqVV
Content-Disposition: form-data; name="verifyImage"; filename="blob"
Content-Type: image/png

{image}
------WebKitFormBoundaryKz3AqYH0s2HcAqVV
Content-Disposition: form-data; name="livenessOperationMode"

PassiveActive
------WebKitFormBoundaryKz3AqYH0s2HcAqVV
Content-Disposition: form-data; name="deviceCorrelationId"

0b67be9d-b5e0-4b7e-a6f2-f4a2d1a9f9a6
------WebKitFormBoundaryKz3AqYH0s2HcAqVV
Content-Disposition: form-data; name="authTokenTimeToLiveInSeconds"

60
------WebKitFormBoundaryKz3AqYH0s2HcAqVV--
`), true,
		},
		"Swift sample": {
			"Boundary-6A1B2C3D-0000-4000-8000-ABCDEFABCDEF", rawLines(`
--Boundary-6A1B2C3D-0000-4000-8000-ABCDEFABCDEF
Content-Disposition: form-data; name="livenessOperationMode"
Content-Type: text/plain

PassiveActive
--Boundary-6A1B2C3D-0000-4000-8000-ABCDEFABCDEF
Content-Disposition: form-data; name="deviceCorrelationId"
Content-Type: text/plain

ios-device
--Boundary-6A1B2C3D-0000-4000-8000-ABCDEFABCDEF
Content-Disposition: form-data; name="userCorrelationId"
Content-Type: text/plain

ios-user
--Boundary-6A1B2C3D-0000-4000-8000-ABCDEFABCDEF
Content-Disposition: form-data; name="verifyImage"; filename="verifyImage"
Content-Type: application/octet-stream

{image}
--Boundary-6A1B2C3D-0000-4000-8000-ABCDEFABCDEF--
`), true,
		},
		"Angular sample, file name undefined": {
			"----geckoformboundary8c79e61e", rawLines(`
------geckoformboundary8c79e61e
Content-Disposition: form-data; name="verifyImage"; filename="undefined"
Content-Type: application/octet-stream

{image}
------geckoformboundary8c79e61e
Content-Disposition: form-data; name="livenessOperationMode"

Passive
------geckoformboundary8c79e61e
Content-Disposition: form-data; name="deviceCorrelationId"

undefined
------geckoformboundary8c79e61e--
`), true,
		},
		"Kotlin sample without an image": {"6a0d2ce5-kotlin", rawKotlin(""), false},
		"Kotlin sample": {"6a0d2ce5-kotlin", rawKotlin(`--6a0d2ce5-kotlin
Content-Disposition: form-data; name=verifyImage; filename=VerifyImage
Content-Transfer-Encoding: binary
Content-Type: application/octet-stream

{image}
`), true},
	}
}

// rawKotlin is the body of the Kotlin sample: names without quotes, and plain text with
// the type JSON.
func rawKotlin(image string) string {
	return rawLines(`
--6a0d2ce5-kotlin
Content-Type: application/json; charset=UTF-8
Content-Disposition: form-data; name=livenessOperationMode

PassiveActive
--6a0d2ce5-kotlin
Content-Type: application/json; charset=UTF-8
Content-Disposition: form-data; name=deviceCorrelationIdSetInClient

true
--6a0d2ce5-kotlin
Content-Type: application/json; charset=UTF-8
Content-Disposition: form-data; name=enableSessionImage

"true"
`+image+`--6a0d2ce5-kotlin--
`) + "\r\n\r\n"
}

// TestRawForms sends with-verify bodies as clients do, byte for byte, whole and chunked.
func TestRawForms(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	bodies := rawBodies()
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		c := bodies[name]
		head := fmt.Sprintf(rawForm, "multipart/form-data; boundary="+c.boundary)
		chunked := strings.ReplaceAll(head, "Content-Length: {length}", "Transfer-Encoding: chunked")
		for _, head := range []string{head, chunked} {
			answer := s.create(head, c.body)
			if got := strings.Contains(answer.body, `"referenceType":"image"`); got != c.image {
				t.Errorf("%s: got an image: %v, want %v: %s", name, got, c.image, answer.body)
			}
			if got := strings.Contains(answer.body, `"verifyReferences":[]`); got == c.image {
				t.Errorf("%s: got no references: %v, want %v: %s", name, got, !c.image, answer.body)
			}
		}
	}
}

// TestRawFormValues checks the values that the parts of a form have set.
func TestRawFormValues(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	c := rawBodies()["JavaScript SDK, array of parts, image without a file name"]
	s.create(fmt.Sprintf(rawForm, "multipart/form-data; boundary="+c.boundary), c.body)
	s.want(200, rawDetectHead+"Content-Length: 0", "")
	if body := s.read("detectLivenessWithVerify-sessions"); !strings.Contains(body, `"sessionImageId":"`) || !strings.Contains(body, `"isIdentical":true`) {
		t.Errorf("got %s, want a session image and a match", body)
	}
}
