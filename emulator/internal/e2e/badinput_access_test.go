package e2e_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

const (
	badUnknownID = "00000000-0000-4000-8000-000000000000"
	badOtherKey  = "Ocp-Apim-Subscription-Key: key-of-somebody-else"
	badTwoDays   = 48 * time.Hour
)

// badOne creates session {a} without verify.
func badOne(w *badWorld) { w.create("a", badCase{body: badMembers("")}) }

// badOneVerify creates session {a} with verify and without an image.
func badOneVerify(w *badWorld) { w.create("a", badCase{path: badVerify, body: badFields()}) }

// badPlayed creates session {a} with an image, {image}.
func badPlayed(w *badWorld) {
	w.create("a", badCase{body: badMembers(`,"enableSessionImage":true`)})
	w.image()
}

// badIDCases are calls for ids that do not exist.
func badIDCases() []badCase {
	var cases []badCase
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		for _, c := range []badCase{
			{name: "an id that is no GUID", path: badPlain + "/" + badMarker, hint: "GUID"},
			{name: "an id in braces", path: badPlain + "/{{a}}", hint: "GUID"},
			{name: "an id without hyphens", path: badPlain + "/" + strings.ReplaceAll(badUnknownID, "-", ""), hint: "GUID"},
			{name: "an id with a blank", path: badPlain + "/{a}%20", hint: "GUID"},
			{name: "an unknown id", path: badPlain + "/" + badUnknownID, hint: "unknown session"},
			{name: "an unknown id with verify", path: badVerify + "/" + badUnknownID, hint: "unknown session"},
			{name: "an id of the other kind", path: badVerify + "/{a}", hint: "begins with detectLiveness"},
			{name: "an id with verify of the other kind", given: badOneVerify, path: badPlain + "/{a}", hint: "begins with detectLivenessWithVerify"},
			{name: "an id of another resource", path: badPlain + "/{a}", auth: badOtherKey, hint: "resource"},
			{
				name: "a deleted id", path: badPlain + "/{a}", hint: "deleted",
				given: func(w *badWorld) { badOne(w); w.delete("a", badPlain) },
			},
			{
				name: "an expired id", path: badPlain + "/{a}", hint: "48 h", swept: true,
				given: func(w *badWorld) { badOne(w); w.advance(badTwoDays) },
			},
			{
				name: "an expired id with verify", path: badVerify + "/{a}", hint: "48 h", swept: true,
				given: func(w *badWorld) { badOneVerify(w); w.advance(badTwoDays) },
			},
		} {
			if c.given == nil {
				c.given = badOne
			}
			c.name, c.method, c.want = method+" "+c.name, method, badSession()
			cases = append(cases, c)
		}
	}
	images := []badCase{
		{name: "an image id that is none", path: badImages + "/" + badMarker, hint: "44 characters"},
		{name: "an image id that is a GUID", path: badImages + "/{a}", hint: "44 characters"},
		{name: "an image id of 43 characters", path: badImages + "/" + strings.Repeat("A", 43), hint: "44 characters"},
		{name: "an image id of another type", path: badImages + "/" + strings.Repeat("_", 44), hint: "44 characters"},
		{name: "an image id of an unknown session", path: badImages + "/AQ" + strings.Repeat("A", 42), hint: "session"},
		{name: "an image of another resource", path: badImages + "/{image}", auth: badOtherKey, hint: "resource"},
		{
			name: "an image of another attempt", path: badImages + "/{other}", hint: "attempt",
			given: func(w *badWorld) {
				badPlayed(w)
				w.names["other"] = w.names["image"][:40] + "AAAA"
			},
		},
		{
			name: "an image of a deleted session", path: badImages + "/{image}", hint: "session",
			given: func(w *badWorld) { badPlayed(w); w.delete("a", badPlain) },
		},
		{
			name: "an image of an expired session", path: badImages + "/{image}", hint: "session", swept: true,
			given: func(w *badWorld) { badPlayed(w); w.advance(badTwoDays) },
		},
	}
	for _, c := range images {
		if c.given == nil {
			c.given = badPlayed
		}
		c.method, c.want = http.MethodGet, badImage()
		cases = append(cases, c)
	}
	return cases
}

// badEntra returns an unsigned access token with these claims.
func badEntra(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return "Authorization: Bearer " + encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode([]byte(claims)) + "." + encode([]byte("signature"))
}

