package httpapi

import (
	"net/url"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func TestParseDetection(t *testing.T) {
	t.Parallel()
	asDefault := detection{recognitionModel: "recognition_01", returnFaceID: true}
	for query, want := range map[string]detection{
		"":                                  asDefault,
		"anything=else&RETURNFACEID=false":  asDefault,
		"recognitionModel=&detectionModel=": asDefault,
		"returnFaceId=&faceIdTimeToLive=&returnFaceAttributes=&returnFaceLandmarks=": asDefault,
		"recognitionModel=recognition_01":                                            asDefault,
		"recognitionModel=recognition_02":                                            {"recognition_02", true, false},
		"recognitionModel=recognition_03":                                            {"recognition_03", true, false},
		"recognitionModel=recognition_04":                                            {"recognition_04", true, false},
		"detectionModel=detection_01":                                                asDefault,
		"detectionModel=detection_02":                                                asDefault,
		"detectionModel=detection_03":                                                asDefault,
		"returnFaceId=false":                                                         {"recognition_01", false, false},
		"returnFaceId=true":                                                          asDefault,
		"returnFaceId=False&returnRecognitionModel=True":                             {"recognition_01", false, true}, // as Python writes them
		"returnRecognitionModel=TRUE":                                                {"recognition_01", true, true},
		"returnRecognitionModel=false":                                               asDefault,
		"returnFaceLandmarks=false":                                                  asDefault,
		"returnFaceLandmarks=False":                                                  asDefault,
		"faceIdTimeToLive=60":                                                        asDefault,
		"faceIdTimeToLive=86400":                                                     asDefault,
		"returnFaceId=false&returnFaceId=true":                                       {"recognition_01", false, false}, // the first counts
		"returnRecognitionModel=true&recognitionModel=recognition_04&detectionModel=detection_03": {"recognition_04", true, true},
	} {
		if got, err := parseDetection(queryOf(t, query)); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", query, got, err, want)
		}
	}
}

func TestParseDetectionRefuses(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]liveness.Code{
		"recognitionModel=recognition_00":       codeBadRecognitionModel,
		"recognitionModel=recognition_05":       codeBadRecognitionModel,
		"recognitionModel=Recognition_01":       codeBadRecognitionModel,
		"recognitionModel=recognition_01+":      codeBadRecognitionModel,
		"detectionModel=detection_00":           codeBadDetectionModel,
		"detectionModel=detection_04":           codeBadDetectionModel,
		"detectionModel=recognition_01":         codeBadDetectionModel,
		"returnFaceId=1":                        codeBadParameter,
		"returnFaceId=yes":                      codeBadParameter,
		"returnFaceId=+true":                    codeBadParameter,
		"returnRecognitionModel=0":              codeBadParameter,
		"returnFaceLandmarks=t":                 codeBadParameter,
		"faceIdTimeToLive=59":                   codeBadParameter,
		"faceIdTimeToLive=86401":                codeBadParameter,
		"faceIdTimeToLive=-60":                  codeBadParameter,
		"faceIdTimeToLive=60.0":                 codeBadParameter,
		"faceIdTimeToLive=1h":                   codeBadParameter,
		"faceIdTimeToLive=99999999999999999999": codeBadParameter,
		"returnFaceLandmarks=true":              codeNotEmulated,
		"returnFaceAttributes=headPose":         codeNotEmulated,
		// What is wrong is told before what is not there.
		"returnFaceAttributes=mask&faceIdTimeToLive=1":                          codeBadParameter,
		"returnFaceLandmarks=true&returnFaceId=x":                               codeBadParameter,
		"detectionModel=x&returnFaceId=x":                                       codeBadDetectionModel,
		"recognitionModel=x&detectionModel=x&returnFaceId=x&faceIdTimeToLive=x": codeBadRecognitionModel,
	} {
		got, err := parseDetection(queryOf(t, query))
		if err == nil || liveness.CodeOf(err) != want || got != (detection{}) {
			t.Errorf("%q: got %+v, %v; want %s", query, got, err, want)
		}
	}
}

func queryOf(t *testing.T, text string) url.Values {
	t.Helper()
	query, err := url.ParseQuery(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return query
}
