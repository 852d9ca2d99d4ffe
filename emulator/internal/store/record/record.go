// Package record encodes sessions as bytes, for the engines that store bytes.
//
// A record is
//
//	byte 0      the version of the format, see Version
//	bytes 1-4   CRC-32C (Castagnoli) of byte 0 and of the payload, big endian
//	the rest    the payload
//
// The first five bytes have the same meaning in every version, so a program can tell a
// corrupt record from one that a newer program wrote.
//
// The payload has the fields of Stored one after the other, in the order of the
// encoder's methods: numbers as varints, texts and lists preceded by their length, a
// pointer preceded by a byte that says whether it is set, a time as seconds since 1970
// and nanoseconds. The names of Go fields are not in it, so they may change. Faults and
// their memory are in it as a text that is their JSON: those names are part of the
// format.
//
// A new field needs a new version. It follows the fields that its struct had before, and
// the decoder reads it from that version on; in a record of an older version it is zero.
// Fields are never removed or moved: the decoder skips the value of a removed one, and
// the encoder writes a zero.
//
//	version 1   the first one
//	version 2   adds UserCorrelationID and FlaggedBefore to the session, to its Settings
//	            UserCorrelationIDSetInClient, SendResultsToClient,
//	            GoesOnAfterDecision, ExpectedClientAddress, AbuseMonitoring
//	            and DeviceCorrelationIDGiven, to a Step AbuseDetected, to an Attempt Request and Abuse
//	version 3   adds Reads to the session and to an Attempt, to a Script Seed,
//	            Polls, Hold and End, to a Step Digest and ClientAddresses
//	version 4   adds FaultMemory to the session and Faults to a Script, both as
//	            JSON, or "" when there is nothing in them
package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Version is the version of the format that Encode writes, and the newest one that
// Decode reads. It reads all earlier ones too.
const Version = 4

const headerSize = 1 + crc32.Size

// Errors of Decode. Both wrap liveness.ErrDamaged.
var (
	ErrCorrupt = fmt.Errorf("%w: corrupt", liveness.ErrDamaged)
	ErrNewer   = fmt.Errorf("%w: written by a newer program", liveness.ErrDamaged)
)

// Stored is a session with the manifest of its images.
type Stored struct {
	Session liveness.Session
	Images  []Image
}

// An Image is the entry of one image in the manifest of its session. The bytes are
// stored elsewhere, in chunks.
type Image struct {
	Name   string
	Blob   uint64 // number of the chunks; used only once in the session
	Size   int    // in bytes
	Chunks int    // number of chunks
	Sum    uint32 // Sum of the bytes
}

// Sum returns the CRC-32C checksum of image bytes, as in the manifest.
func Sum(image []byte) uint32 { return crc32.Checksum(image, crc32.MakeTable(crc32.Castagnoli)) }

// Encode returns s as a record of the current version. Times keep their nanoseconds and
// lose their zone. It is an error if JSON cannot represent the faults: a probability
// that is not a number, or a time after the year 9999.
func Encode(s Stored) ([]byte, error) {
	e := encoder{buf: make([]byte, headerSize, 1536)}
	e.session(&s.Session)
	list(&e, s.Images, (*encoder).image)
	if e.err != nil {
		return nil, e.err
	}
	e.buf[0] = Version
	binary.BigEndian.PutUint32(e.buf[1:], sum(e.buf))
	return e.buf, nil
}

// Decode is the inverse of Encode. It also reads records of earlier versions, without the
// fields that those did not have. Times are in UTC, and an empty list is nil. It never
// panics. Invalid records are ErrCorrupt or ErrNewer, wrapped with a reason that shows
// nothing of the contents. The result shares nothing with b.
func Decode(b []byte) (Stored, error) {
	if len(b) < headerSize {
		return Stored{}, corrupt("%d bytes, shorter than the header", len(b))
	}
	if binary.BigEndian.Uint32(b[1:]) != sum(b) {
		return Stored{}, corrupt("wrong checksum")
	}
	switch version := b[0]; {
	case version > Version:
		return Stored{}, fmt.Errorf("%w: record version %d, this program reads up to %d", ErrNewer, version, Version)
	case version == 0:
		return Stored{}, corrupt("invalid record version 0")
	}
	d := decoder{version: b[0], text: string(b[headerSize:])}
	var s Stored
	d.session(&s.Session)
	s.Images = items(&d, (*decoder).image)
	if d.err != nil {
		return Stored{}, d.err
	}
	if len(d.text) != 0 {
		return Stored{}, corrupt("%d bytes after the end", len(d.text))
	}
	return s, nil
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

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// sum returns the checksum for the header of b.
func sum(b []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // a lookup: the standard library makes it once
	return crc32.Update(crc32.Checksum(b[:1], table), table, b[headerSize:])
}
