package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// Secrets in the calls of these tables, which must not occur in responses and logs.
const (
	badMarker = "private-marker"
	badKey    = "private-key-of-the-caller"
)

// Paths of the operations.
const (
	badPlain        = "/face/v1.2/detectLiveness-sessions"
	badVerify       = "/face/v1.2/detectLivenessWithVerify-sessions"
	badImages       = "/face/v1.2/sessionImages"
	badStart        = "/face/v1.2/session/start"
	badEnd          = "/face/v1.2/session/attempt/end"
	badDetect       = "/face/v1.2/detectLiveness/singleModal"
	badDetectVerify = "/face/v1.2/detectLivenessWithVerify/singleModal"
)

const badBoundary = "a-boundary"

// A badCase is a call and its expected result.
type badCase struct {
	name    string
	options func(*emulator.Options)
	given   func(*badWorld) // calls made before

	method      string   // "" for POST
	path        string   // "" for badPlain; {names} are replaced by their values
	auth        string   // header line; "" for the key, or the token of session {a}; "none" for no header
	contentType string   // "" for what the path takes; "none" for no header
	header      []string // further header lines
	body        string
	big         func() string // instead of body, for large ones
	chunked     bool          // sent without Content-Length

	want       badAnswer
	hint       string            // a part of the hint in the log
	wantHeader map[string]string // besides those of all responses of its kind
	stores     int               // number of sessions that the call creates
	swept      bool              // the store may have swept expired sessions
}

// A badAnswer is a complete error response, or the status of a success without a body.
type badAnswer struct {
	status        int
	code, message string
	gateway       bool // in the service's notation: a space before the message, no charset
}

func (a badAnswer) body() string {
	if a.gateway {
		return fmt.Sprintf(`{"error":{"code":%q,"message": %q}}`, a.code, a.message)
	}
	return fmt.Sprintf(`{"error":{"code":%q,"message":%q}}`, a.code, a.message)
}

// Responses, from the public documentation and from recorded traffic.
func badBody() badAnswer {
	return badAnswer{400, "InvalidRequestBody", "Incorrect request body provided. Please check the operation schema and try again.", false}
}

func badMode() badAnswer {
	return badAnswer{400, "InvalidLivenessOperationMode", "Invalid livenessOperationMode specified. Must be 'Passive'.", false}
}

func badLifetime() badAnswer {
	return badAnswer{400, "InvalidTokenLifetime", "Invalid authTokenTimeToLiveInSeconds specified. Must be within 60 to 86400.", false}
}

func badDevice() badAnswer {
	return badAnswer{400, "InvalidDeviceCorrelationId", "A device correlation ID is required in the request body during session create " +
		"or session start. Must not be null or empty, and be no more than 64 characters.", false}
}

func badFormat() badAnswer {
	return badAnswer{400, "InvalidImage", "Decoding error, image format unsupported.", false}
}

func badNoFace() badAnswer {
	return badAnswer{400, "InvalidImage", "No face detected in the image.", false}
}

func badSmall() badAnswer {
	return badAnswer{400, "InvalidImageSize", "Image size is too small.", false}
}

func badBig() badAnswer {
	return badAnswer{400, "InvalidImageSize", "Image size is too big.", false}
}

func badScenario() badAnswer {
	files, _ := filepath.Glob("../../../scenarios/*.yaml")
	names := make([]string, 0, len(files))
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".yaml"))
	}
	slices.Sort(names)
	return badAnswer{400, "BadArgument", "The scenario named by X-Face-Liveness-Scenario does not exist. There are " +
		strings.Join(names, ", ") + ".", false}
}

func badTooLarge() badAnswer {
	return badAnswer{413, "RequestBodyTooLarge", "Request body is too large.", false}
}

func badAccess() badAnswer {
	return badAnswer{401, "401", "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key " +
		"for an active subscription and use a correct regional API endpoint for your resource.", true}
}

func badSession() badAnswer {
	return badAnswer{404, "SessionNotFound", "Session Id is not found. The session id is expired or does not exist.", false}
}

func badImage() badAnswer {
	return badAnswer{404, "SessionImageNotFound", "Session image is not found. The session image is expired or does not exist.", false}
}

func badRoute() badAnswer { return badAnswer{404, "404", "Resource not found", true} }

func badMethod() badAnswer { return badAnswer{405, "405", "Method not allowed", true} }

func badConflict() badAnswer {
	return badAnswer{
		409, "ConcurrentOperationConflict",
		"There is a conflict operation on resource `face-liveness-emulator`, please try later.", false,
	}
}

func badRate() badAnswer { return badAnswer{429, "429", "Rate limit is exceeded.", true} }

func badFine(status int) badAnswer { return badAnswer{status: status} }

