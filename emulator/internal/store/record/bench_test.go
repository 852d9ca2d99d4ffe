package record_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

// typical is a session with verify, and without faults, that has been played once.
func typical() record.Stored {
	s := storetest.FullSession(rand.New(rand.NewPCG(1, 1)))
	s.ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
	s.Script.Steps, s.Attempts = s.Script.Steps[:1], s.Attempts[:1]
	s.Attempts[0].Digest = strings.Repeat("0123456789ABCDEF", 4)
	s.Script.Faults, s.FaultMemory = nil, fault.Memory{}
	s.NewerMembers = nil
	return record.Stored{Session: s, Images: full().Images[:1]}
}

// faulty is typical with two faults.
func faulty() record.Stored {
	stored := typical()
	faults := golden4().Session
	stored.Session.Script.Faults, stored.Session.FaultMemory = faults.Script.Faults, faults.FaultMemory
	return stored
}

// fresh is a session as a create call stores it.
func fresh() record.Stored {
	confidence := float32(0.9)
	return record.Stored{Session: liveness.Session{
		ID: "b98790ed-97ec-40fb-aae3-da51ffb7e557", Resource: "4211479d2b25e29727de8c24", Kind: liveness.KindLiveness,
		Created: time.Date(2026, 11, 29, 9, 38, 6, 712821469, time.UTC),
		Settings: liveness.Settings{
			APIVersion: "v1.2", Mode: liveness.ModePassive, DeviceCorrelationIDGiven: true, EnableSessionImage: true,
			ModelVersion: "2024-11-15", TokenTTL: 10 * time.Minute, AttemptsAllowed: 3, VerifyConfidenceThreshold: 0.5, AbuseMonitoring: true,
		},
		Script: liveness.Script{
			Scenario: "happy-path", AfterLast: liveness.AfterLastRepeat,
			Steps: []liveness.Step{{Decision: liveness.DecisionRealFace, MatchConfidence: &confidence, Quality: liveness.QualityHigh}},
		},
		DeviceCorrelationID: "6cfd50d3-3723-456c-b2dc-dc0ab271bb57",
	}}
}

func BenchmarkEncodeFresh(b *testing.B)  { benchmarkEncode(b, fresh()) }
func BenchmarkDecodeFresh(b *testing.B)  { benchmarkDecode(b, fresh()) }
func BenchmarkEncode(b *testing.B)       { benchmarkEncode(b, typical()) }
func BenchmarkDecode(b *testing.B)       { benchmarkDecode(b, typical()) }
func BenchmarkEncodeFaults(b *testing.B) { benchmarkEncode(b, faulty()) }
func BenchmarkDecodeFaults(b *testing.B) { benchmarkDecode(b, faulty()) }

func benchmarkEncode(b *testing.B, stored record.Stored) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.Encode(stored); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(encoded(b, stored))), "bytes")
}

func benchmarkDecode(b *testing.B, s record.Stored) {
	b.Helper()
	stored := encoded(b, s)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.Decode(stored); err != nil {
			b.Fatal(err)
		}
	}
}