// badAuthCases are server calls without valid credentials.
func badAuthCases() []badCase {
	const scope = `"aud":"https://cognitiveservices.azure.com","oid":"` + badMarker + `"`
	listed := func(o *emulator.Options) { o.Keys = [][]string{{"listed"}} }
	own := func(w *badWorld) {
		w.create("a", badCase{body: badMembers(""), auth: "Ocp-Apim-Subscription-Key: listed"})
	}
	cases := []badCase{
		{name: "no key", auth: "none", hint: "Ocp-Apim-Subscription-Key"},
		{name: "empty key", auth: "Ocp-Apim-Subscription-Key: ", hint: "Ocp-Apim-Subscription-Key"},
		{name: "key that is not listed", options: listed, given: own, hint: "configured keys"},
		{name: "key that is not listed, of another case", options: listed, given: own, auth: "Ocp-Apim-Subscription-Key: Listed", hint: "configured keys"},
		{name: "development key that is not listed", options: listed, given: own, auth: "Ocp-Apim-Subscription-Key: " + emulator.Key1, hint: "configured keys"},
		{name: "malformed bearer token", auth: "Authorization: Bearer " + badMarker, hint: "Entra"},
		{name: "bearer without a token", auth: "Authorization: Bearer", hint: "Ocp-Apim-Subscription-Key"},
		{name: "basic authentication", auth: "Authorization: Basic " + badMarker, hint: "Ocp-Apim-Subscription-Key"},
		{name: "session token to create", auth: "Authorization: Bearer {a.token}", hint: "authToken"},
		{name: "expired Entra token", auth: badEntra(`{` + scope + `,"exp":1600000000}`), hint: "expired"},
		{name: "Entra token of another audience", auth: badEntra(`{"aud":"https://graph.microsoft.com","oid":"x","exp":4102444800}`), hint: "https://cognitiveservices.azure.com"},
		{
			name: "Entra token of an audience that only begins so", hint: "https://cognitiveservices.azure.com",
			auth: badEntra(`{"aud":"https://cognitiveservices.azure.com.example","oid":"x","exp":4102444800}`),
		},
		{name: "Entra token without a time", auth: badEntra(`{` + scope + `}`), hint: "exp"},
		{name: "Entra token of nobody", auth: badEntra(`{"aud":"https://cognitiveservices.azure.com","exp":4102444800}`), hint: "oid"},
	}
	for i := range cases {
		cases[i].body = badMembers("")
	}
	for _, c := range []badCase{
		{method: http.MethodPost, path: badVerify},
		{method: http.MethodGet, path: badPlain + "/{a}"},
		{method: http.MethodDelete, path: badPlain + "/{a}"},
		{method: http.MethodGet, path: badVerify + "/{a}"},
		{method: http.MethodDelete, path: badVerify + "/{a}"},
		{method: http.MethodGet, path: badImages + "/{a}"},
	} {
		none, session := c, c
		none.name, none.auth, none.hint = "no key: "+c.method+" "+c.path, "none", "Ocp-Apim-Subscription-Key"
		session.name, session.auth, session.hint = "session token: "+c.method+" "+c.path, "Authorization: Bearer {a.token}", "authToken"
		cases = append(cases, none, session)
	}
	for i := range cases {
		cases[i].want = badAccess()
		if cases[i].given == nil {
			cases[i].given = badOne
		}
	}
	return cases
}

