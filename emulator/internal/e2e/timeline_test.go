package e2e_test

import (
	"net/http"
	"sync"
	"testing"
)

// TestTimelineOfADeletedSession checks that concurrent callers get the same timeline,
// because they share its entries.
func TestTimelineOfADeletedSession(t *testing.T) {
	t.Parallel()
	m := newMany(t, "", 1)
	api, err := m.Control("key-0")
	if err != nil {
		t.Fatal(err)
	}
	for path, key := range m.answers {
		for range 2 {
			do(t, m, http.MethodGet, path, key, "", nil)
		}
		if w := do(t, m, http.MethodDelete, path, key, "", nil); w.Code != http.StatusNoContent {
			t.Fatalf("delete: got %d", w.Code)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				line, err := api.Timeline(t.Context(), path[len(path)-36:])
				if err != nil || len(line.Entries) != 8 {
					t.Errorf("got %+v, %v; want creation, token, start, an attempt, two reads and the deletion", line.Entries, err)
				}
			})
		}
		group.Wait()
	}
}
