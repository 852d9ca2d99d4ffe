package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// An operation is one call of the API: what it is named in documentation and
// logs, who may call it and what it does.
type operation struct {
	name      string
	device    string // path in the token, for device calls; "" for server calls
	validated bool   // its request body has a schema
	ofNone    bool   // it belongs to a resource as a whole, and to none of its sessions
	handle    func(*call) (response, error)
}

// A call is one request on its way to an operation.
type call struct {
	*surface
	version  *version
	schema   *schema.Schema // of the request body, or nil
	request  *http.Request
	exchange *exchange

	resource liveness.ResourceID // of a server call
	device   service.Device      // of a device call

	met     bool              // the faults were asked about the call
	verdict fault.Verdict     // what they said
	stale   bool              // what is read is shown as before its last change
	created *liveness.Session // by the call, if its script has faults
}

func (c *call) context() context.Context { return c.request.Context() }

// variable returns a path variable as the client wrote it.
func (c *call) variable(name string) string { return mux.Vars(c.request)[name] }

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

// adapt makes an operation a handler. Nothing below it writes to the client.
func (s *surface) adapt(v *version, op operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{surface: s, version: v, schema: v.schemas[op.name], request: r, exchange: exchangeOf(r.Context())}
		c.exchange.operation = op.name
		c.exchange.version = v.Name
		res, err := c.authenticated(op)
		switch {
		case errors.Is(err, errNoAnswer):
			c.exchange.disturbance.withhold(w)
		case err != nil:
			s.refuse(w, c.exchange, err)
		default:
			s.respond(w, c.exchange, res)
			c.delivered()
		}
	})
}

func (c *call) authenticated(op operation) (response, error) {
	var err error
	if op.device == "" {
		c.resource, err = c.keys.authenticate(c.request, c.Now())
		c.exchange.resource = c.resource
		c.exchange.belongTo(c.resource)
	} else {
		c.device, err = c.Service.Authorise(c.context(), service.DeviceCall{
			Token: bearer(c.request), Version: c.version.Name, Path: op.device, ClientAddress: c.clientAddress(c.request),
		})
		c.exchange.session = c.device.Session
	}
	if err != nil {
		return response{}, err
	}
	return c.disturbed(op)
}

// respond writes a success.
func (s *surface) respond(w http.ResponseWriter, ex *exchange, res response) {
	header := w.Header()
	header["CSP-Billing-Usage"] = []string{"CognitiveServices.Face.Transaction=1"}
	s.reachedService(header, ex)
	if res.disposition != "" {
		header.Set("Content-Disposition", res.disposition)
	}
	write(w, ex, res.status, res.contentType, res.body)
}

// refuse writes an error and keeps what the log has to say about it.
func (s *surface) refuse(w http.ResponseWriter, ex *exchange, err error) {
	ex.err = err
	answer := s.answerTo(err)
	header := w.Header()
	if answer.form == formService {
		s.reachedService(header, ex)
	}
	if s.ErrorCodeHeader {
		header["x-ms-error-code"] = []string{answer.code}
	}
	for name, value := range answer.headers(err, ex) {
		header[name] = []string{value}
	}
	s.plannedHeaders(header, err)
	write(w, ex, answer.status, answer.contentType(), answer.body())
}

// reachedService sets the headers that the service itself adds, as opposed to
// the gateway in front of it, whose 401 and 429 lack them [recorded: header-service].
func (s *surface) reachedService(header http.Header, ex *exchange) {
	elapsed := s.Now().Sub(ex.began).Milliseconds()
	header["x-envoy-upstream-service-time"] = []string{strconv.FormatInt(elapsed, 10)}
	header["x-ms-region"] = s.region
}

// write sends the response in one piece, with its exact length. Without a
// content type there is no body and no such header [recorded: session-delete-body].
func write(w http.ResponseWriter, ex *exchange, status int, contentType string, body []byte) {
	ex.status = status
	ex.body.settle(w.Header())
	if ex.disturbance != nil {
		ex.disturbance.write(w, status, contentType, body)
		return
	}
	describe(w.Header(), contentType, body)
	ex.record(status, w.Header(), contentType, body)
	w.WriteHeader(status)
	if len(body) > 0 {
		// A client that has gone away is no error of ours.
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
