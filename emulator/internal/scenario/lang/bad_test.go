package lang_test

import (
	"fmt"
	"slices"
	"strings"
)

// A badFile is a file and the first lines of its errors, without the file name.
type badFile struct {
	name string // of the case
	file string
	want []string
}

func badFiles() []badFile {
	return slices.Concat(badKeys(), badValues(), badAttempts(), badMatches(), badCourses(), badChoices(), badFaults(), badEffects(), badSyntax())
}

// badKeys are files with wrong keys.
func badKeys() []badFile {
	return []badFile{
		{"key misspelt", withAttempt("outcom: realface"), []string{`3:5: unknown key "outcom"; did you mean "outcome"?`}},
		{"key misspelt at top", with("decription: x"), []string{`4:1: unknown key "decription"; did you mean "description"?`}},
		{"key in wrong case", with("Advance: auto"), []string{`4:1: unknown key "Advance"; did you mean "advance"?`}},
		{"key from elsewhere", with("takes: 2s"), []string{`4:1: unknown key "takes"; allowed here: name, description, advice, match, priority, seed, advance, attempts, then, result, end, faults`}},
		{"outcome at top", with("outcome: realface"), []string{`4:1: unknown key "outcome"; write it as attempts: [{outcome: …}]`}},
		{"error at top", with("error: {code: A, message: b}"), []string{`4:1: unknown key "error"; write it as attempts: [{error: {code: …, message: …}}]`}},
		{"key of no kind", with("colour: blue"), []string{`4:1: unknown key "colour"; allowed here: name, description, advice, match, priority, seed, advance, attempts, then, result, end, faults`}},
		{"key of another language", with("hooks: []"), []string{`4:1: unknown key "hooks"; allowed here: name, description, advice, match, priority, seed, advance, attempts, then, result, end, faults`}},
		{"key misspelt beside the right one", withAttempt("outcom: spoofface", "outcome: realface"), []string{`3:5: unknown key "outcom"; did you mean "outcome"?`}},
		{"key that is a number", with("1: a"), []string{`4:1: unknown key "1"; allowed here: name, description, advice, match, priority, seed, advance, attempts, then, result, end, faults`}},
		{"key that is very long", with(strings.Repeat("k", 100) + ": a"), []string{`4:1: unknown key "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"…; allowed here: name, description, advice, match, priority, seed, advance, attempts, then, result, end, faults`}},
		{"key given twice", with("name: y"), []string{`4:1: name is given twice; the first is in line 1`}},
		{"key given twice in flow", withAttempt("error: {code: A, message: b, code: C}"), []string{`3:34: code is given twice; the first is in line 3`}},
		{"name missing", "attempts:\n  - outcome: realface\n", []string{`1:1: the scenario has no name; add name: …`}},
		{"attempts missing", header, []string{`1:1: the scenario has no attempts; add attempts: …`}},
		{"both missing", "description: x\n", []string{`1:1: the scenario has no name; add name: …`, `1:1: the scenario has no attempts; add attempts: …`}},
		{"error without code", withAttempt("error: {message: x}"), []string{`3:12: error has no code; add code: …`}},
		{"error without message", withAttempt("error:", "  code: A"), []string{`4:7: error has no message; add message: …`}},
		{"rectangle without side", withAttempt("outcome: realface", "faceRectangle: {top: 1, left: 1, width: 2}"), []string{`4:20: faceRectangle has no height; add height: …`}},
		{"advance without after", with("advance: {}"), []string{`4:10: advance has none of after, polls; add one of them`}},
		{"advance by both", with("advance: {polls: 3, after: 1s}"), []string{`4:21: advance has both polls and after; remove one of them`}},
		{"image condition without any", with("match: {verifyImage: {}}"), []string{`4:22: match.verifyImage is empty; name fileName, sha256 or size`}},
		{"match by unknown key", with("match:", "  deviceCorrelationID: x"), []string{`5:3: unknown key "deviceCorrelationID"; did you mean "deviceCorrelationId"?`}},
		{"match by no key", with("match:", "  colour: blue"), []string{`5:3: unknown key "colour"; allowed here: operation, apiVersion, resource, deviceCorrelationId, userCorrelationId, operationMode, verifyImage, header`}},
	}
}

