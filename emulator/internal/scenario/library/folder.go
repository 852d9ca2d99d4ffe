package library

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/scenarios"
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

// A hash stands for the files of a folder, as far as the scenarios depend on them.
type hash [sha256.Size]byte

// A folder is a folder of scenario files. It notes which files a load asks for, session
// images and missing files among them. It is used by one goroutine at a time.
type folder struct {
	fs.FS
	asked   map[string]bool // by the loads since the last one that counted, and by that
	asking  map[string]bool // by the last load
	listing string          // the names that the last look found
	listed  []string
	states  map[string]string  // of the files, as the last look found them
	known   map[string]content // as the last look read them
}

// A content is what a regular file held when it had this size and time.
type content struct {
	size    int64
	modTime time.Time
	digest  string
}

var (
	_ fs.StatFS    = (*folder)(nil)
	_ fs.ReadDirFS = (*folder)(nil)
)

func newFolder(files fs.FS) *folder { return &folder{FS: files, asked: map[string]bool{}} }

// Open implements fs.FS.
func (f *folder) Open(name string) (fs.File, error) {
	f.note(name)
	return f.FS.Open(name)
}

// Stat implements fs.StatFS.
func (f *folder) Stat(name string) (fs.FileInfo, error) {
	f.note(name)
	return fs.Stat(f.FS, name)
}

// ReadDir implements fs.ReadDirFS.
func (f *folder) ReadDir(name string) ([]fs.DirEntry, error) {
	f.note(name)
	return fs.ReadDir(f.FS, name)
}

func (f *folder) note(name string) { f.asking[name], f.asked[name] = true, true }

// beginLoad begins to record the files that a load reads.
func (f *folder) beginLoad() { f.asking = map[string]bool{} }

// heed restricts later looks to the files that the last load has read.
func (f *folder) heed() { f.asked = maps.Clone(f.asking) }

// look reads the state of the listed scenario files, and of those that the load has read.
// Without readAll, a file of the same size and time as before is not read. Once ctx is
// done its result has no meaning.
func (f *folder) look(ctx context.Context, readAll bool) {
	var err error
	f.listed, err = list(f.FS)
	f.listing = fmt.Sprintf("%q %v", f.listed, err)
	before := f.known
	f.known, f.states = map[string]content{}, map[string]string{}
	for _, name := range f.names() {
		if ctx.Err() != nil {
			return
		}
		old, ok := before[name]
		f.states[name] = f.state(name, old, ok && !readAll)
	}
}

// names returns the sorted names of the files of a look.
func (f *folder) names() []string {
	names := slices.AppendSeq(slices.Clone(f.listed[:min(len(f.listed), listedAtMost)]), maps.Keys(f.asked))
	slices.Sort(names)
	return slices.Compact(names)
}

// hash returns the hash of the files of the last look, without those that heed dropped.
func (f *folder) hash() hash {
	sum := sha256.New()
	_, _ = io.WriteString(sum, f.listing) // a hash never fails
	for _, name := range f.names() {
		_, _ = io.WriteString(sum, "\n"+name+"\x00"+f.states[name])
	}
	return hash(sum.Sum(nil))
}

// state identifies the content of a file. The old content is used if it is trusted, and
// size and time are the same.
func (f *folder) state(name string, old content, trusted bool) string {
	info, err := fs.Stat(f.FS, name)
	if err != nil {
		return err.Error()
	}
	if !info.Mode().IsRegular() {
		return info.Mode().Type().String() // opening a named pipe would wait for a writer
	}
	now := old
	if !trusted || old.size != info.Size() || !old.modTime.Equal(info.ModTime()) {
		now = content{size: info.Size(), modTime: info.ModTime()}
		if now.digest, err = digest(f.FS, name); err != nil {
			return err.Error()
		}
	}
	f.known[name] = now
	return now.digest
}

// digest returns the hash of the contents of a file in hexadecimal digits.
func digest(from fs.FS, name string) (string, error) {
	file, err := from.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	sum := sha256.New()
	// A thousand scenario files are read more often than a large image.
	if _, err := io.CopyBuffer(sum, io.LimitReader(file, readAtMost), make([]byte, 4<<10)); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// list returns the names of the scenario files at the top of a folder, sorted.
func list(from fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(from, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if scenarios.IsFile(entry.Name()) && !entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Files returns the names of the scenario files at the top of a folder, sorted; none if
// it cannot be listed.
func Files(from fs.FS) []string {
	names, _ := list(from)
	return names
}
