package lang

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image/jpeg"
	"io/fs"
	"path"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/nearest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Size in pixels of the session images that the emulator draws. It is the size of the
// service's images [recorded: image-pixels].
const (
	drawnWidth  = 1080
	drawnHeight = 1920
)

// Bounds of a session image: a small file can decode to gigabytes.
const (
	maxImageBytes  = 6 << 20
	maxImagePixels = 25_000_000
)

// imageNamePrefix begins the names of session images among a session's images. It
// distinguishes them from the verify image.
const imageNamePrefix = "attempt-image:"

// A picture is a valid session image and its size in pixels.
type picture struct {
	name          string // among the images of the session
	width, height int
}

// An imageFolder reads the session images of one file, each once.
type imageFolder struct {
	folder fs.FS
	read   map[string]imageResult
	used   []liveness.Image // each once, in the order of the file
}

// An imageResult is the result of reading an image.
type imageResult struct {
	picture picture
	err     error
}

func newImageFolder(folder fs.FS) imageFolder {
	return imageFolder{folder: folder, read: make(map[string]imageResult)}
}

// errNoFolder is the error for a session image in a document that has no folder.
var errNoFolder = errors.New("no folder to read it from")

func readSessionImage(r *reader, v value, into *attemptNode) {
	name, ok := r.text(v)
	if !ok {
		return
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\:\x00") {
		r.report(v.at, "invalid file name "+scenario.Quote(name),
			"name a file beside this one or in a folder below it, with / and without ..")
		return
	}
	result, seen := r.images.read[name]
	if !seen {
		result.picture, result.err = r.images.open(name)
		r.images.read[name] = result
	}
	if result.err != nil {
		problem := r.doc.errorAt(v.at,
			fmt.Sprintf("session image %s cannot be used: %s", scenario.Quote(name), reason(result.err)), r.images.hint(name, result.err))
		problem.cause = result.err
		r.problems = append(r.problems, problem)
		return
	}
	into.image = result.picture
	into.step.SessionImage = result.picture.name
}

// open reads and validates an image.
func (f *imageFolder) open(name string) (picture, error) {
	if f.folder == nil {
		return picture{}, errNoFolder
	}
	data, err := readRegular(f.folder, name, maxImageBytes)
	if err != nil {
		return picture{}, err
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	if config.Width*config.Height > maxImagePixels {
		return picture{}, fmt.Errorf("%w: %d×%d pixels", errTooLarge, config.Width, config.Height)
	}
	if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
		return picture{}, err
	}
	digest := sha256.Sum256(data)
	p := picture{name: imageNamePrefix + hex.EncodeToString(digest[:8]), width: config.Width, height: config.Height}
	for _, other := range f.used {
		if other.Name == p.name {
			return p, nil
		}
	}
	f.used = append(f.used, liveness.Image{Name: p.name, Bytes: data})
	return p, nil
}

// hint returns a suggestion for an image that cannot be used.
func (f *imageFolder) hint(name string, err error) string {
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("use a JPEG file of at most %d MiB and %d million pixels",
			maxImageBytes>>20, maxImagePixels/1_000_000)
	}
	entries, err := fs.ReadDir(f.folder, path.Dir(name))
	if err != nil {
		return ""
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if meant := nearest.Name(path.Base(name), names); meant != "" {
		return didYouMean(path.Join(path.Dir(name), meant))
	}
	return ""
}
