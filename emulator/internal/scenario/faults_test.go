package scenario_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

func TestParseFaults(t *testing.T) {
	t.Parallel()
	var lists []string
	for _, group := range fault.Groups() {
		if group.Name == "list" {
			lists = group.Operations
		}
	}
	f0 := fault.TierF0()
	for name, test := range map[string]struct {
		file string
		want []fault.Fault
	}{
		"none":           {"[]", nil},
		"block":          {"# for all calls\n- rate: F0\n", []fault.Fault{{Probability: 1, Rate: &f0}}},
		"JSON":           {`[{"on": "list", "probability": 0, "delay": "1.5s"}]`, []fault.Fault{{Operations: lists, Delay: fault.Delay{Shape: fault.Fixed, Base: 1500 * time.Millisecond}}}},
		"several groups": {"- {on: [detectLiveness, detect], hang: true}", []fault.Fault{{Operations: []string{"detectLiveness", "detectLivenessWithVerify"}, Probability: 1, Hang: true}}},
		"one call":       {"- {calls: 1, stale: true}", []fault.Fault{{First: 1, Last: 1, Probability: 1, Stale: true}}},
		"from now on":    {"- {time: {from: 0s}, reset: before}", []fault.Fault{{Probability: 1, Reset: fault.ResetBefore}}},
		"all states": {
			"- {state: [NotStarted, Running, Succeeded, Failed, Canceled], body: malformed}",
			[]fault.Fault{{States: fault.States(), Probability: 1, Body: fault.BodyMalformed}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := scenario.ParseFaults("faults", []byte(test.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseFaultsProblems(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file string
		want []string
	}{
		"nothing":        {"", []string{"1:1: the file is empty; write a list of faults, or [] for none"}},
		"null":           {"null", []string{"1:1: the document must be a list, not nothing; begin every fault with -"}},
		"a fault":        {"hang: true", []string{"1:1: the document must be a list, not a mapping; begin every fault with -"}},
		"two documents":  {"- hang: true\n---\n- hang: true\n", []string{"2:1: more than one document in the file; put all faults in one list"}},
		"too many":       {strings.Repeat("- hang: true\n", 21), []string{"1:1: 21 faults; use at most 20"}},
		"not YAML":       {"[", []string{"1:1: not YAML: sequence end token ']' not found"}},
		"several faults": {"- {on: reed, hang: true}\n- probability: 2\n", []string{`1:8: unknown operation "reed"; did you mean "read"?`, "2:3: fault 2 does nothing; add one of error, rate, delay, hang, reset, stale, body, contentType, bytesPerSecond", `2:16: probability must be a number from 0 to 1, not "2"; did you mean 0.02?`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := scenario.ParseFaults("resource.yaml", []byte(test.file))
			want := test.want
			for i := range want {
				want[i] = "resource.yaml:" + want[i]
			}
			if diff := cmp.Diff(want, problems(t, err)); diff != "" || got != nil {
				t.Errorf("got %d faults; problems differ (-want +got):\n%s", len(got), diff)
			}
		})
	}
	_, err := scenario.ParseFaults("resource.yaml", []byte("# two faults\n- {on: create, rate: F0}\n- on: detect\n  delay: 200\n  hang: no\n- {error: {status: 200}}\n"))
	compareGolden(t, "faults-document", err.Error()+"\n")
}

func TestWarnsOfFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ faults, want string }{
		"nothing to say": {"[{on: read, stale: true, delay: 1s}, {hang: true, probability: 0.5}, {reset: during, body: empty, contentType: a/b, bytesPerSecond: 1}]", ""},
		"of the resource": {
			"[{on: [list, settings], hang: true}]",
			"4:11: warning: this fault never fires: getLivenessSessions, getLivenessWithVerifySessions, getSettings, patchSettings, getClientAssetsAccessToken belong to no session; give the fault to a resource, or name other operations",
		},
		"partly of the resource": {"[{on: [list, read], hang: true}]", ""},
		"probability 0":          {"[{probability: 0.0, hang: true}]", "4:11: warning: this fault never fires: its probability is 0; use one above 0, or remove the fault"},
		"stale where nothing is read": {
			"[{on: [create, device], stale: true}]",
			"4:33: warning: stale has no effect: none of the operations reads a session; add read or audit to on, or remove stale",
		},
		"stale for all":   {"[{stale: true}]", ""},
		"stale for audit": {"[{on: [create, getLivenessSessionAuditEntries], stale: true}]", ""},
		"shape beside hang": {
			"[{hang: true, body: empty, bytesPerSecond: 3, contentType: a/b}]",
			"4:23: warning: body has no effect beside hang: there is no answer; remove one of them\n" +
				"4:36: warning: bytesPerSecond has no effect beside hang: there is no answer; remove one of them\n" +
				"4:55: warning: contentType has no effect beside hang: there is no answer; remove one of them",
		},
		"shape beside reset before": {"[{reset: before, body: empty}]", "4:26: warning: body has no effect beside reset: before: there is no answer; remove one of them"},
		"shape beside reset after":  {"[{body: empty, reset: after}]", "4:11: warning: body has no effect beside reset: after: there is no answer; remove one of them"},
		"shape of an error":         {"[{body: empty, error: conflict}]", ""},

		"behind an error":             {"[{error: conflict}, {hang: true}]", "4:29: warning: " + behind},
		"behind a hang of the same":   {"[{on: device, hang: true}, {on: detect, rate: F0}]", "4:36: warning: " + behind},
		"behind a reset":              {"[{on: read, reset: before, delay: 1s}, {on: read, reset: before}]", "4:48: warning: " + behind},
		"behind one of others":        {"[{on: read, error: conflict}, {on: [read, create], error: conflict}]", ""},
		"behind one of some":          {"[{on: read, error: conflict}, {error: unavailable}]", ""},
		"behind a rate":               {"[{rate: F0}, {error: conflict}]", ""},
		"behind a reset during":       {"[{reset: during}, {error: conflict}]", ""},
		"behind one with calls":       {"[{error: conflict, calls: {to: 3}}, {error: unavailable}]", ""},
		"behind one from the second":  {"[{error: conflict, calls: {from: 2}}, {error: unavailable}]", ""},
		"behind one with time":        {"[{error: conflict, time: {from: 1s}}, {error: unavailable}]", ""},
		"behind one with state":       {"[{error: conflict, state: Failed}, {error: unavailable}]", ""},
		"behind one that is rare":     {"[{error: conflict, probability: 0.9}, {error: unavailable}]", ""},
		"behind an error but delays":  {"[{error: conflict}, {hang: true, delay: 1s}]", ""},
		"behind an error but shapes":  {"[{error: conflict}, {error: unavailable, body: empty}]", ""},
		"behind an error and no end":  {"[{error: conflict}, {bytesPerSecond: 3}]", ""},
		"behind an error but resets":  {"[{error: conflict}, {reset: after}]", ""},
		"behind an error, and stale":  {"[{error: conflict}, {stale: true, rate: S0}]", ""},
		"behind one from the first":   {"[{error: conflict, calls: {from: 1}}, {error: unavailable}]", "4:47: warning: " + behind},
		"behind one from the instant": {"[{error: conflict, time: {from: 0s}}, {error: unavailable}]", "4:47: warning: " + behind},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			warnings, err := scenario.Check("f.yaml", []byte(with("faults: "+test.faults)), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(strings.Join(firstLines(warnings), "\n"), "f.yaml:", "")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("warnings differ (-want +got):\n%s", diff)
			}
		})
	}
}

const behind = "this fault never fires: fault 1 ends every call that it could fire at; put it first, or give the other one calls, time, state or probability"

// TestPinOfFaults: a session gets the faults of its scenario, and a seed where one
// of them is random.
func TestPinOfFaults(t *testing.T) {
	t.Parallel()
	for faults, random := range map[string]bool{
		"[{hang: true}]":                                         false,
		"[{hang: true, probability: 0}]":                         false,
		"[{hang: true}, {hang: true, probability: 0.5}]":         true,
		"[{delay: 1s}]":                                          false,
		"[{delay: {uniform: {from: 1s, to: 2s}}}]":               true,
		"[{delay: {normal: {mean: 1s, deviation: 1ms}}}]":        true,
		"[{delay: {logNormal: {median: 1s, deviation: 200ms}}}]": true,
	} {
		s := parse(t, with("faults: "+faults))
		script := s.Pin(7)
		if s.Random() != random || (script.Seed == 7) != random {
			t.Errorf("%s: got random %v and seed %d, want random %v", faults, s.Random(), script.Seed, random)
		}
		if diff := cmp.Diff(s.Faults, script.Faults); diff != "" || len(script.Faults) == 0 {
			t.Errorf("%s: the script has other faults (-scenario +script):\n%s", faults, diff)
		}
	}
	set := load(t, scenario.Source{FS: fstest.MapFS{
		"a.yaml": named("a", "then: {scenario: b}"),
		"b.yaml": named("b", "faults: [{hang: true, probability: 0.5}]"),
	}})
	if s, _ := set.Lookup("a"); s.Random() || len(s.Pin(1).Faults) > 0 || len(s.Pin(1).Steps) != 2 {
		t.Errorf("got %+v of a scenario that goes on as one with faults, want its attempts only", s.Pin(1))
	}
}

func FuzzParseFaults(f *testing.F) {
	for _, bad := range append(badFaults(), badEffects()...) {
		if _, list, found := strings.Cut(bad.file, "faults: "); found && len(list) < 2000 {
			f.Add([]byte(list))
		}
	}
	_, list, _ := strings.Cut(everything, "faults:\n")
	f.Add([]byte(list))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := scenario.ParseFaults("f.yaml", data)
		second, again := scenario.ParseFaults("f.yaml", data)
		if diff := cmp.Diff(first, second); diff != "" || (err == nil) != (again == nil) {
			t.Errorf("two readings differ, %v, %v:\n%s", err, again, diff)
		}
		if err == nil {
			checkFaults(t, first)
			return
		}
		if first != nil {
			t.Errorf("got %d faults beside error %v", len(first), err)
		}
		checkErrors(t, err, strings.Count(string(data), "\n")+strings.Count(string(data), "\r")+1)
	})
}
