package serve

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// TestLimitMemory: GOMEMLIMIT comes before --memory, that before the container's limit, and
// that before the default; GOGC sets the pace. The log says which.
func TestLimitMemory(t *testing.T) {
	t.Parallel()
	const runtimeLimit = 64 << 20 // of GOMEMLIMIT
	container := func() (uint64, error) { return 128 << 20, nil }
	none := func() (uint64, error) { return 0, errors.New("memory is not limited") }
	for name, row := range map[string]struct {
		variables map[string]string
		settings  config.Settings
		container func() (uint64, error)
		runtime   int64 // the limit that the runtime has read

		limit, percent int // 0: not set
		says           string
	}{
		"container":           {container: container, limit: 96 << 20, percent: 400, says: "limit=96MiB source=container"},
		"no container":        {container: none, limit: 192 << 20, percent: 400, says: "limit=192MiB source=default"},
		"in memory":           {settings: config.Settings{Ephemeral: true}, container: none, limit: 512 << 20, percent: 400, says: "limit=512MiB source=default"},
		"flag":                {settings: config.Settings{Memory: 256 << 20}, container: container, limit: 256 << 20, percent: 400, says: "limit=256MiB source=--memory"},
		"GOMEMLIMIT":          {variables: map[string]string{"GOMEMLIMIT": "64MiB"}, settings: config.Settings{Memory: 256 << 20}, container: container, runtime: runtimeLimit, limit: runtimeLimit, percent: 400, says: "limit=64MiB source=GOMEMLIMIT"},
		"GOMEMLIMIT=off":      {variables: map[string]string{"GOMEMLIMIT": "off"}, container: container, runtime: math.MaxInt64, says: "limit=none source=GOMEMLIMIT"},
		"empty variables":     {variables: map[string]string{"GOMEMLIMIT": "", "GOGC": ""}, container: container, limit: 96 << 20, percent: 400, says: "source=container"},
		"GOGC":                {variables: map[string]string{"GOGC": "50"}, container: container, limit: 96 << 20, says: "limit=96MiB source=container"},
		"a limit of no bytes": {container: func() (uint64, error) { return math.MaxUint64, nil }, limit: 192 << 20, percent: 400, says: "source=default"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			var limit, percent int
			p := Server{
				LookupEnv: func(name string) (string, bool) { value, ok := row.variables[name]; return value, ok },
				Memory: Memory{
					SetLimit: func(bytes int64) int64 {
						if bytes >= 0 {
							limit = int(bytes)
						}
						return row.runtime
					},
					SetPercent:     func(set int) int { percent = set; return 100 },
					ContainerLimit: row.container,
				},
			}
			p.limitMemory(&row.settings).log(slog.New(slog.NewTextHandler(&log, nil)))
			if limit != row.limit || percent != row.percent {
				t.Errorf("got limit %d and pace %d, want %d and %d", limit, percent, row.limit, row.percent)
			}
			if !strings.Contains(log.String(), row.says) {
				t.Errorf("got log %q, want %q in it", log.String(), row.says)
			}
		})
	}
}

// TestMemoryOfTests: a server with the zero Memory does not change the limit of the process.
func TestMemoryOfTests(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	new(Server).limitMemory(new(config.Settings)).log(slog.New(slog.NewTextHandler(&log, nil)))
	if log.Len() > 0 {
		t.Errorf("got log %q, want none", log.String())
	}
}
