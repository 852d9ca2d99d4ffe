package lang_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// everything is a file with all keys that can stand in one file.
const everything = `
# yaml-language-server: $schema=../schemas/scenario.json
name: everything-0
description: >-
  All keys
  at once.
advice: Tell people.
match:
  - operation: detectLivenessWithVerify
    apiVersion: v1.2*
    resource: {exact: "key-1*"}
    deviceCorrelationId: "qa-*"
    userCorrelationId: {regex: "user-[0-9]+|nobody"}
    operationMode: PassiveActive
    verifyImage:
      fileName: {glob: "no-match?.jpg"}
      sha256: "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
      size: {min: 1KB, max: 2097152}
    header:
      x-test-Run: "nightly-*"
      User-Agent: {regex: "curl/.*"}
  - deviceCorrelationId: {exact: everything}
priority: -7
seed: 9007199254740992
advance: {after: 1m30s}
attempts:
  - error: {code: FaceWithMaskDetected, message: "Mask: on the \"face\"."}
    takes: 1500ms
    faceRectangle: {top: 0, left: 0, width: 1080, height: 1920}
    abuseDetected: true
    clientInformation: [203.0.113.7, "2001:db8::7"]
  - outcome: realface
    matchConfidence: 0.12141934
    quality: low
    faceRectangle: {top: 80, left: 120, width: 1080, height: 1920}
    sessionImage: portrait.jpg
    digest: different
    repeat: 100
  - oneOf:
      - outcome: spoofface
        sessionImage: copies/portrait.jpg
        abuseDetected: true
        weight: 1000
      - error: {code: A, message: b}
        takes: 1s
      - outcome: uncertain
        sessionImage: other.jpg
        quality: medium
        abuseDetected: false
        digest: missing
    repeat: 2
  - outcome: abandoned
    takes: 24h
then: restart
result: {polls: 1000}
end: {by: lose, when: {afterAttempt: 2}}
faults:
  - on: [read, startSession, getLivenessSessionResult]
    state: [Running, NotStarted, Running]
    time: {from: 2s, to: 10s}
    calls: {from: 2, to: 100000}
    probability: 0.05
    error:
      status: 599
      code: "429"
      message: ""
      headers: {X-Reason: "a \"b\" é", x-ms-region: westeurope}
      retryAfter: {date: 3s}
    delay: {logNormal: {median: 200ms, deviation: 300ms}}
    reset: during
    body: {text: "<html>\nGateway\t</html>"}
    contentType: text/html; charset=utf-8
    bytesPerSecond: 1000000
  - {on: create, calls: 3, error: {name: unavailable, retryAfter: 1h}, delay: 200ms}
  - {on: [server, device], state: Failed, time: {to: 1ns}, rate: {calls: 3, per: 1ms, retryAfter: date}, delay: {uniform: {from: 0s, to: 1h}}}
  - {rate: S0, delay: {normal: {mean: 0s, deviation: 200ms}}}
  - {rate: {tier: F0, retryAfter: date}, stale: true, body: truncated, calls: {from: 100}}
  - {hang: true, time: {from: 1m}}
  - {reset: after, error: conflict, calls: {to: 3}}
`

func everythingMatch(t *testing.T) scenario.Rules {
	t.Helper()
	return scenario.Rules{{
		Operation:           scenario.DetectLivenessWithVerify,
		APIVersion:          pattern(t, scenario.PatternGlob, "v1.2*"),
		Resource:            pattern(t, scenario.PatternExact, "key-1*"),
		DeviceCorrelationID: pattern(t, scenario.PatternGlob, "qa-*"),
		UserCorrelationID:   pattern(t, scenario.PatternRegex, "user-[0-9]+|nobody"),
		OperationMode:       liveness.ModePassiveActive,
		VerifyImage: scenario.VerifyImageMatch{
			FileName: pattern(t, scenario.PatternGlob, "no-match?.jpg"),
			SHA256:   strings.Repeat("0123456789abcdef", 4),
			MinSize:  1024, MaxSize: 2 << 20,
		},
		Headers: []scenario.HeaderMatch{
			{Name: "x-test-Run", Pattern: pattern(t, scenario.PatternGlob, "nightly-*")},
			{Name: "User-Agent", Pattern: pattern(t, scenario.PatternRegex, "curl/.*")},
		},
	}, {DeviceCorrelationID: pattern(t, scenario.PatternExact, "everything")}}
}

// everythingCall is a call that matches everythingMatch.
func everythingCall() liveness.Call {
	return liveness.Call{
		Kind: liveness.KindLivenessWithVerify, APIVersion: "v1.2-preview.1", Resource: "key-1*",
		DeviceCorrelationID: "qa-1", UserCorrelationID: "user-7", Mode: liveness.ModePassiveActive,
		VerifyImageFileName: "no-match1.jpg", VerifyImageSHA256: strings.Repeat("0123456789ABCDEF", 4), VerifyImageSize: 1024,
		Header: headers("X-Test-Run", "daily", "X-Test-Run", "nightly-3", "User-Agent", "curl/8"),
	}
}