// badValues are files with values that are invalid by themselves.
func badValues() []badFile {
	return []badFile{
		{"name empty", beginning("name: ''"), []string{`1:7: invalid name ""; use a to z, 0 to 9 and -, not - at the beginning, at most 64 characters`}},
		{"name absent", beginning("name:"), []string{`1:1: name must be text, not nothing`}},
		{"name in capitals", beginning("name: Happy"), []string{`1:7: invalid name "Happy"; use a to z, 0 to 9 and -, not - at the beginning, at most 64 characters`}},
		{"name begins with a hyphen", beginning("name: -x"), []string{`1:7: invalid name "-x"; use a to z, 0 to 9 and -, not - at the beginning, at most 64 characters`}},
		{"name too long", beginning("name: " + strings.Repeat("a", 65)), []string{`1:7: invalid name "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"…; use a to z, 0 to 9 and -, not - at the beginning, at most 64 characters`}},
		{"name is a number", beginning("name: 12"), []string{`1:7: name must be text, not a number; put it in quotes: "12"`}},
		{"name is a list", beginning("name: [x]"), []string{`1:7: name must be text, not a list`}},
		{"description is a mapping", with("description:", "  a: b"), []string{`5:3: description must be text, not a mapping`}},
		{"description is true", with("description: true"), []string{`4:14: description must be text, not true or false; put it in quotes: "true"`}},
		{"then unknown", with("then: repeat"), []string{`4:7: unknown then "repeat"; allowed: repeat-last, restart, exhausted, {scenario: NAME}`}},
		{"then misspelt", with("then: repeat_last"), []string{`4:7: unknown then "repeat_last"; did you mean "repeat-last"?`}},
		{"then is nothing", with("then:"), []string{`4:1: then must be text or a mapping, not nothing; allowed: repeat-last, restart, exhausted, {scenario: NAME}`}},
		{"then is a number", with("then: 1"), []string{`4:7: then must be text or a mapping, not a number; allowed: repeat-last, restart, exhausted, {scenario: NAME}`}},
		{"advance unknown", with("advance: polls"), []string{`4:10: unknown advance "polls"; allowed: device, auto, {after: 2s}, {polls: 3}`}},
		{"advance misspelt", with("advance: Device"), []string{`4:10: unknown advance "Device"; did you mean "device"?`}},
		{"advance as text that looks like a mapping", with(`advance: "{after: 2s}"`), []string{`4:10: unknown advance "{after: 2s}"; allowed: device, auto, {after: 2s}, {polls: 3}`}},
		{"advance is a list", with("advance: [auto]"), []string{`4:10: advance must be text or a mapping, not a list; allowed: device, auto, {after: 2s}, {polls: 3}`}},
		{"after without unit", with("advance: {after: 2}"), []string{`4:18: advance.after has no unit: "2"; did you mean "2s"?`}},
		{"after too long", with("advance:", "  after: 25h"), []string{`5:10: advance.after is too long: "25h"; at most 24h`}},
		{"match is nothing", with("match:"), []string{`4:1: match must be a mapping or a list of them, not nothing; keys: operation, apiVersion, resource, deviceCorrelationId, userCorrelationId, operationMode, verifyImage, header`}},
		{"match is text", with("match: all"), []string{`4:8: match must be a mapping or a list of them, not text; keys: operation, apiVersion, resource, deviceCorrelationId, userCorrelationId, operationMode, verifyImage, header`}},
		{"match is empty", with("match: {}"), []string{`4:8: match is empty; name a condition, or leave match out and make the scenario the default`}},
		{"operation unknown", with("match: {operation: DetectLivenessWithVerify}"), []string{`4:20: unknown match.operation "DetectLivenessWithVerify"; did you mean "detectLivenessWithVerify"?`}},
		{"operation of the token", with("match: {operation: Liveness}"), []string{`4:20: unknown match.operation "Liveness"; allowed: detectLiveness, detectLivenessWithVerify`}},
		{"glob empty", with("match: {deviceCorrelationId: ''}"), []string{`4:30: match.deviceCorrelationId is empty; "*" matches every value that is not empty`}},
		{"glob is a number", with("match: {deviceCorrelationId: 42}"), []string{`4:30: match.deviceCorrelationId must be text, not a number; put it in quotes: "42"`}},
		{"glob too long", with("match: {deviceCorrelationId: " + strings.Repeat("a", 257) + "}"), []string{`4:30: match.deviceCorrelationId is too long; at most 256 bytes`}},
		{"glob of a list", with("match: {verifyImage: {fileName: [a]}}"), []string{`4:33: match.verifyImage.fileName must be text, not a list`}},
		{"image condition is text", with("match: {verifyImage: a.jpg}"), []string{`4:22: match.verifyImage must be a mapping, not text; keys: fileName, sha256, size`}},
		{"file name without image", with("match: {verifyImage: {fileName: '*'}, operation: detectLiveness}"), []string{`4:9: verifyImage never holds for operation detectLiveness; match operation detectLivenessWithVerify`}},
		{"attempts are nothing", header + "attempts:\n", []string{`2:1: attempts must be a list, not nothing; begin every attempt with -`}},
		{"attempts are empty", header + "attempts: []\n", []string{`2:11: attempts is empty; a scenario has at least one attempt`}},
		{"attempts are a mapping", header + "attempts:\n  outcome: realface\n", []string{`3:3: attempts must be a list, not a mapping; begin every attempt with -`}},
		{"attempts are too many", header + "attempts:\n" + strings.Repeat("- outcome: realface\n", 101), []string{`3:1: 101 attempts; a scenario has at most 100`}},
		{"attempt is nothing", header + "attempts:\n  -\n  - outcome: realface\n", []string{`3:3: attempt 1 must be a mapping, not nothing; keys: outcome, error, takes, matchConfidence, quality, faceRectangle, sessionImage, abuseDetected, digest, clientInformation, repeat, oneOf`}},
		{"attempt is text", header + "attempts:\n  - realface\n", []string{`3:5: attempt 1 must be a mapping, not text; keys: outcome, error, takes, matchConfidence, quality, faceRectangle, sessionImage, abuseDetected, digest, clientInformation, repeat, oneOf`}},
	}
}

