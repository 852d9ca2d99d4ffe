package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// An operation is one call of the API: its name in documentation and logs, who may
// call it, and what it does.
type operation struct {
	name      string
	device    string // path in the token, for device calls; "" for server calls
	validated bool   // its request body has a schema
	creates   bool   // that body makes a session
	ofNone    bool   // it belongs to a resource as a whole and not to a session
	handle    func(*call) (response, error)
}

// A call is one request on its way to an operation.
type call struct {
	*surface
	request  *http.Request
	body     *requestBody
	endpoint string // base URL as the client sees it
	log      requestLog

	vars    map[string]string // of the path, as the client wrote them
	version *version
	schema  *schema.Schema // of the request body, or nil

	resource liveness.ResourceID // of a server call
	device   service.Device      // of a device call

	met     bool              // the faults were asked about the call
	verdict fault.Verdict     // what they said
	effect  *faultEffect      // what they do to the answer; nil: nothing
	stale   bool              // what is read is shown as before its last change
	created *liveness.Session // by the call, if its script has faults
}

func (c *call) context() context.Context { return c.request.Context() }

// A response is what an operation answers. Without contentType it has no body.
type response struct {
	status      int
	contentType string
	body        []byte
	disposition string // Content-Disposition, or ""
}

const jsonType = "application/json; charset=utf-8"

func jsonResponse(body []byte, err error) (response, error) {
	return response{status: http.StatusOK, contentType: jsonType, body: body}, err
}

// answer carries out an operation and writes what it returns. Nothing below it
// writes to the client.
func (c *call) answer(w http.ResponseWriter, op operation) {
	c.log.operation, c.log.version = op.name, c.version.Name
	res, err := c.authenticated(op)
	switch {
	case errors.Is(err, errNoAnswer):
		c.log.fault = c.effect.shown()
		c.record(0, nil, "", nil)
		c.effect.hang(w)
	case err != nil:
		c.refuse(w, err)
	default:
		c.respond(w, res)
		if c.created != nil {
			c.delivered()
		}
	}
}

func (c *call) authenticated(op operation) (response, error) {
	var err error
	if op.device == "" {
		c.resource, err = c.keys.authenticate(c.request, c.Now())
		c.log.resource = c.resource
		c.belongTo(c.resource)
	} else {
		c.device, err = c.Service.Authorise(c.context(), service.DeviceCall{
			Token: bearer(c.request), Version: c.version.Name, Path: op.device, ClientAddress: c.clientAddress(c.request),
		})
		c.log.session = c.device.Session
	}
	if err != nil {
		return response{}, err
	}
	return c.withFaults(op)
}

// respond writes a success.
func (c *call) respond(w http.ResponseWriter, res response) {
	header := w.Header()
	header["CSP-Billing-Usage"] = []string{"CognitiveServices.Face.Transaction=1"}
	c.reachedService(header)
	if res.disposition != "" {
		header.Set("Content-Disposition", res.disposition)
	}
	c.write(w, res.status, res.contentType, res.body)
}

// refuse writes an error and keeps it for the log.
func (c *call) refuse(w http.ResponseWriter, err error) {
	c.log.err = err
	answer := c.answerTo(err)
	header := w.Header()
	if answer.form == formService {
		c.reachedService(header)
	}
	if c.ErrorCodeHeader {
		header["x-ms-error-code"] = []string{answer.code}
	}
	for name, value := range answer.headers(err, c.endpoint) {
		header[name] = []string{value}
	}
	c.faultHeaders(header, err)
	c.write(w, answer.status, answer.contentType(), answer.body())
}

// reachedService sets the headers that the service itself adds, as opposed to
// the gateway in front of it, whose 401 and 429 lack them [recorded: header-service].
func (c *call) reachedService(header http.Header) {
	elapsed := c.Now().Sub(c.log.began).Milliseconds()
	header["x-envoy-upstream-service-time"] = []string{strconv.FormatInt(elapsed, 10)}
	header["x-ms-region"] = c.region
}

// write sends the response in one piece, with its exact length. Without a
// content type there is no body and no such header [recorded: session-delete-body].
func (c *call) write(w http.ResponseWriter, status int, contentType string, body []byte) {
	c.log.status = status
	c.body.drain(w.Header())
	if c.effect != nil {
		c.writeWithEffect(w, status, contentType, body)
		return
	}
	describe(w.Header(), contentType, body)
	c.record(status, w.Header(), contentType, body)
	w.WriteHeader(status)
	if len(body) > 0 {
		// The client may have gone away; that is not an error of the emulator.
		_, _ = w.Write(body)
	}
}

// describe sets the headers of a body.
func describe(header http.Header, contentType string, body []byte) {
	if contentType != "" {
		header["Content-Type"] = []string{contentType}
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
}

// bearer returns the token of the Authorization header, or "". More than one
// space after the scheme is accepted: Microsoft's own C# sample sends two.
func bearer(r *http.Request) string {
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(credentials)
}
