package admin

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A route is one path of the handler.
type route struct {
	methods methods
	public  bool // not guarded
	quiet   bool // not logged
	admin   bool // needs the admin token, if one is configured
	// refuse returns the answer to a request that the handler itself refuses; nil: the
	// function refuse.
	refuse func(status int, hint string) answer
}

// methods are the handlers of one path. That of GET also serves HEAD.
type methods map[string]func(*http.Request) answer

// allow returns the methods as the header Allow lists them.
func (m methods) allow() string {
	names := slices.Collect(maps.Keys(m))
	if _, reads := m[http.MethodGet]; reads {
		names = append(names, http.MethodHead)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// handler returns the handler of a method, or nil.
func (m methods) handler(method string) func(*http.Request) answer {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return m[method]
}

// A controlHandler is the handler that NewHandler returns.
type controlHandler struct {
	config HandlerConfig
	guard  guard
	routes map[string]route
	mux    *http.ServeMux // of the routes, by their paths
}

func newControlHandler(c HandlerConfig) *controlHandler {
	s := &controlHandler{config: c, guard: newGuard(c.Hosts), routes: c.routes(), mux: http.NewServeMux()}
	for path, found := range s.routes {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if id := r.PathValue(idName); id != "" && len(id) != guidLength {
				s.notFound(w, r)
				return
			}
			s.serve(w, r, found)
		})
	}
	s.mux.HandleFunc("/", s.notFound)
	return s
}

// ServeHTTP implements http.Handler.
func (s *controlHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["X-Face-Liveness-Emulator"] = []string{s.config.Version}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	// Users easily append a slash to IDENTITY_ENDPOINT, and clients retry a 404.
	wanted := strings.TrimSuffix(r.URL.Path, "/")
	if path.Clean(wanted) != wanted { // which the mux would answer with a redirect
		s.notFound(w, r)
		return
	}
	target := *r.URL
	target.Path, target.RawPath = wanted, ""
	r = r.WithContext(r.Context()) // a copy
	r.URL = &target
	s.mux.ServeHTTP(w, r)
}

// notFound answers a request without a route.
func (s *controlHandler) notFound(w http.ResponseWriter, r *http.Request) {
	r.Pattern = ""
	s.serve(w, r, route{})
}

// serve answers a request for a route; one without methods stands for none.
func (s *controlHandler) serve(w http.ResponseWriter, r *http.Request, found route) {
	refuse := refuse
	if found.refuse != nil {
		refuse = found.refuse
	}
	var a answer
	handle := found.methods.handler(r.Method)
	switch hint := s.guard.refusal(r); {
	case hint != "" && !found.public:
		a = refuse(http.StatusForbidden, hint)
	case found.admin && !s.config.admitted(r):
		a = refuseCode(http.StatusUnauthorized, control.CodeAdminToken, "send the admin token in "+control.AdminHeader)
	case found.methods == nil:
		a = refuse(http.StatusNotFound, "below "+Prefix+" there are "+s.names())
	case handle == nil:
		allow := found.methods.allow()
		w.Header().Set("Allow", allow)
		a = refuse(http.StatusMethodNotAllowed, "this path takes "+allow)
	default:
		a = handle(r)
	}
	if a.stream != nil {
		var err error
		if a.status, err = a.stream(w); err != nil {
			a.hint = err.Error()
		}
	} else {
		a.write(w)
	}
	if !found.quiet || a.hint != "" {
		s.log(r, a)
	}
}

// idSegment is the part of a route's path for the id of a session. idName is its name in a
// request.
const (
	idSegment = "{" + idName + "}"
	idName    = "id"
)

// guidLength is the length of a session id.
const guidLength = 36

// names lists the paths below Prefix.
func (s *controlHandler) names() string {
	var names []string
	for path := range s.routes {
		if name, below := strings.CutPrefix(path, Prefix); below {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (s *controlHandler) log(r *http.Request, a answer) {
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("operation", "control"), slog.Int("status", a.status)}
	if r.Pattern != "" { // an unknown path could have secrets
		attrs = append(attrs, slog.String("path", r.Pattern))
	}
	if a.hint != "" {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("hint", a.hint))
	}
	s.config.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

const typeJSON = "application/json"

// An answer is a response.
type answer struct {
	status      int
	contentType string
	body        []byte
	hint        string // error for the log; "": none
	// stream, if set, writes the answer with status and headers, instead of the fields
	// above. It returns the status and the error for the log.
	stream func(http.ResponseWriter) (status int, err error)
}

// reply returns an answer in JSON.
func reply(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		a := refuse(http.StatusInternalServerError, "the emulator cannot show it; its log says why")
		a.hint = err.Error()
		return a
	}
	return answer{status: status, contentType: typeJSON, body: body}
}

// refuse returns an answer with an error text.
func refuse(status int, hint string) answer { return refuseCode(status, "", hint) }

// refuseCode is refuse with a code for programs.
func refuseCode(status int, code control.Code, hint string) answer {
	a := reply(status, struct {
		Error string       `json:"error"`
		Code  control.Code `json:"code,omitempty"`
	}{hint, code})
	a.hint = hint
	return a
}

func (a answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has left is not an error
}
