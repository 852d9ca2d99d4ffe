package httpapi

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// allPaths is the router of the paths of all versions. It does not depend on a surface, so
// all surfaces of the process share it.
var allPaths = sync.OnceValue(func() *mux.Router { return newRouter(versions(1)) })

// Prepare compiles what the first create call of the newest stable version needs, so that
// a process can do it while it waits for something else.
func Prepare(schemas *schema.Folder) {
	newest := newestOf(slices.DeleteFunc(versions(1), func(v *version) bool {
		n, _ := parseOrdinal(v.Name)
		return n.preview != math.MaxInt
	}))
	for _, r := range newest.routes {
		if !r.creates {
			continue
		}
		path := newest.pathOf(r.path)
		allPaths().Match(&http.Request{Method: r.method, URL: &url.URL{Path: path}}, new(mux.RouteMatch))
		if request, err := schemas.Schema(newest.requestSchema(r)); err == nil {
			request.Validate(map[string]any{})
		}
		return
	}
}

// newRouter returns a router for the paths of the versions of a table. The name of a route
// is its path. The first call of a version compiles its paths, because clients of most
// processes use one version only.
func newRouter(table []*version) *mux.Router {
	router := mux.NewRouter()
	for _, v := range table {
		below := sync.OnceValue(func() *mux.Router { return versionRouter(v) })
		// One step for the version, so that a call is not compared with the paths of
		// all the others.
		prefix := v.pathOf("")
		router.NewRoute().MatcherFunc(func(r *http.Request, match *mux.RouteMatch) bool {
			return strings.HasPrefix(r.URL.Path, prefix) && below().Match(r, match)
		})
	}
	return router
}

func versionRouter(v *version) *mux.Router {
	router := mux.NewRouter()
	known := map[string]bool{}
	for _, r := range v.routes {
		if path := v.pathOf(r.path); !known[path] {
			known[path] = true
			router.Path(path).Name(path)
		}
	}
	return router
}
