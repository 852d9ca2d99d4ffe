package httpapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// face is a detected face on the wire, as far as a session image needs it.
type face struct {
	FaceID           string    `json:"faceId,omitempty"`
	RecognitionModel string    `json:"recognitionModel,omitempty"`
	FaceRectangle    rectangle `json:"faceRectangle"`
}

type rectangle struct {
	Top    int `json:"top"`
	Left   int `json:"left"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// detectFace finds the face in a session image: the one that its attempt looked
// at. Face ids are new every time and lead nowhere, since nothing else of the Face
// API is here to take them.
func detectFace() operation {
	return operation{name: "detectFromSessionImageId", validated: true, handle: func(c *call) (response, error) {
		asked, err := parseDetection(c.request.URL.Query())
		if err != nil {
			return response{}, err
		}
		id, err := c.sessionImageID()
		if err != nil {
			return response{}, err
		}
		where, err := c.Service.Face(c.request.Context(), c.caller(), id)
		if err != nil {
			return response{}, err
		}
		found := face{FaceRectangle: rectangle(where)}
		if asked.returnFaceID {
			found.FaceID = c.NewID().String()
			if asked.returnRecognitionModel {
				found.RecognitionModel = asked.recognitionModel
			}
		}
		return jsonResponse(wire.Marshal([]face{found}))
	}}
}

// sessionImageID reads the body. Of the three that the service takes, an image and
// the URL of one belong to a part of the API that is not emulated.
func (c *call) sessionImageID() (liveness.ImageID, error) {
	const elsewhere = "only the liveness part of the Face API is emulated: /detect takes JSON with a sessionImageId"
	kind, _, err := c.mediaType()
	if err != nil {
		return "", err
	}
	if kind != "" && kind != "application/json" {
		return "", liveness.Refuse(codeNotEmulated, "%s", elsewhere)
	}
	raw, err := c.readBody()
	if err != nil {
		return "", err
	}
	fields, err := decodeObject(raw)
	if err != nil {
		return "", &liveness.Error{Code: codeBadJSON, Hint: "the body must be {\"sessionImageId\":\"…\"}", Err: err}
	}
	withoutNulls(fields)
	if _, isURL := fields["url"]; isURL && fields["sessionImageId"] == nil {
		return "", liveness.Refuse(codeNotEmulated, "%s", elsewhere)
	}
	if problems := c.schema.Validate(fields); len(problems) > 0 {
		return "", liveness.Refuse(codeBadBody, "%s", problems[0].Text)
	}
	id, _ := fields["sessionImageId"].(string)
	return liveness.ImageID(id), nil
}

// A detection is what the query of a detect call asks for.
type detection struct {
	recognitionModel       string
	returnFaceID           bool
	returnRecognitionModel bool
}

// parseDetection reads the query, with its defaults and bounds
// [documented: detect-parameters].
func parseDetection(query url.Values) (detection, error) {
	asked := detection{recognitionModel: "recognition_01", returnFaceID: true}
	if model := query.Get("recognitionModel"); model != "" {
		asked.recognitionModel = model
	}
	if !slices.Contains([]string{"recognition_01", "recognition_02", "recognition_03", "recognition_04"}, asked.recognitionModel) {
		return detection{}, liveness.Refuse(codeBadRecognitionModel, "recognitionModel is one of recognition_01 to recognition_04")
	}
	if model := query.Get("detectionModel"); model != "" &&
		!slices.Contains([]string{"detection_01", "detection_02", "detection_03"}, model) {
		return detection{}, liveness.Refuse(codeBadDetectionModel, "detectionModel is one of detection_01 to detection_03")
	}
	var landmarks bool
	for _, flag := range []struct {
		name string
		into *bool
	}{
		{"returnFaceId", &asked.returnFaceID},
		{"returnRecognitionModel", &asked.returnRecognitionModel},
		{"returnFaceLandmarks", &landmarks},
	} {
		if !parseSwitch(query.Get(flag.name), flag.into) {
			return detection{}, liveness.Refuse(codeBadParameter, "%s must be true or false", flag.name)
		}
	}
	if text := query.Get("faceIdTimeToLive"); text != "" {
		const shortest, longest = 60, 86400 // seconds
		if seconds, err := strconv.Atoi(text); err != nil || seconds < shortest || seconds > longest {
			return detection{}, liveness.Refuse(codeBadParameter, "faceIdTimeToLive must be from %d to %d", shortest, longest)
		}
	}
	if landmarks || query.Get("returnFaceAttributes") != "" {
		return detection{}, liveness.Refuse(codeNotEmulated, "face landmarks and attributes are not emulated; leave them out")
	}
	return asked, nil
}

// parseSwitch reads true or false in any letter case: Python's clients send True.
func parseSwitch(text string, into *bool) (ok bool) {
	switch {
	case text == "":
	case strings.EqualFold(text, "true"):
		*into = true
	case strings.EqualFold(text, "false"):
		*into = false
	default:
		return false
	}
	return true
}
