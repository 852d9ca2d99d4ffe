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
	i := slices.IndexFunc(s.versions, func(v *version) bool { return v.Name == name })
	if i < 0 {
		return "unknown version; known versions: " + s.versionNames()
	}
	lower := strings.ToLower(below)
	if first, _, _ := strings.Cut(lower, "/"); slices.Contains(otherOperations(), first) {
		return "only the liveness part of the Face API is emulated"
	}
	for _, m := range mistakes() {
		if strings.Contains(lower, m.part) {
			return m.hint
		}
	}
	var paths []string
	for _, r := range s.versions[i].routes {
		if !slices.Contains(paths, r.path) {
			paths = append(paths, r.path)
		}
	}
	return "no such path; " + name + " has " + strings.Join(paths, ", ")
}

// shownPath returns a path with nothing in it but words that the emulator knows
// and what looks like a version: a path may hold what does not belong into a log.
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
		{"face/v", "the path names the API twice; the endpoint is the base URL alone, without /face/{version}"},
	}
}

// otherOperations are the first segments of what else the Face API has.
func otherOperations() []string {
	return []string{
		"detect", "findsimilars", "group", "identify", "verify", "facelists", "largefacelists",
		"persongroups", "largepersongroups", "dynamicpersongroups", "persons",
	}
}
