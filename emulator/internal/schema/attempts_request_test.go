package schema_test

import (
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// attempts is a version of the family whose sessions show their attempts. The
// tables of bodies that its versions share are made for it.
type attempts struct{ folder }

// badRequests put a value at a field and say which problem of that field it is.
// The second good body with verify must have a verifyImage.
func (a attempts) badRequests() []mutation {
	long := `"` + strings.Repeat("ü", 65) + `"`
	bad := a.onBoth(
		createRequest, createVerifyRequest,
		mutation{"", 0, "livenessOperationMode", removed, schema.KindRequired},
		mutation{"", 0, "livenessOperationMode", `"passive"`, schema.KindEnum},
		mutation{"", 0, "livenessOperationMode", `"Active"`, schema.KindEnum},
		mutation{"", 0, "livenessOperationMode", `""`, schema.KindEnum},
		mutation{"", 0, "livenessOperationMode", `1`, schema.KindType},
		mutation{"", 0, "livenessOperationMode", `null`, schema.KindType},
		mutation{"", 0, "deviceCorrelationIdSetInClient", `"true"`, schema.KindType},
		mutation{"", 0, "deviceCorrelationIdSetInClient", `1`, schema.KindType},
		mutation{"", 0, "enableSessionImage", `"false"`, schema.KindType},
		mutation{"", 0, "livenessModelVersion", `2024`, schema.KindType},
		mutation{"", 0, "deviceCorrelationId", long, schema.KindLength},
		mutation{"", 0, "deviceCorrelationId", `7`, schema.KindType},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `59`, schema.KindRange},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `86401`, schema.KindRange},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `-600`, schema.KindRange},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `99999999999999999999`, schema.KindRange},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `600.0`, schema.KindType},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `6e2`, schema.KindType},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `600.5`, schema.KindType},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `"600"`, schema.KindType},
	)
	verify, start := a.file(createVerifyRequest), a.file(startRequest)
	bad = append(bad, a.badFacesRequests()...)
	return append(
		bad,
		mutation{verify, 0, "returnVerifyImageHash", `"true"`, schema.KindType},
		mutation{verify, 0, "verifyConfidenceThreshold", `1.01`, schema.KindRange},
		mutation{verify, 0, "verifyConfidenceThreshold", `-0.01`, schema.KindRange},
		mutation{verify, 0, "verifyConfidenceThreshold", `"0.5"`, schema.KindType},
		mutation{verify, 0, "verifyImage", `"bytes"`, schema.KindType},
		mutation{verify, 1, "verifyImage.size", removed, schema.KindRequired},
		mutation{verify, 1, "verifyImage.size", `2048.0`, schema.KindType},
		mutation{verify, 1, "verifyImage.size", `-1`, schema.KindRange},
		mutation{verify, 1, "verifyImage.fileName", `5`, schema.KindType},
		mutation{verify, 1, "verifyImage.content", `""`, schema.KindOther},
		mutation{start, 0, "deviceCorrelationId", long, schema.KindLength},
		mutation{start, 0, "deviceCorrelationId", `7`, schema.KindType},
	)
}
