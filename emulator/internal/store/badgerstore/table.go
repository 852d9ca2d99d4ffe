package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// Errors of verifyOne.
var (
	errTableDamaged = errors.New("damaged table")
	errTableMissing = errors.New("missing table")
	errTableForeign = errors.New("table of another program")
)

// tables verifies the checksums of the tables that the database names. Badger finds
// damage only when it reads it: over some it panics in its goroutines, where nothing can
// recover, a lookup treats an unreadable block like one without the key, and a compaction
// drops such a block.
type tables struct {
	dir    string
	opts   badger.Options
	sound  map[uint64]bool // those that were verified; tables never change
	buffer []byte          // of the table that is being verified
}

// verify returns ErrCorrupt if a table is damaged or missing.
//
// A process that has the folder open may add and remove tables at the same time. A table
// is complete before it is named, and no longer named before it is removed, so one that
// is still named is not being removed.
func (t *tables) verify() error {
	for id, from := range t.named() {
		if t.sound[id] {
			continue
		}
		err := t.verifyOne(id, from)
		if err != nil {
			if _, still := t.named()[id]; !still {
				continue
			}
		}
		switch name := table.IDToFilename(id); {
		case err == nil:
			t.sound[id] = true
		case errors.Is(err, errTableDamaged), errors.Is(err, errTableMissing), errors.Is(err, errTableForeign):
			return corruptFolder(t.dir, fmt.Sprintf("its file %s: %v", name, err))
		default:
			return fmt.Errorf("read a file of the folder: %w", err)
		}
	}
	return nil
}

// named returns the tables of the database, or none if the manifest cannot be read: then
// Badger reports why.
func (t *tables) named() map[uint64]badger.TableManifest {
	file, err := os.Open(filepath.Join(t.dir, badger.ManifestFilename))
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	manifest, _, err := badger.ReplayManifestFile(file, t.opts.ExternalMagicVersion, t.opts)
	if err != nil {
		return nil
	}
	return manifest.Tables
}

func (t *tables) verifyOne(id uint64, from badger.TableManifest) error {
	if from.Compression != options.None || from.KeyID != 0 {
		return errTableForeign
	}
	file, err := os.Open(table.NewFilename(id, t.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return errTableMissing
	} else if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	t.buffer = slices.Grow(t.buffer[:0], int(info.Size()))[:info.Size()]
	if _, err := file.ReadAt(t.buffer, 0); err != nil {
		return err
	}
	if !tableSound(t.buffer) {
		return errTableDamaged
	}
	return nil
}

// tableSound reports whether all checksums of a table are right. A table consists of
// blocks, an index with their positions, the length of the index, and its checksum. Each
// block ends with a checksum as well.
func tableSound(contents []byte) (sound bool) {
	defer func() {
		// Any bytes can have the right checksum by chance.
		if recover() != nil {
			sound = false
		}
	}()
	// The checksum is of the index alone, not of its length.
	contents, sum, ok := cutChecksum(contents)
	if !ok {
		return false
	}
	blocks, index, ok := cutLength(contents)
	if !ok || len(index) == 0 || record.Sum(index) != sum {
		return false
	}
	about := fb.GetRootAsTableIndex(index, 0)
	var at fb.BlockOffset
	for n := range about.OffsetsLength() {
		if !about.Offsets(&at, n) {
			return false
		}
		start, end := uint64(at.Offset()), uint64(at.Offset())+uint64(at.Len())
		if end > uint64(len(blocks)) {
			return false
		}
		block, sum, ok := cutChecksum(blocks[start:end])
		if !ok || len(block) == 0 || record.Sum(block) != sum {
			return false
		}
	}
	return about.OffsetsLength() > 0
}

// cutChecksum splits a checksum off the end of b. Badger writes it as a protocol buffer
// whose field 2 is a CRC-32C (field 1 would name another algorithm), and the length of
// that.
func cutChecksum(b []byte) (rest []byte, sum uint32, ok bool) {
	const field2 = 2 << 3
	rest, message, ok := cutLength(b)
	if !ok || len(message) == 0 {
		return rest, 0, ok // A sum of 0 is left out.
	}
	value, n := binary.Uvarint(message[1:])
	if message[0] != field2 || n != len(message)-1 || value>>32 != 0 {
		return nil, 0, false
	}
	return rest, uint32(value), true
}

// cutLength splits a part that is followed by its length, 4 bytes, off the end of b.
func cutLength(b []byte) (rest, last []byte, ok bool) {
	end := len(b) - 4
	if end < 0 {
		return nil, nil, false
	}
	length := binary.BigEndian.Uint32(b[end:])
	if uint64(length) > uint64(end) {
		return nil, nil, false
	}
	start := end - int(length)
	return b[:start], b[start:end], true
}
