package admin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
)

// A recorder is an API that notes what it was asked to do.
type recorder struct {
	control.API // nil: what is not asked here
	asked       *[]string
}

func (r recorder) note(what string) error {
	*r.asked = append(*r.asked, what)
	if what == "choice" {
		return errors.New("the disk is full") // nobody can mend that
	}
	return nil
}

func (r recorder) Clock(context.Context) (control.Clock, error) {
	return control.Clock{}, r.note("clock")
}

func (r recorder) ChangeClock(context.Context, control.ClockChange) (control.Clock, error) {
	return control.Clock{}, r.note("change clock")
}

func (r recorder) Selection(context.Context) (control.Selection, error) {
	return control.Selection{}, r.note("choice")
}

func (r recorder) ChangeSelection(context.Context, control.SelectionChange) (control.Selection, error) {
	return control.Selection{}, r.note("change choice")
}

func (r recorder) QueueScenario(context.Context, control.QueueItem) (control.Selection, error) {
	return control.Selection{}, r.note("queue")
}

func (r recorder) ClearQueue(context.Context) (control.Selection, error) {
	return control.Selection{}, r.note("clear queue")
}

func (r recorder) Faults(context.Context) (string, error) {
	return "", r.note("faults")
}

func (r recorder) UseFaults(context.Context, string) (string, error) {
	return "", r.note("use faults")
}

func (r recorder) Requests(_ context.Context, wait control.RequestSearch) (control.Requests, error) {
	what := "requests"
	if wait.After != 0 || wait.Limit != 0 {
		what = fmt.Sprintf("%d requests behind %d", wait.Limit, wait.After)
	}
	return control.Requests{}, r.note(what)
}

func (r recorder) Verify(context.Context, control.Verification) (control.Verdict, error) {
	return control.Verdict{}, r.note("verify")
}

func (r recorder) ForgetRequests(context.Context) (control.Requests, error) {
	return control.Requests{}, r.note("forget requests")
}

// controlled is a surface whose API is a recorder.
func controlled(asked *[]string, log *bytes.Buffer, adminToken string) http.Handler {
	return admin.NewHandler(admin.HandlerConfig{
		Logger: slog.New(slog.NewTextHandler(log, nil)), AdminToken: adminToken,
		API: func(key string, all bool) (control.API, error) {
			switch {
			case key == "unlisted":
				return nil, &control.Error{Kind: control.ErrorRefused, Text: "unknown subscription key; only the configured keys are accepted"}
			case all:
				*asked = append(*asked, "of all")
			}
			return recorder{asked: asked}, nil
		},
	})
}

