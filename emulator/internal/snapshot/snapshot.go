// Package snapshot reads and writes the file format of an emulator's state.
//
// A snapshot is gzipped lines of JSON: a header, the entries, and an end line with their
// number and the SHA-256 of all lines before it. A reader applies nothing before it has
// read the end line, so a file that was cut or altered changes nothing. "zcat FILE |
// head" shows the contents.
//
// The export of a single session is one entry without header and end. A folder of such
// files can be read instead of a snapshot.
//
// The member "newerMembers" of a session has the members that a newer program stored and the
// writer of the snapshot did not know, see package record. A reader keeps those that it does not
// know either, and reads the others.
package snapshot

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// Version is the version of the format. Readers refuse later versions.
const Version = 1

// Limits of a snapshot, in bytes.
const (
	maxLine  = 64 << 20 // more than a session with all its images
	maxWhole = 8 << 30  // uncompressed; a hundred thousand sessions take about 0.2 GiB
)

// Errors of a Reader.
var (
	// ErrForeign means that a file is not a snapshot.
	ErrForeign = errors.New("not a snapshot of the emulator")
	// ErrNewer means that a newer program wrote the snapshot.
	ErrNewer = errors.New("the snapshot was written by a newer program")
	// ErrDamaged means that the snapshot was cut or altered.
	ErrDamaged = errors.New("the snapshot is damaged")
)

// A Header is the first line of a snapshot.
type Header struct {
	Version int       `json:"faceLivenessSnapshot"`
	Release string    `json:"release"` // version of the program that wrote it
	Taken   time.Time `json:"taken"`   // on the machine's clock
	All     bool      `json:"all"`     // it has all resources
}

// Counts are the numbers of sessions and images in a snapshot.
type Counts struct {
	Sessions int `json:"sessions"`
	Images   int `json:"images"`
}

func (c *Counts) add(kept resource.SnapshotEntry) {
	if kept.Session != nil {
		c.Sessions++
		c.Images += len(kept.Images)
	}
}

// An end is the last line.
type end struct {
	End    bool   `json:"end"`
	SHA256 string `json:"sha256"`
	Counts
}

// A Writer writes one snapshot. It is not safe for concurrent use.
type Writer struct {
	gzip   *gzip.Writer
	sum    hash.Hash
	counts Counts
}

// NewWriter writes the header.
func NewWriter(w io.Writer, header Header) (*Writer, error) {
	// Most of the bytes are images, which cannot be compressed, and member names, which
	// every level compresses well.
	compressed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	s := &Writer{gzip: compressed, sum: sha256.New()}
	header.Version = Version
	return s, s.line(header)
}

// Write writes an entry.
func (w *Writer) Write(kept resource.SnapshotEntry) error {
	w.counts.add(kept)
	return w.line(kept)
}

// Close writes the end line. A snapshot without it is damaged.
func (w *Writer) Close() (Counts, error) {
	if err := w.line(end{End: true, SHA256: hex.EncodeToString(w.sum.Sum(nil)), Counts: w.counts}); err != nil {
		return Counts{}, err
	}
	return w.counts, w.gzip.Close()
}

func (w *Writer) line(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	text = append(text, '\n')
	w.sum.Write(text)
	if _, err := w.gzip.Write(text); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

// A Reader reads one snapshot. It is not safe for concurrent use.
type Reader struct {
	Header Header

	lines  *bufio.Scanner
	source *bufio.Reader
	sum    hash.Hash
	before []byte // sum of the lines before the last one
	size   int64  // of the lines so far
	counts Counts
}

// NewReader reads the header. Errors wrap ErrForeign, ErrNewer or ErrDamaged, or
// come from r.
func NewReader(r io.Reader) (*Reader, error) {
	source := bufio.NewReader(r)
	compressed, err := gzip.NewReader(source)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	compressed.Multistream(false)
	s := &Reader{lines: bufio.NewScanner(compressed), source: source, sum: sha256.New()}
	s.lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	text, err := s.line()
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(text, &s.Header) != nil || s.Header.Version < 1 {
		return nil, ErrForeign
	}
	if s.Header.Version > Version {
		return nil, fmt.Errorf("%w: version %d, this program reads up to %d", ErrNewer, s.Header.Version, Version)
	}
	return s, nil
}

// line returns the next line. It is valid until the next call.
func (r *Reader) line() ([]byte, error) {
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, fmt.Errorf("%w: the end is missing", ErrDamaged)
	}
	if r.size += int64(len(r.lines.Bytes())); r.size > maxWhole {
		return nil, fmt.Errorf("%w: larger than %d GiB", ErrDamaged, maxWhole>>30)
	}
	r.before = r.sum.Sum(r.before[:0])
	r.sum.Write(r.lines.Bytes())
	r.sum.Write([]byte{'\n'})
	return r.lines.Bytes(), nil
}

// Next returns the next entry, or nil after the last one of a complete snapshot.
func (r *Reader) Next() (*resource.SnapshotEntry, error) {
	text, err := r.line()
	if err != nil {
		return nil, err
	}
	var last end
	if json.Unmarshal(text, &last) == nil && last.End {
		return nil, r.finish(last)
	}
	kept, err := Decode(text)
	if err != nil {
		return nil, err
	}
	r.counts.add(kept)
	return &kept, nil
}

// finish compares the end line with the lines before it.
func (r *Reader) finish(last end) error {
	if last.SHA256 != hex.EncodeToString(r.before) || last.Counts != r.counts {
		return fmt.Errorf("%w: wrong checksum or counts", ErrDamaged)
	}
	if r.lines.Scan() {
		return fmt.Errorf("%w: data after the end", ErrDamaged)
	}
	if err := r.lines.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := r.source.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: data after the end", ErrDamaged)
	}
	return nil
}

// Counts returns the numbers of the entries that Next has returned.
func (r *Reader) Counts() Counts { return r.counts }

// Encode returns an entry as a separate document.
func Encode(kept resource.SnapshotEntry) ([]byte, error) {
	text, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return text, nil
}

// Decode is the inverse of Encode. Errors wrap ErrDamaged, or ErrNewer if the only flaw is
// an unknown member. It is not ignored, because it would be lost.
func Decode(text []byte) (resource.SnapshotEntry, error) {
	var kept resource.SnapshotEntry
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	unknown := decoder.Decode(&kept)
	if unknown != nil {
		kept = resource.SnapshotEntry{}
		if json.Unmarshal(text, &kept) != nil {
			return kept, fmt.Errorf("%w: an entry: %w", ErrDamaged, unknown)
		}
	} else if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return kept, fmt.Errorf("%w: an entry is more than one JSON object", ErrDamaged)
	}
	given := 0
	for _, present := range []bool{kept.Clock != nil, kept.Settings != nil, kept.Suspects != nil, kept.Session != nil} {
		if present {
			given++
		}
	}
	if given != 1 {
		return kept, fmt.Errorf("%w: an entry needs exactly one of clock, settings, suspects and session", ErrDamaged)
	}
	if unknown != nil {
		return kept, fmt.Errorf("%w, or a name in it is wrong: an entry: %w", ErrNewer, unknown)
	}
	if kept.Session != nil {
		session, err := record.Adopt(*kept.Session)
		if err != nil {
			return kept, fmt.Errorf("%w: a session: %w", ErrDamaged, err)
		}
		kept.Session = &session
	}
	return kept, nil
}
