// Package metrics counts what an emulator does and shows it in the text format of
// Prometheus.
//
// Every label has a bounded set of values. No label has a key, or the id of a resource
// or of a session: unknown values become "none" or "other".
package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// namespace begins the name of every metric but those of the Go runtime and of the
// process.
const namespace = "face_liveness"

// Label values for unknown values.
const (
	none  = "none"  // of a request: without the value, or with an unknown one
	other = "other" // of an attempt or a fault
)

// Config has the sources of values that are read with every scrape. All fields but
// Folder are required. Several goroutines may call the functions at once.
type Config struct {
	// Versions are the names of the API's versions, for the label of requests.
	Versions []string
	// Now is the machine's clock.
	Now func() time.Time
	// Sessions counts the sessions by state and kind, in this order, in the service's
	// spellings. It is called by one goroutine at a time, at most
	// once in ten seconds, and has five seconds.
	Sessions func(ctx context.Context) (map[[2]string]int, error)
	// Journal returns how many requests the log keeps, and how many it has dropped.
	Journal func(ctx context.Context) (journal.Counts, error)
	// Folder has the state; "" is memory.
	Folder string
	// Logger gets the errors of scrapes.
	Logger *slog.Logger
}

// Metrics are the metrics of one emulator. Several in one process share only the
// metrics of the process. They are safe for concurrent use. Create them with New.
type Metrics struct {
	now      func() time.Time
	registry *prometheus.Registry
	// scraped registers what only a scrape needs, and returns the handler.
	scraped func() http.Handler

	versions  map[string]bool
	durations map[string]prometheus.Observer // of requests, by operation
	attempts  map[string]prometheus.Counter  // by outcome
	faults    map[string]prometheus.Counter  // by effect
	methods   map[string]prometheus.Observer // of the store

	requests *prometheus.CounterVec
	mu       sync.RWMutex
	counters map[request]prometheus.Counter // what was asked of requests
}

// A request is what requests are counted by. Its values are bounded.
type request struct {
	operation, version string
	status             int
}

// New returns metrics that start at zero.
func New(c Config) *Metrics {
	m := &Metrics{
		now:      c.Now,
		registry: prometheus.NewRegistry(),
		versions: map[string]bool{},
		counters: map[request]prometheus.Counter{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "requests_total",
			Help: `Requests to the emulated API; status "none" had no answer.`,
		}, []string{"operation", "version", "status"}),
	}
	for _, version := range c.Versions {
		m.versions[version] = true
	}
	m.registry.MustRegister(m.requests, newScrape(c))
	m.durations = m.histograms(prometheus.HistogramOpts{
		Name: "request_duration_seconds", Buckets: requestBuckets(),
		Help: "Time from a request to its answer, waits for an attempt and delays by faults included.",
	}, "operation", append(fault.Operations(), none))
	m.methods = m.histograms(prometheus.HistogramOpts{
		Name: "store_operation_duration_seconds", Buckets: storeBuckets(),
		Help: "Time that operations of the store took, with what they call back.",
	}, "method", store.Methods())
	m.attempts = m.countersOf(prometheus.CounterOpts{
		Name: "attempts_total", Help: "Attempts by what they give, counted as they are stored.",
	}, "outcome", append(outcomes(), other))
	m.faults = m.countersOf(prometheus.CounterOpts{
		Name: "faults_total", Help: "Faults that touched a request, by effect.",
	}, "effect", append(effects(), other))
	m.scraped = sync.OnceValue(func() http.Handler {
		m.registry.MustRegister(
			collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		)
		return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
			ErrorLog: printer{c.Logger},
			// An error in counting the sessions must not hide the other metrics.
			ErrorHandling: promhttp.ContinueOnError,
			Registry:      m.registry,
		})
	})
	return m
}

// Upper bounds of buckets, in seconds. Requests wait for attempts, which take
// seconds; the memory store answers in microseconds.
func requestBuckets() []float64 {
	return []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
}

func storeBuckets() []float64 {
	return []float64{.000005, .00001, .000025, .0001, .00025, .0005, .001, .0025, .01, .05, .25, 1, 5}
}

// histograms registers a histogram with one label and returns it by the values.
func (m *Metrics) histograms(opts prometheus.HistogramOpts, label string, values []string) map[string]prometheus.Observer {
	opts.Namespace = namespace
	vector := prometheus.NewHistogramVec(opts, []string{label})
	m.registry.MustRegister(vector)
	by := map[string]prometheus.Observer{}
	for _, value := range values {
		by[value] = vector.WithLabelValues(value)
	}
	return by
}

// countersOf registers a counter with one label and returns it by the values. All
// of them are present from the start, so that the first increase is visible.
func (m *Metrics) countersOf(opts prometheus.CounterOpts, label string, values []string) map[string]prometheus.Counter {
	opts.Namespace = namespace
	vector := prometheus.NewCounterVec(opts, []string{label})
	m.registry.MustRegister(vector)
	by := map[string]prometheus.Counter{}
	for _, value := range values {
		by[value] = vector.WithLabelValues(value)
	}
	return by
}

// Handler returns the handler that serves the metrics, without authentication.
func (m *Metrics) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.scraped().ServeHTTP(w, r) })
}

// Gatherer returns the source of Handler.
func (m *Metrics) Gatherer() prometheus.Gatherer {
	m.scraped()
	return m.registry
}

// A printer logs the errors of the handler.
type printer struct{ logger *slog.Logger }

// Println implements promhttp.Logger.
func (p printer) Println(said ...any) {
	text := strings.TrimSpace(strings.ReplaceAll(fmt.Sprintln(said...), "\n", " "))
	p.logger.Warn("metrics", slog.String("error", text))
}

// known returns value if it is in the list, else the other one.
func known(value string, list []string, otherwise string) string {
	if slices.Contains(list, value) {
		return value
	}
	return otherwise
}
