package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/snapshot"
)

// ErrInitialState says that an initial state cannot be read.
var ErrInitialState = errors.New("initial state unusable")

// initialSetting is the setting that says that there was an initial state.
const initialSetting = "initial-state"

// Initial says what a new store begins with.
type Initial struct {
	// Restore is the file of a snapshot, and Load a folder of exported sessions; one of
	// them at most.
	Restore, Load string
	// Resource gets the exported sessions that name no resource.
	Resource liveness.ResourceID
	// Now is the time on the emulator's clock.
	Now func() time.Time
}

// LoadInitial puts an initial state into a store that is new, and notes that it is not
// new any more. One that was used before keeps its state. If the initial state cannot
// be read the error is ErrInitialState, else it is the store's.
func (a *Admin) LoadInitial(ctx context.Context, initial Initial) error {
	source := initial.Restore + initial.Load // one of them is ""
	_, err := a.Store.Setting(ctx, initialSetting)
	isNew := errors.Is(err, liveness.ErrNotFound)
	if err != nil && !isNew {
		return err
	}
	if isNew {
		if isNew, err = a.Resources.Empty(ctx); err != nil {
			return err
		}
	}
	if !isNew && source != "" {
		a.Logger.Info("the state is not new, so no initial state is read", slog.String("source", source))
	}
	if !isNew {
		return nil
	}
	var counts snapshot.Counts
	if source != "" {
		if counts, err = a.readInitial(ctx, initial); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrInitialState, source, err)
		}
	}
	_, err = a.Store.ChangeSetting(ctx, initialSetting, func([]byte) ([]byte, error) { return []byte(source), nil })
	if err != nil {
		return err
	}
	if source == "" {
		return nil
	}
	a.Logger.Info("initial state", slog.String("source", source), slog.Int("sessions", counts.Sessions), slog.Int("images", counts.Images))
	return nil
}

func (a *Admin) readInitial(ctx context.Context, initial Initial) (snapshot.Counts, error) {
	if initial.Load != "" {
		return a.loadFolder(ctx, initial)
	}
	file, err := os.Open(initial.Restore)
	if err != nil {
		return snapshot.Counts{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := (&ownerAPI{Admin: a, all: true}).restore(ctx, file, true)
	return snapshot.Counts{Sessions: info.Sessions, Images: info.Images}, err
}

// loadFolder reads the sessions that were exported into the files of a folder whose
// names end in .json. They are as old as they were when they were exported.
func (a *Admin) loadFolder(ctx context.Context, initial Initial) (counts snapshot.Counts, err error) {
	entries, err := os.ReadDir(initial.Load)
	if err != nil {
		return counts, err
	}
	files := slices.DeleteFunc(entries, func(entry os.DirEntry) bool {
		return entry.IsDir() || strings.HasPrefix(entry.Name(), ".") || !strings.HasSuffix(entry.Name(), ".json")
	})
	if len(files) == 0 {
		return counts, errors.New("the folder has no file with a name that ends in .json")
	}
	now := initial.Now().UTC()
	err = a.Resources.Restore(ctx, liveness.Owner{All: true}, func() (*resource.SnapshotEntry, error) {
		if len(files) == 0 {
			return nil, nil
		}
		name := files[0].Name()
		files = files[1:]
		text, err := os.ReadFile(filepath.Join(initial.Load, name))
		if err != nil {
			return nil, err
		}
		kept, err := snapshot.Decode(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if kept.Session == nil {
			return nil, fmt.Errorf("%s: %w: the file has no session", name, snapshot.ErrDamaged)
		}
		if kept.Resource == "" {
			kept.Resource = initial.Resource
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