// badAttempts are files with an attempt whose keys are invalid or contradict each other.
func badAttempts() []badFile {
	return []badFile{
		{"outcome and error", withAttempt("outcome: realface", "error: {code: A, message: b}"), []string{`4:5: attempt 1 has both outcome and error; remove one of them`}},
		{"error and outcome", withAttempt("error: {code: A, message: b}", "outcome: realface"), []string{`4:5: attempt 1 has both outcome and error; remove one of them`}},
		{"neither", withAttempt("takes: 2s"), []string{`3:5: attempt 1 has neither outcome nor error; add outcome: realface, or another one`}},
		{"empty attempt", withAttempt("{}"), []string{`3:5: attempt 1 has neither outcome nor error; add outcome: realface, or another one`}},
		{"outcome in the specification's case", withAttempt("outcome: realFace"), []string{`3:14: unknown outcome "realFace"; did you mean "realface"?`}},
		{"outcome unknown", withAttempt("outcome: pass"), []string{`3:14: unknown outcome "pass"; allowed: realface, spoofface, uncertain, abandoned`}},
		{"outcome is true", withAttempt("outcome: true"), []string{`3:14: outcome must be text, not true or false; allowed: realface, spoofface, uncertain, abandoned`}},
		{"outcome misspelt in the fourth attempt", header + "attempts:\n- outcome: realface\n- outcome: realface\n- outcome: realface\n-   outcome: spofface\n", []string{`6:14: unknown outcome "spofface"; did you mean "spoofface"?`}},
		{"error is text", withAttempt("error: FaceWithMaskDetected"), []string{`3:12: error must be a mapping, not text; write it as {code: FaceWithMaskDetected, message: …}`}},
		{"error is a sentence", withAttempt("error: Mask detected."), []string{`3:12: error must be a mapping, not text; keys: code, message`}},
		{"error without a space", withAttempt("error:", "  code:A"), []string{`4:7: error must be a mapping, not text; put a space after the colon`}},
		{"error code with a space", withAttempt("error: {code: Face With Mask, message: x}"), []string{`3:19: invalid error code "Face With Mask"; use a letter, then letters, digits, _, . and -, as in FaceWithMaskDetected`}},
		{"error code too long", withAttempt("error: {code: " + strings.Repeat("A", 65) + ", message: x}"), []string{`3:19: invalid error code "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"…; use a letter, then letters, digits, _, . and -, as in FaceWithMaskDetected`}},
		{"error message empty", withAttempt("error: {code: A, message: ''}"), []string{`3:31: error.message has 0 characters; use 1 to 1024`}},
		{"error message too long", withAttempt("error: {code: A, message: " + strings.Repeat("é", 1025) + "}"), []string{`3:31: error.message has 1025 characters; use 1 to 1024`}},
		{"takes without unit", withAttempt("outcome: realface", "takes: 5"), []string{`4:12: takes has no unit: "5"; did you mean "5s"?`}},
		{"takes in quotes without unit", withAttempt("outcome: realface", "takes: '1500'"), []string{`4:12: takes has no unit: "1500"; did you mean "1500ms"?`}},
		{"takes in seconds spelt out", withAttempt("outcome: realface", "takes: 2 sec"), []string{`4:12: takes is not a duration: "2 sec"; did you mean "2s"?`}},
		{"takes a day", withAttempt("outcome: realface", "takes: 1d"), []string{`4:12: takes is not a duration: "1d"; did you mean "24h"?`}},
		{"takes a week", withAttempt("outcome: realface", "takes: 1w"), []string{`4:12: takes is not a duration: "1w"; use a number with a unit (h, m, s, ms, us, ns), as in 1500ms or 1m30s`}},
		{"takes a clock time", withAttempt("outcome: realface", "takes: 1:30"), []string{`4:12: takes is not a duration: "1:30"; use a number with a unit (h, m, s, ms, us, ns), as in 1500ms or 1m30s`}},
		{"takes a negative time", withAttempt("outcome: realface", "takes: -1s"), []string{`4:12: takes is negative: "-1s"; at least 0s`}},
		{"takes a negative number", withAttempt("outcome: realface", "takes: -1"), []string{`4:12: takes is negative: "-1"; at least 0s`}},
		{"takes too long", withAttempt("outcome: realface", "takes: 24h1ns"), []string{`4:12: takes is too long: "24h1ns"; at most 24h`}},
		{"takes far too long", withAttempt("outcome: realface", "takes: 99999999999h"), []string{`4:12: takes is not a duration: "99999999999h"; use a number with a unit (h, m, s, ms, us, ns), as in 1500ms or 1m30s`}},
		{"takes with a sign", withAttempt("outcome: realface", "takes: +3s"), []string{`4:12: takes is not a duration: "+3s"; did you mean "3s"?`}},
		{"takes a mapping", withAttempt("outcome: realface", "takes: {s: 1}"), []string{`4:12: takes must be a duration such as 1500ms or 2s, not a mapping`}},
		{"takes nothing", withAttempt("outcome: realface", "takes:"), []string{`4:5: takes must be a duration such as 1500ms or 2s, not nothing`}},
		{"confidence above 1", withAttempt("outcome: realface", "matchConfidence: 1.0001"), []string{`4:22: matchConfidence must be a number from 0 to 1, not "1.0001"`}},
		{"confidence a little above 1", withAttempt("outcome: realface", "matchConfidence: 1.00000001"), []string{`4:22: matchConfidence must be a number from 0 to 1, not "1.00000001"`}},
		{"confidence in percent", withAttempt("outcome: realface", "matchConfidence: 97"), []string{`4:22: matchConfidence must be a number from 0 to 1, not "97"; did you mean 0.97?`}},
		{"confidence below 0", withAttempt("outcome: realface", "matchConfidence: -0.1"), []string{`4:22: matchConfidence must be a number from 0 to 1, not "-0.1"`}},
		{"confidence in quotes", withAttempt("outcome: realface", "matchConfidence: '0.9'"), []string{`4:22: matchConfidence must be a number from 0 to 1, not text; write it without quotes`}},
		{"confidence not a number", withAttempt("outcome: realface", "matchConfidence: high"), []string{`4:22: matchConfidence must be a number from 0 to 1, not "high"`}},
		{"confidence NaN", withAttempt("outcome: realface", "matchConfidence: .nan"), []string{`4:22: matchConfidence must be a number from 0 to 1, not infinity or NaN`}},
		{"confidence hexadecimal", withAttempt("outcome: realface", "matchConfidence: 0x1"), []string{`4:22: matchConfidence must be a number from 0 to 1, not "0x1"`}},
		{"quality unknown", withAttempt("outcome: realface", "quality: good"), []string{`4:14: unknown quality "good"; allowed: low, medium, high`}},
		{"quality misspelt", withAttempt("outcome: realface", "quality: hihg"), []string{`4:14: unknown quality "hihg"; did you mean "high"?`}},
		{"confidence without verify", "match: {operation: detectLiveness}\n" + withAttempt("outcome: realface", "matchConfidence: 0.9", "quality: low"), []string{`5:5: matchConfidence does not go together with match.operation detectLiveness; remove matchConfidence`, `6:5: quality does not go together with match.operation detectLiveness; remove quality`}},
		{"confidence with error", withAttempt("error: {code: A, message: b}", "matchConfidence: 0.9", "quality: low", "sessionImage: portrait.jpg"), []string{`4:5: matchConfidence does not go together with error; remove matchConfidence`, `5:5: quality does not go together with error; remove quality`, `6:5: sessionImage does not go together with error; remove sessionImage`}},
		{"everything with abandoned", withAttempt("outcome: abandoned", "matchConfidence: 0.9", "quality: low", "faceRectangle: {top: 0, left: 0, width: 1, height: 1}", "sessionImage: portrait.jpg", "abuseDetected: false"), []string{`4:5: matchConfidence does not go together with outcome abandoned; remove matchConfidence`, `5:5: quality does not go together with outcome abandoned; remove quality`, `6:5: faceRectangle does not go together with outcome abandoned; remove faceRectangle`, `7:5: sessionImage does not go together with outcome abandoned; remove sessionImage`, `8:5: abuseDetected does not go together with outcome abandoned; remove abuseDetected`}},
		{"rectangle with a negative side", withAttempt("outcome: realface", "faceRectangle: {top: -1, left: 1, width: 2, height: 3}"), []string{`4:26: faceRectangle.top must be a whole number of pixels, not "-1"; at least 0`}},
		{"rectangle without width", withAttempt("outcome: realface", "faceRectangle: {top: 1, left: 1, width: 0, height: 3}"), []string{`4:45: faceRectangle.width must be a whole number of pixels, not "0"; at least 1`}},
		{"rectangle with a fraction", withAttempt("outcome: realface", "faceRectangle: {top: 1.5, left: 1, width: 2, height: 3}"), []string{`4:26: faceRectangle.top must be a whole number of pixels, not "1.5"; at least 0`}},
		{"rectangle beyond the image", withAttempt("outcome: realface", "faceRectangle:", "  top: 669", "  left: 500", "  width: 581", "  height: 724"), []string{`5:7: faceRectangle reaches to 1081 across and 1393 down, beyond the session image of 1080×1920; keep left+width within 1080 and top+height within 1920`}},
		{"rectangle beyond the named image", withAttempt("outcome: realface", "sessionImage: portrait.jpg", "faceRectangle: {top: 30, left: 0, width: 40, height: 31}"), []string{`5:20: faceRectangle reaches to 40 across and 61 down, beyond the session image of 40×60; keep left+width within 40 and top+height within 60`}},
		{"rectangle is huge", withAttempt("outcome: realface", "faceRectangle: {top: 1, left: 1, width: 99999999999999999999, height: 1}"), []string{`4:45: faceRectangle.width must be a whole number of pixels, not "99999999999999999999"; at least 1`}},
		{"rectangle is a list", withAttempt("outcome: realface", "faceRectangle: [1, 2, 3, 4]"), []string{`4:20: faceRectangle must be a mapping, not a list; keys: top, left, width, height`}},
		{"image missing", withAttempt("outcome: realface", "sessionImage: portait.jpg"), []string{`4:19: session image "portait.jpg" cannot be used: file does not exist; did you mean "portrait.jpg"?`}},
		{"image missing in a folder", withAttempt("outcome: realface", "sessionImage: folder/insid.jpg"), []string{`4:19: session image "folder/insid.jpg" cannot be used: file does not exist; did you mean "folder/inside.jpg"?`}},
		{"image with nothing like it", withAttempt("outcome: realface", "sessionImage: zebra.jpg"), []string{`4:19: session image "zebra.jpg" cannot be used: file does not exist`}},
		{"image above the folder", withAttempt("outcome: realface", "sessionImage: ../portrait.jpg"), []string{`4:19: invalid file name "../portrait.jpg"; name a file beside this one or in a folder below it, with / and without ..`}},
		{"image with an absolute path", withAttempt("outcome: realface", "sessionImage: /portrait.jpg"), []string{`4:19: invalid file name "/portrait.jpg"; name a file beside this one or in a folder below it, with / and without ..`}},
		{"image with a backslash", withAttempt("outcome: realface", `sessionImage: folder\inside.jpg`), []string{`4:19: invalid file name "folder\\inside.jpg"; name a file beside this one or in a folder below it, with / and without ..`}},
		{"image that is text", withAttempt("outcome: realface", "sessionImage: note.jpg"), []string{`4:19: session image "note.jpg" cannot be used: invalid JPEG format: missing SOI marker; use a JPEG file of at most 6 MiB and 25 million pixels`}},
		{"image cut short", withAttempt("outcome: realface", "sessionImage: cut.jpg"), []string{`4:19: session image "cut.jpg" cannot be used: unexpected EOF; use a JPEG file of at most 6 MiB and 25 million pixels`}},
		{"image too large", withAttempt("outcome: realface", "sessionImage: big.jpg"), []string{`4:19: session image "big.jpg" cannot be used: too large: more than 6 MiB; use a JPEG file of at most 6 MiB and 25 million pixels`}},
		{"image that is a folder", withAttempt("outcome: realface", "sessionImage: directory.jpg"), []string{`4:19: session image "directory.jpg" cannot be used: not a regular file; use a JPEG file of at most 6 MiB and 25 million pixels`}},
		{"abuse in quotes", withAttempt("outcome: realface", `abuseDetected: "true"`), []string{`4:20: abuseDetected must be true or false, not text; write it without quotes`}},
		{"abuse in quotes and capitals", withAttempt("outcome: realface", "abuseDetected: 'FALSE'"), []string{`4:20: abuseDetected must be true or false, not text; write it without quotes`}},
		{"abuse in mixed case", withAttempt("outcome: realface", "abuseDetected: tRUE"), []string{`4:20: abuseDetected must be true or false, not text; did you mean true?`}},
		{"abuse is a quoted no", withAttempt("outcome: realface", "abuseDetected: 'No'"), []string{`4:20: abuseDetected must be true or false, not text; did you mean false?`}},
		{"abuse is yes", withAttempt("outcome: realface", "abuseDetected: yes"), []string{`4:20: abuseDetected must be true or false, not text; did you mean true?`}},
		{"abuse is off", withAttempt("outcome: realface", "abuseDetected: off"), []string{`4:20: abuseDetected must be true or false, not text; did you mean false?`}},
		{"abuse in words", withAttempt("outcome: realface", "abuseDetected: maybe"), []string{`4:20: abuseDetected must be true or false, not text`}},
		{"abuse is a number", withAttempt("outcome: realface", "abuseDetected: 1"), []string{`4:20: abuseDetected must be true or false, not a number`}},
		{"abuse is nothing", withAttempt("outcome: realface", "abuseDetected:"), []string{`4:5: abuseDetected must be true or false, not nothing`}},
		{"abuse is a mapping", withAttempt("outcome: realface", "abuseDetected: {isAbuseDetected: true}"), []string{`4:20: abuseDetected must be true or false, not a mapping`}},
		{"abuse by the name in the response", withAttempt("outcome: realface", "isAbuseDetected: true"), []string{`4:5: unknown key "isAbuseDetected"; did you mean "abuseDetected"?`}},
		{"problems in the order of the file", "then: x\nattempts:\n  - outcome: y\n    takes: z\nname: X\n", []string{`1:7: unknown then "x"; allowed: repeat-last, restart, exhausted, {scenario: NAME}`, `3:14: unknown outcome "y"; allowed: realface, spoofface, uncertain, abandoned`, `4:12: takes is not a duration: "z"; use a number with a unit (h, m, s, ms, us, ns), as in 1500ms or 1m30s`, `5:7: invalid name "X"; use a to z, 0 to 9 and -, not - at the beginning, at most 64 characters`}},
	}
}

