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

// WithLogger passes the emulator's log on to a logger, each line with its own time, level
// and attributes. It lasts as long as the context of Run.
func WithLogger(logger *slog.Logger) testcontainers.CustomizeRequestOption {
	return withLines(&lines{each: func(line string) { forward(logger.Handler(), line) }})
}

// WithTestLog passes the emulator's log on to that of a test, until the test ends or the
// context of Run does. For the hints alone, and only if the test fails, there is
// Container.ReportHints.
func WithTestLog(tb testing.TB) testcontainers.CustomizeRequestOption {
	tb.Helper()
	l := &lines{each: func(line string) { tb.Logf("emulator: %s", line) }}
	tb.Cleanup(l.end)
	return withLines(l)
}

// withLines adds a consumer to those of the request, whereas WithLogConsumers would take
// their place.
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

// lines are the lines of a container's standard error, which is where its log is.
type lines struct {
	each func(line string)

	mu    sync.Mutex
	begun []byte // of a line whose end has not come yet
	ended bool   // nobody wants any more
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

// forward gives a line of the emulator's log to a handler. What is no such line becomes
// the message of one.
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
		_ = level.UnmarshalText(text(slog.LevelKey)) // what it cannot read stays at info
		_ = at.UnmarshalText(text(slog.TimeKey))     // and has no time
	}
	if !handler.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(at, level, message, 0)
	for _, name := range slices.SortedFunc(maps.Keys(attributes), strings.Compare) {
		record.AddAttrs(slog.Any(name, attributes[name]))
	}
	_ = handler.Handle(ctx, record) // there is nobody to tell
}
