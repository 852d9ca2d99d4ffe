package controlapi

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
)

// maxBody is how large the body of a control call can be, in bytes.
const maxBody = 1 << 20

// planeRoutes are the control calls.
func (c Config) planeRoutes() map[string]route {
	return map[string]route{
		Prefix + "clock": {admin: true, methods: methods{
			http.MethodGet:   read(c, control.Plane.Clock),
			http.MethodPatch: change(c, control.Plane.ChangeClock),
		}},
		Prefix + "scenario": {admin: true, methods: methods{
			http.MethodGet:   read(c, control.Plane.Choice),
			http.MethodPatch: change(c, control.Plane.ChangeChoice),
		}},
		Prefix + "scenario/queue": {admin: true, methods: methods{
			http.MethodPost:   change(c, control.Plane.Queue),
			http.MethodDelete: read(c, control.Plane.ClearQueue),
		}},
		Prefix + "faults": {admin: true, methods: methods{
			http.MethodGet: read(c, control.Plane.Faults),
			http.MethodPut: change(c, control.Plane.UseFaults),
		}},
		Prefix + "requests": {admin: true, methods: methods{
			http.MethodGet:    c.requests,
			http.MethodDelete: read(c, control.Plane.ForgetRequests),
		}},
		Prefix + "requests/find":   {admin: true, methods: methods{http.MethodPost: change(c, control.Plane.Requests)}},
		Prefix + "requests/verify": {admin: true, methods: methods{http.MethodPost: change(c, control.Plane.Verify)}},
		Prefix + "reset":           {admin: true, methods: methods{http.MethodPost: change(c, control.Plane.Reset)}},
		Prefix + "report":          {admin: true, methods: methods{http.MethodGet: c.report}},
		Prefix + "snapshot":        {admin: true, methods: methods{http.MethodGet: c.snapshot}},
		Prefix + "restore":         {admin: true, methods: methods{http.MethodPost: c.restore}},
		Prefix + "events":          {admin: true, methods: methods{http.MethodGet: c.events}},
	}
}

// sessionRoutes are the control calls about sessions.
func (c Config) sessionRoutes() map[string]route {
	of := Prefix + "sessions/" + idSegment
	return map[string]route{
		Prefix + "sessions": {admin: true, methods: methods{
			http.MethodGet: read(c, func(p control.Plane, ctx context.Context) (control.Sessions, error) {
				return p.Sessions(ctx, control.SessionQuery{})
			}),
		}},
		Prefix + "sessions/find": {admin: true, methods: methods{http.MethodPost: change(c, control.Plane.Sessions)}},
		Prefix + "sessions/play": {admin: true, methods: methods{http.MethodPost: change(c, control.Plane.Play)}},
		of: {admin: true, methods: methods{
			http.MethodGet:    about(c, control.Plane.Session),
			http.MethodDelete: about(c, control.Plane.DeleteSession),
		}},
		of + "/expire":   {admin: true, methods: methods{http.MethodPost: about(c, control.Plane.ExpireSession)}},
		of + "/timeline": {admin: true, methods: methods{http.MethodGet: about(c, control.Plane.Timeline)}},
		of + "/export":   {admin: true, methods: methods{http.MethodGet: about(c, control.Plane.ExportSession)}},
		of + "/scenario": {admin: true, methods: methods{http.MethodGet: about(c, control.Plane.ScenarioOf)}},
	}
}

// about makes a handler of a control call about one session, which the path names.
func about[Out any](c Config, do func(control.Plane, context.Context, string) (Out, error)) func(*http.Request) answer {
	return func(r *http.Request) answer {
		return read(c, func(plane control.Plane, ctx context.Context) (Out, error) {
			return do(plane, ctx, r.PathValue(idName))
		})(r)
	}
}

// read makes a handler of a control call without a body.
func read[Out any](c Config, do func(control.Plane, context.Context) (Out, error)) func(*http.Request) answer {
	return func(r *http.Request) answer {
		plane, err := c.planeOf(r)
		if err != nil {
			return refusal(err)
		}
		out, err := do(plane, r.Context())
		if err != nil {
			return refusal(err)
		}
		return reply(http.StatusOK, out)
	}
}

// change makes a handler of a control call with a body.
func change[In, Out any](c Config, do func(control.Plane, context.Context, In) (Out, error)) func(*http.Request) answer {
	return func(r *http.Request) answer {
		plane, err := c.planeOf(r)
		if err != nil {
			return refusal(err)
		}
		var in In
		if err := decode(r, &in); err != nil {
			return refusal(err)
		}
		out, err := do(plane, r.Context(), in)
		if err != nil {
			return refusal(err)
		}
		return reply(http.StatusOK, out)
	}
}

// planeOf returns what a call acts on: the resource of its key, or with the query
// all=true all of them. further are names of other parameters that the call has.
func (c Config) planeOf(r *http.Request, further ...string) (control.Plane, error) {
	there := strings.Join(append([]string{"all=true"}, further...), ", ")
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("the query is malformed; there is %s", there)
	}
	for name := range query {
		if name != "all" && !slices.Contains(further, name) {
			return nil, invalid("there is no parameter %.40q; there is %s", name, there)
		}
	}
	all := query["all"]
	if len(all) > 1 || len(all) == 1 && all[0] != "true" && all[0] != "false" {
		return nil, invalid("all is true or false, once")
	}
	return c.Plane(r.Header.Get(control.KeyHeader), len(all) == 1 && all[0] == "true")
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
	return &control.Error{Kind: control.KindInvalid, Text: fmt.Sprintf(text, args...)}
}

// refusal is the answer to a call that cannot be done.
func refusal(err error) answer {
	refused, ok := errors.AsType[*control.Error](err)
	if !ok {
		a := refuse(http.StatusInternalServerError, "the emulator cannot do it; its log says why")
		a.hint = err.Error()
		return a
	}
	status := map[control.Kind]int{
		control.KindInvalid:     http.StatusBadRequest,
		control.KindRefused:     http.StatusForbidden,
		control.KindUnknown:     http.StatusNotFound,
		control.KindConflict:    http.StatusConflict,
		control.KindUnavailable: http.StatusServiceUnavailable,
	}[refused.Kind]
	return refuseCode(status, refused.Code, refused.Text)
}

// admitted reports whether a call has the admin token, if one is asked for. The
// time it takes does not tell how much of a guess is right.
func (c Config) admitted(r *http.Request) bool {
	return c.AdminToken == "" || subtle.ConstantTimeCompare([]byte(r.Header.Get(control.AdminHeader)), []byte(c.AdminToken)) == 1
}
