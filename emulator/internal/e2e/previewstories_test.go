package e2e_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// eachPreview runs a test in both of the first two previews.
func eachPreview(t *testing.T, run func(t *testing.T, s *story, images bool)) {
	t.Helper()
	for _, version := range slices.DeleteFunc(allVersions(t), func(name string) bool { return !isSingleModal(name) }) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			run(t, newStory(t, version), version == "v1.2-preview.1")
		})
	}
}

const (
	previewPlain  = "{face}/detectLiveness/singleModal/sessions"
	previewVerify = "{face}/detectLivenessWithVerify/singleModal/sessions"
)

// get returns a read with the key of the stories.
func (s *story) get(title, path string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(exchange{title: title, method: http.MethodGet, path: path, key: storyKey})
}

// upload returns a detect call as the client SDK makes it, with a body of two parts.
func (s *story) upload(title, session, path string, header map[string]string, parts ...formPart) *httptest.ResponseRecorder {
	s.t.Helper()
	const boundary = "----------------------------590588908656854647226496"
	var body strings.Builder
	for _, p := range append([]formPart{{"Content", "video.webp", "WEBP"}, {"Metadata", "", "{}"}}, parts...) {
		fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=%q; filename=%q\r\n\r\n%s\r\n", boundary, p.name, p.fileName, p.text)
	}
	fmt.Fprintf(&body, "--%s--\r\n", boundary)
	return s.do(exchange{
		title: title, method: http.MethodPost, path: path, token: "{" + session + ".token}", header: header,
		contentType: "multipart/form-data; boundary=" + boundary, body: []byte(body.String()),
	})
}

// previewForm returns a with-verify create call of the previews.
func previewForm(t *testing.T, title, as, parameters string, header map[string]string, partType string) exchange {
	t.Helper()
	const boundary = "a-boundary"
	head := ""
	if partType != "" {
		head = "Content-Type: " + partType + "\r\n"
	}
	body := fmt.Sprintf("--%[1]s\r\nContent-Disposition: form-data; name=\"Parameters\"\r\n%[2]s\r\n%[3]s\r\n"+
		"--%[1]s\r\nContent-Disposition: form-data; name=\"VerifyImage\"; filename=\"verify-image\"\r\n\r\n%[4]s\r\n--%[1]s--\r\n",
		boundary, head, parameters, picture(t, 200, 200))
	return exchange{
		title: title, method: http.MethodPost, path: previewVerify, key: storyKey, header: header,
		contentType: "multipart/form-data; boundary=" + boundary, body: []byte(body), as: as,
	}
}

