//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// A kind of session, by its path.
type kind string

const (
	plainKind  kind = "detectLiveness"
	verifyKind kind = "detectLivenessWithVerify"
)

// A caller calls the API of one process with one key.
type caller struct {
	base, key string
	client    *http.Client
}

// call returns a caller of a process with separate connections.
func (p *process) caller(t *testing.T) caller {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	return caller{base: p.http, key: emulator.Key1, client: &http.Client{Transport: transport}}
}

// A call is one request.
type call struct {
	method, path      string
	token             string // of a session; "" sends the key
	contentType, body string
	scenario          string
}

// An answer is the status and the body of a response.
type answer struct {
	status int
	body   string
}

func (c caller) do(ctx context.Context, call call) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, call.method, c.base+call.path, strings.NewReader(call.body))
	if err != nil {
		return answer{}, err
	}
	if call.token != "" {
		request.Header.Set("Authorization", "Bearer "+call.token)
	} else {
		request.Header.Set("Ocp-Apim-Subscription-Key", c.key)
	}
	if call.contentType != "" {
		request.Header.Set("Content-Type", call.contentType)
	}
	if call.scenario != "" {
		request.Header.Set("X-Face-Liveness-Scenario", call.scenario)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(body)}, err
}

// must is do for a call that must have this status.
func (c caller) must(t *testing.T, status int, call call) answer {
	t.Helper()
	got, err := c.do(t.Context(), call)
	if err != nil {
		t.Fatalf("%s %s: %v", call.method, call.path, err)
	}
	if got.status != status {
		t.Fatalf("%s %s: got %d %s, want %d", call.method, call.path, got.status, got.body, status)
	}
	return got
}

// A sessionBody is the part of the body of a session that the tests check.
type sessionBody struct {
	SessionID string
	AuthToken string
	Status    string
	Results   struct {
		Attempts []struct {
			AttemptStatus string
			Result        *struct{ Digest, SessionImageID, VerifyImageHash string }
		}
		VerifyReferences []json.RawMessage
	}
}

func (a answer) session() (sessionBody, error) {
	var s sessionBody
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		return s, fmt.Errorf("%w in %q", err, a.body)
	}
	return s, nil
}

// creation returns the call that creates a session; the image is for sessions with verify.
func creation(k kind, scenario, image string) call {
	c := call{method: http.MethodPost, path: "/face/v1.2/" + string(k) + "-sessions", scenario: scenario}
	if k == plainKind {
		c.contentType = "application/json"
		c.body = `{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1","enableSessionImage":true}`
		return c
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range [][2]string{
		{"livenessOperationMode", "Passive"},
		{"deviceCorrelationId", "phone-1"},
		{"enableSessionImage", "true"},
		{"returnVerifyImageHash", "true"},
	} {
		_ = form.WriteField(field[0], field[1]) // A buffer does not fail.
	}
	file, _ := form.CreateFormFile("verifyImage", "face.png")
	_, _ = io.WriteString(file, image)
	_ = form.Close()
	c.contentType, c.body = form.FormDataContentType(), body.String()
	return c
}

// create creates a session.
func (c caller) create(t *testing.T, k kind, scenario string) sessionBody {
	t.Helper()
	s, err := c.must(t, http.StatusOK, creation(k, scenario, noise(rand.New(rand.NewPCG(1, 2)), 64))).session()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func reading(k kind, id string) call {
	return call{method: http.MethodGet, path: "/face/v1.2/" + string(k) + "-sessions/" + id}
}

func deletion(k kind, id string) call {
	return call{method: http.MethodDelete, path: "/face/v1.2/" + string(k) + "-sessions/" + id}
}

func starting(token string) call {
	return call{method: http.MethodPost, path: "/face/v1.2/session/start", token: token}
}

func detection(k kind, token string) call {
	return call{method: http.MethodPost, path: "/face/v1.2/" + string(k) + "/singleModal", token: token, body: "a video"}
}

// noise returns a PNG file with random pixels, of about four bytes each.
func noise(random *rand.Rand, side int) string {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			dots := random.Uint32()
			img.SetNRGBA(x, y, color.NRGBA{R: uint8(dots), G: uint8(dots >> 8), B: uint8(dots >> 16), A: 255})
		}
	}
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.NoCompression}
	_ = encoder.Encode(&file, img) // A buffer does not fail.
	return file.String()
}
