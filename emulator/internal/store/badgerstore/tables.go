package badgerstore

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
)

// checkTables returns ErrCorrupt if a table is damaged, whose id is not in checked, and
// puts the others into it. Badger reads tables in goroutines, and its panic over a damaged
// one would end the process. So its code reads them here first.
func checkTables(dir string, checked map[uint64]bool) error {
	listed := tablesOf(dir)
	maps.DeleteFunc(listed, func(id uint64, _ badger.TableManifest) bool { return checked[id] })
	ids := slices.Collect(maps.Keys(listed))
	good := make([]bool, len(ids))
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			var buf bytes.Buffer
			for i := next.Add(1) - 1; i < int64(len(ids)); i = next.Add(1) - 1 {
				good[i] = intact(table.NewFilename(ids[i], dir), ids[i], listed[ids[i]], &buf)
			}
		})
	}
	group.Wait()
	for i, id := range ids {
		checked[id] = good[i]
		if good[i] {
			continue
		}
		// A process that has the folder open may have removed the table meanwhile.
		if _, still := tablesOf(dir)[id]; still {
			return corruptFolder(dir, fmt.Sprintf("its file %s is damaged", filepath.Base(table.NewFilename(id, dir))))
		}
	}
	return nil
}

// tablesOf returns the tables that MANIFEST lists. Badger reports if it cannot be read, and
// removes other tables, which are left from a killed process.
func tablesOf(dir string) map[uint64]badger.TableManifest {
	file, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	manifest, _, err := badger.ReplayManifestFile(file, 0, Tuned(dir, false))
	if err != nil {
		return nil
	}
	return manifest.Tables
}

// intact reports whether the checksums in a table are right, or Badger will report why it
// cannot be opened. It reads the table into buf.
func intact(name string, id uint64, listed badger.TableManifest, buf *bytes.Buffer) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	file, err := os.Open(name)
	if err != nil {
		return true
	}
	defer func() { _ = file.Close() }()
	buf.Reset()
	if _, err := buf.ReadFrom(file); err != nil {
		return false
	}
	opened, err := table.OpenInMemoryTable(buf.Bytes(), id, &table.Options{Compression: listed.Compression})
	return err == nil && opened.VerifyChecksum() == nil
}