// TestPreviewLivenessStory is the recorded life of a session in the previews, with two
// checks, as two recorded audit entries of a session show it.
func TestPreviewLivenessStory(t *testing.T) {
	t.Parallel()
	eachPreview(t, func(t *testing.T, s *story, images bool) {
		t.Helper()
		s.do(exchange{
			title: "Create", method: http.MethodPost, path: previewPlain, key: storyKey, as: "s",
			contentType: "application/json", header: map[string]string{"X-Face-Liveness-Scenario": "as-recorded"},
			body: []byte(`{"livenessOperationMode":"Passive","sendResultsToClient":true,"enableSessionImage":true,"deviceCorrelationId":"6cfd50d3-3723-456c-b2dc-dc0ab271bb57"}`),
		})
		fresh := s.get("Read before the device starts", previewPlain+"/{s}")
		if fresh.Body.Len() != 240 {
			t.Errorf("before the start: got %d bytes (%s); the recorded answer has 240", fresh.Body.Len(), fresh.Body)
		}
		s.advance(1537814 * time.Microsecond / 10)
		s.device("The device starts", "s", "session/start")
		s.get("Read while started", previewPlain+"/{s}")
		device := map[string]string{"client-request-id": "4af681e9-0e25-43e9-9922-a7adebf13b2f", "User-Agent": "a phone/1.0"}
		first := s.upload("The device is analysed, in its own spelling of the path", "s", "{face}/detectliveness/singlemodal", device)
		done := s.get("Read when done", previewPlain+"/{s}").Body.String()
		checkAudited(t, done, first, strings.ToLower("/face/"+s.version+"/detectLiveness/singleModal"), device)

		second := s.upload("And again", "s", "{face}/detectLiveness/singleModal", nil)
		audit := s.get("Audit", previewPlain+"/{s}/audit").Body.String()
		if one, two := strings.Index(audit, `{"id":1,`), strings.Index(audit, `{"id":2,`); one < 0 || two < 0 || two > one {
			t.Errorf("audit: got %s; want entry 2, then entry 1", audit)
		}
		if again := requestID(t, second); !strings.Contains(audit, `"requestId":"`+again+`","receivedDateTime"`) {
			t.Errorf("audit: got %s; want %v in it, and no clientRequestId after it", audit, again)
		}
		s.get("Audit behind the first entry", previewPlain+"/{s}/audit?start=1")
		s.get("Audit, one entry", previewPlain+"/{s}/audit?top=1")
		if images {
			s.previewImage(done)
		}

		s.get("List", previewPlain)
		s.get("List behind the session", previewPlain+"?start={s}&top=20")
		s.get("List of the other kind", previewVerify+"?start=00000000-0000-0000-0000-000000000000&top=20")
		s.advance(10 * time.Minute)
		s.get("Read when the token has expired", previewPlain+"/{s}")
		s.device("A device with the expired token", "s", "detectLiveness/singleModal")

		deletion := exchange{title: "Delete", method: http.MethodDelete, path: previewPlain + "/{s}", key: storyKey}
		deleted := s.do(deletion)
		if deleted.Code != http.StatusOK || deleted.Body.Len() > 0 || len(deleted.Header()["Content-Type"]) > 0 {
			t.Errorf("delete: got %d with %q and type %q; want 200 with neither", deleted.Code, deleted.Body, deleted.Header().Get("Content-Type"))
		}
		deletion.title = "Delete again"
		s.do(deletion)
		s.get("Audit of a deleted session", previewPlain+"/{s}/audit")
		s.get("List without it", previewPlain)
		s.compare("liveness")
	})
}

// checkAudited compares an audit entry with its device call.
func checkAudited(t *testing.T, entry string, call *httptest.ResponseRecorder, path string, header map[string]string) {
	t.Helper()
	for _, want := range []string{
		`"requestId":"` + requestID(t, call) + `"`, `"clientRequestId":"` + header["client-request-id"] + `"`,
		`"url":"` + path + `"`, `"userAgent":"` + header["User-Agent"] + `"`,
		`"contentType":"multipart/form-data; boundary=----------------------------590588908656854647226496"`,
		`"response":{"body":` + call.Body.String() + `,"statusCode":200`,
	} {
		if !strings.Contains(entry, want) {
			t.Errorf("got %s; want %s in it", entry, want)
		}
	}
}

// requestID returns the request id of a call's response.
func requestID(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	ids := map[string][]string(answer.Header())["apim-request-id"]
	if len(ids) != 1 {
		t.Fatalf("got the ids %v; want one", ids)
	}
	return ids[0]
}

// previewImage reads the session image of a result.
func (s *story) previewImage(result string) {
	s.t.Helper()
	s.known["{image}"] = firstMatch(result, `"sessionImageId":"([\w-]{44})"`)
	file := s.get("Read the session image", "{face}/session/sessionImages/{image}")
	if _, err := jpeg.DecodeConfig(bytes.NewReader(file.Body.Bytes())); err != nil {
		s.t.Errorf("session image: %v", err)
	}
}