// badRouteCases are calls of paths and methods that do not exist.
func badRouteCases() []badCase {
	cases := []badCase{
		{name: "the root", path: "/", hint: "/face/"},
		{name: "no version", path: "/face", hint: "/face/"},
		{name: "no operation", path: "/face/v1.2", hint: "detectLiveness-sessions"},
		{name: "unknown version", path: "/face/v0.9/detectLiveness-sessions", hint: "v1.2"},
		{name: "unknown version of the device", path: "/face/v0.9/session/start", hint: "v1.2"},
		{name: "operation of another part", path: "/face/v1.2/findsimilars", hint: "liveness part"},
		{name: "path of the previews", path: "/face/v1.2/detectLiveness/singleModal/sessions", hint: "detectLiveness-sessions"},
		{name: "path of a tutorial", path: "/face/v1.2/createLivenessWithVerifySession", hint: "detectLivenessWithVerify-sessions"},
		{name: "result path of a tutorial", method: http.MethodGet, path: "/face/v1.2/livenessSessions/{a}/result", hint: "detectLiveness-sessions"},
		{name: "audit of a session", method: http.MethodGet, path: badPlain + "/{a}/audit", hint: "preview"},
		{name: "list of the previews", method: http.MethodGet, path: "/face/v1.2/detectLivenessWithVerify/singleModal/sessions", hint: "v1.2 has nothing like it"},
		{name: "image path of the previews", method: http.MethodGet, path: "/face/v1.2/session/sessionImages/x", hint: "sessionImages"},
		{name: "delete path of a tutorial", method: http.MethodDelete, path: "/face/v1.2/livenessSessions/{a}", hint: "DELETE detectLiveness-sessions/{sessionId}"},
		{name: "verify result path of a tutorial", method: http.MethodGet, path: "/face/v1.2/livenessWithVerifySessions/{a}/result", hint: "GET detectLivenessWithVerify-sessions/{sessionId}"},
		{name: "create path of a tutorial", path: "/face/v1.3-preview.1/createLivenessSession", hint: "POST detectLiveness-sessions"},
		{name: "tutorial's path in a preview", path: "/face/v1.2-preview.1/createLivenessSession", hint: "POST detectLiveness/singleModal/sessions"},
		{name: "result below a session", method: http.MethodGet, path: badPlain + "/{a}/result", hint: "nothing follows the id"},
		{name: "path of v1.2 in a preview", path: "/face/v1.2-preview.1/detectLiveness-sessions", hint: "here it is POST detectLiveness/singleModal/sessions"},
		{name: "session of v1.2 in a preview", method: http.MethodGet, path: "/face/v1.1-preview.1/detectLivenessWithVerify-sessions/{a}", hint: "here it is GET detectLivenessWithVerify/singleModal/sessions/{sessionId}"},
		{name: "images of v1.2 in a preview", method: http.MethodGet, path: "/face/v1.2-preview.1/sessionImages/x", hint: "here it is GET session/sessionImages/{sessionImageId}"},
		{name: "images before there were any", method: http.MethodGet, path: "/face/v1.1-preview.1/session/sessionImages/x", hint: "v1.1-preview.1 has nothing like it"},
		{name: "detect before there were images", path: "/face/v1.1-preview.1/detect", hint: "v1.1-preview.1 has nothing like it"},
		{name: "end of an attempt in a preview", path: "/face/v1.2-preview.1/session/attempt/end", hint: "a path of v1.2, v1.3-preview.1"},
		{name: "settings before there were any", method: http.MethodGet, path: "/face/v1.2/settings", hint: "a path of v1.3-preview.1"},
		{name: "the API named twice", path: "/face/v1.2/face/v1.2/detectLiveness-sessions", hint: "names the API twice"},
		{name: "parent folders", path: "/face/v1.2/x/../detectLiveness-sessions", hint: "path"},
		{name: "version in the query", path: "/face/detectLiveness-sessions?api-version=v1.2", hint: "v1.2"},
	}
	for i := range cases {
		cases[i].want = badRoute()
	}
	for _, c := range []badCase{
		{method: http.MethodPut, path: badPlain, wantHeader: map[string]string{"Allow": "POST"}},
		{method: http.MethodDelete, path: badVerify, wantHeader: map[string]string{"Allow": "POST"}},
		{method: http.MethodPost, path: badPlain + "/{a}", wantHeader: map[string]string{"Allow": "DELETE, GET, HEAD"}},
		{method: http.MethodPatch, path: badVerify + "/{a}", wantHeader: map[string]string{"Allow": "DELETE, GET, HEAD"}},
		{method: http.MethodDelete, path: badImages + "/{a}", wantHeader: map[string]string{"Allow": "GET, HEAD"}},
		{method: http.MethodGet, path: badStart, wantHeader: map[string]string{"Allow": "POST"}},
		{method: http.MethodHead, path: badDetect, wantHeader: map[string]string{"Allow": "POST"}},
		{method: http.MethodPut, path: badDetectVerify, wantHeader: map[string]string{"Allow": "POST"}},
		{method: http.MethodDelete, path: badEnd, wantHeader: map[string]string{"Allow": "POST"}},
		{method: "BREW", path: badPlain, wantHeader: map[string]string{"Allow": "POST"}},
	} {
		c.name, c.want, c.hint = c.method+" "+c.path, badMethod(), "operation"
		cases = append(cases, c)
	}
	for _, c := range []badCase{
		{name: "result by POST", path: badPlain + "/{a}", wantHeader: map[string]string{"Allow": "DELETE, GET, HEAD"}, hint: "Results are read with GET"},
		{name: "list in v1.2", method: http.MethodGet, path: badVerify, wantHeader: map[string]string{"Allow": "POST"}, hint: "only the first preview versions list sessions"},
		{name: "settings by PUT", method: http.MethodPut, path: "/face/v1.3-preview.1/settings", wantHeader: map[string]string{"Allow": "GET, HEAD, PATCH"}, hint: "PATCH"},
	} {
		c.want = badMethod()
		cases = append(cases, c)
	}
	for i := range cases {
		cases[i].given = badOne
	}
	return cases
}

// fineOtherCases are calls of the other operations that must succeed.
func fineOtherCases() []badCase {
	read := badCase{method: http.MethodGet, path: badPlain + "/{a}", given: badOne, want: badFine(200)}
	almost, loud, folded, proven := read, read, read, read
	almost.name = "a session one moment before its 48 hours are over"
	almost.given = func(w *badWorld) { badOne(w); w.advance(badTwoDays - 1) }
	loud.name = "a session id in capitals"
	loud.given = func(w *badWorld) { badOne(w); w.names["a"] = strings.ToUpper(w.names["a"]) }
	folded.name, folded.path = "doubled slashes and odd letters", "//FACE//V1.2/detectlivenesS-Sessions/{a}/"
	proven.name, proven.auth = "an Entra token", badEntra(`{"aud":"https://cognitiveservices.azure.com/","oid":"x","exp":4102444800}`)
	proven.given = func(w *badWorld) { w.create("a", badCase{body: badMembers(""), auth: proven.auth}) }
	image := badCase{
		name: "an image one moment before the 48 hours are over", method: http.MethodGet, path: badImages + "/{image}", want: badFine(200),
		given: func(w *badWorld) { badPlayed(w); w.advance(badTwoDays - 1) },
	}
	return []badCase{almost, loud, folded, proven, image}
}
