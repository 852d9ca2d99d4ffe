package faceliveness

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
)

// WithLogger forwards the emulator's log to a logger, each line with its time, level and
// attributes, until the context of Run ends.
func WithLogger(logger *slog.Logger) testcontainers.CustomizeRequestOption {
	return withLines(&lines{each: func(line string) { forward(logger.Handler(), line) }})
}

// WithTestLog forwards the emulator's log to a test's, until the test or the context of
// Run ends. Container.ReportHints logs only the hints, and only if the test fails.
func WithTestLog(tb testing.TB) testcontainers.CustomizeRequestOption {
	tb.Helper()
	l := &lines{each: func(line string) { tb.Logf("emulator: %s", line) }}
	tb.Cleanup(l.end)
	return withLines(l)
}

// withLines adds a consumer to those of the request; WithLogConsumers would replace them.
func withLines(l *lines) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		var before testcontainers.LogConsumerConfig
		if req.LogConsumerCfg != nil {
			before = *req.LogConsumerCfg
		}
		before.Consumers = slices.Concat(before.Consumers, []testcontainers.LogConsumer{l})
		req.LogConsumerCfg = &before
		return nil
	}
}

// lines passes on the lines of a container's standard error, where the emulator logs.
type lines struct {
	each func(line string)

	mu    sync.Mutex
	begun []byte // beginning of a line that is not complete
	ended bool   // later lines are dropped
}

var _ testcontainers.LogConsumer = (*lines)(nil)

// Accept implements testcontainers.LogConsumer.
func (l *lines) Accept(log testcontainers.Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || log.LogType != testcontainers.StderrLog {
		return
	}
	l.begun = append(l.begun, log.Content...)
	for {
		line, rest, ok := bytes.Cut(l.begun, []byte("\n"))
		if !ok {
			return
		}
		l.begun = rest
		l.each(string(line))
	}
}

func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}

// forward passes a line of the emulator's log to a handler. A line in another format
// becomes a message.
func forward(handler slog.Handler, line string) {
	ctx := context.Background()
	var (
		attributes map[string]any
		at         time.Time
		level      slog.Level
	)
	message := line
	if json.Unmarshal([]byte(line), &attributes) == nil {
		text := func(name string) []byte {
			value, _ := attributes[name].(string)
			delete(attributes, name)
			return []byte(value)
		}
		message = string(text(slog.MessageKey))
		_ = level.UnmarshalText(text(slog.LevelKey)) // an invalid level stays info
		_ = at.UnmarshalText(text(slog.TimeKey))     // an invalid time stays zero
	}
	if !handler.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(at, level, message, 0)
	for _, name := range slices.SortedFunc(maps.Keys(attributes), strings.Compare) {
		record.AddAttrs(slog.Any(name, attributes[name]))
	}
	_ = handler.Handle(ctx, record) // nothing to do about an error
}
