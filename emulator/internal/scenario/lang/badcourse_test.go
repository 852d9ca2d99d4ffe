package lang_test

import "strings"

// badCourses are files with an invalid advance, then, result or end.
func badCourses() []badFile {
	end := func(when string) string { return with("end: {by: lose, when: " + when + "}") }
	return []badFile{
		{"advice a list", with("advice: [a]"), []string{`4:9: advice must be text, not a list`}},
		{"seed zero", with("seed: 0"), []string{`4:7: seed must be a whole number from 1 to 9007199254740992, not "0"`}},
		{"seed too large", with("seed: 9007199254740993"), []string{`4:7: seed must be a whole number from 1 to 9007199254740992, not "9007199254740993"`}},
		{"seed hexadecimal", with("seed: 0x10"), []string{`4:7: seed must be a whole number from 1 to 9007199254740992, not "0x10"`}},
		{"seed with an exponent", with("seed: 1e3"), []string{`4:7: seed must be a whole number from 1 to 9007199254740992, not "1e3"`}},
		{"seed nothing", with("seed:"), []string{`4:1: seed must be a whole number from 1 to 9007199254740992, not nothing`}},
		{"polls zero", with("advance: {polls: 0}"), []string{`4:18: advance.polls must be a whole number from 1 to 1000, not "0"`}},
		{"polls too many", with("advance: {polls: 1001}"), []string{`4:18: advance.polls must be a whole number from 1 to 1000, not "1001"`}},

		{"then empty", with("then: {}"), []string{`4:7: then has no scenario; add scenario: …`}},
		{"then a bad name", with("then: {scenario: Spoof}"), []string{`4:18: invalid name "Spoof"; use a to z, 0 to 9 and -, not - at the beginning, at most 64 characters`}},
		{"then a scenario without the key", with("then: spoof"), []string{`4:7: unknown then "spoof"; allowed: repeat-last, restart, exhausted, {scenario: NAME}`}},
		{"then a list", with("then: [spoof]"), []string{`4:7: then must be text or a mapping, not a list; allowed: repeat-last, restart, exhausted, {scenario: NAME}`}},
		{"then another key", with("then: {scenario: a, attempts: 2}"), []string{`4:21: unknown key "attempts"; allowed here: scenario`}},

		{"result a time", with("result: 3s"), []string{`4:9: result must be a mapping, not text; did you mean {after: 3s}?`}},
		{"result a word", with("result: later"), []string{`4:9: result must be a mapping, not text; keys: after, polls`}},
		{"result at no time", with("result: 0s"), []string{`4:9: result must be a mapping, not text; keys: after, polls`}},
		{"advance a time", with("advance: 1m30s"), []string{`4:10: unknown advance "1m30s"; did you mean {after: 1m30s}?`}},
		{"result empty", with("result: {}"), []string{`4:9: result has none of after, polls; add one of them`}},
		{"result by both", with("result: {after: 1s, polls: 3}"), []string{`4:21: result has both after and polls; remove one of them`}},
		{"result at once", with("result: {after: 0s}"), []string{`4:17: result.after must be longer than 0s; leave result out`}},
		{"result without unit", with("result: {after: 3}"), []string{`4:17: result.after has no unit: "3"; did you mean "3s"?`}},
		{"result after no polls", with("result: {polls: 0}"), []string{`4:17: result.polls must be a whole number from 1 to 1000, not "0"`}},

		{"end empty", with("end: {}"), []string{`4:6: end has no by; add by: …`, `4:6: end has no when; add when: …`}},
		{"end a word", with("end: delete"), []string{`4:6: end must be a mapping, not text; keys: by, when`}},
		{"end without a moment", with("end: {by: delete}"), []string{`4:6: end has no when; add when: …`}},
		{"end by unknown", with("end: {by: crash, when: beforeStart}"), []string{`4:11: unknown end.by "crash"; allowed: expire, delete, lose`}},
		{"end by misspelt", with("end: {by: expired, when: beforeStart}"), []string{`4:11: unknown end.by "expired"; did you mean "expire"?`}},
		{"end misspelt", end("beforestart"), []string{`4:23: unknown end.when "beforestart"; did you mean "beforeStart"?`}},
		{"end at an unknown moment", end("never"), []string{`4:23: unknown end.when "never"; allowed: beforeStart, {duringAttempt: 1}, {afterAttempt: 1}, {beforePoll: 2}, {after: 10s}`}},
		{"end at a list", end("[beforeStart]"), []string{`4:23: end.when must be text or a mapping, not a list; allowed: beforeStart, {duringAttempt: 1}, {afterAttempt: 1}, {beforePoll: 2}, {after: 10s}`}},
		{"end at no moment", end("{}"), []string{`4:23: end.when has none of duringAttempt, afterAttempt, beforePoll, after; add one of them`}},
		{"end at two moments", end("{beforePoll: 1, after: 1s}"), []string{`4:39: end.when has both beforePoll and after; remove one of them`}},
		{"end at attempt 0", end("{duringAttempt: 0}"), []string{`4:39: end.when.duringAttempt must be a whole number from 1 to 100, not "0"`}},
		{"end after attempt 101", end("{afterAttempt: 101}"), []string{`4:38: end.when.afterAttempt must be a whole number from 1 to 100, not "101"`}},
		{"end before poll 0", end("{beforePoll: 0}"), []string{`4:36: end.when.beforePoll must be a whole number from 1 to 1000, not "0"`}},
		{"end at once", end("{after: 0ms}"), []string{`4:31: end.when.after must be longer than 0s; use when: beforeStart`}},
		{"end after an infinity", end("{after: .inf}"), []string{`4:31: end.when.after must be a duration such as 1500ms or 2s, not infinity or NaN`}},
	}
}

