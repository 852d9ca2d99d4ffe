package singlemodal_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// Parts of bodies, as the attempts of the fixture give them.
const (
	deviceCall = `{"url":"/face/v1.1-preview.1/detectliveness/singlemodal","method":"POST","contentLength":352568,` +
		`"contentType":"multipart/form-data; boundary=x","userAgent":"device/1"}`
	undecided = `"target":{"faceRectangle":{"top":1,"left":2,"width":3,"height":4},"fileName":"video.webp",` +
		`"timeOffsetWithinFile":0,"imageType":"Color"},"modelVersionUsed":"2022-10-15-preview.04"`
	undecidedBody = `{` + undecided + `}`
	decidedBody   = `{"livenessDecision":"realface",` + undecided + `}`
	comparedBody  = `{"livenessDecision":"realface",` + undecided + `,"verifyResult":{"verifyImage":{"faceRectangle":` +
		`{"top":121,"left":390,"width":286,"height":241},"qualityForRecognition":"high"},"matchConfidence":0.12141934,"isIdentical":false}}`
)

// entry is an audit entry as the attempts of the fixture give it.
func entry(id int, request, body, tail string) string {
	return `{"id":` + strconv.Itoa(id) + `,"sessionId":"` + sessionID + `","requestId":"` + requestID +
		`","receivedDateTime":"2024-05-02T06:29:58.7537814+00:00","request":` + request +
		`,"response":{"body":` + body + `,"statusCode":200,"latencyInMilliseconds":1234},` + tail + `}`
}

func decidedEntry(id int) string {
	return entry(id, deviceCall, decidedBody, `"digest":"`+digest+`"`)
}

func comparedEntry(id int) string {
	return entry(id, deviceCall, comparedBody, `"digest":"`+digest+`"`)
}

func failedEntry(id int) string { return entry(id, deviceCall, undecidedBody, `"digest":""`) }

// Of the entries after the given id, the lowest are taken and shown newest first.
func TestAuditPages(t *testing.T) {
	t.Parallel()
	view := withAttempts(newView(liveness.KindLiveness), decided(), failed(), decided())
	for _, c := range []struct {
		after int64
		limit int
		want  string
	}{
		{0, 1000, decidedEntry(3) + `,` + failedEntry(2) + `,` + decidedEntry(1)},
		{0, 3, decidedEntry(3) + `,` + failedEntry(2) + `,` + decidedEntry(1)},
		{0, 2, failedEntry(2) + `,` + decidedEntry(1)},
		{0, 1, decidedEntry(1)},
		{1, 1000, decidedEntry(3) + `,` + failedEntry(2)},
		{1, 1, failedEntry(2)},
		{2, 2, decidedEntry(3)},
		{3, 1000, ""},
		{1 << 62, 1000, ""},
		{-1, 1, decidedEntry(1)},
		{0, 0, ""},
	} {
		what := "after " + strconv.FormatInt(c.after, 10) + ", limit " + strconv.Itoa(c.limit)
		got, err := plainDialect().EncodeAudit(view, c.after, c.limit)
		check(t, what, got, err, `[`+c.want+`]`, "getLivenessSessionAuditEntries", v11, v12)
	}
	got, err := plainDialect().EncodeAudit(newView(liveness.KindLiveness), 0, 1000)
	check(t, "no attempts", got, err, `[]`, "getLivenessSessionAuditEntries", v11, v12)
}

// The gap that an abandoned attempt leaves in the ids is no end of a page.
func TestAuditPagesOverGaps(t *testing.T) {
	t.Parallel()
	view := withAttempts(newView(liveness.KindLiveness), decided(), decided(), decided())
	view.Attempts = append(view.Attempts[:1], view.Attempts[2]) // 3 and 1
	got, err := plainDialect().EncodeAudit(view, 1, 1)
	check(t, "after 1", got, err, `[`+decidedEntry(3)+`]`, "getLivenessSessionAuditEntries", v11, v12)
	got, err = plainDialect().EncodeAudit(view, 0, 2)
	check(t, "all", got, err, `[`+decidedEntry(3)+`,`+decidedEntry(1)+`]`, "getLivenessSessionAuditEntries", v11, v12)
}

// clientRequestId is declared required, but there only if the device sent one.
func TestClientRequestIDIsOptional(t *testing.T) {
	t.Parallel()
	attempt := decided()
	attempt.ClientRequestID = "client-7"
	with := strings.Replace(decidedEntry(1), `"receivedDateTime"`, `"clientRequestId":"client-7","receivedDateTime"`, 1)
	got, err := plainDialect().EncodeAudit(withAttempts(newView(liveness.KindLiveness), attempt), 0, 1000)
	check(t, "with client-request-id", got, err, `[`+with+`]`, "getLivenessSessionAuditEntries", v11, v12)
}

