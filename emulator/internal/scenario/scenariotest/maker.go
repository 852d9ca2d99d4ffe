// Package scenariotest makes scenarios at random and prints them as the files that
// they could have been read from, for tests of whatever reads or plays scenarios.
package scenariotest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// A Maker makes scenarios at random. The same seed gives the same scenarios. It is
// for one goroutine.
type Maker struct {
	// Playable makes scenarios whose every part a session can meet in a short life:
	// small numbers of calls, faults that take milliseconds of real time and heal
	// after a few calls, but for a connection that hangs until the client gives up,
	// and as the scenario that then names one that was made before.
	Playable bool

	tb     testing.TB
	random *rand.Rand
	images []string // names of session images
	made   []string // names of scenarios
}

// NewMaker returns a maker of scenarios that use any value the language has.
func NewMaker(tb testing.TB, seed uint64) *Maker {
	tb.Helper()
	_, files := Images(tb)
	return &Maker{
		tb:     tb,
		random: rand.New(rand.NewPCG(seed, 2)),
		images: slices.Sorted(maps.Keys(files)),
	}
}

// Images returns a folder of the session images that a Maker uses, and the file of
// each by the name that scenarios have for it.
func Images(tb testing.TB) (fstest.MapFS, map[string]string) {
	tb.Helper()
	folder, files := fstest.MapFS{}, make(map[string]string)
	for file, height := range map[string]int{"portrait.jpg": 60, "other.jpg": 40} {
		var data bytes.Buffer
		if err := jpeg.Encode(&data, image.NewGray(image.Rect(0, 0, 40, height)), nil); err != nil {
			tb.Fatal(err)
		}
		folder[file] = &fstest.MapFile{Data: data.Bytes()}
		sum := sha256.Sum256(data.Bytes())
		files["attempt-image:"+hex.EncodeToString(sum[:])[:16]] = file
	}
	return folder, files
}

func (m *Maker) maybe() bool { return m.random.IntN(2) == 0 }

// seldom is maybe, unless what is asked about would keep things from happening.
func (m *Maker) seldom() bool { return m.maybe() && (!m.Playable || m.maybe()) }

// upTo returns a number from 1 to most, or one that a short life comes to.
func (m *Maker) upTo(most int) int {
	if m.Playable {
		most = min(most, 4)
	}
	return 1 + m.random.IntN(most)
}

func pick[T any](m *Maker, from ...T) T { return from[m.random.IntN(len(from))] }

// text returns one that is awkward to print.
func (m *Maker) text() string {
	var b strings.Builder
	for range 1 + m.random.IntN(12) {
		b.WriteString(pick(m, "a", "Z", "0", " ", ":", ": ", "#", " #", "'", `"`, `\`, "-", "- ", "\n", "\t", "é", "日", "🙂", "{", "}", "[", ",",
			"&", "*", "?", "|", ">", "%", "@", "`", "!", "<", "~", "null", "true", "\u00a0", "\u2028", "..."))
	}
	return b.String()
}

func (m *Maker) name() string { return fmt.Sprintf("s-%d", m.random.Uint32()) }

// duration returns one on the clock of sessions: up to a day, or to 20 seconds.
func (m *Maker) duration() time.Duration {
	factor := pick[time.Duration](m, 1, 1000, 86_400)
	if m.Playable {
		factor = pick[time.Duration](m, 1, 20)
	}
	return time.Duration(1+m.random.Int64N(int64(time.Second))) * factor
}
