package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
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
	request *http.Request
	body    *requestBody
	log     requestLog

	vars    map[string]string // of the path, as the client wrote them
	version *version
	schema  *schema.Schema // of the request body, or nil

	resource liveness.ResourceID // that the call belongs to; "": none
	device   service.Device      // of a device call

	met     bool              // the faults were asked about the call
	verdict fault.Verdict     // what they said
	effect  *faultEffect      // what they do to the answer; nil: nothing
	stale   bool              // what is read is shown as before its last change
	created *liveness.Session // by the call, if its script has faults
}

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
	res, err := c.carryOut(op)
	switch {
	case errors.Is(err, errNoAnswer):
		c.log.fault = c.effect.shown()
		c.record(0, nil, "", nil)
		c.effect.hang(w)
		return
	case err != nil:
		c.refuse(w, err)
		return
	}
	header := w.Header()
	header["CSP-Billing-Usage"] = []string{"CognitiveServices.Face.Transaction=1"}
	c.reachedService(header)
	if res.disposition != "" {
		header.Set("Content-Disposition", res.disposition)
	}
	c.write(w, res.status, res.contentType, res.body)
	if c.created != nil {
		c.delivered()
	}
}

// carryOut authenticates the caller and carries out an operation, unless a fault
// prevents it. The faults are asked as soon as the session is known and before
// anything has changed; if the operation does not get that far, at the end.
func (c *call) carryOut(op operation) (response, error) {
	if op.device == "" {
		owner, err := c.keys.authenticate(c.request, c.Now())
		if err != nil {
			return response{}, err
		}
		c.log.resource = owner
		c.belongTo(owner)
	} else {
		device, err := c.Service.Authorise(c.request.Context(), service.DeviceCall{
			Token: bearer(c.request), Version: c.version.Name, Path: op.device, ClientAddress: c.clientAddress(c.request),
		})
		if err != nil {
			return response{}, err
		}
		c.device, c.log.session = device, device.Session
		c.belongTo(device.Seen().Resource)
	}
	if op.device != "" || op.ofNone {
		if err := c.meetFaults(*c.device.Seen(), false); err != nil {
			return response{}, err
		}
	}
	res, err := op.handle(c)
	if faulty := c.meetFaults(liveness.Session{}, false); faulty != nil {
		return response{}, faulty
	}
	return res, err
}

// meetFaults applies the faults to the call, once. The session is that of the call; one
// without an id stands for no session. An error is the answer of the faults in place of
// the operation's.
func (c *call) meetFaults(session liveness.Session, creating bool) error {
	if c.met {
		return nil
	}
	c.met = true
	if c.Resources.Faultless(c.request.Context(), c.resource, session.Script) {
		return nil
	}
	about := resource.Subject{Operation: c.log.operation, Resource: c.resource, Creating: creating}
	if session.ID != "" {
		about.Session = new(session)
	}
	return c.meet(about)
}

// caller is who makes a server call about a session.
func (c *call) caller() service.Access {
	return service.Access{Resource: c.resource, Before: func(session liveness.Session) error {
		c.log.session = session.ID // of an image it is known only here
		return c.meetFaults(session, false)
	}}
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
	for name, value := range answer.headers(err, c.endpoint()) {
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
	header := w.Header()
	if !c.body.ended && !c.body.waiting {
		c.body.drain(header)
	}
	if c.effect != nil {
		contentType, body = c.disturb(w, contentType, body)
	}
	if contentType != "" {
		header["Content-Type"] = []string{contentType}
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	c.record(status, header, contentType, body)
	w.WriteHeader(status)
	switch {
	case c.effect != nil:
		c.effect.deliver(w, body)
	case len(body) > 0:
		// The client may have gone away; that is not an error of the emulator.
		_, _ = w.Write(body)
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
