package httpapi

import (
	"net/http"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/attempts"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/singlemodal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// Versions returns the names of the API's versions, oldest first.
func Versions() []string {
	var names []string
	for _, v := range versions(1) {
		names = append(names, v.Name)
	}
	return names
}

// versions is the table of API versions, oldest first. To remove a version is to
// delete its row, its folder in schemas, its goldens and the tests that name it.
func versions(attemptsAllowed int) []*version {
	return []*version{
		{
			Version: service.Version{
				Name: "v1.1-preview.1",
				Models: []string{
					"2022-10-15-preview.04", // the only one in recorded traffic; the others are declared
					"2023-03-02-preview.05", "2021-11-12-preview.03", "2020-02-15-preview.01",
				},
				AttemptsAllowed: attemptsAllowed, GoesOnAfterDecision: true, Token: token.Shape2024,
			},
			routes:  slices.Concat(singleModalRoutes(), previewDeviceRoutes()),
			dialect: singleModalDialect(singlemodal.Dialect{}),
		},
		{
			Version: service.Version{
				Name:            "v1.2-preview.1",
				Models:          []string{"2023-12-20-preview.06", "2022-10-15-preview.04"},
				AttemptsAllowed: attemptsAllowed, GoesOnAfterDecision: true, Token: token.Shape2024,
			},
			routes:  slices.Concat(singleModalRoutes(), imageRoutes("session/sessionImages"), previewDeviceRoutes()),
			dialect: singleModalDialect(singlemodal.Dialect{SessionImages: true}),
		},
		{
			Version: service.Version{
				Name:            "v1.2",
				Models:          []string{"2024-11-15"},
				AttemptsAllowed: attemptsAllowed,
				// No token of v1.2 is public; this is its successor's [assumed: token-shape-v12].
				Token: token.Shape2025,
			},
			routes:  slices.Concat(attemptsRoutes(), imageRoutes("sessionImages"), deviceRoutes()),
			dialect: attemptsDialect(attempts.Dialect{}),
		},
		{
			Version: service.Version{
				Name:            "v1.3-preview.1",
				Models:          []string{"2025-05-20", "2024-11-15"}, // [recorded: version-model-2025]; declared
				AttemptsAllowed: 1,                                    // [documented: attempt-limit]

				NeedsUserCorrelationID: true,
				Token:                  token.Shape2025,
			},
			routes:  slices.Concat(attemptsRoutes(), imageRoutes("sessionImages"), settingsRoutes(), deviceRoutes()),
			dialect: attemptsDialect(attempts.Dialect{AbuseMonitoring: true}),
		},
	}
}

// singleModalRoutes are the server operations of the first previews, which alone
// have a list and an audit [documented: version-routes-preview].
func singleModalRoutes() []route {
	routes := make([]route, 0, 10)
	for _, group := range []struct {
		path, name string
		kind       liveness.Kind
	}{
		{"detectLiveness/singleModal/sessions", "LivenessSession", liveness.KindLiveness},
		{"detectLivenessWithVerify/singleModal/sessions", "LivenessWithVerifySession", liveness.KindLivenessWithVerify},
	} {
		one := group.path + "/{sessionId}"
		routes = append(routes,
			route{http.MethodPost, group.path, createSession("create"+group.name, group.kind)},
			route{http.MethodGet, group.path, listSessions("get"+group.name+"s", group.kind)},
			route{http.MethodGet, one, readSession("get"+group.name+"Result", group.kind)},
			route{http.MethodDelete, one, deleteSession("delete"+group.name, group.kind)},
			route{http.MethodGet, one + "/audit", readAudit("get"+group.name+"AuditEntries", group.kind)},
		)
	}
	return routes
}

// attemptsRoutes are the server operations of v1.2 and its successors
// [documented: version-routes].
func attemptsRoutes() []route {
	const (
		plain  = "detectLiveness-sessions"
		verify = "detectLivenessWithVerify-sessions"
	)
	return []route{
		{http.MethodPost, plain, createSession("createLivenessSession", liveness.KindLiveness)},
		{http.MethodGet, plain + "/{sessionId}", readSession("getLivenessSessionResult", liveness.KindLiveness)},
		{http.MethodDelete, plain + "/{sessionId}", deleteSession("deleteLivenessSession", liveness.KindLiveness)},
		{http.MethodPost, verify, createSession("createLivenessWithVerifySession", liveness.KindLivenessWithVerify)},
		{http.MethodGet, verify + "/{sessionId}", readSession("getLivenessWithVerifySessionResult", liveness.KindLivenessWithVerify)},
		{http.MethodDelete, verify + "/{sessionId}", deleteSession("deleteLivenessWithVerifySession", liveness.KindLivenessWithVerify)},
	}
}

// imageRoutes are what can be done with a session image.
func imageRoutes(path string) []route {
	return []route{
		{http.MethodGet, path + "/{sessionImageId}", readSessionImage()},
		{http.MethodPost, "detect", detectFace()},
	}
}

// settingsRoutes are those of a resource's settings [documented: abuse-settings].
func settingsRoutes() []route {
	return []route{
		{http.MethodGet, "settings", readSettings()},
		{http.MethodPatch, "settings", changeSettings()},
		{http.MethodGet, "settings/getClientAssetsAccessToken", readClientAssetsToken()},
	}
}

// previewDeviceRoutes are the calls of the client SDK that all tokens list. The
// detect routes keep the old spelling in every version [documented: device-paths]
// [recorded: device-paths-token].
func previewDeviceRoutes() []route {
	return []route{
		{http.MethodPost, pathStart, startSession()},
		{http.MethodPost, pathDetect, detect("detectLiveness", pathDetect)},
		{http.MethodPost, pathDetectWithVerify, detect("detectLivenessWithVerify", pathDetectWithVerify)},
	}
}

// deviceRoutes are those and the one that came later [recorded: device-attempt-end].
func deviceRoutes() []route {
	return append(previewDeviceRoutes(), route{http.MethodPost, pathEndAttempt, endAttempt()})
}

// The paths of the device calls, as the token lists them.
const (
	pathStart            = "session/start"
	pathEndAttempt       = "session/attempt/end"
	pathDetect           = "detectLiveness/singleModal"
	pathDetectWithVerify = "detectLivenessWithVerify/singleModal"
)

// createRefusals are the members whose bounds have a specific error code.
func createRefusals() []refusal {
	return []refusal{
		{"livenessOperationMode", liveness.CodeInvalidMode},
		{"authTokenTimeToLiveInSeconds", liveness.CodeInvalidTokenLifetime},
		{"deviceCorrelationId", liveness.CodeInvalidDeviceCorrelationID},
		{"userCorrelationId", liveness.CodeInvalidUserCorrelationID},
	}
}

func singleModalDialect(body singlemodal.Dialect) dialect {
	return dialect{
		refusals:       createRefusals(),
		form:           formShape{parameters: "Parameters", image: "VerifyImage", jsonToo: true},
		encodeCreated:  body.EncodeCreated,
		encodeSession:  body.EncodeSession,
		encodeDetected: body.EncodeDetected,
		encodeList:     body.EncodeList,
		encodeAudit:    body.EncodeAudit,
		deleteStatus:   http.StatusOK, // [recorded: session-delete-status-preview]
	}
}

func attemptsDialect(body attempts.Dialect) dialect {
	return dialect{
		refusals:       createRefusals(),
		form:           formShape{image: "verifyImage"},
		encodeCreated:  body.EncodeCreated,
		encodeSession:  body.EncodeSession,
		encodeDetected: attempts.EncodeDetected,
		deleteStatus:   http.StatusNoContent, // [recorded: session-delete-status]
	}
}
