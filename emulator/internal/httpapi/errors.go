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

// Codes that only HTTP knows.
const (
	codeRouteNotFound    liveness.Code = "route-not-found"
	codeMethodNotAllowed liveness.Code = "method-not-allowed"
	codeBodyTooLarge     liveness.Code = "body-too-large"
	codeClientGone       liveness.Code = "client-gone"
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
)

// An answer is an error as it goes to the client.
type answer struct {
	status  int
	code    string
	message string
	form    form
	mark    provenance
}

// An errorTable turns the domain's codes into answers.
type errorTable map[liveness.Code]answer

// newErrorTable is the one place where codes get their status and text.
func newErrorTable() errorTable {
	const body = "Incorrect request body provided. Please check the operation schema and try again."
	return errorTable{
		liveness.CodeInvalidBody: {400, "InvalidRequestBody", body, formService, documented},
		liveness.CodeInvalidMode: {
			400, "InvalidLivenessOperationMode",
			// The text predates PassiveActive, which is accepted all the same.
			"Invalid livenessOperationMode specified. Must be 'Passive'.", formService, documented,
		},
		liveness.CodeInvalidTokenLifetime: {
			400, "InvalidTokenLifetime",
			"Invalid authTokenTimeToLiveInSeconds specified. Must be within 60 to 86400.", formService, documented,
		},
		liveness.CodeInvalidDeviceCorrelationID: {
			400, "InvalidDeviceCorrelationId",
			"A device correlation ID is required in the request body during session create or session start. " +
				"Must not be null or empty, and be no more than 64 characters.", formService, documented,
		},
		liveness.CodeInvalidImage:  {400, "InvalidImage", "Decoding error, image format unsupported.", formService, documented},
		liveness.CodeNoFace:        {400, "InvalidImage", "No face detected in the image.", formService, documented},
		liveness.CodeImageTooSmall: {400, "InvalidImageSize", "Image size is too small.", formService, documented},
		liveness.CodeImageTooBig:   {400, "InvalidImageSize", "Image size is too big.", formService, documented},
		liveness.CodeUnknownScenario: {
			400, "BadArgument",
			"The scenario named by X-Face-Liveness-Scenario does not exist.", formService, assumed,
		},
		liveness.CodeUnauthorized: {
			401, "401",
			"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key " +
				"for an active subscription and use a correct regional API endpoint for your resource.", formGateway, quoted,
		},
		liveness.CodeSessionNotFound: {
			404, "SessionNotFound",
			"Session Id is not found. The session id is expired or does not exist.", formService, recorded,
		},
		liveness.CodeImageNotFound: {
			404, "SessionImageNotFound",
			"Session image is not found. The session image is expired or does not exist.", formService, assumed,
		},
		codeRouteNotFound:    {404, "404", "Resource not found", formGateway, assumed},
		codeMethodNotAllowed: {405, "405", "Method not allowed", formGateway, assumed},
		liveness.CodeConflict: {
			409, "ConcurrentOperationConflict",
			"There is a conflict operation on resource `face-liveness-emulator`, please try later.", formService, documented,
		},
		codeBodyTooLarge:         {413, "RequestBodyTooLarge", "Request body is too large.", formService, assumed},
		liveness.CodeRateLimited: {429, "429", "Rate limit is exceeded.", formGateway, documented},
		codeClientGone:           {499, "499", "Client closed the request", formGateway, assumed},
		liveness.CodeInternal:    {500, "Unspecified", "Internal server error", formService, quoted},
		liveness.CodeStopping:    {503, "ServiceUnavailable", "The service is stopping.", formService, assumed},
	}
}

// answer returns what a client is told about err. What is no refusal is an
// internal error, and its text stays in the log.
func (t errorTable) answer(err error) answer {
	code := liveness.CodeOf(err)
	if _, refused := errors.AsType[*liveness.Error](err); !refused && errors.Is(err, context.Canceled) {
		code = codeClientGone
	}
	if known, ok := t[code]; ok {
		return known
	}
	return t[liveness.CodeInternal]
}

func (a answer) contentType() string {
	if a.form == formGateway {
		return "application/json"
	}
	return jsonType
}

// body renders the envelope. The gateway's has one space before the message.
// [recorded: 429; quoted in issues: 401] No text in the table needs escaping.
func (a answer) body() []byte {
	space := ""
	if a.form == formGateway {
		space = " "
	}
	return []byte(`{"error":{"code":"` + a.code + `","message":` + space + `"` + a.message + `"}}`)
}

// headers returns what goes with a status.
func (a answer) headers(err error, ex *exchange) map[string]string {
	switch a.status {
	case http.StatusUnauthorized:
		// The value is redacted in the only source; this is the common form of
		// the gateway that the service stands behind. [assumed]
		return map[string]string{"WWW-Authenticate": `AzureApiManagementKey realm="` + ex.endpoint +
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
