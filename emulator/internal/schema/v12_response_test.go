package schema_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// goodResponsesOfV12 are bodies that the service sends. The first one of a schema is
// the base of most bad ones.
func goodResponsesOfV12() map[string][]string {
	v := v12()
	return v.addGoodResponses(map[string][]string{
		v.file(createResponse): {newSession(`"attempts":[]`)},
		v.file(readResponse): {
			readSession("Succeeded", model, `"attempts":[`+passed+`,`+refused+`]`),
			readSession("NotStarted", "", `"attempts":[]`),
			readSession("Running", "", `"attempts":[]`),
			readSession("Running", model, `"attempts":[`+refused+`]`),
			readSession("Failed", model, `"attempts":[`+refused+`,`+refused+`,`+refused+`]`),
			readSession("Canceled", "", `"attempts":[]`),
			readSession("Canceled", model, `"attempts":[`+refused+`]`),
			readSession("Succeeded", model, `"attempts":[{"attemptId":1,"attemptStatus":"Succeeded","result":{`+
				strings.Replace(decided, "realface", "spoofface", 1)+`}}]`),
		},
		v.file(createVerifyResponse): {
			newSession(`"attempts":[],"verifyReferences":[{"referenceType":"image",` + reference[1:] + `]`),
			newSession(`"attempts":[],"verifyReferences":[]`),
		},
		v.file(readVerifyResponse): {
			readSession("Succeeded", model, `"attempts":[`+passedPlus+`,`+refused+`],"verifyReferences":[`+reference+`]`),
			readSession("NotStarted", "", `"attempts":[],"verifyReferences":[]`),
			readSession("Running", "", `"attempts":[],"verifyReferences":[`+reference+`]`),
			readSession("Failed", model, `"attempts":[`+refused+`],"verifyReferences":[]`),
			readSession("Succeeded", model, `"attempts":[{"attemptId":3,"attemptStatus":"Succeeded","result":{`+decided+`,`+compared+
				`}}],"verifyReferences":[`+reference+`]`),
		},
	})
}

// newerFields are what a later version added: v1.2 has none of it.
func newerFields() []mutation {
	var bad []mutation
	for _, name := range []string{v12().file(readResponse), v12().file(readVerifyResponse)} {
		bad = append(
			bad,
			mutation{name, 0, "isAbuseMonitoringEnabled", `true`, schema.KindOther},
			mutation{name, 0, "expectedClientIpAddress", `"203.0.113.7"`, schema.KindOther},
			mutation{name, 0, "results.attempts.0.clientInformation", `[]`, schema.KindOther},
			mutation{name, 0, "results.attempts.0.abuseMonitoringResult", `{}`, schema.KindOther},
		)
	}
	return bad
}

func TestResponsesOfV12(t *testing.T) {
	t.Parallel()
	checkBodies(t, goodResponsesOfV12(), append(v12().badResponses(), newerFields()...))
}

// TestEverySchemaOfV12HasBodies keeps the tables complete.
func TestEverySchemaOfV12HasBodies(t *testing.T) {
	t.Parallel()
	checkCovered(t, string(v12().folder), goodRequestsOfV12(), goodResponsesOfV12())
}
