package badgerstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// The first byte of every key, see the package comment.
const (
	prefixFormat     = 'f'
	prefixVersion    = 'v'
	prefixRecord     = 'r'
	prefixOverflow   = 'R'
	prefixList       = 'L'
	prefixExpiry     = 'E'
	prefixCreated    = 'n'
	prefixChunk      = 'c'
	prefixIntent     = 'i'
	prefixSetting    = 's'
	prefixLayer      = 'S'
	prefixPointer    = 'p'
	prefixPointerAll = 'P'
	prefixWork       = 'w'
	prefixFlush      = 'x'
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
	const number = numberSize + 4 // bytes of the numbers that some keys end with
	key := append(make([]byte, 0, size+number), prefix)
	for i, part := range parts {
		if i < len(parts)-1 {
			key = binary.AppendUvarint(key, uint64(len(part)))
		}
		key = append(key, part...)
	}
	return key
}

// numberSize is the length of the number of a generation where it is not a varint.
const numberSize = 8

// partOf returns what the keys of sessions of one resource and generation begin with, in
// the index for List or the one for Sweep, with room for the bytes that follow.
func partOf(prefix byte, resource liveness.ResourceID, g generation.Number, room int) []byte {
	const most = 1 + binary.MaxVarintLen16 + binary.MaxVarintLen64 // beside the resource
	key := append(make([]byte, 0, most+len(resource)+room), prefix)
	key = append(binary.AppendUvarint(key, uint64(len(resource))), resource...)
	return binary.AppendUvarint(key, uint64(g))
}

// An address tells which session is meant: ids are unique only among those in force.
type address struct {
	id         liveness.SessionID
	resource   liveness.ResourceID
	generation generation.Number
}

// homeKey is the key of the record of the session, or of another one with the same id.
func (a address) homeKey() []byte { return keyOf(prefixRecord, string(a.id)) }

// overflowKey is the key of the record of the session if the other one is taken.
func (a address) overflowKey() []byte {
	key := keyOf(prefixOverflow, string(a.id), "")
	return append(binary.BigEndian.AppendUint64(key, uint64(a.generation)), a.resource...)
}

func parseOverflowKey(key []byte) (address, bool) {
	id, rest, ok := cutName(key[1:])
	if !ok || len(rest) < numberSize {
		return address{}, false
	}
	return address{
		liveness.SessionID(id), liveness.ResourceID(rest[numberSize:]), generation.Number(binary.BigEndian.Uint64(rest)),
	}, true
}

// indexEntries returns the entries of a session in the indexes for List, for Sweep and, in
// the order of creation, for Newest.
func indexEntries(session *liveness.Session, g generation.Number) []entry {
	a, none := address{session.ID, session.Resource, g}, []byte{}
	return append(make([]entry, 0, 4), // with room for the record
		entry{key: a.listKey(session.Kind), value: none},
		entry{key: a.expiryKey(session.Expires()), value: none},
		entry{key: a.createdKey(session.Created), value: none})
}

func (a address) listKey(kind liveness.Kind) []byte {
	key := partOf(prefixList, a.resource, a.generation, binary.MaxVarintLen16+len(kind)+len(a.id))
	key = append(binary.AppendUvarint(key, uint64(len(kind))), kind...)
	return append(key, a.id...)
}

func (a address) expiryKey(expires time.Time) []byte {
	key := partOf(prefixExpiry, a.resource, a.generation, timeSize+len(a.id))
	return append(appendTime(key, expires), a.id...)
}

// createdKey has the id behind the time, so that the keys sort by both, and its length at
// the end.
func (a address) createdKey(created time.Time) []byte {
	const numbers = timeSize + numberSize + lengthSize
	key := append(make([]byte, 0, 1+numbers+len(a.id)+len(a.resource)), prefixCreated)
	key = append(appendTime(key, created), a.id...)
	key = append(binary.BigEndian.AppendUint64(key, uint64(a.generation)), a.resource...)
	return binary.BigEndian.AppendUint16(key, uint16(len(a.id)))
}

