package e2e_test

import (
	"net/http/httptest"
	"strings"
	"time"
)

// badCorrelated is a create body that leaves the device id to the client.
const badCorrelated = `{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true}`

func badOwesID(w *badWorld) { w.create("a", badCase{body: badCorrelated}) }

func badStarted(w *badWorld) {
	badOne(w)
	w.must(badCase{path: badStart})
}

// badOneOf creates session {a} without verify and with a scenario.
func badOneOf(w *badWorld, scenario string) {
	w.create("a", badCase{body: badMembers(""), header: []string{"X-Face-Liveness-Scenario: " + scenario}})
}

// badRunning creates session {a} with an attempt that runs until the test ends.
func badRunning(w *badWorld) {
	badOneOf(w, "slow")
	answered := make(chan struct{})
	r := w.request(badCase{path: badDetect})
	go func() {
		defer close(answered)
		w.handler.ServeHTTP(httptest.NewRecorder(), r)
	}()
	if err := w.clock.AwaitWaiters(w.t.Context(), 1); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		w.advance(time.Minute)
		<-answered
	})
}

// badFinished creates session {a} with a scenario and makes this many detect calls.
func badFinished(scenario string, calls int) func(*badWorld) {
	return func(w *badWorld) {
		badOneOf(w, scenario)
		for range calls {
			w.must(badCase{path: badDetect})
		}
	}
}

// badDeviceCases are device calls with a valid token that must be refused without using
// an attempt.
func badDeviceCases() []badCase {
	retry := map[string]string{"Retry-After": "1"}
	id65 := `{"deviceCorrelationId":"` + strings.Repeat("d", 65) + `"}`
	return []badCase{
		{name: "second start", given: badStarted, path: badStart, want: badRate(), wantHeader: retry, hint: "session/start"},
		{
			name: "start after a detect call has started it", path: badStart, want: badRate(), wantHeader: retry, hint: "session/start",
			given: badFinished("mask-then-real", 1),
		},
		{
			name: "start of a session that has played by itself", path: badStart, want: badRate(), wantHeader: retry, hint: "over",
			given: func(w *badWorld) { badOneOf(w, "automatic"); w.advance(time.Minute) },
		},
		{name: "start without the id that is owed", given: badOwesID, path: badStart, want: badDevice(), hint: "deviceCorrelationId"},
		{name: "start with an empty id", given: badOwesID, path: badStart, body: `{"deviceCorrelationId":""}`, want: badDevice(), hint: "deviceCorrelationId"},
		{name: "start with id null", given: badOwesID, path: badStart, body: `{"deviceCorrelationId":null}`, want: badDevice(), hint: "deviceCorrelationId"},
		{name: "start with an id of 65 characters", given: badOwesID, path: badStart, body: id65, want: badDevice(), hint: "64"},
		{name: "start with an id that is a number", given: badOwesID, path: badStart, body: `{"deviceCorrelationId":7}`, want: badDevice(), hint: "deviceCorrelationId"},
		{name: "start with malformed JSON", given: badOne, path: badStart, body: `{"deviceCorrelationId":"` + badMarker, want: badBody(), hint: "JSON"},
		{
			name: "start with a key twice", given: badOwesID, path: badStart, want: badBody(), hint: "deviceCorrelationId",
			body: `{"deviceCorrelationId":"a","deviceCorrelationId":"b"}`,
		},
		{
			name: "start with a large body", given: badOne, path: badStart, want: badTooLarge(), hint: "1048576",
			big: func() string { return strings.Repeat("x", 1<<20+1) },
		},
		{
			name: "end with a large body", given: badOne, path: badEnd, want: badTooLarge(), hint: "1048576", chunked: true,
			big: func() string { return strings.Repeat("x", 1<<20+1) },
		},
		{name: "detect without the id that is owed", given: badOwesID, path: badDetect, want: badDevice(), hint: "deviceCorrelationId"},
		{name: "end without the id that is owed", given: badOwesID, path: badEnd, want: badDevice(), hint: "deviceCorrelationId"},

		{name: "detect while an attempt runs", given: badRunning, path: badDetect, want: badConflict(), hint: "running"},
		{name: "end while an attempt runs", given: badRunning, path: badEnd, want: badConflict(), hint: "running"},
		{name: "start while an attempt runs", given: badRunning, path: badStart, want: badRate(), hint: "session/start"},
		{name: "detect after success", given: badFinished("happy-path", 1), path: badDetect, want: badRate(), wantHeader: retry, hint: "over"},
		{name: "detect after a spoof", given: badFinished("spoof", 1), path: badDetect, want: badRate(), wantHeader: retry, hint: "over"},
		{name: "detect after three failures", given: badFinished("three-failures", 3), path: badDetect, want: badRate(), wantHeader: retry, hint: "3 of 3"},
		{name: "detect after three abandoned attempts", given: badFinished("abandoned", 3), path: badDetect, want: badRate(), wantHeader: retry, hint: "Canceled"},
		{name: "end after three abandoned attempts", given: badFinished("abandoned", 3), path: badEnd, want: badRate(), wantHeader: retry, hint: "over"},
		{name: "fourth end", path: badEnd, want: badRate(), wantHeader: retry, hint: "quota", given: func(w *badWorld) {
			badFinished("happy-path", 1)(w)
			for range 3 {
				w.must(badCase{path: badEnd})
			}
		}},

		{name: "device form without a boundary", given: badOne, path: badDetect, contentType: "multipart/form-data", body: "x", want: badBody(), hint: "boundary"},
		{name: "device form cut inside a part", given: badOne, path: badDetect, body: badFields()[:100], want: badBody(), hint: "end"},
		{
			name: "device body over 16 MiB", given: badOne, path: badDetect, contentType: "application/octet-stream", want: badTooLarge(), hint: "16777216",
			big: func() string { return strings.Repeat("x", 16<<20+1) },
		},
		{
			name: "device body over 16 MiB without a length", given: badOne, path: badDetect, contentType: "application/octet-stream",
			want: badTooLarge(), hint: "16777216", chunked: true, big: func() string { return strings.Repeat("x", 16<<20+1) },
		},
		{
			name: "device form over 16 MiB without a length", given: badOne, path: badDetect, want: badTooLarge(), hint: "16777216", chunked: true,
			big: func() string { return badForm(badFile("Content", strings.Repeat("x", 16<<20))) },
		},
		{name: "device image of 1023 bytes", given: badOneVerify, path: badDetectVerify, body: badForm(badFile("VerifyImage", strings.Repeat("x", 1023))), want: badSmall(), hint: "verify image"},
		{
			name: "device image over 6 MiB", given: badOneVerify, path: badDetectVerify, want: badBig(), hint: "verify image",
			big: func() string { return badForm(badFile("VerifyImage", badSized(badPNG(36), 6<<20+1))) },
		},
		{name: "device image that is text", given: badOneVerify, path: badDetectVerify, body: badForm(badFile("VerifyImage", strings.Repeat(badMarker, 100))), want: badFormat(), hint: "verify image"},
		{name: "device image of 35 by 35 pixels", given: badOneVerify, path: badDetectVerify, body: badForm(badFile("VerifyImage", badSized(badPNG(35), 1024))), want: badNoFace(), hint: "verify image"},
	}
}

