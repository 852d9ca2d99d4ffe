package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// The bodies of the device calls are private to Microsoft's client SDK. These
// operations have bodies that schemas/README.md documents, and ignore what else a client
// sends.

// startSession begins the session. Its body is empty or a JSON object with an
// optional deviceCorrelationId.
func startSession() operation {
	return operation{name: "startSession", device: pathStart, validated: true, handle: func(c *call) (response, error) {
		request, err := c.startRequest()
		if err != nil {
			return response{}, err
		}
		result, err := c.Service.Start(c.request.Context(), c.device, request)
		if err != nil {
			return response{}, err
		}
		c.note(result)
		return jsonResponse(wire.EncodeStarted(result))
	}}
}

// startRequest reads the body of session/start. Whatever looks like a JSON
// object is taken for one, so that a plain curl -d works; other bodies mean
// nothing.
func (c *call) startRequest() (service.StartRequest, error) {
	raw, err := c.readBody()
	if err != nil {
		return service.StartRequest{}, err
	}
	raw = bytes.TrimSpace(raw)
	saysJSON := strings.HasPrefix(c.request.Header.Get("Content-Type"), "application/json")
	if len(raw) == 0 || raw[0] != '{' && !saysJSON {
		return service.StartRequest{}, nil
	}
	fields, err := decodeObject(raw)
	if err != nil {
		return service.StartRequest{}, err
	}
	withoutNulls(fields)
	if problems := c.schema.Validate(fields); len(problems) > 0 {
		return service.StartRequest{}, c.refuseID(problems)
	}
	return service.StartRequest{
		DeviceCorrelationID: givenID(fields, "deviceCorrelationId"),
		UserCorrelationID:   givenID(fields, "userCorrelationId"),
	}, nil
}

// refuseID names the id that is wrong, also when it is of another type: these
// bodies are the emulator's own and hold nothing else.
func (c *call) refuseID(problems []schema.Problem) error {
	for i := range problems {
		problems[i].Kind = schema.KindOther
	}
	return c.refuseProblems(problems)
}

func givenID(fields map[string]any, name string) *string {
	if id, ok := fields[name].(string); ok {
		return &id
	}
	return nil
}

// detect runs an attempt with whatever body the device sends. Of a multipart
// body, the part VerifyImage is looked at.
func detect(name, path string) operation {
	return operation{name: name, device: path, handle: func(c *call) (response, error) {
		request, err := c.detectRequest()
		if err != nil {
			return response{}, err
		}
		result, err := c.Service.Detect(c.request.Context(), c.device, request)
		if err != nil {
			return response{}, err
		}
		c.note(result)
		body, err := c.version.dialect.encodeDetected(result)
		c.log.tampered = body != nil && result.Digest != result.Attempt.Digest
		if body == nil {
			return response{status: http.StatusNoContent}, err
		}
		return jsonResponse(body, err)
	}}
}

// maxAuditedText is how much is kept of a header of the device, in bytes.
const maxAuditedText = 512

// clipBytes returns at most the first bytes of a text that are valid UTF-8.
func clipBytes(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

func (c *call) detectRequest() (service.DetectRequest, error) {
	request := service.DetectRequest{
		RequestID:       c.log.id,
		ClientRequestID: clipBytes(c.request.Header.Get("client-request-id"), maxAuditedText),
		Audited: liveness.AttemptRequest{
			Path:          c.request.URL.Path,
			ContentLength: c.request.ContentLength,
			ContentType:   clipBytes(c.request.Header.Get("Content-Type"), maxAuditedText), // with its boundary [recorded: audit-request-content-type]
			UserAgent:     clipBytes(c.request.UserAgent(), maxAuditedText),
		},
	}
	if c.request.ContentLength > maxMultipartBody {
		return request, tooLarge(maxMultipartBody)
	}
	// Bodies of any kind are taken; only a multipart one is looked into.
	kind, params, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	hash := sha256.New()
	body := io.TeeReader(http.MaxBytesReader(nil, c.request.Body, maxMultipartBody), hash)
	if kind == "multipart/form-data" {
		err := c.eachPart(body, params["boundary"], wantedOfDevice, func(part formPart) error {
			request.VerifyImage = &service.Upload{FileName: part.fileName, Bytes: part.content}
			return nil
		})
		if err != nil {
			return request, err
		}
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return request, bodyError(err, maxMultipartBody)
	}
	hash.Sum(request.Payload[:0])
	if c.request.ContentLength != 0 && !c.body.keeps {
		c.log.payload = hex.EncodeToString(request.Payload[:])
	}
	return request, nil
}

// deviceImagePart is the part of a device's body that holds a verify image, in any
// letter case [documented: device-image-part].
const deviceImagePart = "VerifyImage"

func wantedOfDevice(name string) int64 {
	if strings.EqualFold(name, deviceImagePart) {
		return maxMultipartBody
	}
	return 0
}

// endAttempt closes an attempt. Its body means nothing.
func endAttempt() operation {
	return operation{name: "endAttempt", device: pathEndAttempt, handle: func(c *call) (response, error) {
		if _, err := c.readBody(); err != nil {
			return response{}, err
		}
		result, err := c.Service.EndAttempt(c.request.Context(), c.device, c.log.id)
		if err != nil {
			return response{}, err
		}
		c.note(result)
		return response{status: http.StatusNoContent}, nil
	}}
}

// note keeps for the log what a device call came to.
func (c *call) note(result service.DeviceResult) {
	c.log.scenario, c.log.seed = result.Session.Script.Scenario, result.Session.Script.Seed
	c.log.hint = result.Hint
	c.log.attempt = result.Attempt.ID
}
