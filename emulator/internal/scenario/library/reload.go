package library

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// A reloader keeps the scenarios in step with the files that they come from.
//
// It looks at the files from time to time instead of waiting for events of the
// file system: events do not come through Docker's bind mounts from another
// operating system nor from network folders, a config map of Kubernetes replaces
// a symbolic link beside the files, and an fs.FS has none at all. So it would have
// to look in any case, and events would only save a part of a second.
//
// Files are read when two looks in a row found the same hash, which is not that of the
// set: a file that is still being written is no mistake. Invalid files leave the set as
// it was.
type reloader struct {
	set      *atomic.Pointer[scenario.Set]
	sources  []lang.Source // beside the built-in ones
	folders  []*folder     // those of the sources that can change
	fallback string        // name of the default scenario
	interval time.Duration // negative: never look
	logger   *slog.Logger

	problem atomic.Pointer[string] // why the files are not in use; nil: they are

	looks     int
	latest    []hash // of the last look
	loaded    []hash // of the files that were accepted or refused last
	unsettled bool   // the last look found other files than the one before
}

func newReloader(c Config, set *atomic.Pointer[scenario.Set]) *reloader {
	r := &reloader{
		set:      set,
		fallback: c.Default,
		interval: c.Interval,
		logger:   c.Logger,
	}
	for _, source := range c.Sources {
		_, embedded := source.FS.(embed.FS)
		if !embedded && c.Interval > 0 {
			changing := newFolder(source.FS)
			r.folders = append(r.folders, changing)
			source.FS = changing
		}
		r.sources = append(r.sources, source)
	}
	return r
}

// start reads the files for the first time.
func (r *reloader) start() error {
	ctx := context.Background()
	listed := r.look(ctx, true)
	set, warnings, err := r.load()
	if err != nil {
		return err
	}
	unchanged := true
	r.look(ctx, true)
	for i, f := range r.folders {
		f.asked = nil
		unchanged = unchanged && f.hash() == listed[i]
	}
	r.heed()
	if !unchanged {
		r.loaded = nil
	}
	r.set.Store(set)
	r.warn(warnings)
	return nil
}

// look looks at all folders and returns their hashes.
func (r *reloader) look(ctx context.Context, readAll bool) []hash {
	for _, f := range r.folders {
		f.look(ctx, readAll)
	}
	return r.hashes()
}

func (r *reloader) hashes() []hash {
	hashes := make([]hash, len(r.folders))
	for i, f := range r.folders {
		hashes[i] = f.hash()
	}
	return hashes
}

// heed makes what was loaded last what later looks are compared with.
func (r *reloader) heed() {
	for _, f := range r.folders {
		f.heed()
	}
	r.latest = r.hashes()
	r.loaded = r.latest
}

// warn says what in the files has no effect.
func (r *reloader) warn(warnings []*lang.Error) {
	for _, warning := range warnings {
		r.logger.Warn("a part of a scenario file has no effect", slog.String("warning", warning.Error()))
	}
}

// load reads the files. The error is ErrScenario, or a *DefaultError if no file has the
// default scenario.
func (r *reloader) load() (*scenario.Set, []*lang.Error, error) {
	for _, f := range r.folders {
		f.beginLoad()
	}
	set, warnings, err := lang.LoadWithBuiltIns(r.sources...)
	if err != nil {
		return nil, nil, fmt.Errorf("%w\n%w", ErrScenario, err)
	}
	set, err = set.WithDefault(r.fallback)
	if err != nil {
		return nil, nil, &DefaultError{err}
	}
	return set, warnings, nil
}

// run looks at the files until ctx is done.
func (r *reloader) run(ctx context.Context) {
	if len(r.folders) == 0 {
		return
	}
	system := clock.System{}
	for system.Wait(ctx, system.Now().Add(r.interval)) == nil && ctx.Err() == nil {
		r.poll(ctx)
	}
}

// poll looks at the files once, and reads them if they are others than those of
// the set and stood still since the last look. One goroutine at a time may call
// it.
func (r *reloader) poll(ctx context.Context) {
	r.looks++
	now := r.look(ctx, r.unsettled || r.looks%readEvery == 0)
	if ctx.Err() != nil {
		return
	}
	r.unsettled = !slices.Equal(now, r.latest)
	r.latest = now
	if r.unsettled || slices.Equal(now, r.loaded) {
		return
	}
	set, warnings, err := r.load()
	r.latest = r.look(ctx, true)
	if ctx.Err() != nil {
		return
	}
	if r.unsettled = !slices.Equal(now, r.latest); r.unsettled {
		return // a file changed just now, or the load read one that the look did not
	}
	r.heed()
	if err != nil {
		r.refuse(err)
		return
	}
	r.accept(set, warnings)
}

// refuse leaves the set as it is and says why, once.
func (r *reloader) refuse(err error) {
	text := strings.TrimPrefix(err.Error(), ErrScenario.Error()+"\n")
	if before := r.problem.Swap(&text); before != nil && *before == text {
		return
	}
	r.logger.Error("the scenario files cannot be used as they are now; the scenarios stay as they were", slog.String("error", text))
}

// accept puts a set in use and says what is new.
func (r *reloader) accept(set *scenario.Set, warnings []*lang.Error) {
	before := r.set.Swap(set)
	recovered := r.problem.Swap(nil) != nil
	names := set.Names()
	var came, went, changed []string
	for _, name := range names {
		now, _ := set.Lookup(name)
		old, known := before.Lookup(name)
		switch {
		case !known:
			came = append(came, name)
		case !reflect.DeepEqual(now, old):
			changed = append(changed, name)
		}
	}
	for _, name := range before.Names() {
		if _, still := set.Lookup(name); !still {
			went = append(went, name)
		}
	}
	attributes := []slog.Attr{slog.Int("scenarios", len(names))}
	for _, list := range []struct {
		key   string
		names []string
	}{{"new", came}, {"gone", went}, {"changed", changed}} {
		if len(list.names) > 0 {
			attributes = append(attributes, slog.String(list.key, someOf(list.names)))
		}
	}
	level := slog.LevelInfo
	if len(attributes) == 1 && !recovered {
		level = slog.LevelDebug // a comment or a file of another kind
	}
	r.logger.LogAttrs(context.Background(), level, "scenario files read again", attributes...)
	r.warn(warnings)
}

// namesLogged bounds the names of one kind in a line of the log.
const namesLogged = 30

func someOf(names []string) string {
	shown := strings.Join(names[:min(len(names), namesLogged)], ", ")
	if more := len(names) - namesLogged; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return shown
}

// detailLength bounds what readiness says of a problem, in characters.
const detailLength = 300

// detail returns what stands against the scenario files as they are now, in one
// line, or "". It may be called by several goroutines.
func (r *reloader) detail() string {
	problem := r.problem.Load()
	if problem == nil {
		return ""
	}
	first, _, _ := strings.Cut(*problem, "\n")
	if characters := []rune(first); len(characters) > detailLength {
		first = string(characters[:detailLength]) + "…"
	}
	return "kept as they were: " + first
}
