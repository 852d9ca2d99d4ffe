package httpapi

import (
	"net/http"
	"strings"
	"sync"

	"github.com/gorilla/mux"
)

// allPaths is the router of the paths of all versions. It has nothing of one surface, so
// all surfaces of the process share it.
var allPaths = sync.OnceValue(func() *mux.Router { return newRouter(versions(1)) })

// newRouter returns a router for the paths of the versions of a table. The name of a route
// is its path. The paths of a version are compiled for the first call that asks for it,
// because most processes are asked for one version only.
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
