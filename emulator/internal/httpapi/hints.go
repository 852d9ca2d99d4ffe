package httpapi

import (
	"slices"
	"strings"
)

// routeHint says what a caller probably meant by a path that does not exist.
// Several of these paths are printed in official tutorials and exist nowhere.
func (s *surface) routeHint(path string) string {
	name, below, ok := splitPath(path)
	if !ok {
		return "paths begin with /face/{version}; known versions: " + s.versionNames()
	}
	if !slices.ContainsFunc(s.versions, func(v *version) bool { return v.Name == name }) {
		return "unknown version " + clip(name) + "; known versions: " + s.versionNames()
	}
	lower := strings.ToLower(below)
	for _, m := range mistakes() {
		if strings.Contains(lower, m.part) {
			return m.hint
		}
	}
	return "no such path; " + name + " has " + strings.Join(s.paths, ", ")
}

func (s *surface) versionNames() string {
	names := make([]string, 0, len(s.versions))
	for _, v := range s.versions {
		names = append(names, v.Name)
	}
	return strings.Join(names, ", ")
}

func splitPath(path string) (name, below string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/face/")
	if !ok {
		return "", "", false
	}
	name, below, _ = strings.Cut(rest, "/")
	return name, below, true
}

// A mistake is a wrong path that is known to be used, and what to use instead.
type mistake struct {
	part string // of the path below the version, lower case
	hint string
}

func mistakes() []mistake {
	const result = "read the result with GET detectLiveness-sessions/{sessionId} or detectLivenessWithVerify-sessions/{sessionId}"
	return []mistake{
		{"createlivenesswithverifysession", "a path of a tutorial that does not exist; POST detectLivenessWithVerify-sessions"},
		{"createlivenesssession", "a path of a tutorial that does not exist; POST detectLiveness-sessions"},
		{"livenesswithverifysessions", "a path of a tutorial that does not exist; " + result},
		{"livenesssessions", "a path of a tutorial that does not exist; " + result},
		{"/audit", "audit entries exist in the preview versions only; " + result},
		{"singlemodal/sessions", "a path of the preview versions; here it is detectLiveness-sessions or detectLivenessWithVerify-sessions"},
		{"session/sessionimages", "a path of v1.2-preview.1; here it is sessionImages/{sessionImageId}"},
		{"-sessions/", result},
	}
}