// TestPreviewVerifyStory creates sessions with verify in the three forms of the previews.
func TestPreviewVerifyStory(t *testing.T) {
	t.Parallel()
	eachPreview(t, func(t *testing.T, s *story, _ bool) {
		t.Helper()
		pinned := map[string]string{"X-Face-Liveness-Scenario": "masked-first"}
		const parameters = `{"livenessOperationMode":"PassiveActive","deviceCorrelationIdSetInClient":true,"deviceCorrelationId":"",` +
			`"enableSessionImage":true,"returnVerifyImageHash":true,"verifyConfidenceThreshold":0.999}`
		created := s.do(previewForm(t, "Create with a part of no type", "s", parameters, pinned, ""))
		if !strings.HasPrefix(created.Body.String(), `{"verifyImage":{"faceRectangle":`) {
			t.Errorf("created: got %s; want the verify image first", created.Body)
		}
		s.get("Read before the device starts", previewVerify+"/{s}")
		s.do(exchange{
			title: "Start with the correlation id", method: http.MethodPost, path: "{face}/session/start", token: "{s.token}",
			contentType: "application/json", body: []byte(`{"deviceCorrelationId":"phone-2"}`),
		})
		refused := s.upload("First attempt", "s", "{face}/detectLivenessWithVerify/singleModal", nil)
		if refused.Code != http.StatusNoContent || refused.Body.Len() > 0 {
			t.Errorf("first attempt: got %d %s; want 204, as the result does not go to the client", refused.Code, refused.Body)
		}
		s.get("Read between the attempts", previewVerify+"/{s}")
		s.get("Audit between the attempts", previewVerify+"/{s}/audit")
		s.upload("Second attempt", "s", "{face}/detectLivenessWithVerify/singleModal", nil)
		s.get("Read after the second", previewVerify+"/{s}")
		s.upload("Third attempt", "s", "{face}/detectLivenessWithVerify/singleModal", nil)
		s.upload("Fourth attempt", "s", "{face}/detectLivenessWithVerify/singleModal", nil)
		s.get("Audit of three", previewVerify+"/{s}/audit")
		s.device("No attempt is ended here", "s", "session/attempt/end")

		s.do(previewForm(t, "Create with a part of JSON", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","sendResultsToClient":true}`, nil, "application/json"))
		told := s.upload("The client is told the result", "s", "{face}/detectLivenessWithVerify/singleModal", nil)
		if told.Code != http.StatusOK || !strings.Contains(told.Body.String(), `"verifyResult":{"verifyImage":`) {
			t.Errorf("with sendResultsToClient: got %d %s; want 200 and the result", told.Code, told.Body)
		}
		s.do(exchange{
			title: "Create in JSON", method: http.MethodPost, path: previewVerify, key: storyKey, as: "j",
			contentType: "application/json; charset=utf-8", body: []byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`),
		})
		s.upload("The device brings the image", "j", "{face}/detectLivenessWithVerify/singleModal", nil,
			formPart{"VerifyImage", "verify.png", picture(t, 300, 300)})
		s.get("Read with the device's image", previewVerify+"/{j}")
		s.do(exchange{title: "Delete", method: http.MethodDelete, path: previewVerify + "/{j}", key: storyKey})
		s.compare("verify")
	})
}

// TestPreviewErrorsStory has the refusals that only the previews have.
func TestPreviewErrorsStory(t *testing.T) {
	t.Parallel()
	eachPreview(t, func(t *testing.T, s *story, _ bool) {
		t.Helper()
		s.do(exchange{
			title: "Create", method: http.MethodPost, path: previewPlain, key: storyKey, as: "s",
			contentType: "application/json", body: []byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`),
		})
		for _, query := range []string{
			"top=0", "top=1001", "top=-1", "top=ten", "top=1.5", "top=99999999999999999999",
			"start=" + strings.Repeat("0", 65),
		} {
			s.get("List with "+query, previewPlain+"?"+query)
			s.get("Audit with "+query, previewPlain+"/{s}/audit?"+query)
		}
		s.get("Audit with start=x", previewPlain+"/{s}/audit?start=x")
		s.get("Audit with start=-1", previewPlain+"/{s}/audit?start=-1")
		s.get("List with an empty start and top", previewPlain+"?start=&top=")
		s.get("List with a start of 64", previewPlain+"?start="+strings.Repeat("z", 64))
		s.get("Audit of the other kind", previewVerify+"/{s}/audit")

		s.do(previewForm(t, "Parameters are no JSON", "", `{"livenessOperationMode":`, nil, ""))
		s.do(previewForm(t, "Parameters are no object", "", `[]`, nil, ""))
		s.do(previewForm(t, "Parameters are empty", "", ``, nil, ""))
		s.do(previewForm(t, "Parameters without a mode", "", `{"deviceCorrelationId":"d"}`, nil, ""))
		s.do(previewForm(t, "Parameters with an image", "", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","VerifyImage":{"size":7}}`, nil, ""))
		contentType, body := form(t, mode().part(), device().part(), formPart{"verifyImage", "v.png", picture(t, 64, 64)})
		s.do(exchange{
			title: "The form of later versions", method: http.MethodPost, path: previewVerify, key: storyKey,
			contentType: contentType, body: body,
		})
		s.get("A path of later versions", "{face}/detectLiveness-sessions/{s}")
		s.get("Settings", "{face}/settings")
		s.compare("errors")
	})
}