// lengthSize is the length of the length of an id.
const lengthSize = 2

func parseCreatedKey(key []byte) (address, bool) {
	last := len(key) - lengthSize
	if last < 1+timeSize+numberSize {
		return address{}, false
	}
	end := 1 + timeSize + int(binary.BigEndian.Uint16(key[last:]))
	if last < end+numberSize {
		return address{}, false
	}
	return address{
		liveness.SessionID(key[1+timeSize : end]),
		liveness.ResourceID(key[end+numberSize : last]),
		generation.Number(binary.BigEndian.Uint64(key[end:])),
	}, true
}

// parseByTime returns the session that a key of an index by time is of.
func parseByTime(key []byte) (address, bool) {
	if key[0] == prefixCreated {
		return parseCreatedKey(key)
	}
	due, ok := parseExpiryKey(key)
	return due.address, ok
}

// timeSize is the length of a time in an expiry key.
const timeSize = 12

// appendTime appends a time as bytes that sort like times: seconds with the sign bit
// inverted, then nanoseconds.
func appendTime(key []byte, t time.Time) []byte {
	key = binary.BigEndian.AppendUint64(key, uint64(t.Unix())^1<<63)
	return binary.BigEndian.AppendUint32(key, uint32(t.Nanosecond()))
}

// parseTime is the inverse of appendTime.
func parseTime(key []byte) time.Time {
	seconds := int64(binary.BigEndian.Uint64(key) ^ 1<<63)
	return time.Unix(seconds, int64(binary.BigEndian.Uint32(key[8:]))).UTC()
}

// afterPart sorts after every key of the resource and generation in an index, and before
// those of the next one.
func afterPart(prefix byte, resource liveness.ResourceID, g generation.Number) []byte {
	return after(partOf(prefix, resource, g, 0))
}

// after returns the first key that is behind all those that begin with prefix.
func after(prefix []byte) []byte {
	next := bytes.TrimRight(prefix, "\xff")
	next = bytes.Clone(next)
	next[len(next)-1]++
	return next
}

// A dueKey is a parsed expiry key.
type dueKey struct {
	address
	expires time.Time
}

func parseExpiryKey(key []byte) (dueKey, bool) {
	resource, g, rest, ok := cutPart(key)
	if !ok || len(rest) < timeSize {
		return dueKey{}, false
	}
	return dueKey{address{liveness.SessionID(rest[timeSize:]), resource, g}, parseTime(rest)}, true
}

// parseListKey returns the session that a list key is of.
func parseListKey(key []byte) (address, bool) {
	resource, g, rest, ok := cutPart(key)
	if ok {
		_, rest, ok = cutName(rest)
	}
	return address{liveness.SessionID(rest), resource, g}, ok
}

// cutPart splits off what partOf has put in front.
func cutPart(key []byte) (liveness.ResourceID, generation.Number, []byte, bool) {
	resource, rest, ok := cutName(key[1:])
	if !ok {
		return "", 0, nil, false
	}
	g, n := binary.Uvarint(rest)
	if n <= 0 {
		return "", 0, nil, false
	}
	return liveness.ResourceID(resource), generation.Number(g), rest[n:], true
}

// settingKey returns the key of a layer of a setting.
func settingKey(name string, layer generation.Number) []byte {
	if layer == 0 {
		return keyOf(prefixSetting, name)
	}
	return binary.BigEndian.AppendUint64(keyOf(prefixLayer, name, ""), uint64(layer))
}

func parseLayerKey(key []byte) (name string, layer generation.Number, ok bool) {
	text, rest, ok := cutName(key[1:])
	if !ok || len(rest) != numberSize {
		return "", 0, false
	}
	return string(text), generation.Number(binary.BigEndian.Uint64(rest)), true
}

func pointerKey(owner liveness.Owner) []byte {
	if owner.All {
		return keyOf(prefixPointerAll)
	}
	return keyOf(prefixPointer, string(owner.Resource))
}

func workKey(g generation.Number) []byte {
	return binary.BigEndian.AppendUint64(keyOf(prefixWork), uint64(g))
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
