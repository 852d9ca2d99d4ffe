package httpapi

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// rowsOf is a table of nothing but names.
func rowsOf(names ...string) []*version {
	var table []*version
	for _, name := range names {
		table = append(table, &version{Version: service.Version{Name: name}})
	}
	return table
}

func TestParseOrdinal(t *testing.T) {
	t.Parallel()
	for segment, want := range map[string]ordinal{
		"v1.2":              {1, 2, math.MaxInt},
		"v1.3-preview.1":    {1, 3, 1},
		"v1.10":             {1, 10, math.MaxInt},
		"v0.0-preview.0":    {0, 0, 0},
		"v9999.9999":        {9999, 9999, math.MaxInt},
		"v1.2-preview.9999": {1, 2, 9999},
	} {
		if got, ok := parseOrdinal(segment); !ok || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", segment, got, ok, want)
		}
	}
	for _, segment := range []string{
		"", "v", "v1", "v1.", "v.2", "1.2", "V1.2", "vv1.2", "v1.2.3", "v1.2 ", " v1.2", "v1.2/", "v01.2", "v1.02", "v+1.2", "v1.+2", "v-1.2",
		"v1.-0", "v1.2-preview", "v1.2-preview.", "v1.2-preview.01", "v1.2-preview.-1", "v1.2-preview.x", "v1.2-preview.1.1",
		"v1.2-preview.1-preview.1", "v1.2-Preview.1", "v1.2-beta.1", "v1-preview.1", "v1-preview.1.2", "v10000.1", "v1.10000",
		"v1.2-preview.10000", "v1.99999999999999999999", "v١.٢", "v1,2", "v1.2\x00", "detectLiveness",
	} {
		if got, ok := parseOrdinal(segment); ok {
			t.Errorf("%q: got %+v; want no version", segment, got)
		}
	}
}

// TestOrdinalsAscend compares every two of a list.
func TestOrdinalsAscend(t *testing.T) {
	t.Parallel()
	ascending := []string{
		"v0.9", "v1.0-preview.1", "v1.0", "v1.1-preview.1", "v1.2-preview.1", "v1.2-preview.2", "v1.2-preview.10", "v1.2",
		"v1.3-preview.1", "v1.3", "v1.9", "v1.10-preview.1", "v1.10", "v2.0-preview.1", "v2.0", "v10.0",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			x, xOK := parseOrdinal(a)
			y, yOK := parseOrdinal(b)
			if got, want := x.compare(y), cmp.Compare(i, j); !xOK || !yOK || got != want {
				t.Errorf("%s and %s: got %d; want %d", a, b, got, want)
			}
		}
	}
}

func TestNewestOf(t *testing.T) {
	t.Parallel()
	for want, names := range map[string][]string{
		"v1.3-preview.1": {"v1.3-preview.1", "v1.1-preview.1", "v1.2", "v1.2-preview.1"},
		"v1.2":           {"v1.2-preview.9", "v1.2", "v1.1"},
		"v1.10":          {"v1.9", "v1.10"},
		"v0.1":           {"next", "v0.1", "V9.9"}, // a row whose name is no version is no newest one
		"":               {"next"},
	} {
		for range 2 {
			var got string
			if newest := newestOf(rowsOf(names...)); newest != nil {
				got = newest.Name
			}
			if got != want {
				t.Errorf("%v: got %q; want %q", names, got, want)
			}
			slices.Reverse(names)
		}
	}
	if got := newestOf(nil); got != nil {
		t.Errorf("of no versions: got %s; want none", got.Name)
	}
}

// TestKnownVersion: versions that are newer than all known ones are served as the
// newest, and nothing else is.
func TestKnownVersion(t *testing.T) {
	t.Parallel()
	table := rowsOf("v1.2-preview.1", "v1.2", "v1.3-preview.1")
	table[0].routes = []route{{path: "detect"}, {path: "sessions/{sessionId}"}}
	newer := &surface{versions: table, newest: newestOf(table), words: staticWords(table)}
	for path, want := range map[string][2]string{
		"/face/v1.3-preview.2/sessions/A//b": {"/face/v1.3-preview.1/sessions/A//b", "v1.3-preview.2"},
		"/face/v1.3/sessions":                {"/face/v1.3-preview.1/sessions", "v1.3"},
		"/face/v2.0-preview.1/detect":        {"/face/v1.3-preview.1/detect", "v2.0-preview.1"},
		"/face/V2.0/detect":                  {"/face/v1.3-preview.1/detect", "v2.0"},
		"/face/v1.4":                         {"/face/v1.3-preview.1/", "v1.4"},
		"/face/v1.4/":                        {"/face/v1.3-preview.1/", "v1.4"},
		"/face/v1.4/v1.5/v1.2":               {"/face/v1.3-preview.1/v1.5/v1.2", "v1.4"},
		// Known ones stay, and so does what is older or no version at all.
		"/face/v1.3-preview.1/detect":    {},
		"/face/v1.2/detect":              {},
		"/face/v1.2-preview.1/detect":    {},
		"/face/v1.2-preview.2/detect":    {},
		"/face/v1.1/detect":              {},
		"/face/v1.0/detect":              {},
		"/face/v1.3-preview.0/detect":    {},
		"/face/v1.3-preview.02/detect":   {},
		"/face/v1.4.1/detect":            {},
		"/face/v14/detect":               {},
		"/face/vnext/detect":             {},
		"/face/detect":                   {},
		"/face//v1.4/detect":             {},
		"/face/":                         {},
		"/face":                          {},
		"/v1.4/detect":                   {},
		"/faces/v1.4/detect":             {},
		"/":                              {},
		"":                               {},
		"/face/v99999999999999.0/detect": {},
	} {
		if want[0] == "" {
			want[0] = path
		}
		if served, unknown := newer.knownVersion(path); served != want[0] || unknown != want[1] {
			t.Errorf("%q: got %q for %q; want %q for %q", path, served, unknown, want[0], want[1])
		}
	}
	const ahead = "/face/v9.9/detect"
	strict := *newer
	strict.StrictVersions = true
	for name, s := range map[string]*surface{"strict": &strict, "no versions": {}} {
		if served, unknown := s.knownVersion(ahead); served != ahead || unknown != "" {
			t.Errorf("%s: got %q for %q; want %q as it is", name, served, unknown, ahead)
		}
	}
	if served, _ := newer.knownVersion(ahead); served == ahead {
		t.Errorf("got %q as it is; want the newest version in it", ahead)
	}
}

// TestWarnOfVersion has the form of a Warning header: code, agent, quoted text.
func TestWarnOfVersion(t *testing.T) {
	t.Parallel()
	header := http.Header{}
	warnOfVersion(header, "v9.9", "v1.2")
	const want = `299 face-liveness-emulator "API version v9.9 is not known here; served as v1.2"`
	if got := header.Get("Warning"); got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}
