package record_test

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// version1 is a record as version 1 was first written.
const version1 = `
0140a26bc7026964087265736f75726365084c6976656e657373e4cf8b980d070476312e32075061737369766500000080e0
ba84bf0306003fe0000000000000010204d804a0060468696768010000000000000000000000000000000000000000000000
00000000000000020a68617070792d706174680180a8d6b907020200010163016d0000000000000000010000000007726573
7461727400ffdb8ff9ce030001020000033a3a31ffdb8ff9ce0300ffdb8ff9ce0300087265616c6661636500000000000000
00013e80000001000001ffdb8ff9ce030001067665726966790000000000000001040200000003
`

// TestVersion1 fails when a record of version 1 reads differently.
func TestVersion1(t *testing.T) {
	t.Parallel()
	wantGolden(t, version1, golden())
}

// version2 is a record as version 2 was first written.
const version2 = `
0249ed4488026964087265736f75726365084c6976656e657373e4cf8b980d070476312e32075061737369766500000080e0
ba84bf0306003fe00000000000000100010a31302e302e302e302f380001010204d804a00604686967680100000000000000
0000000000000000000000000000000000000000000000020a68617070792d706174680180a8d6b907020200010163016d00
0000000000000000010000000001077265737461727400ffdb8ff9ce030002020000033a3a31ffdb8ff9ce0300ffdb8ff9ce
0300087265616c666163650000000000000000013e800000010000022f700101740175010102056f74686572040169000000
04000000ffdb8ff9ce0300ffdb8ff9ce030000000000000000000000000000000001000001ffdb8ff9ce0300047573657201
066265666f7265060001067665726966790000000000000001040200000003
`

// TestVersion2 fails when a record of version 2 reads differently.
func TestVersion2(t *testing.T) {
	t.Parallel()
	wantGolden(t, version2, golden2())
}

// version3 is a record as version 3 was first written.
const version3 = `
033bf7abde026964087265736f75726365084c6976656e657373e4cf8b980d070476312e32075061737369766500000080e0
ba84bf0306003fe00000000000000100010a31302e302e302e302f380001010204d804a00604686967680100000000000000
0000000000000000000000000000000000000000000000020a68617070792d706174680180a8d6b907020200010163016d00
0000000000076d697373696e67000000000100000000010002033a3a310831302e302e302e31077265737461727400000000
000000040a0c0e01046c6f7365011012141600ffdb8ff9ce030002020000033a3a31ffdb8ff9ce0300ffdb8ff9ce03000872
65616c666163650000000000000000013e800000010000022f700101740175010102056f7468657204016900000018040000
00ffdb8ff9ce0300ffdb8ff9ce03000000000000000000000000000000000100000001ffdb8ff9ce03000475736572010662
65666f726506000601067665726966790000000000000001040200000003
`

// TestVersion3 fails when a record of version 3 reads differently.
func TestVersion3(t *testing.T) {
	t.Parallel()
	wantGolden(t, version3, golden3())
}

// version4 is a record as version 4 was first written.
const version4 = `
042e6808bc026964087265736f75726365084c6976656e657373e4cf8b980d070476312e32075061737369766500000080e0
ba84bf0306003fe00000000000000100010a31302e302e302e302f380001010204d804a00604686967680100000000000000
0000000000000000000000000000000000000000000000020a68617070792d706174680180a8d6b907020200010163016d00
0000000000076d697373696e67000000000100000000010002033a3a310831302e302e302e31077265737461727400000000
000000040a0c0e01046c6f736501101214168d045b7b226f7065726174696f6e73223a5b226465746563744c6976656e6573
73225d2c22737461746573223a5b2252756e6e696e67222c224661696c6564225d2c226166746572223a312c22756e74696c
223a322c226669727374223a332c226c617374223a342c2270726f626162696c697479223a302e312c2272617465223a7b22
63616c6c73223a352c2277696e646f77223a36303030303030303030302c2274696572223a224630222c2272657472794461
7465223a747275657d2c2264656c6179223a7b227368617065223a226c6f674e6f726d616c222c2262617365223a362c2273
7072656164223a377d2c2268616e67223a747275652c227265736574223a22647572696e67222c22616e73776572223a7b22
6572726f72223a22636f6e666c696374222c22737461747573223a3430392c22636f6465223a2263222c226d657373616765
223a225c75303033636d5c75303033655c7530303030222c2268656164657273223a5b7b226e616d65223a226e222c227661
6c7565223a2276227d5d2c2272657472794166746572223a382c22726574727944617465223a747275657d2c227374616c65
223a747275652c22626f6479223a2274657874222c2274657874223a22c3a95c6e222c22636f6e74656e7454797065223a22
746578742f68746d6c222c227468726f756768707574223a397d2c7b2270726f626162696c697479223a307d5d00ffdb8ff9
ce030002020000033a3a31ffdb8ff9ce0300ffdb8ff9ce0300087265616c666163650000000000000000013e800000010000
022f700101740175010102056f746865720401690000001804000000ffdb8ff9ce0300ffdb8ff9ce03000000000000000000
000000000000000100000001ffdb8ff9ce0300047573657201066265666f7265060006c7017b2273696e6365223a22323032
362d30322d30335430343a30353a30362e3030303030303030375a222c2263616c6c73223a31383434363734343037333730
393535313631352c2265616368223a5b7b2263616c6c73223a31302c2277696e646f77223a22323032362d30322d30335430
343a30353a30362e3030303030303030385a222c22706173736564223a31312c2277616974223a22323032362d30322d3033
5430353a30353a30362e3030303030303030375a222c22666f72223a31327d2c7b7d5d7d0106766572696679000000000000
0001040200000003
`

