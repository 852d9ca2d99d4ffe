package fault

import (
	"net/http"
	"slices"
)

// A Group is a name for several operations.
type Group struct {
	Name       string
	Operations []string
}

// Groups returns the groups of operations, the largest last. Each operation is in one of
// the first groups, and in server or device.
func Groups() []Group {
	groups := []Group{
		{"create", []string{"createLivenessSession", "createLivenessWithVerifySession"}},
		{"read", []string{"getLivenessSessionResult", "getLivenessWithVerifySessionResult"}},
		{"delete", []string{"deleteLivenessSession", "deleteLivenessWithVerifySession"}},
		{"list", []string{"getLivenessSessions", "getLivenessWithVerifySessions"}},
		{"audit", []string{"getLivenessSessionAuditEntries", "getLivenessWithVerifySessionAuditEntries"}},
		{"image", []string{"getSessionImage"}},
		{"face", []string{"detectFromSessionImageId"}},
		{"settings", []string{"getSettings", "patchSettings", "getClientAssetsAccessToken"}},
		{"start", []string{"startSession"}},
		{"detect", []string{"detectLiveness", "detectLivenessWithVerify"}},
		{"end", []string{"endAttempt"}},
	}
	server, device := Group{Name: "server"}, Group{Name: "device"}
	for _, group := range groups {
		into := &server
		switch group.Name {
		case "start", "detect", "end":
			into = &device
		}
		into.Operations = append(into.Operations, group.Operations...)
	}
	return append(groups, server, device)
}

// GroupOf returns the name of the smallest group that an operation is in, or "".
func GroupOf(operation string) string {
	for _, group := range Groups() {
		if slices.Contains(group.Operations, operation) {
			return group.Name
		}
	}
	return ""
}

// Operations returns the names of all operations, as logs show them.
func Operations() []string {
	groups := Groups()
	return slices.Concat(groups[len(groups)-2].Operations, groups[len(groups)-1].Operations)
}

// OfResource returns the operations that belong to no session. Only faults of a resource
// fire at them.
func OfResource() []string {
	var operations []string
	for _, group := range Groups() {
		if group.Name == "list" || group.Name == "settings" {
			operations = append(operations, group.Operations...)
		}
	}
	return operations
}

// States returns the states that a session can have, as the service spells them.
func States() []string { return []string{"NotStarted", "Running", "Succeeded", "Failed", "Canceled"} }

// Errors returns the names that an Answer can have as its error, sorted.
func Errors() []string {
	var names []string
	for status := http.StatusBadRequest; status <= http.StatusGatewayTimeout; status++ {
		names = append(names, ErrorsOf(status)...)
	}
	slices.Sort(names)
	return names
}

// ErrorsOf returns the names of the errors with a status.
func ErrorsOf(status int) []string {
	switch status {
	case http.StatusBadRequest:
		return []string{
			"bad-body", "bad-detection-model", "bad-json", "bad-recognition-model", "image-too-big", "image-too-small", "invalid-body",
			"invalid-device-correlation-id", "invalid-image", "invalid-mode", "invalid-start", "invalid-token-lifetime", "invalid-top",
			"invalid-user-correlation-id", "no-face", "several-faces",
		}
	case http.StatusUnauthorized:
		return []string{"unauthorized", "permission-denied"}
	case http.StatusForbidden:
		return []string{"unsupported-feature", "wrong-address"}
	case http.StatusNotFound:
		return []string{"session-not-found", "image-not-found", "route-not-found"}
	case http.StatusMethodNotAllowed:
		return []string{"method-not-allowed"}
	case http.StatusRequestEntityTooLarge:
		return []string{"body-too-large"}
	case http.StatusConflict:
		return []string{"conflict"}
	case http.StatusTooManyRequests:
		return []string{"rate-limited"}
	case http.StatusInternalServerError:
		return []string{"internal"}
	case http.StatusBadGateway:
		return []string{"bad-gateway"}
	case http.StatusServiceUnavailable:
		return []string{"unavailable"}
	case http.StatusGatewayTimeout:
		return []string{"gateway-timeout"}
	}
	return nil
}