// What the client did not say of its request is left out.
func TestAuditRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		request liveness.AttemptRequest
		want    string
	}{
		{
			"no length, no agent",
			liveness.AttemptRequest{Path: "/face/X", ContentLength: -1, ContentType: "a/b"},
			`{"url":"/face/X","method":"POST","contentType":"a/b"}`,
		},
		{
			"empty body, no type",
			liveness.AttemptRequest{Path: "/face/X", UserAgent: "ua"},
			`{"url":"/face/X","method":"POST","contentLength":0,"contentType":"","userAgent":"ua"}`,
		},
	} {
		attempt := decided()
		attempt.Request = c.request
		got, err := plainDialect().EncodeAudit(withAttempts(newView(liveness.KindLiveness), attempt), 0, 1000)
		check(t, c.name, got, err, `[`+entry(1, c.want, decidedBody, `"digest":"`+digest+`"`)+`]`, "getLivenessSessionAuditEntries", v11, v12)
	}
}

// An attempt that no device began has the path that a device would have called.
func TestAuditOfAutomaticSession(t *testing.T) {
	t.Parallel()
	for kind, path := range map[liveness.Kind]string{
		liveness.KindLiveness:           "/face/v1.2/detectLiveness/singleModal",
		liveness.KindLivenessWithVerify: "/face/v1.2/detectLivenessWithVerify/singleModal",
	} {
		view := withAttempts(newView(kind), automatic())
		view.Session.Settings.APIVersion = "v1.2"
		want := entry(1, `{"url":"`+path+`","method":"POST","contentType":"multipart/form-data"}`, decidedBody, `"digest":"`+digest+`"`)
		got, err := plainDialect().EncodeAudit(view, 0, 1000)
		check(t, string(kind), got, err, `[`+want+`]`, "getLivenessSessionAuditEntries", v11, v12)
	}
}

// The match confidence is a number of single precision, printed shortest.
func TestMatchConfidenceIsSinglePrecision(t *testing.T) {
	t.Parallel()
	for confidence, want := range map[float32]string{0.99736166: "0.99736166", 0.97: "0.97", 0.1: "0.1", 1: "1", 0: "0"} {
		attempt := compared()
		attempt.Match.Confidence = confidence
		view := withAttempts(withReference(newView(liveness.KindLivenessWithVerify)), attempt)
		got, err := plainDialect().EncodeAudit(view, 0, 1000)
		check(t, want, got, err, `[`+strings.Replace(comparedEntry(1), "0.12141934", want, 1)+`]`,
			"getLivenessWithVerifySessionAuditEntries", v11, v12)
	}
}

// Session images and image hashes came with v1.2-preview.1; the older version
// leaves out what it cannot express.
func TestSessionImages(t *testing.T) {
	t.Parallel()
	attempt := compared()
	attempt.SessionImageID = imageID
	view := withAttempts(withReference(newView(liveness.KindLivenessWithVerify)), failed(), attempt)
	const operation = "getLivenessWithVerifySessionAuditEntries"

	got, err := plainDialect().EncodeAudit(view, 0, 1000)
	check(t, "without", got, err, `[`+comparedEntry(2)+`,`+failedEntry(1)+`]`, operation, v11, v12)

	newest := strings.TrimSuffix(comparedEntry(2), "}")
	got, err = imageDialect().EncodeAudit(view, 0, 1000)
	check(t, "with", got, err,
		`[`+newest+`,"sessionImageId":"`+imageID+`","verifyImageHash":"`+imageHash+`"},`+failedEntry(1)+`]`, operation, v12)

	view.Session.Settings.ReturnVerifyImageHash = false
	got, err = imageDialect().EncodeAudit(view, 0, 1000)
	check(t, "hash not wanted", got, err, `[`+newest+`,"sessionImageId":"`+imageID+`"},`+failedEntry(1)+`]`, operation, v12)
}

// The device is told what the audit shows, if the creator wanted it told.
func TestEncodeDetected(t *testing.T) {
	t.Parallel()
	plain, verify := newView(liveness.KindLiveness).Session, withReference(newView(liveness.KindLivenessWithVerify)).Session
	for _, c := range []struct {
		name, operation string
		session         liveness.Session
		attempt         liveness.Attempt
		send            bool
		want            string // "": no body
	}{
		{"decided", "detectLiveness", plain, decided(), true, decidedBody},
		{"failed", "detectLiveness", plain, failed(), true, undecidedBody},
		{"compared", "detectLivenessWithVerify", verify, compared(), true, comparedBody},
		{"failed with verify", "detectLivenessWithVerify", verify, failed(), true, undecidedBody},
		{"given up", "detectLiveness", plain, liveness.Attempt{ID: 1, RequestID: requestID}, true, ""},
		{"not to be sent", "detectLiveness", plain, decided(), false, ""},
		{"failure not to be sent", "detectLivenessWithVerify", verify, failed(), false, ""},
	} {
		c.session.Settings.SendResultsToClient = c.send
		got, err := imageDialect().EncodeDetected(service.DeviceResult{Session: c.session, Attempt: c.attempt})
		if c.want == "" {
			if got != nil || err != nil {
				t.Errorf("%s: got %q and error %v, want neither", c.name, got, err)
			}
			continue
		}
		check(t, c.name, got, err, c.want, c.operation, v11, v12)
	}
}