// badChoices are files with an attempt whose oneOf, digest or addresses are invalid.
func badChoices() []badFile {
	choices := func(lines ...string) string { return withAttempt("oneOf:", "  - "+strings.Join(lines, "\n      ")) }
	const other = "- outcome: spoofface"
	return []badFile{
		{"repeat zero", withAttempt("outcome: realface", "repeat: 0"), []string{`4:13: repeat must be a whole number from 1 to 100, not "0"`}},
		{"repeat too often", withAttempt("outcome: realface", "repeat: 101"), []string{`4:13: repeat must be a whole number from 1 to 100, not "101"`}},
		{"repeat a word", withAttempt("outcome: realface", "repeat: forever"), []string{`4:13: repeat must be a whole number from 1 to 100, not "forever"`}},
		{"digest unknown", withAttempt("outcome: realface", "digest: wrong"), []string{`4:13: unknown digest "wrong"; allowed: equal, different, missing`}},
		{"digest misspelt", withAttempt("outcome: realface", "digest: differnet"), []string{`4:13: unknown digest "differnet"; did you mean "different"?`}},
		{"digest with error", withAttempt("error: {code: A, message: b}", "digest: equal"), []string{`4:5: digest does not go together with error; remove digest`}},
		{"digest with abandoned", withAttempt("outcome: abandoned", "digest: missing"), []string{`4:5: digest does not go together with outcome abandoned; remove digest`}},
		{"addresses as text", withAttempt("outcome: realface", "clientInformation: 203.0.113.7"), []string{`4:24: clientInformation must be a list, not text; write it as [203.0.113.7]`}},
		{"addresses none", withAttempt("outcome: realface", "clientInformation: []"), []string{`4:24: clientInformation has 0 addresses; use 1 to 8`}},
		{"addresses too many", withAttempt("outcome: realface", "clientInformation: ["+strings.Repeat("10.0.0.1, ", 8)+"10.0.0.1]"), []string{`4:24: clientInformation has 9 addresses; use 1 to 8`}},
		{"address with a port", withAttempt("outcome: realface", "clientInformation: ['10.0.0.1:80', 10.0.0.256]"), []string{`4:25: invalid IP address "10.0.0.1:80"; use one such as 203.0.113.7 or 2001:db8::7, without a port and a zone`, `4:40: invalid IP address "10.0.0.256"; use one such as 203.0.113.7 or 2001:db8::7, without a port and a zone`}},
		{"address with a zone", withAttempt("outcome: realface", "clientInformation: ['fe80::1%eth0']"), []string{`4:25: invalid IP address "fe80::1%eth0"; use one such as 203.0.113.7 or 2001:db8::7, without a port and a zone`}},
		{"address a number", withAttempt("outcome: realface", "clientInformation: [10.1]"), []string{`4:25: clientInformation must be text, not a number; put it in quotes: "10.1"`}},
		{"addresses with abandoned", withAttempt("outcome: abandoned", "clientInformation: [10.0.0.1]"), []string{`4:5: clientInformation does not go together with outcome abandoned; remove clientInformation`}},

		{"choices as a mapping", withAttempt("oneOf: {outcome: realface}"), []string{`3:12: oneOf must be a list, not a mapping; begin every choice with -`}},
		{"choices none", withAttempt("oneOf: []"), []string{`3:12: oneOf has 0 choices; use 2 to 20`}},
		{"choice alone", choices("outcome: realface"), []string{`4:7: oneOf has 1 choice; use 2 to 20`}},
		{"choices too many", withAttempt("oneOf: [" + strings.Repeat("{outcome: realface}, ", 20) + "{outcome: realface}]"), []string{`3:12: oneOf has 21 choices; use 2 to 20`}},
		{"choices and outcome", withAttempt("oneOf: [{outcome: realface}, {outcome: spoofface}]", "outcome: realface", "takes: 1s"), []string{`4:5: outcome does not go together with oneOf; move it into the choices`, `5:5: takes does not go together with oneOf; move it into the choices`}},
		{"choice without outcome", withAttempt("oneOf:", "  - weight: 2", "  "+other), []string{`4:9: choice 1 has neither outcome nor error; add outcome: realface, or another one`}},
		{"choice with both", withAttempt("oneOf:", "  - outcome: realface", "    error: {code: A, message: b}", "  "+other), []string{`5:9: choice 1 has both outcome and error; remove one of them`}},
		{"choice that is text", withAttempt("oneOf: [realface, spoofface]"), []string{`3:13: choice 1 must be a mapping, not text; keys: weight, outcome, error, takes, matchConfidence, quality, faceRectangle, sessionImage, abuseDetected, digest, clientInformation`, `3:23: choice 2 must be a mapping, not text; keys: weight, outcome, error, takes, matchConfidence, quality, faceRectangle, sessionImage, abuseDetected, digest, clientInformation`}},
		{"choice of choices", withAttempt("oneOf:", "  - oneOf: []", "  "+other), []string{`4:9: unknown key "oneOf"; allowed here: weight, outcome, error, takes, matchConfidence, quality, faceRectangle, sessionImage, abuseDetected, digest, clientInformation`, `4:9: choice 1 has neither outcome nor error; add outcome: realface, or another one`}},
		{"choice repeated", withAttempt("oneOf:", "  - outcome: realface", "    repeat: 2", "  "+other), []string{`5:9: unknown key "repeat"; allowed here: weight, outcome, error, takes, matchConfidence, quality, faceRectangle, sessionImage, abuseDetected, digest, clientInformation`}},
		{"choice with a bad weight", withAttempt("oneOf:", "  - outcome: realface", "    weight: 0.5", "  "+other), []string{`5:17: weight must be a whole number from 1 to 1000, not "0.5"; use whole numbers in the same proportion, as in 50 for 0.5`}},
		{"choice with a weight in percent", withAttempt("oneOf:", "  - outcome: realface", "    weight: 5%", "  "+other), []string{`5:17: weight must be a whole number from 1 to 1000, not "5%"; use whole numbers in the same proportion, as in 5 for 5%`}},
		{"choice with a weight of little", withAttempt("oneOf:", "  - outcome: realface", "    weight: 0.001", "  "+other), []string{`5:17: weight must be a whole number from 1 to 1000, not "0.001"`}},
		{"choice with a weight of words", withAttempt("oneOf:", "  - outcome: realface", "    weight: half", "  "+other), []string{`5:17: weight must be a whole number from 1 to 1000, not "half"`}},
		{"choice with a weight in quotes", withAttempt("oneOf:", "  - outcome: realface", "    weight: '5'", "  "+other), []string{`5:17: weight must be a whole number from 1 to 1000, not text; write it without quotes`}},
		{"choice without weight", withAttempt("oneOf:", "  - outcome: realface", "    weight: 0", "  "+other), []string{`5:17: weight must be a whole number from 1 to 1000, not "0"`}},
		{"choice whose keys exclude each other", withAttempt("oneOf:", "  - error: {code: A, message: b}", "    quality: low", "  "+other), []string{`5:9: quality does not go together with error; remove quality`}},
		{"choice whose image is missing", withAttempt("oneOf:", "  - outcome: realface", "    sessionImage: portait.jpg", "  "+other), []string{`5:23: session image "portait.jpg" cannot be used: file does not exist; did you mean "portrait.jpg"?`}},
		{"choice with confidence without verify", "match: {operation: detectLiveness}\n" + withAttempt("oneOf:", "  - outcome: realface", "    quality: low", "  "+other), []string{`6:9: quality does not go together with match.operation detectLiveness; remove quality`}},
		{"weight outside of choices", withAttempt("outcome: realface", "weight: 2"), []string{`4:5: unknown key "weight"; allowed here: outcome, error, takes, matchConfidence, quality, faceRectangle, sessionImage, abuseDetected, digest, clientInformation, repeat, oneOf`}},
	}
}
