// Package record is the stored form of a session, shared by the engines that
// keep sessions as bytes.
//
// A record is
//
//	byte 0      the version of the format, see Version
//	bytes 1-4   CRC-32C (Castagnoli) of byte 0 and of the payload, big endian
//	the rest    the payload
//
// These first five bytes mean the same in every version, so a program can tell
// a record that is corrupt from one that a newer program wrote.
//
// The payload of the current version is Stored in CBOR (RFC 8949). A struct is a map
// whose keys are the numbers in the "stored" tags of its fields, in ascending order;
// an empty field is left out. A list is an array. A time is an array of the seconds
// since 1970 and the nanoseconds. A text that is not UTF-8 is a byte string. Numbers
// and lengths are as short as CBOR allows, and floats keep their size, so a session
// has one encoding. The names of Go fields are not in it, so they are free to change.
//
// # Changes
//
// A new field gets a new key, and no new version. Older programs keep the members of a
// map that they do not know and write them back; this program does the same for newer
// ones. Those of a session are in its field NewerMembers, which is also in snapshots and exports,
// see Adopt; those of a record and of its images stay in the folder. A key is
// never used again for something else, also not when its field is gone. Only a change
// that an older program must not touch raises Version: older programs then set the
// record aside as liveness.ErrNewer. testdata/keys.txt lists all keys.
//
// Versions 1 to 4 had another form. Decode still reads it, see legacyDecoder.
//
// # Why not a library
//
// A codec made from the tags encodes and decodes. github.com/fxamacker/cbor/v2 writes the
// same bytes, see TestLibrary, but not from the structs of a session: it has no form of
// time.Time with nanoseconds but a text, and no place in a struct for unknown members. With
// it, every struct would need a copy with other types, code that converts both ways, and a
// second pass for unknown members, which is more than the codec. And it decodes slower:
// before any conversion, a read of a session would cost 1.4 µs more of 39 µs CPU time, see
// BenchmarkLibrary and "Records" in .github/PERFORMANCE.md. The libraries for MessagePack
// have no integer keys.
//
// # Why two sets of tags
//
// Snapshots and exports are JSON with names, because people read and edit them, and
// encoding/json finds names only in tags of its own. A single tag with both, the key and the
// name, would need a JSON codec beside this one. So a field has two tags, which stand side by
// side: nothing else says how it is stored or exported.
package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Version is the version that Encode writes, and the newest one that Decode reads; it
// reads all earlier ones too. A new field does not change it, see the package comment.
const Version = 5

// firstTagged is the first version whose payload is CBOR.
const firstTagged = 5

const headerSize = 1 + crc32.Size

// ErrCorrupt is an error of Decode, beside liveness.ErrNewer. Both wrap liveness.ErrDamaged.
var ErrCorrupt = fmt.Errorf("%w: corrupt", liveness.ErrDamaged)

// Stored is what an engine keeps under a session's id.
type Stored struct {
	Session liveness.Session `stored:"1"`
	Images  []Image          `stored:"2"`
	Unknown []byte           `stored:"unknown"` // the members beside these two
}

// payloads encodes and decodes payloads.
var payloads = newCodec()

// An Image is the entry of one image in the manifest of its session. The bytes
// lie elsewhere, in chunks.
type Image struct {
	Name   string `stored:"1"`
	Blob   uint64 `stored:"2"` // names the chunks; never used again within the session
	Size   int    `stored:"3"` // in bytes
	Chunks int    `stored:"4"` // how many chunks the bytes are in
	Sum    uint32 `stored:"5"` // Sum of the bytes

	Unknown []byte `stored:"unknown"`
}

// Sum returns the CRC-32C checksum of image bytes, as the manifest keeps it.
func Sum(image []byte) uint32 { return crc32.Checksum(image, castagnoli()) }

// castagnoli is a lookup, the table is made once by the standard library.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Encode returns the stored form of s in the current version. Times keep their
// nanoseconds and lose their zone. The error is about faults that JSON cannot
// represent, as such a session could not be exported: a probability that is not a
// number, or a time after the year 9999. Or the session has more than 65,536 elements
// in its lists.
func Encode(s Stored) ([]byte, error) {
	if err := checkJSON(&s.Session); err != nil {
		return nil, fmt.Errorf("record: encode faults: %w", err)
	}
	b, err := payloads.encode(s, headerSize)
	if err != nil {
		return nil, fmt.Errorf("record: encode a session: %w", err)
	}
	b[0] = Version
	seal(b)
	return b, nil
}

