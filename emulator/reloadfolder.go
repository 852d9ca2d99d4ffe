package emulator

import (
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Bounds of a look at a folder.
const (
	// readEvery is in how many looks each file is read once although its size and
	// time are the same. Bind mounts and file systems with coarse times show
	// stale ones.
	readEvery = 10
	// listedAtMost bounds the listed files that are looked at before a load asks
	// for them.
	listedAtMost = 1000
	// readAtMost is more than a load takes of any file.
	readAtMost = 8 << 20
)

// A watchedFolder is a folder of scenario files. It notes which of its files a
// load asks for, session images and missing files among them, and finds out
// whether they have changed since. It is used by one goroutine at a time.
type watchedFolder struct {
	fs.FS
	names  []string             // what a look is at, sorted
	seen   map[string]fileState // as the last look found it
	loaded map[string]fileState // what the last load asked for, each before it was read
	taken  map[string]fileState // the same, of the last load that was heeded
}

var (
	_ fs.StatFS    = (*watchedFolder)(nil)
	_ fs.ReadDirFS = (*watchedFolder)(nil)
)

// Open implements fs.FS.
func (f *watchedFolder) Open(name string) (fs.File, error) {
	f.note(name)
	return f.FS.Open(name)
}

// Stat implements fs.StatFS.
func (f *watchedFolder) Stat(name string) (fs.FileInfo, error) {
	f.note(name)
	return fs.Stat(f.FS, name)
}

// ReadDir implements fs.ReadDirFS.
func (f *watchedFolder) ReadDir(name string) ([]fs.DirEntry, error) {
	f.note(name)
	return fs.ReadDir(f.FS, name)
}

// note keeps the state of a file before its contents are used. So what changes in
// between differs from what was noted, and is found by the next look.
func (f *watchedFolder) note(name string) {
	if _, noted := f.loaded[name]; !noted {
		f.loaded[name] = stateOf(f.FS, name, f.seen[name])
	}
}

func (f *watchedFolder) beginLoad() {
	f.loaded = make(map[string]fileState)
	f.note(".") // even if the load does not get as far as to this folder
}

// loadedWhatWasSeen reports whether the load found all that it asked for as the
// look before it did, or the load before.
func (f *watchedFolder) loadedWhatWasSeen() bool {
	same := true
	for name, loaded := range f.loaded {
		seen, looked := f.seen[name]
		same = same && looked && seen.same(loaded)
	}
	f.seen = maps.Clone(f.loaded)
	f.names = nil
	return same
}

// take makes what was loaded last what others are compared with.
func (f *watchedFolder) take() {
	f.taken = f.loaded
	f.seen = maps.Clone(f.loaded)
	f.names = nil
}

// look finds out how the files are now, reading all or only those that seem to
// have changed or whose turn it is. It reports whether they are as the last look
// or load found them.
func (f *watchedFolder) look(ctx context.Context, round int, readAll bool) (steady bool) {
	listed, listing := list(f.FS, ".")
	steady = f.seen["."].same(listing)
	if !steady || f.names == nil {
		f.watch(listed)
	}
	f.seen["."] = listing
	for i, name := range f.names {
		if ctx.Err() != nil {
			return false
		}
		before, looked := f.seen[name]
		trusted := before
		if readAll || (i+round)%readEvery == 0 {
			trusted = fileState{}
		}
		now := stateOf(f.FS, name, trusted)
		steady = steady && looked && before.same(now)
		f.seen[name] = now
	}
	return steady
}

// watch chooses what looks are at: the listed files, and what was taken.
func (f *watchedFolder) watch(listed []string) {
	names := slices.Clone(listed[:min(len(listed), listedAtMost)])
	names = slices.AppendSeq(names, maps.Keys(f.taken))
	slices.Sort(names)
	names = slices.Compact(names)
	f.names = slices.DeleteFunc(names, func(name string) bool { return name == "." })
}

// differs reports whether the last look found anything else than what was taken.
// New files are in the listing of the folder.
func (f *watchedFolder) differs() bool {
	for name, taken := range f.taken {
		if !f.seen[name].same(taken) {
			return true
		}
	}
	return false
}

// A fileState is what tells two contents of a name apart.
type fileState struct {
	kind    fs.FileMode // type bits
	size    int64       // of a regular file
	modTime time.Time   // of a regular file; the same contents may have several
	digest  [sha256.Size]byte
	failure string // why there is no digest; "": nothing failed
}

// same reports whether the contents are the same.
func (s fileState) same(other fileState) bool {
	s.modTime, other.modTime = time.Time{}, time.Time{}
	return s == other
}

// wasRead reports whether s is of a regular file and has its digest.
func (s fileState) wasRead() bool {
	return s.kind.IsRegular() && s.failure == "" && s.digest != [sha256.Size]byte{}
}

// stateOf returns the state of a file, or of a folder's list of scenario files. If
// a regular file has the size and the time of an earlier state, it is not read.
func stateOf(folder fs.FS, name string, earlier fileState) fileState {
	info, err := fs.Stat(folder, name)
	if name == "." || err == nil && info.IsDir() {
		_, listing := list(folder, name)
		return listing
	}
	if err != nil {
		return fileState{failure: err.Error()}
	}
	now := fileState{kind: info.Mode().Type()}
	if !info.Mode().IsRegular() {
		return now // to open a named pipe would wait for somebody to write
	}
	now.size, now.modTime = info.Size(), info.ModTime()
	if earlier.wasRead() && earlier.size == now.size && earlier.modTime.Equal(now.modTime) {
		return earlier
	}
	if err := now.read(folder, name); err != nil {
		now.failure = err.Error()
	}
	return now
}

func (s *fileState) read(folder fs.FS, name string) error {
	f, err := folder.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	h := sha256.New()
	// A thousand scenario files are read more often than a large image.
	if _, err := io.CopyBuffer(h, io.LimitReader(f, readAtMost), make([]byte, 4<<10)); err != nil {
		return err
	}
	h.Sum(s.digest[:0])
	return nil
}

// list returns the names in a folder that can be of scenario files, sorted, and
// the state that stands for them. Other files may come and go.
func list(folder fs.FS, dir string) ([]string, fileState) {
	entries, err := fs.ReadDir(folder, dir)
	if err != nil {
		return nil, fileState{failure: err.Error()}
	}
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		if scenario.IsFileName(name) && !entry.IsDir() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, fileState{kind: fs.ModeDir, digest: sha256.Sum256([]byte(strings.Join(names, "\x00")))}
}
