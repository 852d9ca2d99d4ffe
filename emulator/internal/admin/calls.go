package admin

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
)

// maxBody is how large the body of a control call can be, in bytes.
const maxBody = 1 << 20

// apiRoutes are the control calls.
func (c HandlerConfig) apiRoutes() map[string]route {
	return map[string]route{
		Prefix + "clock": {admin: true, methods: methods{
			http.MethodGet:   read(c, control.API.Clock),
			http.MethodPatch: change(c, control.API.ChangeClock),
		}},
		Prefix + "scenario": {admin: true, methods: methods{
			http.MethodGet:   read(c, control.API.Selection),
			http.MethodPatch: change(c, control.API.ChangeSelection),
		}},
		Prefix + "scenario/queue": {admin: true, methods: methods{
			http.MethodPost:   change(c, control.API.QueueScenario),
			http.MethodDelete: read(c, control.API.ClearQueue),
		}},
		Prefix + "faults": {admin: true, methods: methods{
			http.MethodGet: read(c, func(p control.API, ctx context.Context) (controlwire.Faults, error) {
				return faultsOf(p.Faults(ctx))
			}),
			http.MethodPut: change(c, func(p control.API, ctx context.Context, faults controlwire.Faults) (controlwire.Faults, error) {
				return faultsOf(p.UseFaults(ctx, faults.Text))
			}),
		}},
		Prefix + "requests": {admin: true, methods: methods{
			http.MethodGet:    c.requests,
			http.MethodDelete: read(c, control.API.ForgetRequests),
		}},
		Prefix + "requests/find":   {admin: true, methods: methods{http.MethodPost: change(c, control.API.Requests)}},
		Prefix + "requests/verify": {admin: true, methods: methods{http.MethodPost: change(c, control.API.Verify)}},
		Prefix + "reset":           {admin: true, methods: methods{http.MethodPost: change(c, control.API.Reset)}},
		Prefix + "undo":            {admin: true, methods: methods{http.MethodPost: read(c, control.API.Undo)}},
		Prefix + "report":          {admin: true, methods: methods{http.MethodGet: c.report}},
		Prefix + "snapshot":        {admin: true, methods: methods{http.MethodGet: c.snapshot}},
		Prefix + "restore":         {admin: true, methods: methods{http.MethodPost: c.restore}},
		Prefix + "events":          {admin: true, methods: methods{http.MethodGet: c.events}},
	}
}

// faultsOf is the body of a response with faults.
func faultsOf(text string, err error) (controlwire.Faults, error) {
	return controlwire.Faults{Text: text}, err
}

// sessionRoutes are the control calls about sessions.
func (c HandlerConfig) sessionRoutes() map[string]route {
	session := Prefix + "sessions/" + idSegment
	return map[string]route{
		Prefix + "sessions": {admin: true, methods: methods{
			http.MethodGet: read(c, func(p control.API, ctx context.Context) (control.Sessions, error) {
				return p.Sessions(ctx, control.SessionQuery{})
			}),
		}},
		Prefix + "sessions/find": {admin: true, methods: methods{http.MethodPost: change(c, control.API.Sessions)}},
		Prefix + "sessions/play": {admin: true, methods: methods{http.MethodPost: change(c, control.API.Play)}},
		session: {admin: true, methods: methods{
			http.MethodGet:    about(c, control.API.Session),
			http.MethodDelete: about(c, control.API.DeleteSession),
		}},
		session + "/expire":   {admin: true, methods: methods{http.MethodPost: about(c, control.API.ExpireSession)}},
		session + "/timeline": {admin: true, methods: methods{http.MethodGet: about(c, control.API.Timeline)}},
		session + "/export":   {admin: true, methods: methods{http.MethodGet: about(c, control.API.ExportSession)}},
		session + "/scenario": {admin: true, methods: methods{http.MethodGet: about(c, control.API.ScenarioOf)}},
	}
}

// about makes a handler of a control call about one session, which the path names.
func about[Out any](c HandlerConfig, do func(control.API, context.Context, string) (Out, error)) func(*http.Request) answer {
	return func(r *http.Request) answer {
		return read(c, func(api control.API, ctx context.Context) (Out, error) {
			return do(api, ctx, r.PathValue(idName))
		})(r)
	}
}

// read makes a handler of a control call without a body.
func read[Out any](c HandlerConfig, do func(control.API, context.Context) (Out, error)) func(*http.Request) answer {
	return func(r *http.Request) answer {
		api, err := c.apiOf(r)
		if err != nil {
			return refusal(err)
		}
		out, err := do(api, r.Context())
		if err != nil {
			return refusal(err)
		}
		return reply(http.StatusOK, out)
	}
}

// change makes a handler of a control call with a body.
func change[In, Out any](c HandlerConfig, do func(control.API, context.Context, In) (Out, error)) func(*http.Request) answer {
	return func(r *http.Request) answer {
		api, err := c.apiOf(r)
		if err != nil {
			return refusal(err)
		}
		var in In
		if err := decode(r, &in); err != nil {
			return refusal(err)
		}
		out, err := do(api, r.Context(), in)
		if err != nil {
			return refusal(err)
		}
		return reply(http.StatusOK, out)
	}
}

// apiOf returns what a call acts on: the resource of its key, or with the query
// all=true all of them. further are names of other parameters that the call has.
func (c HandlerConfig) apiOf(r *http.Request, further ...string) (control.API, error) {
	there := strings.Join(append([]string{"all=true"}, further...), ", ")
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("the query is malformed; use %s", there)
	}
	for name := range query {
		if name != "all" && !slices.Contains(further, name) {
			return nil, invalid("unknown parameter %.40q; use %s", name, there)
		}
	}
	all := query["all"]
	if len(all) > 1 || len(all) == 1 && all[0] != "true" && all[0] != "false" {
		return nil, invalid("all is true or false, once")
	}
	return c.API(r.Header.Get(control.KeyHeader), len(all) == 1 && all[0] == "true")
}

// decode reads the body of a call: one JSON object with the members that there are
// and no others.
func decode(r *http.Request, into any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return invalid("send the body as Content-Type: application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return invalid("the body breaks off, or is larger than %d bytes", maxBody)
	}
	if text := bytes.TrimSpace(body); len(text) == 0 || text[0] != '{' {
		return invalid("the body is not the JSON object that this call takes")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return invalid("the body is not the JSON object that this call takes: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("the body is more than one JSON object")
	}
	return nil
}

func invalid(text string, args ...any) error {
	return &control.Error{Kind: control.ErrorInvalid, Text: fmt.Sprintf(text, args...)}
}

// refusal is the answer to a call that cannot be done.
func refusal(err error) answer {
	refused, ok := errors.AsType[*control.Error](err)
	if !ok {
		a := refuse(http.StatusInternalServerError, "the emulator cannot do it; its log says why")
		a.hint = err.Error()
		return a
	}
	status := map[control.ErrorKind]int{
		control.ErrorInvalid:     http.StatusBadRequest,
		control.ErrorRefused:     http.StatusForbidden,
		control.ErrorUnknown:     http.StatusNotFound,
		control.ErrorConflict:    http.StatusConflict,
		control.ErrorUnavailable: http.StatusServiceUnavailable,
	}[refused.Kind]
	return refuseCode(status, refused.Code, refused.Text)
}

// admitted reports whether a call has the admin token, if one is asked for. The
// time it takes does not tell how much of a guess is right.
func (c HandlerConfig) admitted(r *http.Request) bool {
	return c.AdminToken == "" || subtle.ConstantTimeCompare([]byte(r.Header.Get(control.AdminHeader)), []byte(c.AdminToken)) == 1
}
