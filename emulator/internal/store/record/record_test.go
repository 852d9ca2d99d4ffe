package record_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

// sealed returns b with the checksum that its other bytes should have.
func sealed(b []byte) []byte {
	b = bytes.Clone(b)
	table := crc32.MakeTable(crc32.Castagnoli)
	binary.BigEndian.PutUint32(b[1:], crc32.Update(crc32.Checksum(b[:1], table), table, b[5:]))
	return b
}

func full() record.Stored {
	return record.Stored{
		Session: storetest.FullSession(rand.New(rand.NewPCG(1, 1))),
		Images: []record.Image{
			{Name: "verify", Blob: 1 << 63, Size: 6 << 20, Chunks: 48, Sum: 1 << 31},
			{Name: "", Blob: 7, Size: 0, Chunks: 0, Sum: 0},
		},
	}
}

// TestEveryFieldIsStored fails when a field is added to a session, or to what
// is in it, and forgotten here.
func TestEveryFieldIsStored(t *testing.T) {
	t.Parallel()
	want := full()
	got, err := record.Decode(record.Encode(want))
	if err != nil {
		t.Fatalf("Decode = %v, want nil", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a full record differs (-want +got):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 2))
	zone := time.FixedZone("elsewhere", -3600)
	for range 2000 {
		want := record.Stored{Session: storetest.RandomSession(random)}
		stored := want
		stored.Session.Created = stored.Session.Created.In(zone)
		got, err := record.Decode(record.Encode(stored))
		if err != nil {
			t.Fatalf("Decode = %v, want nil", err)
		}
		// Exactly the same: also nil lists, zero times and UTC.
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("a record is not the same (-want +got):\n%s", cmp.Diff(want, got))
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	times := []time.Time{
		{},
		time.Unix(0, 0),
		time.Unix(-1, 999_999_999),
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("east", 9*3600)),
		time.Date(-300_000, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for _, want := range times {
		stored := record.Stored{Session: liveness.Session{Created: want}}
		got, err := record.Decode(record.Encode(stored))
		if err != nil || !got.Session.Created.Equal(want) || got.Session.Created.Location() != time.UTC {
			t.Errorf("%v came back as %v, %v, want it in UTC", want, got.Session.Created, err)
		}
		if got.Session.Created.IsZero() != want.IsZero() {
			t.Errorf("%v came back as zero: %t", want, got.Session.Created.IsZero())
		}
	}
}

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

// TestVersion3 fails when the format changes without its version.
func TestVersion3(t *testing.T) {
	t.Parallel()
	want := golden2()
	session := &want.Session
	session.Reads = 3
	session.Script.Seed = 4
	session.Script.Polls = 5
	session.Script.Hold = liveness.Hold{After: 6, Polls: 7}
	session.Script.End = &liveness.End{
		Kind: liveness.EndLose, BeforeStart: true, During: 8, AfterTry: 9, BeforePoll: 10, After: 11,
	}
	session.Script.Steps[0].Digest = liveness.DigestMissing
	session.Script.Steps[1].ClientAddresses = []string{"::1", "10.0.0.1"}
	session.Attempts[0].Reads = 12
	wantGolden(t, version3, want)
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
				Scenario: "happy-path", Automatic: true, After: time.Second, Then: liveness.ThenRestart,
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
	stored, err := hex.DecodeString(strings.ReplaceAll(digits, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	if stored[0] == record.Version && !bytes.Equal(record.Encode(want), stored) {
		t.Errorf("Encode writes %x, want %x", record.Encode(want), stored)
	}
	got, err := record.Decode(stored)
	if err != nil {
		t.Fatalf("Decode of the record = %v, want nil", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record reads differently (-want +got):\n%s", diff)
	}
}

func TestDecodeCorrupt(t *testing.T) {
	t.Parallel()
	good := record.Encode(full())
	t.Run("EveryBit", func(t *testing.T) {
		t.Parallel()
		for n := range good {
			for bit := range 8 {
				bad := bytes.Clone(good)
				bad[n] ^= 1 << bit
				wantCorrupt(t, bad)
			}
		}
	})
	t.Run("CutOffAnywhere", func(t *testing.T) {
		t.Parallel()
		for n := range good {
			wantCorrupt(t, good[:n])
			if n >= 5 {
				wantCorrupt(t, sealed(good[:n]))
			}
		}
	})
	t.Run("GoesOn", func(t *testing.T) {
		t.Parallel()
		wantCorrupt(t, append(bytes.Clone(good), 0))
		wantCorrupt(t, sealed(append(bytes.Clone(good), 0)))
	})
	t.Run("Version0", func(t *testing.T) {
		t.Parallel()
		bad := bytes.Clone(good)
		bad[0] = 0
		wantCorrupt(t, sealed(bad))
	})
	t.Run("Empty", func(t *testing.T) {
		t.Parallel()
		wantCorrupt(t, nil)
	})
	t.Run("HugeLength", func(t *testing.T) {
		t.Parallel()
		wantCorrupt(t, sealed(append([]byte{1, 0, 0, 0, 0}, bytes.Repeat([]byte{0xff}, 9)...)))
		wantCorrupt(t, sealed(append([]byte{1, 0, 0, 0, 0}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)))
	})
}

func wantCorrupt(t *testing.T, b []byte) {
	t.Helper()
	_, err := record.Decode(b)
	if !errors.Is(err, record.ErrCorrupt) || !errors.Is(err, liveness.ErrDamaged) || errors.Is(err, record.ErrNewer) {
		t.Errorf("Decode of %d bytes = %v, want %v", len(b), err, record.ErrCorrupt)
	}
}

func TestDecodeNewer(t *testing.T) {
	t.Parallel()
	newer := bytes.Clone(record.Encode(full()))
	newer[0] = record.Version + 1
	for _, b := range [][]byte{newer, newer[:5]} {
		_, err := record.Decode(sealed(b))
		if !errors.Is(err, record.ErrNewer) || !errors.Is(err, liveness.ErrDamaged) || errors.Is(err, record.ErrCorrupt) {
			t.Errorf("Decode of a newer record = %v, want %v", err, record.ErrNewer)
		}
	}
	wantCorrupt(t, newer) // Without its checksum it is not newer but corrupt.
}

// TestErrorsShowNothing looks for contents in the errors of damaged records.
func TestErrorsShowNothing(t *testing.T) {
	t.Parallel()
	good := record.Encode(record.Stored{Session: liveness.Session{DeviceCorrelationID: "SECRET"}})
	for n := range good {
		for _, bad := range [][]byte{good[:n], sealed(append(bytes.Clone(good[:max(n, 5)]), 0xff))} {
			_, err := record.Decode(bad)
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("Decode = %v, want no contents in it", err)
			}
		}
	}
}

func TestSameIdentity(t *testing.T) {
	t.Parallel()
	before := full().Session
	edits := map[string]func(*liveness.Session){
		"id":            func(s *liveness.Session) { s.ID += "x" },
		"resource":      func(s *liveness.Session) { s.Resource += "x" },
		"kind":          func(s *liveness.Session) { s.Kind += "x" },
		"creation time": func(s *liveness.Session) { s.Created = s.Created.Add(1) },
	}
	for field, edit := range edits {
		after := before
		edit(&after)
		if err := record.SameIdentity(&before, &after); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("SameIdentity with another %s = %v, want an error that names it", field, err)
		}
	}
	after := storetest.FullSession(rand.New(rand.NewPCG(9, 9)))
	after.ID, after.Resource, after.Kind, after.Created = before.ID, before.Resource, before.Kind, before.Created.Local()
	if err := record.SameIdentity(&before, &after); err != nil {
		t.Errorf("SameIdentity of another session with the identity = %v, want nil", err)
	}
}

// FuzzDecode decodes any bytes, as they are and with the checksum made right.
func FuzzDecode(f *testing.F) {
	f.Add(record.Encode(full()))
	f.Add(record.Encode(record.Stored{}))
	version1, _ := hex.DecodeString(strings.ReplaceAll(version1, "\n", "")) // see TestVersion1
	f.Add(version1)
	f.Add([]byte{})
	f.Add([]byte{record.Version + 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = record.Decode(b)
		if len(b) < 5 {
			return
		}
		stored, err := record.Decode(sealed(b))
		switch {
		case err == nil:
			again, err := record.Decode(record.Encode(stored))
			if err != nil {
				t.Fatalf("Decode of what Encode wrote = %v, want nil", err)
			}
			if !bytes.Equal(record.Encode(again), record.Encode(stored)) {
				t.Errorf("the second round is %+v, want %+v", again, stored)
			}
		case !errors.Is(err, liveness.ErrDamaged):
			t.Errorf("Decode = %v, want it to wrap %v", err, liveness.ErrDamaged)
		}
	})
}

// typical is a session with verify that has been played once.
func typical() record.Stored {
	s := storetest.FullSession(rand.New(rand.NewPCG(1, 1)))
	s.ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
	s.Script.Steps, s.Attempts = s.Script.Steps[:1], s.Attempts[:1]
	s.Attempts[0].Digest = strings.Repeat("0123456789ABCDEF", 4)
	return record.Stored{Session: s, Images: full().Images[:1]}
}

func BenchmarkEncode(b *testing.B) {
	stored := typical()
	b.ReportAllocs()
	for b.Loop() {
		record.Encode(stored)
	}
	b.ReportMetric(float64(len(record.Encode(stored))), "bytes")
}

func BenchmarkDecode(b *testing.B) {
	stored := record.Encode(typical())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.Decode(stored); err != nil {
			b.Fatal(err)
		}
	}
}
