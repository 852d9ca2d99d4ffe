package journal_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// BenchmarkAdd compares a log that is nearly empty with a full one, which drops an entry for
// each new one, of one resource and of many.
func BenchmarkAdd(b *testing.B) {
	limits := journal.Limits{Entries: 10_000, Bytes: 32 << 20}
	request, response := typicalHeaders()
	body := typical("").Response.Body
	resources := make([]string, 1000)
	for i := range resources {
		resources[i] = string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	for _, c := range []struct {
		name      string
		full      bool
		resources int
	}{{"empty", false, 1}, {"full", true, 1}, {"full of 1000 resources", true, 1000}} {
		b.Run(c.name, func(b *testing.B) {
			log := journal.New(limits)
			add := func(i int) {
				e := journal.Entry{
					Resource: resources[i%c.resources], Method: "GET", Path: "/face/v1.2/detectLiveness-sessions/6cfd50d3-3723-456c-b2dc-dc0ab271bb57",
					Operation: "getLivenessSessionResult", Version: "v1.2", Session: "6cfd50d3-3723-456c-b2dc-dc0ab271bb57", Status: 200,
					Request:  journal.Message{Header: journal.HeaderOf(request)},
					Response: journal.Message{Header: journal.HeaderOf(response), Body: body},
				}
				if err := log.Add(b.Context(), e); err != nil {
					b.Fatal(err)
				}
			}
			if c.full {
				for i := range 2 * limits.Entries {
					add(i)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if !c.full && i%1000 == 999 {
					b.StopTimer()
					if err := log.Forget(b.Context(), liveness.Owner{All: true}); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				add(i)
			}
		})
	}
}