// TestBadInput makes invalid calls and checks the whole response, the log line, and that
// no state changed.
func TestBadInput(t *testing.T) {
	t.Parallel()
	cases := slices.Concat(badJSONCases(), badMemberCases(), badFormCases(), badUploadCases(),
		badIDCases(), badAuthCases(), badRouteCases(), badDeviceCases(), badDeviceTokenCases(), badStrictCases(), badStrictDeviceCases())
	if len(cases) < 80 {
		t.Errorf("got %d cases, want 80 or more", len(cases))
	}
	runBadCases(t, cases)
}

// TestLenientInput makes unusual calls that must be accepted.
func TestLenientInput(t *testing.T) {
	t.Parallel()
	runBadCases(t, slices.Concat(fineJSONCases(), fineFormCases(), fineOtherCases(), fineStrictCases()))
}

func runBadCases(t *testing.T, cases []badCase) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.name] {
			t.Errorf("two cases are named %q", c.name)
		}
		seen[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

func (c badCase) run(t *testing.T) {
	t.Helper()
	w := newBadWorld(t, c.options)
	if c.given != nil {
		c.given(w)
	}
	before := w.stored()
	w.log.reset()
	answer := w.send(c)
	if c.want.code == "" {
		if answer.Code != c.want.status {
			t.Errorf("got status %d with %s, want %d", answer.Code, answer.Body, c.want.status)
		}
	} else {
		c.checkRefusal(t, answer)
		c.checkLog(t, w)
		if after := w.stored(); !c.swept && !cmp.Equal(before, after) {
			t.Errorf("the refused call changed a session:\n%s", cmp.Diff(before, after))
		}
	}
	for name, want := range c.wantHeader {
		if got := answer.Header().Get(name); got != want {
			t.Errorf("got header %s: %q, want %q", name, got, want)
		}
	}
	w.checkSecrets(answer)
	if got, want := w.count(), len(w.sessions)+c.stores; got != want && !c.swept {
		t.Errorf("got %d sessions in the store, want %d", got, want)
	}
}

// checkRefusal compares the response with the contract, byte for byte.
func (c badCase) checkRefusal(t *testing.T, answer *httptest.ResponseRecorder) {
	t.Helper()
	if got, want := answer.Code, c.want.status; got != want {
		t.Errorf("got status %d, want %d", got, want)
	}
	if got, want := answer.Body.String(), c.want.body(); got != want {
		t.Errorf("got body %s\nwant     %s", got, want)
	}
	header := answer.Header()
	wantType := "application/json; charset=utf-8"
	if c.want.gateway {
		wantType = "application/json"
	}
	if got := header.Values("Content-Type"); !slices.Equal(got, []string{wantType}) {
		t.Errorf("got Content-Type %q, want %q", got, wantType)
	}
	if got, want := header.Get("Content-Length"), strconv.Itoa(answer.Body.Len()); got != want {
		t.Errorf("got Content-Length %q, want %q", got, want)
	}
	raw := map[string][]string(header) // these header names are not canonical on the wire
	if ids := raw["apim-request-id"]; len(ids) != 1 || uuid.Validate(ids[0]) != nil {
		t.Errorf("got apim-request-id %q, want one GUID", ids)
	}
	for _, name := range []string{"x-ms-region", "x-envoy-upstream-service-time"} {
		if got := len(header[name]) > 0; got == c.want.gateway {
			t.Errorf("got header %s: %v, want %v", name, got, !c.want.gateway)
		}
	}
	for name, want := range map[string]bool{
		"X-Content-Type-Options":    true,
		"Strict-Transport-Security": true,
		"WWW-Authenticate":          c.want.status == http.StatusUnauthorized,
		"Retry-After":               c.want.status == http.StatusTooManyRequests,
		"Allow":                     c.want.status == http.StatusMethodNotAllowed,
		"CSP-Billing-Usage":         false,
		"Location":                  false,
	} {
		if got := len(header[name]) > 0; got != want {
			t.Errorf("got header %s: %v, want %v", name, got, want)
		}
	}
	if got := raw["x-ms-error-code"]; got != nil {
		t.Errorf("got x-ms-error-code %q, want none", got)
	}
}

// checkLog looks for the log line of the call and its hint.
func (c badCase) checkLog(t *testing.T, w *badWorld) {
	t.Helper()
	var line struct {
		Msg, Hint, Cause string
		Status           int
	}
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	if len(lines) != 1 || json.Unmarshal([]byte(lines[0]), &line) != nil || line.Msg != "request" {
		t.Fatalf("got log %q, want one line of the call", lines)
	}
	if line.Status != c.want.status {
		t.Errorf("got status %d in the log, want %d", line.Status, c.want.status)
	}
	if line.Hint == "" || !strings.Contains(line.Hint+" "+line.Cause, c.hint) {
		t.Errorf("got hint %q, cause %q, want them to name %q", line.Hint, line.Cause, c.hint)
	}
	if c.hint == "" {
		t.Error("the case says nothing about its hint")
	}
}
