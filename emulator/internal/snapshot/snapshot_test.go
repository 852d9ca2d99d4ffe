package snapshot_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/snapshot"
)

func moment() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC) }

func entries() []resource.SnapshotEntry {
	return []resource.SnapshotEntry{
		{Clock: &resource.ClockEntry{Shows: moment(), Rate: 0.5}},
		{Resource: "a", Settings: []byte(`{"seed":7}`)},
		{Resource: "a", Suspects: []byte(`[]`)},
		{Resource: "a", Session: &liveness.Session{
			ID: "x", Created: moment(), Reference: &liveness.VerifyReference{SHA256: liveness.SHA256{1, 2, 255}},
			Settings:     liveness.Settings{TokenTTL: time.Minute},
			Attempts:     []liveness.Attempt{{ID: 1, Match: &liveness.Match{Confidence: 0.97}}},
			NewerMembers: newer(),
		}, Images: []liveness.Image{{Name: liveness.VerifyImageName, Bytes: []byte{0, 255}}}},
	}
}

// newer are the members that a newer program stored in a session: 100, with the value 1.
func newer() []byte { return []byte{0x82, 0xa1, 0x18, 100, 0x01, 0xa0} }

// written returns a snapshot of entries.
func written(tb testing.TB, kept []resource.SnapshotEntry) []byte {
	tb.Helper()
	var file bytes.Buffer
	w, err := snapshot.NewWriter(&file, snapshot.Header{Release: "test", Taken: moment(), All: true})
	if err != nil {
		tb.Fatal(err)
	}
	for _, entry := range kept {
		if err := w.Write(entry); err != nil {
			tb.Fatal(err)
		}
	}
	if counts, err := w.Close(); err != nil || counts != (snapshot.Counts{Sessions: 1, Images: 1}) && len(kept) > 0 {
		tb.Fatalf("got %+v, %v", counts, err)
	}
	return file.Bytes()
}

// read returns the entries of a snapshot.
func read(file io.Reader) (kept []resource.SnapshotEntry, err error) {
	r, err := snapshot.NewReader(file)
	if err != nil {
		return nil, err
	}
	for {
		entry, err := r.Next()
		if entry == nil || err != nil {
			return kept, err
		}
		kept = append(kept, *entry)
	}
}

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	file := written(t, entries())
	got, err := read(bytes.NewReader(file))
	if diff := cmp.Diff(entries(), got); err != nil || diff != "" {
		t.Errorf("got %v (-want +got):\n%s", err, diff)
	}
	r, err := snapshot.NewReader(bytes.NewReader(file))
	if want := (snapshot.Header{Version: snapshot.Version, Release: "test", Taken: moment(), All: true}); err != nil || r.Header != want {
		t.Errorf("got %+v, %v; want %+v", r.Header, err, want)
	}
	if empty, err := read(bytes.NewReader(written(t, nil))); err != nil || len(empty) != 0 {
		t.Errorf("got %v, %v of an empty one", empty, err)
	}
}

// TestDamage checks that a snapshot that was cut or altered anywhere is refused.
func TestDamage(t *testing.T) {
	t.Parallel()
	file := written(t, entries())
	for n := range file {
		if _, err := read(bytes.NewReader(file[:n])); err == nil {
			t.Errorf("cut after %d of %d bytes: it was read", n, len(file))
		}
		altered := bytes.Clone(file)
		altered[n] ^= 0x40
		got, err := read(bytes.NewReader(altered))
		// The header of gzip has bytes without a meaning.
		if err == nil && cmp.Diff(entries(), got) != "" {
			t.Errorf("byte %d altered: it was read as something else", n)
		}
	}
	if _, err := read(bytes.NewReader(append(file, 0))); !errors.Is(err, snapshot.ErrDamaged) {
		t.Errorf("got %v for one byte more, want ErrDamaged", err)
	}
	if _, err := read(bytes.NewReader(slices.Concat(file, file))); !errors.Is(err, snapshot.ErrDamaged) {
		t.Errorf("got %v for two in one file, want ErrDamaged", err)
	}
}

// zipped returns a snapshot with these lines.
func zipped(tb testing.TB, text string) io.Reader {
	tb.Helper()
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return &file
}

func TestForeign(t *testing.T) {
	t.Parallel()
	const header = `{"faceLivenessSnapshot":1}` + "\n"
	for name, test := range map[string]struct {
		file io.Reader
		want error
	}{
		"nothing":          {strings.NewReader(""), snapshot.ErrForeign},
		"a text":           {strings.NewReader("hello, this is a text"), snapshot.ErrForeign},
		"another gzip":     {zipped(t, "hello\n"), snapshot.ErrForeign},
		"other JSON":       {zipped(t, `{"a":1}`), snapshot.ErrForeign},
		"a newer one":      {zipped(t, `{"faceLivenessSnapshot":2}`), snapshot.ErrNewer},
		"no end":           {zipped(t, header), snapshot.ErrDamaged},
		"another checksum": {zipped(t, header+`{"end":true,"sha256":"00","sessions":0,"images":0}`), snapshot.ErrDamaged},
		"an unknown entry": {zipped(t, header+`{"else":1}`), snapshot.ErrDamaged},
		"an empty entry":   {zipped(t, header+`{}`), snapshot.ErrDamaged},
		"newer members":    {zipped(t, header+`{"session":{"id":"x","else":1}}`), snapshot.ErrNewer},
		"newer and wrong":  {zipped(t, header+`{"session":{"id":1,"else":1}}`), snapshot.ErrDamaged},
		"a damaged rest":   {zipped(t, header+`{"session":{"id":"x","newerMembers":"AAAA"}}`), snapshot.ErrDamaged},
		"two in one":       {zipped(t, header+`{"clock":{"rate":1},"settings":{}}`), snapshot.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := read(test.file); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// FuzzRead checks that any file is read or refused, and that entries that were read can
// be written and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"faceLivenessSnapshot":1}` + "\n" + `{"resource":"a","settings":{}}` + "\n"))
	f.Add(written(f, entries()))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = read(bytes.NewReader(data)) // the unchanged file
		_, _ = read(zipped(t, string(data)))
		kept, err := snapshot.Decode(data)
		if err != nil {
			return
		}
		again, err := snapshot.Encode(kept)
		if err != nil {
			t.Fatalf("decoded %s, but not encoded: %v", data, err)
		}
		if decoded, err := snapshot.Decode(again); err != nil {
			t.Errorf("got %v of %s", err, again)
		} else if third, err := snapshot.Encode(decoded); err != nil || !bytes.Equal(again, third) {
			t.Errorf("got %s, %v; want %s", third, err, again)
		}
	})
}
