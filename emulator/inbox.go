package emulator

import (
	"slices"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// maxNews is how much waits for one who listens. What comes then is left out, and
// counted.
const maxNews = 1024

// An inbox is where one who listens finds what has happened. Whoever puts something
// there does not wait for it to be fetched.
type inbox struct {
	owner   liveness.Owner
	session liveness.SessionID // "": all of the owner
	kind    control.EventKind  // "": all
	journal *journal.Journal
	// come gets a token when there is something new.
	come chan struct{}

	mu     sync.Mutex
	query  journal.Query // what was not fetched yet
	news   []news
	missed uint64 // what was left out behind them
	lost   bool   // a change is among it
	due    map[liveness.ResourceID]time.Time
	failed error
}

// A news is a change or a request.
type news struct {
	when   time.Time // on the machine's clock
	change *change
	entry  *journal.Entry
	// until is how far the clock of its resource had come when the request was
	// answered.
	until time.Time
}

// A bundle is what an inbox holds at one moment.
type bundle struct {
	news   []news // in order of time
	missed uint64 // what was left out behind them
	lost   bool   // a change is among it
	due    map[liveness.ResourceID]time.Time
	failed error
}

// ring says that there is something new.
func (b *inbox) ring() {
	select {
	case b.come <- struct{}{}:
	default:
	}
}

// change puts a change into the inbox, if it is for it.
func (b *inbox) change(c change) {
	switch {
	case c.replaced != nil:
		if !c.replaced.everywhere && !b.owner.All && c.resource != b.owner.Resource {
			return
		}
	case b.session != "" && c.id != b.session,
		c.resource != "" && !b.owner.All && c.resource != b.owner.Resource:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.putLocked(news{when: c.when, change: &c})
	b.ring()
}

func (b *inbox) putLocked(n news) {
	if len(b.news) >= maxNews {
		b.missed++
		b.lost = b.lost || n.change != nil
		return
	}
	b.news = append(b.news, n)
}

// fetch puts the requests that were answered meanwhile into the inbox, and returns
// the query for those to come.
func (b *inbox) fetch() journal.Query {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fetchLocked()
	return b.query
}

func (b *inbox) fetchLocked() {
	found := b.journal.Find(b.query)
	b.query.After = found.Last
	for _, entry := range found.Entries {
		if b.kind == control.EventTimeline && len(requestMoments(entry)) == 0 {
			continue
		}
		b.putLocked(news{when: entry.Time.Add(entry.Duration), entry: entry})
		b.ring()
	}
}

// comeDue says that the clock of a resource has shown a moment, or why nobody can
// tell.
func (b *inbox) comeDue(resource liveness.ResourceID, moment time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.failed = err
	}
	if b.due[resource].Before(moment) {
		b.due[resource] = moment
	}
	b.ring()
}

// empty takes out all that there is. now gives the time of a resource. What is taken
// is whole: of what came before something in it nothing is missing, whether it was a
// change, a request or a step of a clock.
func (b *inbox) empty(now func(liveness.ResourceID) time.Time) bundle {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fetchLocked()
	out := bundle{news: b.news, missed: b.missed, lost: b.lost, due: b.due, failed: b.failed}
	b.news, b.missed, b.lost, b.due = nil, 0, false, map[liveness.ResourceID]time.Time{}
	for resource, moment := range out.due {
		// By a rounding the clock may show less than what it was awaited to show.
		if shows := now(resource); shows.After(moment) {
			out.due[resource] = shows
		}
	}
	slices.SortStableFunc(out.news, func(a, b news) int { return a.when.Compare(b.when) })
	// A clock may have gone on since a request was answered, but no further than it
	// had when something changed behind that.
	until := map[liveness.ResourceID]time.Time{}
	for i := range slices.Backward(out.news) {
		n := &out.news[i]
		if n.change != nil {
			if !n.change.at.IsZero() {
				until[n.change.resource] = n.change.at
			}
			continue
		}
		resource := liveness.ResourceID(n.entry.Resource)
		if _, known := until[resource]; !known && resource != "" {
			until[resource] = now(resource)
		}
		n.until = until[resource]
	}
	return out
}
