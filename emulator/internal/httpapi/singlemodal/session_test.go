package singlemodal_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

const (
	v11 = "v1.1-preview.1"
	v12 = "v1.2-preview.1"
)

func ExampleDialect_EncodeSession() {
	body, err := plainDialect().EncodeSession(newView(liveness.KindLiveness))
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.ReplaceAll(string(body), ",", ",\n "))
	// Output:
	// {"status":"NotStarted",
	//  "id":"0e3a91c4-5b7d-4c21-9f60-2d8a1b7c4e55",
	//  "createdDateTime":"2024-05-02T06:29:55.7537814+00:00",
	//  "authTokenTimeToLiveInSeconds":600,
	//  "deviceCorrelationId":"b7c1f2d0-8e34-4d95-a6b7-3c2d1e0f9a88",
	//  "sessionExpired":false}
}

func TestEncodeCreated(t *testing.T) {
	t.Parallel()
	const session = `"sessionId":"` + sessionID + `","authToken":"e30.e30.c2ln"}`
	const withImage = `{"verifyImage":{"faceRectangle":{"top":121,"left":390,"width":286,"height":241},"qualityForRecognition":"medium"},` + session
	for _, c := range []struct {
		name, operation string
		view            liveness.View
		want            string
	}{
		{"plain", "createLivenessSession", newView(liveness.KindLiveness), `{` + session},
		{"without image", "createLivenessWithVerifySession", newView(liveness.KindLivenessWithVerify), `{` + session},
		{"with image", "createLivenessWithVerifySession", withReference(newView(liveness.KindLivenessWithVerify)), withImage},
	} {
		got, err := imageDialect().EncodeCreated(service.Created{View: c.view, Token: "e30.e30.c2ln"})
		check(t, c.name, got, err, c.want, c.operation, v11, v12)
	}
}

// item is the part of a session that list and GET share.
func item(start string) string {
	return `"id":"` + sessionID + `","createdDateTime":"2024-05-02T06:29:55.7537814+00:00","authTokenTimeToLiveInSeconds":600,` +
		start + `"deviceCorrelationId":"` + deviceID + `","sessionExpired":false}`
}

const startedAt = `"sessionStartDateTime":"2024-05-02T06:29:57.7537814+00:00",`

func TestEncodeSession(t *testing.T) {
	t.Parallel()
	plain, verify := newView(liveness.KindLiveness), withReference(newView(liveness.KindLivenessWithVerify))
	for _, c := range []struct {
		name, operation string
		view            liveness.View
		want            string
	}{
		{"not started", "getLivenessSessionResult", plain, `{"status":"NotStarted",` + item("")},
		{"started", "getLivenessSessionResult", withAttempts(plain), `{"status":"Started",` + item(startedAt)},
		{
			"result", "getLivenessSessionResult", withAttempts(plain, failed(), decided()),
			`{"status":"ResultAvailable","result":` + decidedEntry(2) + `,` + item(startedAt),
		},
		{
			"result with verify", "getLivenessWithVerifySessionResult", withAttempts(verify, compared()),
			`{"status":"ResultAvailable","result":` + comparedEntry(1) + `,` + item(startedAt),
		},
	} {
		got, err := plainDialect().EncodeSession(c.view)
		check(t, c.name, got, err, c.want, c.operation, v11, v12)
	}
}

// The latest entry counts, also when an earlier one has the decision.
func TestResultIsLatestEntry(t *testing.T) {
	t.Parallel()
	view := withAttempts(newView(liveness.KindLiveness), decided(), failed())
	got, err := plainDialect().EncodeSession(view)
	check(t, "decision, then failure", got, err,
		`{"status":"ResultAvailable","result":`+failedEntry(2)+`,`+item(startedAt), "getLivenessSessionResult", v11, v12)
}

func TestStatus(t *testing.T) {
	t.Parallel()
	refused := []liveness.Attempt{failed()}
	for _, c := range []struct {
		state    liveness.State
		attempts []liveness.Attempt
		want     string
	}{
		{liveness.StateRunning, nil, "Started"},
		{liveness.StateRunning, refused, "Started"},
		{liveness.StateRunning, []liveness.Attempt{decided()}, "ResultAvailable"}, // and another one is under way
		{liveness.StateSucceeded, []liveness.Attempt{decided()}, "ResultAvailable"},
		{liveness.StateSucceeded, []liveness.Attempt{failed(), decided()}, "ResultAvailable"},
		{liveness.StateFailed, refused, "ResultAvailable"},
		{liveness.StateCanceled, refused, "ResultAvailable"},
		{liveness.StateCanceled, nil, "Started"},
	} {
		view := withAttempts(newView(liveness.KindLiveness), c.attempts...)
		view.State = c.state
		body, err := plainDialect().EncodeSession(view)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(body), `{"status":"`+c.want+`",`) {
			t.Errorf("%s with %d attempts: got %.40s…, want status %s", c.state, len(c.attempts), body, c.want)
		}
		if got := strings.Contains(string(body), `"result":`); got != (c.want == "ResultAvailable") {
			t.Errorf("%s with %d attempts: got a result %v, want it with ResultAvailable only", c.state, len(c.attempts), got)
		}
		conforms(t, body, v11, "getLivenessSessionResult")
	}
}

