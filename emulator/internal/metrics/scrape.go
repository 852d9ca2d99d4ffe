package metrics

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Bounds of counting the sessions, which reads all of them.
const (
	sessionsAge  = 10 * time.Second // how long a count is valid
	sessionsTime = 5 * time.Second  // how long a count may take
)

// A scrape collects the values that are read with every scrape.
type scrape struct {
	Config
	sessions, entries, evicted, bytes *prometheus.Desc

	mu       sync.Mutex
	counted  time.Time // zero: never
	count    map[[2]string]int
	countErr error
}

var _ prometheus.Collector = (*scrape)(nil)

func newScrape(c Config) *scrape {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return &scrape{
		Config:   c,
		sessions: describe("sessions", "Sessions that have not expired, up to ten seconds ago.", "state", "kind"),
		entries:  describe("journal_entries", "Requests that the request log keeps."),
		evicted:  describe("journal_evicted_total", "Requests that the request log has dropped to make room."),
		bytes:    describe("state_bytes", "Disk space that the state folder takes; 0 in memory."),
	}
}

// Describe implements prometheus.Collector.
func (s *scrape) Describe(into chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{s.sessions, s.entries, s.evicted, s.bytes} {
		into <- desc
	}
}

// Collect implements prometheus.Collector. It leaves out values that cannot be read,
// and logs the errors.
func (s *scrape) Collect(into chan<- prometheus.Metric) {
	if counts, err := s.Journal(context.Background()); err != nil {
		into <- prometheus.NewInvalidMetric(s.entries, fmt.Errorf("count requests: %w", err))
	} else {
		into <- prometheus.MustNewConstMetric(s.entries, prometheus.GaugeValue, float64(counts.Kept))
		into <- prometheus.MustNewConstMetric(s.evicted, prometheus.CounterValue, float64(counts.Dropped))
	}
	if size, err := folderSize(s.Folder); err != nil {
		into <- prometheus.NewInvalidMetric(s.bytes, fmt.Errorf("size of the state folder: %w", err))
	} else {
		into <- prometheus.MustNewConstMetric(s.bytes, prometheus.GaugeValue, float64(size))
	}
	count, err := s.countSessions()
	if err != nil {
		into <- prometheus.NewInvalidMetric(s.sessions, fmt.Errorf("count sessions: %w", err))
		return
	}
	for labels, sessions := range count {
		into <- prometheus.MustNewConstMetric(s.sessions, prometheus.GaugeValue, float64(sessions), labels[0], labels[1])
	}
}

// countSessions returns the number of sessions, or an error, from the last count
// while it is valid. The map does not change.
func (s *scrape) countSessions() (map[[2]string]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A clock that went back must not keep a count longer.
	if age := s.Now().Sub(s.counted); !s.counted.IsZero() && age >= 0 && age < sessionsAge {
		return s.count, s.countErr
	}
	// The count goes on when a scraper leaves early, for the next one.
	ctx, cancel := context.WithTimeoutCause(context.Background(), sessionsTime, fmt.Errorf("counting takes longer than %v", sessionsTime))
	defer cancel()
	counts, err := s.Sessions(ctx)
	s.counted = s.Now() // the end, because counting may take long
	s.count, s.countErr = boundedSessions(counts), err
	return s.count, s.countErr
}

// boundedSessions returns a count for every known state and kind, and for no others.
func boundedSessions(counts map[[2]string]int) map[[2]string]int {
	states := fault.States()
	kinds := []string{string(liveness.KindLiveness), string(liveness.KindLivenessWithVerify)}
	bounded := map[[2]string]int{}
	for _, state := range states {
		for _, kind := range kinds {
			bounded[[2]string{state, kind}] = 0
		}
	}
	for labels, count := range counts {
		bounded[[2]string{known(labels[0], states, none), known(labels[1], kinds, none)}] += count
	}
	return bounded
}

// folderSize returns the disk space that the files of a folder take, in bytes.
func folderSize(folder string) (int64, error) {
	if folder == "" {
		return 0, nil
	}
	var size int64
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil && entry.Type().IsRegular() {
			info, err = entry.Info()
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // the store removes files at the same time
		case err != nil:
			return err
		case info != nil:
			size += diskSpace(info)
		}
		return nil
	})
	return size, err
}
