package httpapi

import (
	"maps"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// newErrorTable is the one place where codes get their status and text.
func newErrorTable() errorTable {
	table := errorTable{}
	for _, part := range []errorTable{createErrors(), readErrors(), commonErrors(), faultErrors()} {
		maps.Copy(table, part)
	}
	return table
}

// createErrors are what only a call that creates or starts a session can get.
func createErrors() errorTable {
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
		liveness.CodeInvalidUserCorrelationID: {
			// Only the status is known [recorded: create-user-correlation-id]; the rest is
			// by analogy [assumed: create-user-correlation-id-code].
			400, "InvalidUserCorrelationId",
			"A user correlation ID is required in the request body during session create or session start. " +
				"Must not be null or empty, and be no more than 64 characters.", formService, assumed,
		},
		liveness.CodeInvalidImage:  {400, "InvalidImage", "Decoding error, image format unsupported.", formService, documented},
		liveness.CodeNoFace:        {400, "InvalidImage", "No face detected in the image.", formService, documented},
		liveness.CodeImageTooSmall: {400, "InvalidImageSize", "Image size is too small.", formService, documented},
		liveness.CodeImageTooBig:   {400, "InvalidImageSize", "Image size is too big.", formService, documented},
		liveness.CodeUnknownScenario: {
			400, "BadArgument",
			"The scenario named by X-Face-Liveness-Scenario does not exist.", formService, assumed,
		},
		codeInvalidSeed: {400, "BadArgument", "The seed in X-Face-Liveness-Seed is not a whole number above 0.", formService, assumed},
	}
}

// readErrors are those of lists and of faces in session images.
func readErrors() errorTable {
	return errorTable{
		codeInvalidStart: {
			400, "BadArgument", "Start parameter is invalid. Please specify the 'Id' field of the last entry " +
				"to continue the listing process.", formService, documented,
		},
		codeInvalidTop: {
			400, "BadArgument", "Top parameter is invalid. Valid range is between 1 and 1000 inclusive.", formService, documented,
		},
		codeBadBody:             {400, "BadArgument", "Request body is invalid.", formService, documented},
		codeBadJSON:             {400, "BadArgument", "JSON parsing error.", formService, documented},
		codeBadParameter:        {400, "BadArgument", "A query parameter is invalid.", formService, assumed},
		codeBadDetectionModel:   {400, "BadArgument", "'detectionModel' is invalid.", formService, documented},
		codeBadRecognitionModel: {400, "BadArgument", "'recognitionModel' is invalid.", formService, documented},
	}
}

// commonErrors are those of any call.
func commonErrors() errorTable {
	return errorTable{
		liveness.CodeUnauthorized: {
			401, "401",
			"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key " +
				"for an active subscription and use a correct regional API endpoint for your resource.", formGateway, quoted,
		},
		liveness.CodeWrongAddress: {
			403, "403", "Access denied: the client address is not the one that the session expects.", formGateway, assumed,
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
		codeNotEmulated: {
			501, "NotImplemented", "This emulator covers the liveness part of the Face API only.", formService, assumed,
		},
		liveness.CodeStopping: {503, "ServiceUnavailable", "The service is stopping.", formService, assumed},
	}
}

// faultErrors are those that a call meets only if a fault is set.
func faultErrors() errorTable {
	return errorTable{
		codeSeveralFaces: {400, "InvalidImage", "There is more than 1 face in the image.", formService, documented},
		codeUnsupportedFeature: {
			403, "UnsupportedFeature", "Feature is not supported, missing approval for one or more of the following features: " +
				"Identification, Verification.", formService, documented,
		},
		codePermissionDenied: {401, "PermissionDenied", "Principal does not have access to API/Operation.", formGateway, quoted},
		codeBadGateway:       {502, "502", "Bad gateway", formGateway, assumed},
		codeUnavailable:      {503, "ServiceUnavailable", "The service is temporarily unavailable, please try later.", formService, assumed},
		codeGatewayTimeout:   {504, "504", "Gateway timeout", formGateway, assumed},
	}
}