// TestVersion4 fails when a record of version 4 reads differently.
func TestVersion4(t *testing.T) {
	t.Parallel()
	wantGolden(t, version4, golden4())
}

// version5 is a record as version 5 was first written.
const version5 = `
051a146722a201ad0162696402687265736f7572636503684c6976656e65737304821a698173f20705a9016476312e320267
5061737369766503f505f5091b0000000df84758000a030bf50dfb3fe00000000000000e6a31302e302e302e302f3806a301
a4010102020319012c0419019002646869676803582001000000000000000000000000000000000000000000000000000000
0000000207aa016a68617070792d70617468020403f5041a3b9aca0005050682a3010103a201616302616d0a676d69737369
6e67a304f509f50b82633a3a316831302e302e302e3107677265737461727408a20106020709a601646c6f736502f5030804
09050a060b0a82b101816e6465746563744c6976656e65737302826752756e6e696e67664661696c65640301040205030604
07fb3fb999999999999a08a40105021b0000000df84758000362463004f509a301696c6f674e6f726d616c020603070af50b
66647572696e670ca70168636f6e666c6963740219019903616304643c6d3e000581a201616e026176060807f50df50e6474
6578740f63c3a90a1069746578742f68746d6c1109a00964757365720b82a7010104633a3a3107687265616c666163650da2
01fa3e80000002f50f0c10a401622f70022003617404617511a201f50282a301656f746865720202036169a0a2010211a00c
81a201666265666f726502030d030e2010a301821a698173f207021bffffffffffffffff0382a5010a02821a698173f20803
0b04821a6981820207050ca00281a501667665726966790201030204010503
`

// TestVersion5 fails when the encoding changes without its version, and when a field
// of faults is missing in what it compares.
func TestVersion5(t *testing.T) {
	t.Parallel()
	want := golden4()
	wantGolden(t, version5, want)
	wantEveryField(t, "Faults[0]", reflect.ValueOf(want.Session.Script.Faults[0]))
	wantEveryField(t, "FaultMemory", reflect.ValueOf(want.Session.FaultMemory))
}

// wantEveryField fails if v, or something in it, is zero.
func wantEveryField(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	if v.IsZero() {
		t.Errorf("%s is zero, want the golden record to have every field", name)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		wantEveryField(t, name, v.Elem())
	case reflect.Slice:
		wantEveryField(t, name+"[0]", v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				wantEveryField(t, name+"."+field.Name, v.Field(i))
			}
		}
	default:
	}
}

// golden4 is what version4 says.
func golden4() record.Stored {
	want := golden3()
	moment := time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC)
	want.Session.Script.Faults = []fault.Fault{
		{
			Operations: []string{"detectLiveness"}, States: []string{"Running", "Failed"},
			After: 1, Until: 2, First: 3, Last: 4, Probability: 0.1,
			Rate:  &fault.Rate{Calls: 5, Window: time.Minute, Tier: "F0", RetryDate: true},
			Delay: fault.Delay{Shape: fault.LogNormal, Base: 6, Spread: 7},
			Hang:  true, Reset: fault.ResetDuring,
			Answer: &fault.Answer{
				Error: "conflict", Status: 409, Code: "c", Message: "<m>\x00",
				Headers: []fault.Header{{Name: "n", Value: "v"}}, RetryAfter: 8, RetryDate: true,
			},
			Stale: true, Body: fault.BodyText, Text: "é\n", ContentType: "text/html", Throughput: 9,
		},
		{},
	}
	want.Session.FaultMemory = fault.Memory{
		Since: moment, Calls: 1<<64 - 1,
		Each: []fault.Count{
			{Calls: 10, Window: moment.Add(1), Passed: 11, Wait: moment.Add(time.Hour), For: 12},
			{},
		},
	}
	return want
}

