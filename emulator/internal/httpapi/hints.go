package httpapi

import (
	"net/http"
	"slices"
	"strings"
)

// routeHint says what a caller probably meant by a path that does not exist.
// Several of these paths are printed in official tutorials and exist nowhere.
func (s *surface) routeHint(method, path string) string {
	name, below, ok := splitPath(path)
	if !ok {
		return "paths begin with /face/{version}; known versions: " + s.versionNames()
	}
	i := slices.IndexFunc(s.versions, func(v *version) bool { return v.Name == name })
	if i < 0 {
		hint := "unknown version; known versions: " + s.versionNames()
		if s.StrictVersions {
			hint += " (the option StrictVersions is on)"
		}
		return hint
	}
	v := s.versions[i]
	if hint := s.elsewhere(v, method, below); hint != "" {
		return hint
	}
	lower := strings.ToLower(below)
	if first, _, _ := strings.Cut(lower, "/"); slices.Contains(otherOperations(), first) {
		return "only the liveness part of the Face API is emulated"
	}
	for _, m := range mistakes() {
		if strings.Contains(lower, m.part) {
			return m.hint + v.instead(method, m.operations)
		}
	}
	var paths []string
	for _, r := range v.routes {
		if !slices.Contains(paths, r.path) {
			paths = append(paths, r.path)
		}
	}
	return "no such path; " + name + " has " + strings.Join(paths, ", ")
}

// elsewhere recognises a path of other versions and says what this one has in its
// place.
func (s *surface) elsewhere(here *version, method, below string) string {
	var names []string
	var is route
	for _, v := range s.versions {
		for _, r := range v.routes {
			if v != here && r.matches(below) && !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
			if r.matches(below) && (is.name == "" || r.method == method) {
				is = r
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	found := "a path of " + strings.Join(names, ", ")
	if instead := here.instead(method, []string{is.name}); instead != "" {
		return found + instead
	}
	return found + "; " + here.Name + " has nothing like it"
}

// matches reports whether a folded path below the version is of this route.
func (r route) matches(below string) bool {
	segments, wanted := strings.Split(below, "/"), strings.Split(r.path, "/")
	return slices.EqualFunc(segments, wanted, func(segment, want string) bool {
		return segment == want || strings.HasPrefix(want, "{") && segment != ""
	})
}

// instead names the calls that a version has for operations, or "": those with the
// method of the caller, if there are any.
func (v *version) instead(method string, operations []string) string {
	var calls, sameMethod []string
	for _, r := range v.routes {
		if !slices.Contains(operations, r.name) {
			continue
		}
		calls = append(calls, r.method+" "+r.path)
		if r.method == method {
			sameMethod = append(sameMethod, r.method+" "+r.path)
		}
	}
	if len(sameMethod) > 0 {
		calls = sameMethod
	}
	if len(calls) == 0 {
		return ""
	}
	return "; here it is " + strings.Join(calls, " or ")
}

// methodHint says what a caller probably meant by a method that a path does not
// have.
func methodHint(r *http.Request, allow string) string {
	hint := clip(r.Method) + " is not an operation of this path; it has " + allow
	switch {
	case r.Method == http.MethodPost && strings.Contains(allow, http.MethodGet):
		return hint + ". Results are read with GET"
	case r.Method == http.MethodGet && strings.Contains(allow, http.MethodPost):
		return hint + ". A session is read with its id at the end of the path; only the first preview versions list sessions"
	}
	return hint
}

// shownPath returns a path with only known words and what looks like a version, because a
// path may have secrets.
func shownPath(path string, words map[string]string) string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	const most = 8
	cut := len(segments) > most
	segments = segments[:min(len(segments), most)]
	for i, segment := range segments {
		if _, known := words[segment]; !known && !looksLikeVersion(segment) {
			segments[i] = "…"
		}
	}
	shown := "/" + strings.Join(segments, "/")
	if cut {
		shown += "/…"
	}
	return shown
}

// looksLikeVersion matches v1.2, v9 and v1.3-preview.1.
func looksLikeVersion(segment string) bool {
	digits := strings.ReplaceAll(segment, "-preview", "")
	return len(segment) <= 20 && len(digits) > 1 && (digits[0] == 'v' || digits[0] == 'V') &&
		strings.Trim(digits[1:], "0123456789.") == ""
}

func (s *surface) versionNames() string {
	names := make([]string, 0, len(s.versions))
	for _, v := range s.versions {
		names = append(names, v.Name)
	}
	return strings.Join(names, ", ")
}

// A mistake is a wrong path that is known to be used, and what to use instead.
type mistake struct {
	part       string // of the path below the version, lower case
	hint       string
	operations []string // that were probably meant
}

func mistakes() []mistake {
	const tutorial = "tutorials show this path, but the API does not have it"
	var (
		results = []string{"getLivenessSessionResult", "getLivenessWithVerifySessionResult"}
		plain   = []string{"createLivenessSession", "getLivenessSessionResult", "deleteLivenessSession"}
		verify  = []string{"createLivenessWithVerifySession", "getLivenessWithVerifySessionResult", "deleteLivenessWithVerifySession"}
	)
	return []mistake{
		{"createlivenesswithverifysession", tutorial, []string{"createLivenessWithVerifySession"}},
		{"createlivenesssession", tutorial, []string{"createLivenessSession"}},
		{"livenesswithverifysessions", tutorial, verify},
		{"livenesssessions", tutorial, plain},
		{"/audit", "audit entries exist in the first preview versions only", results},
		{"-sessions/", "nothing follows the id of a session", results},
		{"face/v", "the path names the API twice; the endpoint is the base URL alone, without /face/{version}", nil},
	}
}

// otherOperations are the first segments of what else the Face API has.
func otherOperations() []string {
	return []string{
		"detect", "findsimilars", "group", "identify", "verify", "facelists", "largefacelists",
		"persongroups", "largepersongroups", "dynamicpersongroups", "persons",
	}
}