// badDeviceTokenCases are device calls that their token does not allow.
func badDeviceTokenCases() []badCase {
	verify := func(w *badWorld) { badOne(w); w.create("v", badCase{path: badVerify, body: badFields()}) }
	var cases []badCase
	for _, path := range []string{badStart, badDetect, badEnd} {
		for _, c := range []badCase{
			{name: "no token", auth: "none", hint: "authToken"},
			{name: "a key instead of a token", auth: "Ocp-Apim-Subscription-Key: " + badKey, hint: "authToken"},
			{name: "no JWT", auth: "Authorization: Bearer " + badMarker, hint: "authToken"},
			{name: "a token without its scheme", auth: "Authorization: {a.token}", hint: "authToken"},
			{name: "an Entra token", auth: badEntra(`{"aud":"https://cognitiveservices.azure.com","oid":"x","exp":4102444800}`), hint: "authToken"},
			{name: "a token of another emulator", auth: "Authorization: Bearer {foreign}", hint: "authToken", given: badForeign},
			{name: "a token with another signature", auth: "Authorization: Bearer {foreign}", hint: "authToken", given: badResigned},
			{name: "a token of algorithm none", auth: "Authorization: Bearer {foreign}", hint: "authToken", given: badUnsigned},
			{name: "a token at its last second", hint: "expired", given: func(w *badWorld) { badOne(w); w.advance(600 * time.Second) }},
			{name: "a token of a deleted session", hint: "deleted", given: func(w *badWorld) { badOne(w); w.delete("a", badPlain) }},
		} {
			c.name, c.path = path+" with "+c.name, path
			cases = append(cases, c)
		}
	}
	cases = append(cases,
		badCase{name: "detect with verify with a plain token", path: badDetectVerify, hint: "Liveness session"},
		badCase{name: "detect with the token of a session with verify", path: badDetect, given: verify, auth: "Authorization: Bearer {v.token}", hint: "LivenessWithVerify session"},
		badCase{name: "start at the last second of a token of 60", path: badStart, hint: "expired", given: func(w *badWorld) {
			w.create("a", badCase{body: badMembers(`,"authTokenTimeToLiveInSeconds":60`)})
			w.advance(time.Minute)
		}},
	)
	for i := range cases {
		cases[i].want = badAccess()
		if cases[i].given == nil {
			cases[i].given = badOne
		}
	}
	return cases
}

// badForeign creates a token of another emulator, {foreign}.
func badForeign(w *badWorld) {
	badOne(w)
	other := newBadWorld(w.t, nil)
	badOne(other)
	w.names["foreign"] = other.names["a.token"]
}

// badResigned replaces the signature of {a}'s token by that of another token.
func badResigned(w *badWorld) {
	badOne(w)
	w.create("b", badCase{body: badMembers("")})
	a, b := w.names["a.token"], w.names["b.token"]
	w.names["foreign"] = a[:strings.LastIndex(a, ".")] + b[strings.LastIndex(b, "."):]
}

// badUnsigned removes the signature of {a}'s token and sets the algorithm "none".
func badUnsigned(w *badWorld) {
	badOne(w)
	const none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0" // {"alg":"none","typ":"JWT"}
	w.names["foreign"] = none + "." + strings.Split(w.names["a.token"], ".")[1] + "."
}
