package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/client"
)

// The calls that are measured.
const (
	createCall  = "create"
	readCall    = "read"
	startCall   = "start"
	attemptCall = "attempt"
	listCall    = "list"
)

const (
	collection = "/face/v1.2/detectLiveness-sessions"
	key        = "load"
	jsonHeader = "Content-Type: application/json\r\n"
	// Headers that clients send with every call.
	usualHeaders = "User-Agent: azsdk-js-ai-vision-face-rest/1.0.0-beta.3\r\nAccept: application/json\r\nAccept-Encoding: gzip, deflate\r\n"
	keyHeaders   = usualHeaders + "Ocp-Apim-Subscription-Key: " + key + "\r\n"
	tokenHeaders = usualHeaders + "Authorization: Bearer "
)

// create returns a create call; each has another body.
func create(n int) client.Call {
	return client.Call{Method: http.MethodPost, Path: collection, Headers: keyHeaders + jsonHeader, Body: fmt.Sprintf(
		`{"livenessOperationMode":"PassiveActive","deviceCorrelationId":"phone-%d","enableSessionImage":false,"authTokenTimeToLiveInSeconds":86400}`, n)}
}

// alive returns a call that costs little. The bare stack answers it with a 404.
func alive() client.Call { return client.Call{Method: http.MethodGet, Path: "/livez"} }

func readSession(id string) client.Call {
	return client.Call{Method: http.MethodGet, Path: collection + "/" + id, Headers: keyHeaders}
}

// start returns the call with which a device begins a session.
func start(token string) client.Call {
	return client.Call{Method: http.MethodPost, Path: "/face/v1.2/session/start", Headers: tokenHeaders + token + "\r\n"}
}

// boundary separates the parts of the body of an attempt.
const boundary = "camera"

// attempt returns the call with which a device sends what its camera saw. A real body is
// encrypted and as large as a short video; the emulator only hashes it.
func attempt(token string) client.Call {
	return client.Call{
		Method: http.MethodPost, Path: "/face/v1.2/detectLiveness/singleModal",
		Headers: tokenHeaders + token + "\r\nContent-Type: multipart/form-data; boundary=" + boundary + "\r\n",
		Body: "--" + boundary + "\r\nContent-Disposition: form-data; name=\"Content\"; filename=\"video.webp\"\r\n\r\n" + strings.Repeat("v", 1024) +
			"\r\n--" + boundary + "\r\nContent-Disposition: form-data; name=\"Metadata\"\r\n\r\n{}\r\n--" + boundary + "--\r\n",
	}
}

// list returns the call for 20 sessions. Only the first preview version has one.
func list() client.Call {
	return client.Call{Method: http.MethodGet, Path: "/face/v1.1-preview.1/detectLiveness/singleModal/sessions?top=20", Headers: keyHeaders}
}
