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

// A route is one path of the surface.
type route struct {
	methods methods
	public  bool // served whatever Origin and Host say
	quiet   bool // leaves no line in the log
	admin   bool // needs the admin token, where there is one
	// refuse words what the surface itself has to say against a request to this
	// path. Nil: as everywhere.
	refuse func(status int, hint string) answer
}

// methods are the handlers of one path. GET is there for HEAD too.
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

// A surface is the handler that NewHandler returns.
type surface struct {
	config HandlerConfig
	guard  guard
	routes map[string]route
	mux    *http.ServeMux // of the routes, by their paths
}

func newSurface(c HandlerConfig) *surface {
	s := &surface{config: c, guard: newGuard(c.Hosts), routes: c.routes(), mux: http.NewServeMux()}
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
func (s *surface) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["X-Face-Liveness-Emulator"] = []string{s.config.Release}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	// A slash is easily put behind IDENTITY_ENDPOINT, and clients try a 404 again.
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

// notFound answers where there is no route.
func (s *surface) notFound(w http.ResponseWriter, r *http.Request) {
	r.Pattern = ""
	s.serve(w, r, route{})
}

// serve answers a request for a route, or for none if it has no methods.
func (s *surface) serve(w http.ResponseWriter, r *http.Request, found route) {
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

// idSegment stands in the path of a route for the id of a session, which a request
// has under idName.
const (
	idSegment = "{" + idName + "}"
	idName    = "id"
)

// guidLength is how long the id of a session is.
const guidLength = 36

// names lists the paths below Prefix.
func (s *surface) names() string {
	var names []string
	for path := range s.routes {
		if name, below := strings.CutPrefix(path, Prefix); below {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (s *surface) log(r *http.Request, a answer) {
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("operation", "control"), slog.Int("status", a.status)}
	if r.Pattern != "" { // another path could hold anything
		attrs = append(attrs, slog.String("path", r.Pattern))
	}
	if a.hint != "" {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("hint", a.hint))
	}
	s.config.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

const typeJSON = "application/json"

// An answer is what a path gives.
type answer struct {
	status      int
	contentType string
	body        []byte
	hint        string // for the log, when something is wrong
	// stream writes the answer itself, status and headers included, in place of the
	// fields above. It returns, for the log, the status and what is wrong.
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

// refuse returns an answer that says in words what is wrong.
func refuse(status int, hint string) answer { return refuseCode(status, "", hint) }

// refuseCode is refuse for a reason that a program can act upon.
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
	_, _ = w.Write(a.body) // a client that has gone away is no error of ours
}