func TestControlCalls(t *testing.T) {
	t.Parallel()
	const token = "s3cret"
	for _, c := range []struct {
		name, method, path, body string
		headers                  map[string]string
		status                   int
		want                     string // what was done, or part of the refusal
	}{
		{"read", "GET", "clock", "", nil, 200, "clock"},
		{"of all", "GET", "clock?all=true", "", nil, 200, "of all, clock"},
		{"not of all", "GET", "clock?all=false", "", map[string]string{control.KeyHeader: "k"}, 200, "clock"},
		{"change", "PATCH", "clock", `{"advance":"1h30m","rate":0}`, nil, 200, "change clock"},
		{"queue", "POST", "scenario/queue", `{"scenario":"spoof","sessions":2}`, nil, 200, "queue"},
		{"clear", "DELETE", "scenario/queue", "", nil, 200, "clear queue"},
		{"faults", "PUT", "faults", `{"faults":"[]"}`, nil, 200, "use faults"},
		{"all requests", "GET", "requests", "", nil, 200, "requests"},
		{"some requests", "POST", "requests/find", `{"operation":"x","count":2,"timeout":"1s"}`, nil, 200, "requests"},
		{"a page of them", "POST", "requests/find", `{"after":7,"limit":3}`, nil, 200, "3 requests behind 7"},
		{"a page of all requests", "GET", "requests?limit=3&after=7", "", nil, 200, "3 requests behind 7"},
		{"a page without an end", "GET", "requests?limit=0&after=0", "", nil, 200, "requests"},
		{"a page of all resources", "GET", "requests?limit=3&all=true", "", nil, 200, "of all, 3 requests behind 0"},
		{"verify", "POST", "requests/verify", `{"expect":[{"status":200,"exactly":1}],"order":[{}]}`, nil, 200, "verify"},
		{"forget", "DELETE", "requests", "", nil, 200, "forget requests"},
		{"nothing to change", "PATCH", "scenario", `{}`, nil, 200, "change choice"},

		{"no admin token", "GET", "clock", "", map[string]string{control.AdminHeader: ""}, 401, "send the admin token"},
		{"a wrong one", "GET", "clock", "", map[string]string{control.AdminHeader: "s3creT"}, 401, "send the admin token"},
		{"a key that is none", "GET", "clock", "", map[string]string{control.KeyHeader: "unlisted"}, 403, "unknown subscription key; only the configured keys are accepted"},
		{"all, with a key", "GET", "clock?all=true", "", map[string]string{control.KeyHeader: "k"}, 200, "of all, clock"},
		{"all twice", "GET", "clock?all=false&all=true", "", nil, 400, "all is true or false, once"},
		{"a malformed query", "GET", "clock?all=true;", "", nil, 400, "the query is malformed"},
		{"trash behind the object", "PATCH", "clock", `{"rate":1}}}]`, nil, 400, "more than one JSON object"},
		{"null", "PUT", "faults", "null", nil, 400, "not the JSON object"},
		{"all of what", "GET", "clock?all=1", "", nil, 400, "all is true or false"},
		{"an unknown parameter", "GET", "clock?frozen=true", "", nil, 400, `unknown parameter \"frozen\"`},
		{"a negative limit", "GET", "requests?limit=-1", "", nil, 400, "limit is how many requests"},
		{"a limit in words", "GET", "requests?limit=ten", "", nil, 400, "limit is how many requests"},
		{"an empty limit", "GET", "requests?limit=", "", nil, 400, "limit is how many requests"},
		{"a limit twice", "GET", "requests?limit=1&limit=1", "", nil, 400, "limit is how many requests"},
		{"a negative number", "GET", "requests?after=-1", "", nil, 400, "after is the number of a request"},
		{"a number twice", "GET", "requests?after=1&after=2", "", nil, 400, "after is the number of a request"},
		{"a limit that is a text", "POST", "requests/find", `{"limit":"3"}`, nil, 400, "not the JSON object"},
		{"a limit to what is verified", "POST", "requests/verify", `{"expect":[{"limit":1}]}`, nil, 400, `unknown field \"limit\"`},
		{"a limit to an order", "POST", "requests/verify", `{"order":[{"limit":1}]}`, nil, 400, `unknown field \"limit\"`},
		{"a limit to what is forgotten", "DELETE", "requests?limit=1", "", nil, 400, `unknown parameter \"limit\"`},
		{"another method", "POST", "clock", "{}", nil, 405, "this path takes GET, HEAD, PATCH"},
		{"no JSON", "PATCH", "clock", `{"rate":0}`, map[string]string{"Content-Type": "text/plain"}, 400, "Content-Type: application/json"},
		{"a form", "PATCH", "clock", `rate=0`, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 400, "Content-Type: application/json"},
		{"no body", "PATCH", "clock", "", nil, 400, "not the JSON object"},
		{"a list", "PATCH", "clock", "[]", nil, 400, "not the JSON object"},
		{"an unknown member", "PATCH", "clock", `{"freeze":true}`, nil, 400, `unknown field \"freeze\"`},
		{"a wrong duration", "PATCH", "clock", `{"advance":"an hour"}`, nil, 400, "not the JSON object"},
		{"two objects", "PATCH", "clock", `{} {}`, nil, 400, "more than one"},
		{"too much", "PATCH", "clock", strings.Repeat(" ", 1<<20) + "{}", nil, 400, "larger than"},
		{"what fails", "GET", "scenario", "", nil, 500, "its log says why"},
		{"another origin", "GET", "clock", "", map[string]string{"Origin": "https://evil.example"}, 403, "another origin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			var log bytes.Buffer
			r := httptest.NewRequestWithContext(t.Context(), c.method, "http://localhost/_emulator/"+c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set(control.AdminHeader, token)
			for name, value := range c.headers {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			controlled(&asked, &log, token).ServeHTTP(w, r)
			done := strings.Join(asked, ", ")
			if w.Code != c.status || c.status == 200 && done != c.want || c.status != 200 && !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("got %d %s and %q, want %d %q", w.Code, w.Body, done, c.status, c.want)
			}
			if c.status != 200 && c.status != 500 && len(asked) > 0 && done != "of all" {
				t.Errorf("got %q done by a call that was refused", done)
			}
			if full := strings.Contains(log.String(), "the disk is full"); full != (c.status == 500) || strings.Contains(log.String(), token) {
				t.Errorf("got log %s, want the cause of what failed, and no token", log.String())
			}
		})
	}
}