// headers returns the headers of a call, given as names and values.
func headers(namesAndValues ...string) func(string) []string {
	h := http.Header{}
	for i := 0; i < len(namesAndValues); i += 2 {
		h.Add(namesAndValues[i], namesAndValues[i+1])
	}
	return h.Values
}

func everythingAttempts(portrait, other string) []scenario.Attempt {
	confidence := float32(0.12141934)
	return []scenario.Attempt{
		{Repeat: 1, Choices: []scenario.Choice{{Weight: 1, Step: liveness.Step{
			Takes:           1500 * time.Millisecond,
			Error:           &liveness.AttemptError{Code: "FaceWithMaskDetected", Message: `Mask: on the "face".`},
			FaceRectangle:   &liveness.Rectangle{Width: 1080, Height: 1920},
			AbuseDetected:   true,
			ClientAddresses: []string{"203.0.113.7", "2001:db8::7"},
		}}}},
		{Repeat: 100, Choices: []scenario.Choice{{Weight: 1, Step: liveness.Step{
			Decision: liveness.DecisionRealFace, MatchConfidence: &confidence, Quality: liveness.QualityLow,
			FaceRectangle: &liveness.Rectangle{Top: 80, Left: 120, Width: 1080, Height: 1920}, SessionImage: portrait,
			Digest: liveness.DigestDifferent,
		}}}},
		{Repeat: 2, Choices: []scenario.Choice{
			{Weight: 1000, Step: liveness.Step{
				Decision: liveness.DecisionSpoofFace, SessionImage: portrait,
				FaceRectangle: &liveness.Rectangle{Top: 500, Left: 300, Width: 600, Height: 1000},
				AbuseDetected: true,
			}},
			{Weight: 1, Step: liveness.Step{Error: &liveness.AttemptError{Code: "A", Message: "b"}, Takes: time.Second}},
			{Weight: 1, Step: liveness.Step{
				Decision: liveness.DecisionUncertain, SessionImage: other, Quality: liveness.QualityMedium,
				FaceRectangle: &liveness.Rectangle{Top: 15, Left: 10, Width: 20, Height: 30},
				Digest:        liveness.DigestMissing,
			}},
		}},
		{Repeat: 1, Choices: []scenario.Choice{{Weight: 1, Step: liveness.Step{Abandoned: true, Takes: 24 * time.Hour}}}},
	}
}

func everythingFaults() []fault.Fault {
	both := []string{"getLivenessSessionResult", "getLivenessWithVerifySessionResult", "startSession"}
	s0, f0 := fault.TierS0(), fault.TierF0()
	f0.RetryDate = true
	return []fault.Fault{
		{
			Operations: both, States: []string{"Running", "NotStarted"},
			After: 2 * time.Second, Until: 10 * time.Second, First: 2, Last: 100_000, Probability: 0.05,
			Answer: &fault.Answer{
				Status: 599, Code: "429",
				Headers:    []fault.Header{{Name: "X-Reason", Value: `a "b" é`}, {Name: "x-ms-region", Value: "westeurope"}},
				RetryAfter: 3 * time.Second, RetryDate: true,
			},
			Delay: fault.Delay{Shape: fault.LogNormal, Base: 200 * time.Millisecond, Spread: 300 * time.Millisecond},
			Reset: fault.ResetDuring, Body: fault.BodyText, Text: "<html>\nGateway\t</html>",
			ContentType: "text/html; charset=utf-8", Throughput: 1_000_000,
		},
		{
			Operations: []string{"createLivenessSession", "createLivenessWithVerifySession"}, First: 3, Last: 3, Probability: 1,
			Answer: &fault.Answer{Error: "unavailable", RetryAfter: time.Hour},
			Delay:  fault.Delay{Shape: fault.Fixed, Base: 200 * time.Millisecond},
		},
		{
			Operations: fault.Operations(), States: []string{"Failed"}, Until: 1, Probability: 1,
			Rate:  &fault.Rate{Calls: 3, Window: time.Millisecond, Tier: "custom", RetryDate: true},
			Delay: fault.Delay{Shape: fault.Uniform, Spread: time.Hour},
		},
		{Probability: 1, Rate: &s0, Delay: fault.Delay{Shape: fault.Normal, Spread: 200 * time.Millisecond}},
		{Probability: 1, Rate: &f0, Stale: true, Body: fault.BodyTruncated, First: 100},
		{Probability: 1, Hang: true, After: time.Minute},
		{Probability: 1, Reset: fault.ResetAfter, Answer: &fault.Answer{Error: "conflict"}, Last: 3},
	}
}

// pattern returns a pattern, which must be valid.
func pattern(t *testing.T, kind scenario.PatternKind, text string) scenario.Pattern {
	t.Helper()
	p, err := scenario.NewPattern(kind, text)
	if err != nil {
		t.Fatalf("pattern %s %q: got error %v, want none", kind, text, err)
	}
	return p
}
