package badgerstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// The first byte of every key, see the package comment.
const (
	prefixFormat  = 'f'
	prefixVersion = 'v'
	prefixRecord  = 'r'
	prefixList    = 'l'
	prefixExpiry  = 'e'
	prefixChunk   = 'c'
	prefixIntent  = 'i'
	prefixSetting = 's'
	prefixFlush   = 'x'
	prefixStaged  = 'g'
	prefixValue   = 'h'
	prefixDropped = 'd'
	prefixMarker  = 'm'
)

// maxName is the maximal length of an id, a resource, a kind or the name of a setting,
// in bytes. A key of Badger has room for several of them.
const maxName = 4096

// checkNames returns an error if a session does not fit into keys.
func checkNames(session *liveness.Session) error {
	for _, name := range []struct{ what, text string }{
		{"id", string(session.ID)}, {"resource", string(session.Resource)}, {"kind", string(session.Kind)},
	} {
		if len(name.text) > maxName {
			return fmt.Errorf("the %s of a session has %d bytes, more than %d", name.what, len(name.text), maxName)
		}
	}
	return nil
}

// keyOf returns a key: the prefix and the parts, each but the last one behind its
// length, so that no part can run into the next. With "" as the last part, it is what
// all keys with the other parts begin with.
func keyOf(prefix byte, parts ...string) []byte {
	size := 1
	for _, part := range parts {
		size += len(part) + binary.MaxVarintLen16
	}
	const number = 8 + 4 // bytes of the numbers that some keys end with
	key := append(make([]byte, 0, size+number), prefix)
	for i, part := range parts {
		if i < len(parts)-1 {
			key = binary.AppendUvarint(key, uint64(len(part)))
		}
		key = append(key, part...)
	}
	return key
}

// sessionKeys returns the keys that every session has: of its record, and of its
// entries in the index for List and in the one for Sweep.
func sessionKeys(session *liveness.Session) (recordKey, listKey, expiryKey []byte) {
	id, resource := string(session.ID), string(session.Resource)
	return keyOf(prefixRecord, id),
		keyOf(prefixList, resource, string(session.Kind), id),
		keyOf(prefixExpiry, resource, sortableTime(session.Expires())+id)
}

// timeSize is the length of a time in an expiry key.
const timeSize = 12

// sortableTime returns a time as bytes that sort like times: seconds with the sign bit
// inverted, then nanoseconds.
func sortableTime(t time.Time) string {
	var b [timeSize]byte
	binary.BigEndian.PutUint64(b[:], uint64(t.Unix())^1<<63)
	binary.BigEndian.PutUint32(b[8:], uint32(t.Nanosecond()))
	return string(b[:])
}

// parseTime is the inverse of sortableTime.
func parseTime(key []byte) time.Time {
	seconds := int64(binary.BigEndian.Uint64(key) ^ 1<<63)
	return time.Unix(seconds, int64(binary.BigEndian.Uint32(key[8:]))).UTC()
}

// afterResource sorts after every expiry key of the resource and before those
// of the next one.
func afterResource(resource liveness.ResourceID) []byte {
	return keyOf(prefixExpiry, string(resource), strings.Repeat("\xff", timeSize+1))
}

// A dueKey is a parsed expiry key.
type dueKey struct {
	resource liveness.ResourceID
	expires  time.Time
	id       liveness.SessionID
}

func parseExpiryKey(key []byte) (dueKey, bool) {
	resource, rest, ok := cutName(key[1:])
	if !ok || len(rest) < timeSize {
		return dueKey{}, false
	}
	return dueKey{
		resource: liveness.ResourceID(resource),
		expires:  parseTime(rest),
		id:       liveness.SessionID(rest[timeSize:]),
	}, true
}

// parseListKey returns the session that a list key is of.
func parseListKey(key []byte) (liveness.SessionID, bool) {
	_, rest, ok := cutName(key[1:])
	if ok {
		_, rest, ok = cutName(rest)
	}
	return liveness.SessionID(rest), ok
}

func chunkKey(id liveness.SessionID, blob uint64, number int) []byte {
	key := binary.BigEndian.AppendUint64(keyOf(prefixChunk, string(id), ""), blob)
	return binary.BigEndian.AppendUint32(key, uint32(number))
}

// blobOf returns the blob that a chunk key of this session belongs to.
func blobOf(id liveness.SessionID, key []byte) (uint64, bool) {
	rest, ok := bytes.CutPrefix(key, keyOf(prefixChunk, string(id), ""))
	if !ok || len(rest) != 8+4 {
		return 0, false
	}
	return binary.BigEndian.Uint64(rest), true
}

func intentKey(id liveness.SessionID, write uint64) []byte {
	return binary.BigEndian.AppendUint64(keyOf(prefixIntent, string(id), ""), write)
}

func parseIntentKey(key []byte) (liveness.SessionID, bool) {
	id, _, ok := cutName(key[1:])
	return liveness.SessionID(id), ok
}

// cutName splits off the first part of a key, which is behind its length.
func cutName(key []byte) (name, rest []byte, ok bool) {
	length, n := binary.Uvarint(key)
	if n <= 0 || length > uint64(len(key)-n) {
		return nil, nil, false
	}
	end := n + int(length)
	return key[n:end], key[end:], true
}
