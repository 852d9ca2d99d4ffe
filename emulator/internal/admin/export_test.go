package admin

import (
	"maps"
	"slices"
)

// A Route is what a test may know of one path of the surface.
type Route struct {
	Methods       []string // as the table has them
	Public, Admin bool
}

// Routes returns the table of the surface, by path.
func Routes(c HandlerConfig) map[string]Route {
	routes := map[string]Route{}
	for path, of := range c.routes() {
		routes[path] = Route{Methods: slices.Sorted(maps.Keys(of.methods)), Public: of.public, Admin: of.admin}
	}
	return routes
}
