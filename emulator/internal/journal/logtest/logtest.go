// Package logtest is the contract of journal.Log as a test.
package logtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Open opens an empty log.
type Open func(t *testing.T, limits journal.Limits) journal.Log

// Run tests the logs that open opens.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Open){
		"find": findRequests, "oldest": oldest, "verify": verify, "verify order": verifyOrder, "wait": wait, "bounds": bounds,
		"busy resource": busyResource, "many resources": manyResources, "wait while entries are dropped": waitAndDrop, "long headers": longHeaders, "concurrent use": concurrentUse,
		"one order": oneOrder, "changes of whom": changesOfWhom, "changes make room": changesMakeRoom, "forget": forgetAll, "wait for a change": waitForChange,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

func limits() journal.Limits {
	return journal.Limits{Entries: 100, Bytes: 1 << 20, Changes: 40, Removals: 5}
}

func add(t *testing.T, log journal.Log, e journal.Entry) {
	t.Helper()
	if err := log.Add(t.Context(), e); err != nil {
		t.Errorf("add: %v", err)
	}
}

func change(t *testing.T, log journal.Log, c liveness.Change) {
	t.Helper()
	if err := log.AddChange(t.Context(), c); err != nil {
		t.Errorf("add a change: %v", err)
	}
}

func find(t *testing.T, log journal.Log, q journal.Query) journal.Result {
	t.Helper()
	result, err := log.Find(t.Context(), q)
	if err != nil {
		t.Errorf("find: %v", err)
	}
	return result
}

func forget(t *testing.T, log journal.Log, owner liveness.Owner) {
	t.Helper()
	if err := log.Forget(t.Context(), owner); err != nil {
		t.Errorf("forget: %v", err)
	}
}

func countsOf(t *testing.T, log journal.Log) journal.Counts {
	t.Helper()
	counts, err := log.Counts(t.Context())
	if err != nil {
		t.Errorf("counts: %v", err)
	}
	return counts
}

func verdict(t *testing.T, log journal.Log, expected ...journal.Expectation) control.Verdict {
	t.Helper()
	got, err := journal.Verify(t.Context(), log, expected...)
	if err != nil {
		t.Errorf("verify: %v", err)
	}
	return got
}

func inOrder(t *testing.T, log journal.Log, queries ...journal.Query) control.Verdict {
	t.Helper()
	got, err := journal.VerifyOrder(t.Context(), log, queries...)
	if err != nil {
		t.Errorf("verify the order: %v", err)
	}
	return got
}

func numbers(result journal.Result) string {
	var all []string
	for _, e := range result.Entries {
		all = append(all, fmt.Sprint(e.Number))
	}
	return strings.Join(all, " ")
}

// filled returns a log of requests: of resource r create, read and read again, and
// of s one create.
func filled(t *testing.T, open Open) journal.Log {
	t.Helper()
	j := open(t, limits())
	add(t, j, journal.Entry{Resource: "r", Operation: "create", Method: "POST", Version: "v1.2", Status: 200, Session: "1"})
	add(t, j, journal.Entry{Resource: "s", Operation: "create", Method: "POST", Version: "v1.2", Status: 200, Session: "2"})
	add(t, j, journal.Entry{Resource: "r", Operation: "read", Method: "GET", Version: "v1.2", Status: 503, Session: "1", Fault: "error unavailable"})
	add(t, j, journal.Entry{Resource: "r", Operation: "read", Method: "GET", Version: "v1.2", Status: 200, Session: "1", Hint: "h"})
	return j
}