// golden3 is what version3 says.
func golden3() record.Stored {
	want := golden2()
	session := &want.Session
	session.Reads = 3
	session.Script.Seed = 4
	session.Script.Polls = 5
	session.Script.ResultDelay = liveness.ResultDelay{After: 6, Polls: 7}
	session.Script.EarlyEnd = &liveness.EarlyEnd{
		Kind: liveness.EndLose, BeforeStart: true, During: 8, AfterTry: 9, BeforePoll: 10, After: 11,
	}
	session.Script.Steps[0].Digest = liveness.DigestMissing
	session.Script.Steps[1].ClientAddresses = []string{"::1", "10.0.0.1"}
	session.Attempts[0].Reads = 12
	return want
}

// golden2 is what version2 says.
func golden2() record.Stored {
	want := golden()
	session := &want.Session
	session.UserCorrelationID = "user"
	session.FlaggedBefore = []liveness.FlaggedAttempt{{Session: "before", AttemptID: 3}}
	session.Settings.UserCorrelationIDSetInClient = true
	session.Settings.GoesOnAfterDecision = true
	session.Settings.ExpectedClientAddress = "10.0.0.0/8"
	session.Settings.DeviceCorrelationIDGiven = true
	session.Script.Steps[1].AbuseDetected = true
	session.Attempts[0].Request = liveness.AttemptRequest{Path: "/p", ContentLength: -1, ContentType: "t", UserAgent: "u"}
	session.Attempts[0].Abuse = &liveness.AbuseFinding{
		Detected: true,
		Others:   []liveness.FlaggedAttempt{{Session: "other", AttemptID: 2, SessionImageID: "i"}, {}},
	}
	session.Attempts = append(session.Attempts, liveness.Attempt{ID: 2, Abuse: &liveness.AbuseFinding{}})
	return want
}

// golden is what version1 says.
func golden() record.Stored {
	return record.Stored{
		Session: liveness.Session{
			ID: "id", Resource: "resource", Kind: liveness.KindLiveness,
			Created:  time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC),
			Settings: liveness.Settings{APIVersion: "v1.2", Mode: liveness.ModePassive, TokenTTL: time.Minute, AttemptsAllowed: 3, VerifyConfidenceThreshold: 0.5},
			Reference: &liveness.VerifyReference{
				FaceRectangle: liveness.Rectangle{Top: 1, Left: 2, Width: 300, Height: 400}, Quality: liveness.QualityHigh, SHA256: [32]byte{1, 31: 2},
			},
			Script: liveness.Script{
				Scenario: "happy-path", Automatic: true, After: time.Second, AfterLast: liveness.AfterLastRestart,
				Steps: []liveness.Step{{Takes: 1, Error: &liveness.AttemptError{Code: "c", Message: "m"}}, {Abandoned: true}},
			},
			Attempts: []liveness.Attempt{{ID: 1, ClientAddress: "::1", Decision: liveness.DecisionRealFace, Match: &liveness.Match{Confidence: 0.25, Identical: true}}},
			EndCalls: -1,
		},
		Images: []record.Image{{Name: "verify", Blob: 1, Size: 2, Chunks: 1, Sum: 3}},
	}
}

// wantGolden fails unless a record, in hexadecimal digits, reads as want, and is
// what Encode writes if it is of the current version.
func wantGolden(t *testing.T, digits string, want record.Stored) {
	t.Helper()
	stored := unhex(t, digits)
	if stored[0] == record.Version && !bytes.Equal(encoded(t, want), stored) {
		t.Errorf("Encode writes %x, want %x", encoded(t, want), stored)
	}
	got, err := record.Decode(stored)
	if err != nil {
		t.Fatalf("Decode of the record = %v, want nil", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record reads differently (-want +got):\n%s", diff)
	}
}

// unhex returns the bytes of a golden record.
func unhex(tb testing.TB, digits string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, "\n", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
