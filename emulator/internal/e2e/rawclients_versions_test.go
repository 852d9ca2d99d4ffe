package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rawSamples are JSON create calls of Microsoft's samples.
func rawSamples() map[string]struct{ head, body string } {
	return map[string]struct{ head, body string }{
		"React Native": {
			"POST /face/v1.2/detectLiveness-sessions HTTP/1.1\nHost: {host}\nOcp-Apim-Subscription-Key: {key}\nAccept: application/json, text/plain, */*\n" +
				"Content-Type: application/json\nUser-Agent: okhttp/4.9.2",
			`{"livenessOperationMode":"PassiveActive","deviceCorrelationId":"1234567890","userCorrelationId":"0987654321","enableSessionImage":true}`,
		},
		"Flutter": {
			"POST //face/v1.2/detectLiveness-sessions HTTP/1.1\nuser-agent: Dart/3.8 (dart:io)\nhost: {host}\nocp-apim-subscription-key: {key}\n" +
				"content-type: application/json\naccept-encoding: gzip",
			`{"livenessOperationMode":"Passive","deviceCorrelationId":"1234567890","userCorrelationId":"0987654321"}`,
		},
		"MAUI": {
			"POST /face/v1.2/detectLiveness-sessions HTTP/1.1\nHost: {host}\nOcp-Apim-Subscription-Key: {key}\nContent-Type: application/json; charset=utf-8\n" +
				"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
			`{"livenessOperationMode":"Passive","sendResultsToClient":false,"deviceCorrelationId":"0b67be9d-b5e0-4b7e-a6f2-f4a2d1a9f9a6"}`,
		},
		"Kotlin": {
			"POST /face/v1.2/detectLiveness-sessions HTTP/1.1\nOcp-Apim-Subscription-Key: {key}\nContent-Type: application/json; charset=UTF-8\n" +
				"Host: {host}\nConnection: Keep-Alive",
			"{\n  \"livenessOperationMode\": \"PassiveActive\",\n  \"deviceCorrelationIdSetInClient\": true,\n  \"userCorrelationIdSetInClient\": true\n}",
		},
		"Swift": {
			"POST /face/v1.2/detectLiveness-sessions HTTP/1.1\nHost: {host}\nContent-Type: application/json\nX-MS-AZSDK-Telemetry: sample=swift-face-ios-sdk;appversion=1.1\n" +
				"Ocp-Apim-Subscription-Key: {key}",
			`{"userCorrelationId":"5C1B8C61-5F0B-4C85-9D5B-6AD3A1F6A7B3","deviceCorrelationId":"0B67BE9D-B5E0-4B7E-A6F2-F4A2D1A9F9A6","livenessOperationMode":"Passive"}`,
		},
		"vanilla web sample": {
			"POST /face/v1.2/detectLiveness-sessions HTTP/1.1\nHost: {host}\nOcp-Apim-Subscription-Key: {key}\nContent-Type: application/json\n" +
				"Origin: http://localhost:8000\nX-MS-AZSDK-Telemetry: sample=javascript-face-web-sdk",
			`{"livenessOperationMode":"PassiveActive","deviceCorrelationId":"null","userCorrelationId":"undefined","enableSessionImage":true}`,
		},
		"Blazor sample": {
			"POST /face/v1.3-preview.1/detectLiveness-sessions HTTP/1.1\nHost: {host}\nOcp-Apim-Subscription-Key: {key}\nContent-Type: application/json; charset=utf-8",
			`{"livenessOperationMode":"PassiveActive","deviceCorrelationId":"0b67be9d-b5e0-4b7e-a6f2-f4a2d1a9f9a6","userCorrelationId":"u","enableSessionImage":true}`,
		},
		"Java SDK": {
			"POST /face/v1.2-preview.1/detectLiveness/singleModal/sessions HTTP/1.1\nhost: {host}\nDate: Mon, 23 Nov 2026 04:07:30 GMT\n" +
				"Ocp-Apim-Subscription-Key: {key}\nContent-Type: application/json\nx-ms-client-request-id: 7d5b5af9-0bf5-4c92-a7eb-04be132c7318\n" +
				"Accept: application/json\nUser-Agent: azsdk-java-azure-ai-vision-face/1.0.0-beta.2 (17.0.15; Linux; 6.18.44)",
			`{"livenessOperationMode":"Passive","sendResultsToClient":false,"enableSessionImage":true,"livenessSingleModalModel":"2022-10-15-preview.04",` +
				`"deviceCorrelationId":"5d2c3e1a-0000-4000-8000-000000000001","authTokenTimeToLiveInSeconds":60}`,
		},
		"sample of 2024": {
			"POST /face/v1.1-preview.1/detectLiveness/singleModal/sessions HTTP/1.1\nHost: {host}\nOcp-Apim-Subscription-Key: {key}\nContent-Type: application/json",
			`{"livenessOperationMode":"Passive","sendResultsToClient":true,"deviceCorrelationId":"0b67be9d-b5e0-4b7e-a6f2-f4a2d1a9f9a6"}`,
		},
	}
}

// TestRawSamples sends the calls of the samples for phones and browsers, byte for byte,
// whole and chunked.
func TestRawSamples(t *testing.T) {
	t.Parallel()
	for name, c := range rawSamples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRawServer(t)
			for _, length := range []string{"Content-Length: {length}", "Transfer-Encoding: chunked"} {
				s.create(c.head+"\n"+length, c.body)
				if s.names["session"] == "" || s.names["token"] == "" {
					t.Errorf("%s: got session %q and token %q; want both", length, s.names["session"], s.names["token"])
				}
			}
		})
	}
}

