package httpapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Codes of this package.
const (
	codeRouteNotFound    liveness.Code = "route-not-found"
	codeMethodNotAllowed liveness.Code = "method-not-allowed"
	codeBodyTooLarge     liveness.Code = "body-too-large"
	codeClientGone       liveness.Code = "client-gone"
	codeInvalidStart     liveness.Code = "invalid-start"
	codeInvalidTop       liveness.Code = "invalid-top"
	codeNotEmulated      liveness.Code = "not-emulated"
	codeInvalidSeed      liveness.Code = "invalid-seed"

	// Only faults use these.
	codeSeveralFaces       liveness.Code = "several-faces"
	codeUnsupportedFeature liveness.Code = "unsupported-feature"
	codePermissionDenied   liveness.Code = "permission-denied"
	codeBadGateway         liveness.Code = "bad-gateway"
	codeUnavailable        liveness.Code = "unavailable"
	codeGatewayTimeout     liveness.Code = "gateway-timeout"

	// Of POST /detect.
	codeBadBody             liveness.Code = "bad-body"
	codeBadJSON             liveness.Code = "bad-json"
	codeBadParameter        liveness.Code = "bad-parameter"
	codeBadDetectionModel   liveness.Code = "bad-detection-model"
	codeBadRecognitionModel liveness.Code = "bad-recognition-model"
)

// A form is one of the shapes an error can have on the wire.
type form int

const (
	formService form = iota // compact, application/json with charset
	formGateway             // a space after "message":, application/json alone; key check, routes and rates
)

// A provenance says how well an answer is known.
type provenance string

const (
	documented provenance = "documented"
	recorded   provenance = "recorded"
	quoted     provenance = "quoted" // in a public issue, in part of a sibling service
	assumed    provenance = "assumed"
	given      provenance = "given" // by a scenario
)

// An answer is an error as the client receives it.
type answer struct {
	status  int
	code    string
	message string
	form    form
	mark    provenance
}

// An errorTable turns the domain's codes into answers.
type errorTable map[liveness.Code]answer

// answer returns the answer for err. An error that is not a refusal is an internal
// error, whose text is only logged.
func (t errorTable) answer(err error) answer {
	code := liveness.CodeOf(err)
	if _, refused := errors.AsType[*liveness.Error](err); !refused && errors.Is(err, context.Canceled) {
		code = codeClientGone
	}
	known, ok := t[code]
	if !ok {
		return t[liveness.CodeInternal]
	}
	if refusal, ok := errors.AsType[*liveness.Error](err); ok && refusal.Detail != "" {
		known.message += " " + refusal.Detail
	}
	return known
}

func (a answer) contentType() string {
	if a.form == formGateway {
		return "application/json"
	}
	return jsonType
}

// body renders the envelope. The gateway's has one space before the message, on 429
// [recorded: error-gateway-form] and on 401 [recorded: error-unauthorized]. No text
// in the table needs escaping, and no detail has anything but names of scenarios.
func (a answer) body() []byte {
	space := ""
	if a.form == formGateway {
		space = " "
	}
	return []byte(`{"error":{"code":"` + a.code + `","message":` + space + `"` + a.message + `"}}`)
}

// headers returns what goes with a status.
func (a answer) headers(err error, endpoint string) map[string]string {
	if a.mark == given {
		return nil // its headers are given with it
	}
	switch a.status {
	case http.StatusUnauthorized:
		// The value is redacted in the only source; this is the common form of
		// the gateway that the service stands behind [assumed: error-www-authenticate].
		return map[string]string{"WWW-Authenticate": `AzureApiManagementKey realm="` + endpoint +
			`/face",name="Ocp-Apim-Subscription-Key",type="header"`}
	case http.StatusTooManyRequests:
		return map[string]string{"Retry-After": retryAfter(err)}
	}
	return nil
}

// retryAfter is in whole seconds, rounded up, so that waiting for it is enough.
func retryAfter(err error) string {
	wait := time.Second
	if refusal, ok := errors.AsType[*liveness.Error](err); ok && refusal.RetryAfter > wait {
		wait = refusal.RetryAfter
	}
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}
