// Package snapshot is the form in which the state of an emulator lies in a file.
//
// A snapshot is a gzip of lines of JSON: a header, the entries, and an end that says
// how many there were and what the SHA-256 of all lines before it is. So a file that
// was cut or altered is known from the last line at the latest, and whoever reads one
// applies nothing before that. "zcat FILE | head" shows what is in it.
//
// A single session as it is exported is one entry without the lines around it, and a
// folder of such files can be read in place of a snapshot.
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
)

// Version is that of the form. A reader of this version reads no later one.
const Version = 1

// Bounds of a snapshot, in bytes.
const (
	maxLine  = 64 << 20 // a session with all its images, and then some
	maxWhole = 8 << 30  // uncompressed; a hundred thousand sessions take about 0.2 GiB
)

// Why a snapshot cannot be read.
var (
	// ErrForeign: it is none.
	ErrForeign = errors.New("this is no snapshot of the emulator")
	// ErrNewer: a newer program has written it.
	ErrNewer = errors.New("the snapshot was written by a newer program")
	// ErrDamaged: it was cut or altered.
	ErrDamaged = errors.New("the snapshot is damaged")
)

// A Header is what a snapshot says of itself.
type Header struct {
	Version int       `json:"faceLivenessSnapshot"`
	Release string    `json:"release"` // of the program that wrote it
	Taken   time.Time `json:"taken"`   // on the machine's clock
	All     bool      `json:"all"`     // of all resources
}

// Counts are how much a snapshot holds.
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

// end is the last line.
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
	// Most of the bytes are images, which do not get smaller, and names of members,
	// which any level finds.
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

// Close writes the end. Without it there is no snapshot.
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
	before []byte // the sum of the lines before the last one
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
		return nil, fmt.Errorf("%w: version %d, this one reads %d", ErrNewer, s.Header.Version, Version)
	}
	return s, nil
}

// line returns the next line, which is valid until the one after it.
func (r *Reader) line() ([]byte, error) {
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, fmt.Errorf("%w: it breaks off", ErrDamaged)
	}
	if r.size += int64(len(r.lines.Bytes())); r.size > maxWhole {
		return nil, fmt.Errorf("%w: it is larger than %d GiB", ErrDamaged, maxWhole>>30)
	}
	r.before = r.sum.Sum(r.before[:0])
	r.sum.Write(r.lines.Bytes())
	r.sum.Write([]byte{'\n'})
	return r.lines.Bytes(), nil
}

// Next returns the next entry, or nil behind the last one of a snapshot that is
// whole.
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

// finish compares the end with what came before it.
func (r *Reader) finish(last end) error {
	if last.SHA256 != hex.EncodeToString(r.before) || last.Counts != r.counts {
		return fmt.Errorf("%w: its checksum is another", ErrDamaged)
	}
	if r.lines.Scan() {
		return fmt.Errorf("%w: it goes on behind its end", ErrDamaged)
	}
	if err := r.lines.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := r.source.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it goes on behind its end", ErrDamaged)
	}
	return nil
}

// Counts returns how much Next has returned so far.
func (r *Reader) Counts() Counts { return r.counts }

// Encode returns an entry as a document of its own.
func Encode(kept resource.SnapshotEntry) ([]byte, error) {
	text, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return text, nil
}

// Decode is the inverse of Encode. Errors wrap ErrDamaged.
func Decode(text []byte) (resource.SnapshotEntry, error) {
	var kept resource.SnapshotEntry
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&kept); err != nil {
		return kept, fmt.Errorf("%w: an entry: %w", ErrDamaged, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return kept, fmt.Errorf("%w: an entry is more than one JSON object", ErrDamaged)
	}
	given := 0
	for _, is := range []bool{kept.Clock != nil, kept.Settings != nil, kept.Suspects != nil, kept.Session != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return kept, fmt.Errorf("%w: an entry is nothing, or several things", ErrDamaged)
	}
	return kept, nil
}
