package token

import (
	"slices"
	"strings"
	"time"
)

// The values of Claims.Kind, the sessionType of the token
// [recorded: token-session-type].
const (
	kindLiveness           = "Liveness"
	kindLivenessWithVerify = "LivenessWithVerify"
)

// A Path is one device call that a token allows, and how often.
type Path struct {
	Path   string        // below the endpoint, without leading slash
	Method string        // in the recorded casing; compare without regard to it
	Quota  int           // calls in the life of the session
	Period time.Duration // in which at most Limit calls are allowed; whole seconds
	Limit  int           // calls in one Period
}

// pathAttemptEnd is the path that tokens of Shape2024 do not allow.
const pathAttemptEnd = "/session/attempt/end"

// Paths returns the device calls that a token of Shape2025 allows, in the
// token's order. apiVersion is the path segment, such as "v1.2"; kind is
// "Liveness" or "LivenessWithVerify", any other kind has none. Tokens of v1.3-preview.1
// have these paths [recorded: device-paths-token] [recorded: device-attempt-end]; those
// of v1.2 are taken to have them [assumed: token-shape-v12].
func Paths(apiVersion, kind string) []Path {
	var detect string
	switch kind {
	case kindLiveness:
		detect = "/detectLiveness/singleModal"
	case kindLivenessWithVerify:
		detect = "/detectLivenessWithVerify/singleModal"
	default:
		return nil
	}
	base := "face/" + apiVersion
	return []Path{
		{Path: base + "/session/start", Method: "POST", Quota: 1, Period: 60 * time.Second, Limit: 1},
		{Path: base + pathAttemptEnd, Method: "POST", Quota: 3, Period: 5 * time.Second, Limit: 1},
		{Path: base + detect, Method: "post", Quota: 3, Period: 5 * time.Second, Limit: 1},
	}
}

// paths returns the device calls that a token of this shape allows.
func (s Shape) paths(apiVersion, kind string) []Path {
	paths := Paths(apiVersion, kind)
	if s == Shape2024 {
		return slices.DeleteFunc(paths, func(p Path) bool { return strings.HasSuffix(p.Path, pathAttemptEnd) })
	}
	return paths
}
