package badgerstore

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func TestExpiryKeysSortByTime(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	created := func() time.Time {
		switch random.IntN(3) {
		case 0:
			return time.Time{}.Add(time.Duration(random.Int64N(1e9)))
		case 1:
			return time.Unix(random.Int64N(3)-1, random.Int64N(1e9)).UTC()
		default:
			return time.Unix(random.Int64N(1<<37)-1<<36, random.Int64N(1e9)).UTC()
		}
	}
	for range 2000 {
		a, b := liveness.Session{ID: "z", Created: created()}, liveness.Session{ID: "a", Created: created()}
		_, _, keyA := sessionKeys(&a)
		_, _, keyB := sessionKeys(&b)
		got, want := bytes.Compare(keyA, keyB), a.Created.Compare(b.Created)
		if got != want && want != 0 {
			t.Fatalf("keys of %v and %v compare as %d, want %d", a.Created, b.Created, got, want)
		}
		parsed, ok := parseExpiryKey(keyA)
		if !ok || !parsed.expires.Equal(a.Expires()) || parsed.id != a.ID {
			t.Fatalf("parsed key = %v, %t, want %v", parsed, ok, a.Expires())
		}
		if bytes.Compare(keyA, afterResource(a.Resource)) >= 0 {
			t.Fatalf("the key of %v is after the end of its resource", a.Created)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	session := liveness.Session{ID: "id", Resource: "resource", Kind: "kind"}
	_, listKey, expiryKey := sessionKeys(&session)
	f.Add(expiryKey, "id")
	f.Add(listKey, "id")
	f.Add(intentKey("id", 7), "id")
	f.Add(chunkKey("id", 7, 1), "id")
	f.Add([]byte{prefixExpiry}, "")
	f.Fuzz(func(t *testing.T, key []byte, id string) {
		if len(key) == 0 {
			return // No key is empty.
		}
		if due, ok := parseExpiryKey(key); ok {
			again := keyOf(prefixExpiry, string(due.resource), sortableTime(due.expires)+string(due.id))
			if parsed, ok := parseExpiryKey(again); !ok || parsed != due {
				t.Errorf("parsing %x again = %v, want %v", again, parsed, due)
			}
		}
		indexed(key)
		_, _ = parseIntentKey(key)
		_, _ = blobOf(liveness.SessionID(id), key)
	})
}

func TestLimitsFit(t *testing.T) {
	t.Parallel()
	big := entry{key: []byte("k"), value: make([]byte, 1000)}
	small := entry{key: []byte("k"), value: make([]byte, 100)}
	l := limits{entries: 3, inline: 300, values: 2500}
	tests := []struct {
		name    string
		entries []entry
		want    int
	}{
		{"None", nil, 0},
		{"All", []entry{big, small, big}, 3},
		{"TooMany", []entry{small, big, big, big}, 3},
		{"TooManyInline", []entry{small, small, small}, 2},
		{"TooManyValues", []entry{big, big, big}, 2},
		{"AlwaysOne", []entry{{key: make([]byte, 1000)}, small}, 1},
	}
	for _, test := range tests {
		if got, _ := l.fit(test.entries); got != test.want {
			t.Errorf("%s: fit = %d, want %d", test.name, got, test.want)
		}
	}
}