const (
	rawPreviewPath = "/detectLivenessWithVerify/singleModal/sessions"
	rawParameters  = `{"livenessOperationMode":"PassiveActive","deviceCorrelationId":"d","sendResultsToClient":true}`
)

// rawPreviewBodies are with-verify bodies of clients of the previews.
func rawPreviewBodies() map[string]struct{ boundary, body string } {
	return map[string]struct{ boundary, body string }{
		"JavaScript SDK": {"----AzSDKFormBoundary5d3c", rawLines(`
------AzSDKFormBoundary5d3c
content-type: application/octet-stream
content-disposition: form-data; name="VerifyImage"; filename="blob"

{image}
------AzSDKFormBoundary5d3c
content-type: application/json
content-disposition: form-data; name="Parameters"

` + rawParameters + `
------AzSDKFormBoundary5d3c--

`)},
		"Python SDK": {"b2f5d9a1c1a64c0fb1f0d4d3f3c2a1b0", rawLines(`
--b2f5d9a1c1a64c0fb1f0d4d3f3c2a1b0
Content-Disposition: form-data; name="Parameters"

` + rawParameters + `
--b2f5d9a1c1a64c0fb1f0d4d3f3c2a1b0
Content-Disposition: form-data; name="VerifyImage"; filename="verify-image"
Content-Type: application/octet-stream

{image}
--b2f5d9a1c1a64c0fb1f0d4d3f3c2a1b0--
`)},
		// This client's helper writes no line end after the last boundary.
		"Java SDK": {"ad359b20-9e11-4d", strings.TrimSuffix(rawLines(`
--ad359b20-9e11-4d
Content-Disposition: form-data; name="Parameters"
Content-Type: application/json

`+rawParameters+`
--ad359b20-9e11-4d
Content-Disposition: form-data; name="VerifyImage"; filename="verify-image"
Content-Type: application/octet-stream

{image}
--ad359b20-9e11-4d--
`), "\r\n")},
		"sample of 2024, FormData": {"----WebKitFormBoundaryo9", rawLines(`
------WebKitFormBoundaryo9
Content-Disposition: form-data; name="Parameters"

` + rawParameters + `
------WebKitFormBoundaryo9
Content-Disposition: form-data; name="VerifyImage"; filename="photo.jpg"
Content-Type: image/jpeg

{image}
------WebKitFormBoundaryo9--
`)},
		"Kotlin sample of 2024": {"kotlin-24", rawLines(`
--kotlin-24
Content-Type: application/json; charset=UTF-8
Content-Disposition: form-data; name=Parameters

` + rawParameters + `
--kotlin-24
Content-Disposition: form-data; name=VerifyImage; filename=VerifyImage
Content-Transfer-Encoding: binary
Content-Type: application/octet-stream

{image}
--kotlin-24--
`)},
	}
}

// TestRawPreviews sends the forms of the previews and reads the results.
func TestRawPreviews(t *testing.T) {
	t.Parallel()
	for _, version := range slices.DeleteFunc(allVersions(t), func(name string) bool { return !isSingleModal(name) }) {
		for name, c := range rawPreviewBodies() {
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newRawServer(t)
				head := fmt.Sprintf("POST //face/%s%s HTTP/1.1\nHost: {host}\nOcp-Apim-Subscription-Key: {key}\n"+
					"Content-Type: multipart/form-data; boundary=%s\n", version, rawPreviewPath, c.boundary)
				for _, length := range []string{"Content-Length: {length}", "Transfer-Encoding: chunked"} {
					answer := s.create(head+length, c.body)
					if !strings.HasPrefix(answer.body, `{"verifyImage":{"faceRectangle":`) {
						t.Errorf("%s: got %s; want the verify image first", length, answer.body)
					}
				}
				detected := s.want(200, "POST /face/"+version+"/detectLivenessWithVerify/singleModal HTTP/1.1\n"+rawDeviceHead+"Content-Length: 0", "")
				if !strings.Contains(detected.body, `"verifyResult":{"verifyImage":`) {
					t.Errorf("detect: got %s; want the result, as it was to be sent to the client", detected.body)
				}
				deleted := s.want(200, "DELETE /face/"+version+rawPreviewPath+"/{session} HTTP/1.1\nHost: {host}\nOcp-Apim-Subscription-Key: {key}", "")
				if deleted.Header.Get("Content-Length") != "0" || deleted.Header.Get("Content-Type") != "" {
					t.Errorf("delete: got\n%s\nwant Content-Length: 0 and no Content-Type", deleted.head)
				}
			})
		}
	}
}

// TestRawMonitoredForm sends the Kotlin sample's form in the version with user ids.
func TestRawMonitoredForm(t *testing.T) {
	t.Parallel()
	s := newRawServer(t)
	body := strings.Replace(rawKotlin(""), "--6a0d2ce5-kotlin--", rawLines(`--6a0d2ce5-kotlin
Content-Type: application/json; charset=UTF-8
Content-Disposition: form-data; name=userCorrelationId

user-1
--6a0d2ce5-kotlin--`), 1)
	head := strings.Replace(fmt.Sprintf(rawForm, "multipart/form-data; boundary=6a0d2ce5-kotlin"), "v1.2", "v1.3-preview.1", 1)
	s.create(head, body)
	if s.names["session"] == "" {
		t.Error("got no session")
	}
}
