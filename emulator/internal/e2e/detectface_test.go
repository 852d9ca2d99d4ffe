package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestDetectStory checks that /detect finds a face in a session image only.
func TestDetectStory(t *testing.T) {
	t.Parallel()
	for _, version := range slices.DeleteFunc(allVersions(t), func(name string) bool { return name == "v1.1-preview.1" }) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, version)
			x := jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u","enableSessionImage":true}`,
				map[string]string{"X-Face-Liveness-Scenario": "as-recorded"})
			x.path = sessionsPath(version)
			s.do(x)
			s.device("The device is analysed", "s", "detectLiveness/singleModal")
			read := s.get("Read", sessionsPath(version)+"/{s}").Body.String()
			image := firstMatch(read, `"sessionImageId":"([\w-]{44})"`)
			body := fmt.Sprintf(`{"sessionImageId":%q}`, image)

			const rectangle = `"faceRectangle":{"top":669,"left":203,"width":646,"height":724}}]`
			for _, test := range []struct{ query, want string }{
				{"", `[{"faceId":"` + s.nextID(1) + `",` + rectangle},
				{"?returnFaceId=false", `[{` + rectangle},
				{"?returnFaceId=True&returnRecognitionModel=true", `"recognitionModel":"recognition_01",` + rectangle},
				{"?recognitionModel=recognition_04&returnRecognitionModel=true&detectionModel=detection_03", `"recognitionModel":"recognition_04",` + rectangle},
				{"?returnFaceId=false&returnRecognitionModel=true", `[{` + rectangle},
				{"?_overload=detectFromSessionImageId&faceIdTimeToLive=60&returnFaceLandmarks=false&returnFaceAttributes=", rectangle},
			} {
				if w := s.detect("Detect "+test.query, test.query, body); !strings.Contains(w, test.want) {
					t.Errorf("%s: got %s; want %s", test.query, w, test.want)
				}
			}
			for _, query := range []string{
				"?recognitionModel=recognition_05", "?detectionModel=detection_04", "?returnFaceId=yes", "?returnRecognitionModel=1",
				"?faceIdTimeToLive=59", "?faceIdTimeToLive=86401", "?faceIdTimeToLive=x", "?returnFaceLandmarks=true", "?returnFaceAttributes=headPose",
			} {
				s.detect("Refused: "+query, query, body)
			}
			for _, other := range []string{
				`{"url":"https://example.com/face.jpg"}`, `{}`, `{"sessionImageId":""}`, `{"sessionImageId":7}`, `{"sessionImageId":null}`, `[]`, `{`,
				`{"sessionImageId":"` + strings.Repeat("A", 44) + `"}`, `{"sessionImageId":"x"}`,
			} {
				s.detect("Another body: "+other, "", other)
			}
			s.do(exchange{
				title: "An image", method: http.MethodPost, path: "{face}/detect", key: storyKey,
				contentType: "application/octet-stream", body: []byte("GIF89a"),
			})
			s.do(exchange{
				title: "Another resource's image", method: http.MethodPost, path: "{face}/detect", key: "another-key",
				contentType: "application/json", body: []byte(body),
			})
			s.do(exchange{title: "Delete", method: http.MethodDelete, path: sessionsPath(version) + "/{s}", key: storyKey})
			s.detect("A deleted session's image", "", body)
			s.compare("detect")
		})
	}
}

func (s *story) detect(title, query, body string) string {
	s.t.Helper()
	return s.do(exchange{
		title: title, method: http.MethodPost, path: "{face}/detect" + query, key: storyKey,
		contentType: "application/json", body: []byte(body),
	}).Body.String()
}
