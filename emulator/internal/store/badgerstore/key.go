package badgerstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
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

// maxName is how long an id, a resource, a kind or the name of a setting may be,
// in bytes. Badger's keys have room for a few of them.
const maxName = 4096

// checkNames returns an error if a session does not fit into keys.
func checkNames(session *liveness.Session) error {
	for what, length := range map[string]int{
		"id": len(session.ID), "resource": len(session.Resource), "kind": len(session.Kind),
	} {
		if length > maxName {
			return fmt.Errorf("badgerstore: the %s of a session has %d bytes, more than %d", what, length, maxName)
		}
	}
	return nil
}

func formatKey() []byte { return []byte{prefixFormat} }

func versionKey() []byte { return []byte{prefixVersion} }

func flushKey() []byte { return []byte{prefixFlush} }

func recordKey(id liveness.SessionID) []byte {
	return append([]byte{prefixRecord}, id...)
}

func settingKey(name string) []byte {
	return append([]byte{prefixSetting}, name...)
}

func stagedKey(id liveness.SessionID) []byte {
	return append([]byte{prefixStaged}, id...)
}

func stagedSettingKey(name string) []byte {
	return append([]byte{prefixValue}, name...)
}

func droppedKey(name string) []byte {
	return append([]byte{prefixDropped}, name...)
}

func markerKey() []byte { return []byte{prefixMarker} }

// resourcePrefix is what the list keys of one resource begin with.
func resourcePrefix(resource liveness.ResourceID) []byte {
	return appendName([]byte{prefixList}, string(resource))
}

// listPrefix is what the list keys of one resource and kind begin with.
func listPrefix(resource liveness.ResourceID, kind liveness.Kind) []byte {
	return appendName(resourcePrefix(resource), string(kind))
}

func listKey(session *liveness.Session) []byte {
	return append(listPrefix(session.Resource, session.Kind), session.ID...)
}

// expiryPrefix is what the expiry keys of one resource begin with.
func expiryPrefix(resource liveness.ResourceID) []byte {
	return appendName([]byte{prefixExpiry}, string(resource))
}

// timeSize is the length of a time in an expiry key.
const timeSize = 12

func expiryKey(session *liveness.Session) []byte {
	return append(appendTime(expiryPrefix(session.Resource), session.Expires()), session.ID...)
}

// afterResource sorts after every expiry key of the resource and before those
// of the next one.
func afterResource(resource liveness.ResourceID) []byte {
	return append(expiryPrefix(resource), bytes.Repeat([]byte{0xff}, timeSize+1)...)
}

// A dueKey is what an expiry key says.
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

// parseListKey returns whose list key it is.
func parseListKey(key []byte) (liveness.SessionID, bool) {
	_, rest, ok := cutName(key[1:])
	if ok {
		_, rest, ok = cutName(rest)
	}
	return liveness.SessionID(rest), ok
}

// chunkPrefix is what the keys of all chunks of a session begin with.
func chunkPrefix(id liveness.SessionID) []byte {
	return appendName([]byte{prefixChunk}, string(id))
}

func chunkKey(id liveness.SessionID, blob uint64, number int) []byte {
	key := binary.BigEndian.AppendUint64(chunkPrefix(id), blob)
	return binary.BigEndian.AppendUint32(key, uint32(number))
}

// blobOf returns the blob that a chunk key of this session belongs to.
func blobOf(id liveness.SessionID, key []byte) (uint64, bool) {
	rest, ok := bytes.CutPrefix(key, chunkPrefix(id))
	if !ok || len(rest) != 8+4 {
		return 0, false
	}
	return binary.BigEndian.Uint64(rest), true
}

// intentPrefix is what the marks of all writes to a session begin with.
func intentPrefix(id liveness.SessionID) []byte {
	return appendName([]byte{prefixIntent}, string(id))
}

func intentKey(id liveness.SessionID, write uint64) []byte {
	return binary.BigEndian.AppendUint64(intentPrefix(id), write)
}

func parseIntentKey(key []byte) (liveness.SessionID, bool) {
	id, _, ok := cutName(key[1:])
	return liveness.SessionID(id), ok
}

func appendName(key []byte, name string) []byte {
	key = slices.Grow(key, len(name)+64)
	key = binary.AppendUvarint(key, uint64(len(name)))
	return append(key, name...)
}

// cutName takes apart what appendName wrote.
func cutName(key []byte) (name, rest []byte, ok bool) {
	length, n := binary.Uvarint(key)
	if n <= 0 || length > uint64(len(key)-n) {
		return nil, nil, false
	}
	end := n + int(length)
	return key[n:end], key[end:], true
}

// appendTime appends a time so that bytes sort like times: seconds with the
// sign turned over, then nanoseconds.
func appendTime(key []byte, t time.Time) []byte {
	key = binary.BigEndian.AppendUint64(key, uint64(t.Unix())^1<<63)
	return binary.BigEndian.AppendUint32(key, uint32(t.Nanosecond()))
}

func parseTime(key []byte) time.Time {
	seconds := int64(binary.BigEndian.Uint64(key) ^ 1<<63)
	return time.Unix(seconds, int64(binary.BigEndian.Uint32(key[8:]))).UTC()
}