// The lengths of recorded bodies fit together: a session with a result is its
// audit entry and 314 bytes more, an audit of two such entries is they and 3.
func TestRecordedLengths(t *testing.T) {
	t.Parallel()
	length := func(body []byte, err error) int {
		if err != nil {
			t.Error(err)
		}
		return len(body)
	}
	if got := length(plainDialect().EncodeSession(newView(liveness.KindLiveness))); got != 240 {
		t.Errorf("session that has not started: got %d bytes, want 240", got)
	}
	attempt := compared()
	// What the device sent of its own is not known; its length is what is left.
	attempt.Request = liveness.AttemptRequest{Path: "/", ContentLength: -1}
	view := withAttempts(withReference(newView(liveness.KindLivenessWithVerify)), attempt, attempt)
	rest := 870 - (length(plainDialect().EncodeAudit(view, 1, 1)) - len("[]"))
	if rest < len("face/v1.1-preview.1/detectlivenesswithverify/singlemodal"+"multipart/form-data") {
		t.Fatalf("got %d bytes left for path and content type, want room for them", rest)
	}
	for i := range view.Attempts {
		view.Attempts[i].Request.ContentType = strings.Repeat("x", rest)
	}
	if got := length(plainDialect().EncodeSession(view)); got != 1184 {
		t.Errorf("session with a result: got %d bytes, want 1184", got)
	}
	if got := length(plainDialect().EncodeAudit(view, 0, 1000)); got != 1743 {
		t.Errorf("audit of two entries: got %d bytes, want 1743", got)
	}
}

// An empty device correlation id is echoed, not left out; one that nobody has
// given is left out, not invented.
func TestEmptyDeviceCorrelationIDIsEchoed(t *testing.T) {
	t.Parallel()
	view := newView(liveness.KindLiveness)
	view.Session.DeviceCorrelationID = ""
	view.Session.Settings.DeviceCorrelationIDGiven = true
	want := `{"status":"NotStarted",` + strings.Replace(item(""), deviceID, "", 1)
	got, err := plainDialect().EncodeSession(view)
	check(t, "empty id", got, err, want, "getLivenessSessionResult", v11, v12)

	view.Session.Settings.DeviceCorrelationIDGiven = false
	want = `{"status":"NotStarted",` + strings.Replace(item(""), `"deviceCorrelationId":"`+deviceID+`",`, "", 1)
	got, err = plainDialect().EncodeSession(view)
	check(t, "no id", got, err, want, "getLivenessSessionResult", v11, v12)
}

// The service does not escape what encoding/json takes for HTML.
func TestTextIsNotEscapedForHTML(t *testing.T) {
	t.Parallel()
	view := newView(liveness.KindLiveness)
	view.Session.DeviceCorrelationID = `<a&b>`
	want := `{"status":"NotStarted",` + strings.Replace(item(""), deviceID, `<a&b>`, 1)
	got, err := plainDialect().EncodeSession(view)
	check(t, "markup", got, err, want, "getLivenessSessionResult", v11, v12)
}

func TestSessionExpiredIsTheTokens(t *testing.T) {
	t.Parallel()
	view := newView(liveness.KindLiveness)
	view.TokenExpired = true
	want := `{"status":"NotStarted",` + strings.Replace(item(""), "false", "true", 1)
	got, err := plainDialect().EncodeSession(view)
	check(t, "expired", got, err, want, "getLivenessSessionResult", v11, v12)
}

// Times always have seven digits: missing ones are zeros, more are cut off.
func TestTimeHasSevenDigits(t *testing.T) {
	t.Parallel()
	second := time.Date(2024, 12, 31, 23, 59, 59, 0, time.UTC)
	for at, want := range map[time.Time]string{
		second:                                              "2024-12-31T23:59:59.0000000+00:00",
		second.Add(540 * time.Millisecond):                  "2024-12-31T23:59:59.5400000+00:00",
		second.Add(99 * time.Nanosecond):                    "2024-12-31T23:59:59.0000000+00:00",
		second.Add(999999999 * time.Nanosecond):             "2024-12-31T23:59:59.9999999+00:00",
		second.In(time.FixedZone("", -8*60*60)):             "2024-12-31T23:59:59.0000000+00:00",
		second.Add(time.Second).In(time.FixedZone("", 900)): "2025-01-01T00:00:00.0000000+00:00",
	} {
		view := newView(liveness.KindLiveness)
		view.Session.Created = at
		body, err := plainDialect().EncodeSession(view)
		if err != nil || !strings.Contains(string(body), `"createdDateTime":"`+want+`"`) {
			t.Errorf("%v: got %s and error %v, want %s", at, body, err, want)
		}
	}
}

func TestEncodeList(t *testing.T) {
	t.Parallel()
	fresh, done := newView(liveness.KindLivenessWithVerify), withAttempts(newView(liveness.KindLivenessWithVerify), compared())
	for _, c := range []struct {
		name  string
		views []liveness.View
		want  string
	}{
		{"empty", nil, `[]`},
		{"two, without their results", []liveness.View{done, fresh}, `[{` + item(startedAt) + `,{` + item("") + `]`},
	} {
		got, err := imageDialect().EncodeList(c.views)
		check(t, c.name, got, err, c.want, "getLivenessSessions", v11, v12)
		check(t, c.name, got, err, c.want, "getLivenessWithVerifySessions", v11, v12)
	}
}
