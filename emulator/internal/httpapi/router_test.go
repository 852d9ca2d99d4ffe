package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// TestAllPaths: the shared router leads every path of every version to the place that a
// surface has for it.
func TestAllPaths(t *testing.T) {
	t.Parallel()
	for _, v := range versions(3) {
		for _, r := range v.routes {
			path := strings.NewReplacer("{sessionId}", "s-1", "{sessionImageId}", "i-1").Replace(v.pathOf(r.path))
			var match mux.RouteMatch
			if !allPaths().Match(httptest.NewRequestWithContext(t.Context(), r.method, path, http.NoBody), &match) {
				t.Errorf("%s: not found", path)
			} else if got, want := match.Route.GetName(), v.pathOf(r.path); got != want {
				t.Errorf("%s: got place %s, want %s", path, got, want)
			}
		}
	}
	var match mux.RouteMatch
	if allPaths().Match(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/face/v1.2/nothing", http.NoBody), &match) {
		t.Errorf("a path that no version has: got place %s, want none", match.Route.GetName())
	}
}

// TestPrepare: there is a create call to prepare for, and its schema exists.
func TestPrepare(t *testing.T) {
	t.Parallel()
	folder := schema.NewFolder(schemas.FS)
	Prepare(folder)
	if _, err := folder.Schema("v1.2/createLivenessSession.request.json"); err != nil {
		t.Error(err)
	}
}