// Decode is the inverse of Encode, and reads what earlier versions of Encode
// wrote: fields that they did not know are zero. What newer programs have added is
// in NewerMembers of the session, and the Unknown of Stored and Image. Times are in UTC, and an empty
// list is nil. It never panics, whatever b is; what it cannot read is ErrCorrupt or
// liveness.ErrNewer, wrapped with a reason that shows nothing of the contents. The
// result shares nothing with b.
func Decode(b []byte) (Stored, error) {
	if len(b) < headerSize {
		return Stored{}, corrupt("%d bytes, shorter than the header", len(b))
	}
	if binary.BigEndian.Uint32(b[1:]) != sum(b) {
		return Stored{}, corrupt("wrong checksum")
	}
	switch version := b[0]; {
	case version > Version:
		return Stored{}, fmt.Errorf("%w: record version %d, this program reads up to %d", liveness.ErrNewer, version, Version)
	case version == 0:
		return Stored{}, corrupt("invalid record version 0")
	}
	payload := string(b[headerSize:])
	if b[0] < firstTagged {
		return decodeLegacy(b[0], payload)
	}
	s, err := payloads.decode(payload)
	if err != nil {
		return Stored{}, err
	}
	for _, image := range s.Images {
		if image.Size < 0 || image.Chunks < 0 || image.Chunks > image.Size {
			return Stored{}, corrupt("the size of an image is impossible")
		}
	}
	if checkJSON(&s.Session) != nil {
		return Stored{}, corrupt("its faults have no form in JSON")
	}
	return s, nil
}

// Adopt returns a session from outside with the members of NewerMembers that this program knows
// in their fields, unless these are set: an older program has exported what a newer one
// had stored. Errors wrap liveness.ErrDamaged.
func Adopt(session liveness.Session) (liveness.Session, error) {
	if session.NewerMembers == nil {
		return session, nil
	}
	b, err := Encode(Stored{Session: session})
	if err != nil {
		return liveness.Session{}, fmt.Errorf("%w: %w", liveness.ErrDamaged, err)
	}
	adopted, err := Decode(b)
	return adopted.Session, err
}

// SameIdentity returns an error unless after has the id, resource, kind and
// creation time of before, which an update must not change.
func SameIdentity(before, after *liveness.Session) error {
	var what string
	switch {
	case after.ID != before.ID:
		what = "id"
	case after.Resource != before.Resource:
		what = "resource"
	case after.Kind != before.Kind:
		what = "kind"
	case !after.Created.Equal(before.Created):
		what = "creation time"
	default:
		return nil
	}
	return errors.New("the " + what + " of a session cannot change")
}

// checkJSON returns an error if the faults of a session, or their memory, have no form in
// JSON, in which sessions are exported.
func checkJSON(session *liveness.Session) error {
	for _, f := range session.Script.Faults {
		if math.IsNaN(f.Probability) || math.IsInf(f.Probability, 0) {
			return fmt.Errorf("the probability %v is not a number", f.Probability)
		}
	}
	if !inYears(session.FaultMemory) {
		return errors.New("a time is outside the years 0 to 9999")
	}
	return nil
}

// inYears reports whether JSON has digits for the years of all times in m.
func inYears(m fault.Memory) bool {
	in := func(t time.Time) bool { return 0 <= t.UTC().Year() && t.UTC().Year() <= 9999 }
	return in(m.Since) && !slices.ContainsFunc(m.Each, func(c fault.Count) bool { return !in(c.Window) || !in(c.Wait) })
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// seal writes the checksum into the header of b.
func seal(b []byte) { binary.BigEndian.PutUint32(b[1:], sum(b)) }

func sum(b []byte) uint32 {
	table := castagnoli()
	return crc32.Update(crc32.Checksum(b[:1], table), table, b[headerSize:])
}
