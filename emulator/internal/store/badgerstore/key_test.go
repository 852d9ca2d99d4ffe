package badgerstore

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
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
		g := generation.Number(random.Uint64N(300))
		keysOf := func(s liveness.Session) (expiry, created []byte) {
			entries := indexEntries(&s, g)
			return entries[1].key, entries[2].key
		}
		expiryA, createdA := keysOf(a)
		expiryB, createdB := keysOf(b)
		want := a.Created.Compare(b.Created)
		for _, keys := range [][2][]byte{{expiryA, expiryB}, {createdA, createdB}} {
			if got := bytes.Compare(keys[0], keys[1]); got != want && want != 0 {
				t.Fatalf("keys of %v and %v compare as %d, want %d", a.Created, b.Created, got, want)
			}
		}
		parsed, ok := parseExpiryKey(expiryA)
		if !ok || !parsed.expires.Equal(a.Expires()) || parsed.id != a.ID || parsed.generation != g {
			t.Fatalf("parsed key = %v, %t, want %v", parsed, ok, a.Expires())
		}
		if parsed, ok := parseCreatedKey(createdA); !ok || parsed != (address{a.ID, a.Resource, g}) {
			t.Fatalf("parsed entry = %v, %t, want %q in %d", parsed, ok, a.ID, g)
		}
		if bytes.Compare(expiryA, afterPart(prefixExpiry, a.Resource, g)) >= 0 {
			t.Fatalf("the key of %v is after the end of its resource", a.Created)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	session := liveness.Session{ID: "id", Resource: "resource", Kind: "kind"}
	for _, e := range indexEntries(&session, 7) {
		f.Add(e.key, "id")
	}
	f.Add(address{"id", "resource", 7}.overflowKey(), "id")
	f.Add(settingKey("name", 7), "id")
	f.Add(intentKey("id", 7), "id")
	f.Add(chunkKey("id", 7, 1), "id")
	f.Add([]byte{prefixExpiry}, "")
	f.Fuzz(func(t *testing.T, key []byte, id string) {
		if len(key) == 0 {
			return // No key is empty.
		}
		if due, ok := parseExpiryKey(key); ok {
			again := due.expiryKey(due.expires)
			if parsed, ok := parseExpiryKey(again); !ok || parsed != due {
				t.Errorf("parsing %x again = %v, want %v", again, parsed, due)
			}
		}
		if a, ok := parseListKey(key); ok {
			if parsed, ok := parseListKey(a.listKey("kind")); !ok || parsed != a {
				t.Errorf("parsing %x again = %v, want %v", key, parsed, a)
			}
		}
		if a, ok := parseOverflowKey(key); ok {
			if parsed, ok := parseOverflowKey(a.overflowKey()); !ok || parsed != a {
				t.Errorf("parsing %x again = %v, want %v", key, parsed, a)
			}
		}
		if a, ok := parseCreatedKey(key); ok {
			if parsed, ok := parseCreatedKey(a.createdKey(time.Time{})); !ok || parsed != a {
				t.Errorf("parsing %x again = %v, want %v", key, parsed, a)
			}
		}
		_, _, _ = parseLayerKey(key)
		_, _ = migrateExpiry(key), migrateList(key)
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