// badSyntax are files that are not YAML, or use a part of YAML that is refused.
func badSyntax() []badFile {
	return []badFile{
		{"empty", "", []string{`1:1: the file is empty; a scenario has at least a name and attempts`}},
		{"only comments", "# name: x\n\n# end\n", []string{`1:1: the file is empty; a scenario has at least a name and attempts`}},
		{"only a document start", "---\n", []string{`1:1: the file is empty; a scenario has at least a name and attempts`}},
		{"a list", "- name: x\n", []string{`1:1: the scenario must be a mapping, not a list; keys: name, description, advice, match, priority, seed, advance, attempts, then, result, end, faults`}},
		{"text", "hello\n", []string{`1:1: the scenario must be a mapping, not text; keys: name, description, advice, match, priority, seed, advance, attempts, then, result, end, faults`}},
		{"two documents", with("---", "name: y"), []string{`4:1: more than one document in the file; put every scenario in a separate file`}},
		{"two documents and the second empty", with("---"), []string{`4:1: more than one document in the file; put every scenario in a separate file`}},
		{"text after the document", with("...", "name: y"), []string{`5:1: more than one document in the file; put every scenario in a separate file`}},
		{"anchor", withAttempt("outcome: &o realface"), []string{`3:14: anchors, aliases and merge keys are not supported; write the value out, or put it in quotes if it is text`}},
		{"alias", with("description: *x"), []string{`4:14: anchors, aliases and merge keys are not supported; write the value out, or put it in quotes if it is text`}},
		{"glob without quotes", with("match: {deviceCorrelationId: *qa}"), []string{`4:30: anchors, aliases and merge keys are not supported; write the value out, or put it in quotes if it is text`}},
		{"merge key", withAttempt("<<: {outcome: realface}"), []string{`3:5: anchors, aliases and merge keys are not supported; write the value out, or put it in quotes if it is text`}},
		{"tag", with("description: !!str 1"), []string{`4:14: tags are not supported; put the value in quotes if it is text`}},
		{"directive", "%YAML 1.2\n---\n" + with(""), []string{`1:1: directives are not supported; remove the line`}},
		{"complex key", "? name\n: x\n", []string{`1:1: keys that begin with ? are not supported; write key: value`}},
		{"tab for indentation", "name: x\nattempts:\n\t- outcome: realface\n", []string{`3:1: not YAML: a tab character cannot indent; indent with spaces`}},
		{"quote not closed", with(`description: "abc`), []string{`4:14: not YAML: could not find end character of double-quoted text`}},
		{"bracket not closed", header + "attempts: [{outcome: realface}\n", []string{`2:11: not YAML: sequence end token ']' not found`}},
		{"colon in text", withAttempt("error:", "  code: A", "  message: Mask: detected"), []string{`5:16: not YAML: mapping value is not allowed in this context; check the indentation, and put text that contains a colon in quotes`}},
		{"reserved character", with("description: @x"), []string{`4:14: not YAML: '@' is a reserved character; put the text in quotes`}},
		{"wrong indentation", header + "attempts:\n  - outcome: realface\n   takes: 1s\n", []string{`4:4: not YAML: value is not allowed in this context; check the indentation`}},
		{"missing space after the colon", header + "attempts:\n  - outcome:realface\n", []string{`3:5: attempt 1 must be a mapping, not text; put a space after the colon`}},
		{"missing space in the first line", "name:x\nattempts:\n  - outcome: realface\n", []string{`1:1: not YAML: unexpected key name; put a space after the colon`}},
		{"missing space in an entry", header + "attempts:\n  - outcome:realface\n    takes: 1s\n", []string{`3:5: not YAML: unexpected key name; put a space after the colon`}},
		{"missing space in the last line", with("then:restart"), []string{`4:1: not YAML: non-map value is specified; put a space after the colon`}},
		{"text where a key should be", with("http://host"), []string{`4:1: not YAML: non-map value is specified`}},
		{"not UTF-8", with("description: caf\xe9"), []string{`4:17: the file is not UTF-8 text; save it as UTF-8`}},
		{"UTF-16", "\xff\xfen\x00a\x00", []string{`1:1: the file is not UTF-8 text; save it as UTF-8`}},
		{"control character", with("description: a\x1bb"), []string{`4:15: control character U+001B; remove it`}},
		{"carriage returns", strings.ReplaceAll(withAttempt("outcome: realface", "takes: 5"), "\n", "\r\n"), []string{`4:12: takes has no unit: "5"; did you mean "5s"?`}},
		{"byte order mark", beginning("\ufeffnam: x"), []string{`1:1: unknown key "nam"; did you mean "name"?`}},
		{"nested by brackets", header + "attempts: " + strings.Repeat("[", 50) + "\n", []string{`2:26: nested too deeply; at most 16 levels are read`}},
		{"nested by hyphens", header + "attempts:\n" + strings.Repeat("- ", 50) + "x\n", []string{`3:33: nested too deeply; at most 16 levels are read`}},
		{"nested by indentation", nested(40), []string{`17:17: nested too deeply; at most 16 levels are read`}},
		{"too many tokens", header + "attempts:\n" + strings.Repeat("- {outcome: realface}\n", 4000), []string{`3335:11: the file is too long; at most 20000 YAML tokens are read`}},
		{"too many problems", with(strings.Split(strings.Repeat("a: b,", 50), ",")...), manyProblems()},
		{"too large", "#" + strings.Repeat(" ", 1<<20), []string{` the file is larger than 128 KiB`}},
	}
}

// nested returns mappings nested in each other.
func nested(levels int) string {
	var b strings.Builder
	for level := range levels {
		b.WriteString(strings.Repeat(" ", level) + "a:\n")
	}
	return b.String()
}

// manyProblems are the first lines of the errors for 50 unknown keys.
func manyProblems() []string {
	var lines []string
	for line := 4; line < 24; line++ {
		lines = append(lines, fmt.Sprintf(
			`%d:1: unknown key "a"; allowed here: name, description, advice, match, priority, seed, advance, attempts, then, result, end, faults`, line))
	}
	return append(lines, ` 30 more problems`)
}
