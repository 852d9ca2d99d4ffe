package e2e_test

import (
	"net/http"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// badStrict makes all cases strict.
func badStrict(cases []badCase) []badCase {
	for i := range cases {
		cases[i].name = "strict: " + cases[i].name
		cases[i].options = func(o *emulator.Options) { o.Strict = true }
	}
	return cases
}

// badStrictCases are create calls that only a lenient emulator accepts. The tables for
// lenient emulators have each of them, too.
func badStrictCases() []badCase {
	file := badSized(badPNG(36), 1024)
	return badStrict([]badCase{
		{name: "switch as text", body: badMembers(`,"enableSessionImage":"true"`), want: badBody(), hint: "enableSessionImage"},
		{name: "set in client as text", body: `{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":"true"}`, want: badBody(), hint: "deviceCorrelationIdSetInClient"},
		{name: "mode in lower case", body: `{"livenessOperationMode":"passiveactive","deviceCorrelationId":"d"}`, want: badMode(), hint: "livenessOperationMode"},
		{name: "device id and set in client", body: badMembers(`,"deviceCorrelationIdSetInClient":true`), want: badBody(), hint: "deviceCorrelationId"},
		{
			name: "empty device id and set in client", want: badBody(), hint: "deviceCorrelationId",
			body: `{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true,"deviceCorrelationId":""}`,
		},
		{name: "unknown model", body: badMembers(`,"livenessModelVersion":"2099-01-01"`), want: badBody(), hint: "livenessModelVersion"},
		{name: "no content type", contentType: "none", body: badMembers(""), want: badBody(), hint: "application/json"},
		{
			name: "mode part in lower case", path: badVerify, want: badMode(), hint: "livenessOperationMode",
			body: badForm(badField("livenessOperationMode", "passive"), badField("deviceCorrelationId", "d"), badFile("verifyImage", file)),
		},
		{name: "switch part in capitals", path: badVerify, body: badFields(badFile("verifyImage", file), badField("enableSessionImage", "TRUE")), want: badBody(), hint: "enableSessionImage"},
		{name: "no verify image", path: badVerify, body: badFields(), want: badBody(), hint: "verifyImage"},
		{name: "verify image without a file name", path: badVerify, body: badFields(badField("verifyImage", file)), want: badBody(), hint: "filename"},
		{
			name: "unknown model in a form", path: badVerify, want: badBody(), hint: "livenessModelVersion",
			body: badFields(badFile("verifyImage", file), badField("livenessModelVersion", "2099-01-01")),
		},
	})
}

// badStrictVerify creates session {a} with verify and an image.
func badStrictVerify(w *badWorld) {
	w.create("a", badCase{path: badVerify, body: badFields(badFile("verifyImage", badSized(badPNG(36), 1024)))})
}

// badOfOtherVersion creates session {a} in another API version.
func badOfOtherVersion(w *badWorld) {
	badOne(w)
	_, err := w.emulator.Store.Update(w.t.Context(), w.sessions[0], func(s *liveness.Session) error {
		s.Settings.APIVersion = "v1.3-preview.1"
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// badAfter makes one call on a session of the scenario mask-then-real and advances the
// clock.
func badAfter(path string, passed time.Duration) func(*badWorld) {
	return func(w *badWorld) {
		badOneOf(w, "mask-then-real")
		w.must(badCase{path: path})
		w.advance(passed)
	}
}

// badStrictDeviceCases are device calls that only a lenient emulator accepts.
func badStrictDeviceCases() []badCase {
	file := badSized(badPNG(36), 1024)
	retry := func(seconds string) map[string]string { return map[string]string{"Retry-After": seconds} }
	return badStrict([]badCase{
		{name: "id at start that was given on create", given: badOne, path: badStart, body: `{"deviceCorrelationId":"` + badMarker + `"}`, want: badBody(), hint: "deviceCorrelationId"},
		{name: "device image although there is one", given: badStrictVerify, path: badDetectVerify, body: badForm(badFile("VerifyImage", file)), want: badBody(), hint: "VerifyImage"},
		{name: "device image without verify", given: badOne, path: badDetect, body: badForm(badFile("VerifyImage", file)), want: badBody(), hint: "VerifyImage"},
		{name: "start below another version", given: badOfOtherVersion, path: badStart, want: badAccess(), hint: "v1.3-preview.1"},
		{name: "detect below another version", given: badOfOtherVersion, path: badDetect, want: badAccess(), hint: "v1.3-preview.1"},
		{name: "detect at once after detect", given: badAfter(badDetect, 0), path: badDetect, want: badRate(), wantHeader: retry("5"), hint: "5s"},
		{name: "detect 2.5 s after detect", given: badAfter(badDetect, 2500*time.Millisecond), path: badDetect, want: badRate(), wantHeader: retry("3"), hint: "5s"},
		{name: "detect one moment too early", given: badAfter(badDetect, 5*time.Second-1), path: badDetect, want: badRate(), wantHeader: retry("1"), hint: "5s"},
		{name: "end at once after end", given: badAfter(badEnd, 0), path: badEnd, want: badRate(), wantHeader: retry("5"), hint: "5s"},
		{name: "end 4 s after end", given: badAfter(badEnd, 4*time.Second), path: badEnd, want: badRate(), wantHeader: retry("1"), hint: "5s"},
	})
}

// fineStrictCases are calls that a strict emulator accepts, and what a lenient one does
// with the cases above.
func fineStrictCases() []badCase {
	file := badSized(badPNG(36), 1024)
	strict := badStrict([]badCase{
		{name: "a whole form", path: badVerify, body: badFields(badFile("verifyImage", file)), want: badFine(200), stores: 1},
		{name: "a JSON body", body: badMembers(`,"enableSessionImage":true,"livenessModelVersion":"2024-11-15"`), want: badFine(200), stores: 1},
		{name: "detect 5 s after detect", given: badAfter(badDetect, 5*time.Second), path: badDetect, want: badFine(200)},
		{name: "end 5 s after end", given: badAfter(badEnd, 5*time.Second), path: badEnd, want: badFine(204)},
		{name: "end at once after detect", given: badAfter(badDetect, 0), path: badEnd, want: badFine(204)},
		// The token has a separate rate for each path.
		{name: "detect at once after end", given: badAfter(badEnd, 0), path: badDetect, want: badFine(200)},
		{name: "the version of the session in another case", given: badOne, path: "/face/V1.2/session/start", auth: "Authorization: Bearer {a.token}", want: badFine(200)},
	})
	return slices.Concat(strict, []badCase{
		{name: "id at start that was given on create", given: badOne, path: badStart, body: `{"deviceCorrelationId":"d"}`, want: badFine(200)},
		{name: "array at start", given: badOne, path: badStart, body: "[]", contentType: "text/plain", want: badFine(200)},
		{name: "the id that is owed, of 64 characters", given: badOwesID, path: badStart, body: `{"deviceCorrelationId":"` + badUnknownID + badUnknownID[:28] + `"}`, want: badFine(200)},
		{name: "device image although there is one", given: badStrictVerify, path: badDetectVerify, body: badForm(badFile("VerifyImage", file)), want: badFine(200)},
		{name: "device image without verify", given: badOne, path: badDetect, body: badForm(badFile("VerifyImage", "x")), want: badFine(200)},
		{name: "start below another version", given: badOfOtherVersion, path: badStart, want: badFine(200)},
		{name: "detect at once after detect", given: badAfter(badDetect, 0), path: badDetect, want: badFine(200)},
		{name: "end at once after end", given: badAfter(badEnd, 0), path: badEnd, want: badFine(204)},
		{
			name: "start one moment before the token expires", path: badStart, want: badFine(200),
			given: func(w *badWorld) { badOne(w); w.advance(600*time.Second - 1) },
		},
		{
			name: "start with 1 MiB of text", given: badOne, path: badStart, contentType: "text/plain", want: badFine(200),
			big: func() string { return badSized("", 1<<20) },
		},
		{
			name: "device body of 16 MiB", given: badOne, path: badDetect, contentType: "application/octet-stream", chunked: true, want: badFine(200),
			big: func() string { return badSized("", 16<<20) },
		},
		{name: "start with another method in capitals", method: http.MethodPost, given: badOne, path: "/FACE/V1.2/SESSION/START", auth: "Authorization: Bearer {a.token}", want: badFine(200)},
	})
}
