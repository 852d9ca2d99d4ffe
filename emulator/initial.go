package emulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/snapshot"
)

// ErrInitialState says that what Options.Restore or Options.Load names cannot be read.
var ErrInitialState = errors.New("initial state unusable")

// initialSetting is the setting that says that there was an initial state.
const initialSetting = "initial-state"

// loadInitial puts the initial state of the options into a store that is new, and
// notes that it is not new any more. One that was used before keeps what it has.
func (e *Emulator) loadInitial(ctx context.Context) error {
	o := e.options
	source := o.Restore + o.Load // one of them is ""
	_, err := e.store.Setting(ctx, initialSetting)
	isNew := errors.Is(err, liveness.ErrNotFound)
	if err != nil && !isNew {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if isNew {
		if isNew, err = e.service.Empty(ctx); err != nil {
			return fmt.Errorf("%w: %w", ErrState, err)
		}
	}
	if !isNew && source != "" {
		o.Logger.Info("the state is not new, so no initial state is read", slog.String("source", source))
	}
	if !isNew {
		return nil
	}
	var counts snapshot.Counts
	if source != "" {
		if counts, err = e.readInitial(ctx); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrInitialState, source, err)
		}
	}
	_, err = e.store.ChangeSetting(ctx, initialSetting, func([]byte) ([]byte, error) { return []byte(source), nil })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if source == "" {
		return nil
	}
	o.Logger.Info("initial state", slog.String("source", source), slog.Int("sessions", counts.Sessions), slog.Int("images", counts.Images))
	return nil
}

func (e *Emulator) readInitial(ctx context.Context) (snapshot.Counts, error) {
	if e.options.Load != "" {
		return e.loadFolder(ctx, e.options.Load)
	}
	file, err := os.Open(e.options.Restore)
	if err != nil {
		return snapshot.Counts{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := (&plane{e: e, all: true}).restore(ctx, file, true)
	return snapshot.Counts{Sessions: info.Sessions, Images: info.Images}, err
}

// loadFolder reads the sessions that were exported into the files of a folder whose
// names end in .json. They are as old as they were when they were exported.
func (e *Emulator) loadFolder(ctx context.Context, folder string) (counts snapshot.Counts, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return counts, err
	}
	files := slices.DeleteFunc(entries, func(entry os.DirEntry) bool {
		return entry.IsDir() || strings.HasPrefix(entry.Name(), ".") || !strings.HasSuffix(entry.Name(), ".json")
	})
	if len(files) == 0 {
		return counts, errors.New("there is no file in it whose name ends in .json")
	}
	now := e.options.Clock.Now().UTC()
	usual, _ := e.surface.ResourceOf(e.firstKey())
	err = e.service.Restore(ctx, liveness.Owner{All: true}, func() (*liveness.Kept, error) {
		if len(files) == 0 {
			return nil, nil
		}
		name := files[0].Name()
		files = files[1:]
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		kept, err := snapshot.Decode(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if kept.Session == nil {
			return nil, fmt.Errorf("%s: %w: it is no session", name, snapshot.ErrDamaged)
		}
		if kept.Resource == "" {
			kept.Resource = usual
		}
		if !kept.Taken.IsZero() {
			shifted := kept.Session.Shifted(now.Sub(kept.Taken))
			kept.Session = &shifted
		}
		counts.Sessions++
		counts.Images += len(kept.Images)
		return &kept, nil
	})
	return counts, err
}

// firstKey is a key that the emulator accepts.
func (e *Emulator) firstKey() string {
	if len(e.options.Keys) > 0 {
		return e.options.Keys[0][0]
	}
	return Key1
}
