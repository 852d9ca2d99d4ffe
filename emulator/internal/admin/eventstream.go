package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// The parameters of the stream of events, beside all.
const (
	sessionParameter = "session"
	kindParameter    = "kind"
)

// A listening API calls alive as soon as it listens, and from then on every so
// often. An error of it ends the call, as one of each does.
type listening interface {
	Listen(ctx context.Context, query control.EventQuery, alive func() error, each func(control.Event) error) error
}

// events answers with what happens from now on, as server-sent events: each has its
// kind as its name and is one line of JSON. Comments in between show that the
// emulator is there. The headers leave once nothing is missed any more.
func (c HandlerConfig) events(r *http.Request) answer {
	api, err := c.apiOf(r, sessionParameter, kindParameter)
	if err != nil {
		return refusal(err)
	}
	query, err := eventQuery(r.URL.Query())
	if err != nil {
		return refusal(err)
	}
	return answer{stream: func(w http.ResponseWriter) (int, error) {
		s := eventStream{w: w}
		if r.Method == http.MethodHead {
			s.begin()
			return http.StatusOK, nil
		}
		err := s.listen(r.Context(), api, query)
		if _, told := errors.AsType[*control.Error](err); !s.begun && err != nil {
			a := refusal(err)
			a.write(w)
			return a.status, errors.New(a.hint)
		} else if told || r.Context().Err() != nil {
			return http.StatusOK, nil // the emulator stops, or the client has left
		}
		return http.StatusOK, err
	}}
}

// eventQuery reads which events are meant.
func eventQuery(values url.Values) (query control.EventQuery, err error) {
	for _, name := range []string{sessionParameter, kindParameter} {
		if len(values[name]) > 1 {
			return query, invalid("%s is given once", name)
		}
	}
	query.Session = values.Get(sessionParameter)
	if query.Session != "" && len(query.Session) != guidLength {
		return query, invalid("session is the id of a session, which has %d characters", guidLength)
	}
	query.Kind = control.EventKind(values.Get(kindParameter))
	switch query.Kind {
	case "", control.EventRequest, control.EventTimeline:
		return query, nil
	}
	return query, invalid("kind is %s or %s", control.EventRequest, control.EventTimeline)
}

// An eventStream writes events.
type eventStream struct {
	w     http.ResponseWriter
	begun bool
}

func (s *eventStream) listen(ctx context.Context, api control.API, query control.EventQuery) error {
	if l, listens := api.(listening); listens {
		return l.Listen(ctx, query, s.alive, s.event)
	}
	if err := s.alive(); err != nil {
		return err
	}
	return api.Events(ctx, query, s.event)
}

func (s *eventStream) begin() {
	if s.begun {
		return
	}
	s.begun = true
	header := s.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	s.w.WriteHeader(http.StatusOK)
}

// alive writes a comment, which is no event.
func (s *eventStream) alive() error {
	s.begin()
	return s.write(": listening\n\n")
}

func (s *eventStream) event(event control.Event) error {
	s.begin()
	data, err := json.Marshal(event)
	if err != nil {
		return err
	}
	id := ""
	if event.ID != 0 {
		id = fmt.Sprintf("id: %d\n", event.ID)
	}
	return s.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, event.Kind, data))
}

// write writes so that it leaves at once.
func (s *eventStream) write(text string) error {
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}
