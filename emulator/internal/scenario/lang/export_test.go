package lang

import (
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Keys are the keys of one mapping.
type Keys struct {
	All, Required []string
}

// Mappings returns the keys of every mapping of the language, by the name of its
// definition in the JSON Schema; "" is the file itself.
func Mappings() map[string]Keys {
	return map[string]Keys{
		"":              keysOf(scenarioMapping()),
		"match":         keysOf(matchMapping("match")),
		"verifyImage":   keysOf(verifyImageMapping("")),
		"size":          keysOf(sizeMapping("")),
		"pattern":       keysOf(patternMapping("")),
		"advance":       keysOf(advanceMapping()),
		"then":          keysOf(thenMapping()),
		"result":        keysOf(resultMapping()),
		"end":           keysOf(endMapping()),
		"when":          keysOf(whenMapping()),
		"attempt":       keysOf(attemptMapping()),
		"choice":        keysOf(choiceMapping()),
		"error":         keysOf(errorMapping()),
		"faceRectangle": keysOf(rectangleMapping()),
		"fault":         keysOf(faultMapping()),
		"faultTime":     keysOf(timeMapping()),
		"faultCalls":    keysOf(callsMapping()),
		"answer":        keysOf(answerMapping()),
		"retryAfter":    keysOf(retryAfterMapping()),
		"rate":          keysOf(rateMapping()),
		"delays":        keysOf(delayMapping()),
		"uniform":       keysOf(uniformMapping()),
		"normal":        keysOf(normalMapping()),
		"logNormal":     keysOf(logNormalMapping()),
		"body":          keysOf(bodyMapping()),
	}
}

func keysOf[T any](m mapping[T]) Keys {
	keys := Keys{All: m.keys()}
	for _, f := range m.fields {
		if f.required {
			keys.Required = append(keys.Required, f.key)
		}
	}
	return keys
}

// PrintFaults returns a list of faults in the form that ParseFaults reads.
func PrintFaults(faults []fault.Fault) string { return marshal(printedFaults(faults)) }

// BuiltIns returns the outlines of the built-in scenarios.
func BuiltIns() []scenario.Outline { return builtIns() }
