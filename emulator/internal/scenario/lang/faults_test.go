package lang_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
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
			got, _, err := lang.ParseFaults("faults", []byte(test.file))
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
			got, warnings, err := lang.ParseFaults("resource.yaml", []byte(test.file))
			want := test.want
			for i := range want {
				want[i] = "resource.yaml:" + want[i]
			}
			if diff := cmp.Diff(want, problems(t, err)); diff != "" || got != nil || warnings != nil {
				t.Errorf("got %d faults, %d warnings; problems differ (-want +got):\n%s", len(got), len(warnings), diff)
			}
		})
	}
	_, _, err := lang.ParseFaults("resource.yaml", []byte("# two faults\n- {on: create, rate: F0}\n- on: detect\n  delay: 200\n  hang: no\n- {error: {status: 200}}\n"))
	compareGolden(t, "faults-document", err.Error()+"\n")
}

func TestWarnsOfFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ faults, want string }{
		"nothing to say": {"[{on: read, stale: true, delay: 1s}, {hang: true, probability: 0.5}, {reset: during, body: empty, contentType: a/b, bytesPerSecond: 1}]", ""},
		"of the resource": {
			"[{on: [list, settings], hang: true}]",
			"4:11: warning: this fault never fires: getLivenessSessions, getLivenessWithVerifySessions, getSettings, patchSettings, getClientAssetsAccessToken belong to no session; set the fault for a resource, or name other operations",
		},
		"partly of the resource": {"[{on: [list, read], hang: true}]", ""},
		"probability 0":          {"[{probability: 0.0, hang: true}]", "4:11: warning: this fault never fires: its probability is 0; use a probability above 0, or remove the fault"},
		"stale where nothing is read": {
			"[{on: [create, device], stale: true}]",
			"4:33: warning: stale has no effect: none of the operations reads a session; add read or audit to on, or remove stale",
		},
		"stale for all":   {"[{stale: true}]", ""},
		"stale for audit": {"[{on: [create, getLivenessSessionAuditEntries], stale: true}]", ""},
		"shape beside hang": {
			"[{hang: true, body: empty, bytesPerSecond: 3, contentType: a/b}]",
			"4:23: warning: body has no effect beside hang, which sends no answer; remove one of them\n" +
				"4:36: warning: bytesPerSecond has no effect beside hang, which sends no answer; remove one of them\n" +
				"4:55: warning: contentType has no effect beside hang, which sends no answer; remove one of them",
		},
		"shape beside reset before": {"[{reset: before, body: empty}]", "4:26: warning: body has no effect beside reset: before, which sends no answer; remove one of them"},
		"shape beside reset after":  {"[{body: empty, reset: after}]", "4:11: warning: body has no effect beside reset: after, which sends no answer; remove one of them"},
		"shape of an error":         {"[{body: empty, error: conflict}]", ""},

		"state of a creation":            {"[{on: create, state: Running, hang: true}]", "4:23: warning: this fault never fires: no session exists yet at a call that creates one; remove state, or name other operations"},
		"state of a creation and lists":  {"[{on: [createLivenessSession, list], state: NotStarted, delay: 1s}]", "4:46: warning: this fault never fires: no session exists yet at a call that creates one; remove state, or name other operations"},
		"state of a creation that fails": {"[{on: create, error: conflict, calls: 1}, {on: create, state: Running, hang: true}]", "4:64: warning: this fault never fires: no session exists yet at a call that creates one; remove state, or name other operations"},
		"state of more than a creation":  {"[{on: [create, read], state: Running, hang: true}, {state: Running, delay: 1s}]", ""},

		"later creation":                      {"[{on: create, time: {from: 1s}, delay: 1s}]", "4:23: warning: " + later},
		"later creation of one kind":          {"[{on: createLivenessSession, error: conflict, calls: 1}, {on: createLivenessWithVerifySession, time: {from: 1s, to: 3s}, hang: true}]", "4:104: warning: " + later},
		"later creation behind a late fault":  {"[{on: create, time: {from: 2s}, error: conflict}, {on: create, time: {from: 1s}, delay: 1s}]", "4:23: warning: " + later + "\n4:72: warning: " + later},
		"later creation behind a delay":       {"[{on: create, delay: 1s, calls: 1}, {on: create, time: {from: 1s}, delay: 1s}]", ""},
		"later creation behind a slow body":   {"[{on: create, bytesPerSecond: 1}, {on: create, time: {from: 1s}, delay: 1s}]", ""},
		"later creation behind a read":        {"[{on: read, error: conflict}, {on: create, time: {from: 1s}, delay: 1s}]", "4:52: warning: " + later},
		"later creation behind an error":      {"[{on: create, time: {from: 1s}, delay: 1s}, {error: conflict, calls: {to: 3}, probability: 0.5}]", ""},
		"later creation behind a hang":        {"[{on: create, hang: true, calls: 1}, {on: create, time: {from: 1s}, delay: 1s}]", ""},
		"later creation behind a reset":       {"[{reset: after, calls: 1}, {on: create, time: {from: 1s}, delay: 1s}]", ""},
		"later creation behind a body":        {"[{on: create, body: empty}, {on: create, time: {from: 1s}, delay: 1s}]", ""},
		"later creation behind a type":        {"[{on: createLivenessSession, contentType: a/b}, {on: create, time: {from: 1s}, delay: 1s}]", ""},
		"creation and more, later":            {"[{on: [create, read], time: {from: 1s}, delay: 1s}]", ""},
		"creation from the instant":           {"[{on: create, time: {from: 0s, to: 1s}, delay: 1s}]", ""},
		"second creation":                     {"[{on: create, calls: 2, hang: true}]", "4:23: warning: " + second},
		"creations from the second on":        {"[{on: create, calls: {from: 2, to: 3}, hang: true}]", "4:23: warning: " + second},
		"second creation behind another":      {"[{on: create, calls: 3, hang: true}, {on: create, calls: 2, hang: true}]", "4:23: warning: " + second + "\n4:59: warning: " + second},
		"second creation behind never":        {"[{on: create, probability: 0, hang: true}, {on: create, calls: 2, hang: true}]", "4:23: warning: this fault never fires: its probability is 0; use a probability above 0, or remove the fault\n4:65: warning: " + second},
		"second creation behind a state":      {"[{state: Running, hang: true}, {on: create, calls: 2, hang: true}]", "4:53: warning: " + second},
		"second creation behind a rate":       {"[{rate: F0}, {on: create, calls: 2, hang: true}]", "4:35: warning: " + second},
		"second creation behind an error":     {"[{on: create, calls: 1, error: conflict}, {on: create, calls: 2, hang: true}]", ""},
		"creations up to the third":           {"[{on: create, calls: {to: 3}, hang: true}]", ""},
		"rate of creations":                   {"[{on: create, rate: F0}]", "4:23: warning: rate has no effect: every call that creates a session starts a new count; set the rate for a resource"},
		"rate of creations, and more":         {"[{on: [create, settings], rate: {calls: 1, per: 1h}}]", "4:35: warning: rate has no effect: every call that creates a session starts a new count; set the rate for a resource"},
		"rate of creations that fail":         {"[{on: create, rate: F0}, {on: create, error: conflict}]", ""},
		"rate of creations that fail by body": {"[{on: create, rate: F0, body: empty}]", ""},
		"rate of the server":                  {"[{on: server, rate: F0}]", ""},

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
		"behind one of its state":     {"[{error: conflict, state: [Failed, Running]}, {error: unavailable, state: Running}]", "4:55: warning: " + behind},
		"behind one of another state": {"[{error: conflict, state: Failed}, {error: unavailable, state: [Running, Failed]}]", ""},
		"behind one of its time":      {"[{error: conflict, time: {from: 1s, to: 9s}}, {rate: F0, time: {from: 2s, to: 9s}, probability: 0.5}]", "4:55: warning: " + behind},
		"behind one that ends sooner": {"[{error: conflict, time: {to: 9s}}, {rate: F0, time: {to: 10s}}, {rate: F0}]", ""},
		"behind one from later on":    {"[{error: conflict, time: {from: 2s}}, {rate: F0, time: {from: 1s}}]", ""},
		"behind one of its calls":     {"[{on: read, error: conflict, calls: {to: 3}}, {on: read, hang: true, calls: {from: 2, to: 3}}]", "4:55: warning: " + behind},
		"behind one of fewer calls":   {"[{on: read, error: conflict, calls: {to: 3}}, {on: read, hang: true, calls: {to: 4}}, {on: read, hang: true}]", ""},
		"behind one of later calls":   {"[{on: read, error: conflict, calls: {from: 2}}, {on: read, hang: true, calls: 1}]", ""},
		"behind one that counts more": {"[{error: conflict, calls: {to: 3}}, {on: read, hang: true, calls: {to: 3}}]", ""},
		"behind one that has counted": {"[{error: conflict, calls: {from: 2}}, {on: read, hang: true, calls: {from: 2}}]", "4:47: warning: " + behind},
		"behind one of all by name":   {"[{on: [read, start], error: conflict, calls: 2}, {on: [start, read], hang: true, calls: 2}]", "4:58: warning: " + behind},
		"behind one of its rarity":    {"[{error: conflict, probability: 0.5}, {error: unavailable, probability: 0.5}]", ""},
		"behind one from the first":   {"[{error: conflict, calls: {from: 1}}, {error: unavailable}]", "4:47: warning: " + behind},
		"behind one from the instant": {"[{error: conflict, time: {from: 0s}}, {error: unavailable}]", "4:47: warning: " + behind},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			warnings, err := lang.Check("f.yaml", []byte(with("faults: "+test.faults)), nil)
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

const (
	later  = "this fault never fires: time begins with the call that creates the session, and no other fault makes that one fail; set the fault for a resource, or name other operations"
	second = "this fault never fires: one call creates the session, and no other fault makes it fail; set the fault for a resource, or add a fault that makes the earlier calls fail"
)

const behind = "this fault never fires: fault 1 ends every call that it could fire at; put it first, or give the other one calls, time, state or probability"

// TestParseFaultsWarnings checks that warnings about create calls do not apply to a
// resource, whose faults count the calls of all sessions.
func TestParseFaultsWarnings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults string
		want   []string
	}{
		"of a resource": {"[{on: list, delay: 1s}, {on: create, calls: 2, rate: F0}, {on: create, time: {from: 1s}, hang: true}]", nil},
		"no effect": {
			"- {hang: true, body: empty}\n- {on: read, error: conflict}\n- {on: create, stale: true, probability: 0}",
			[]string{
				"f.yaml:1:16: warning: body has no effect beside hang, which sends no answer; remove one of them",
				"f.yaml:2:3: warning: " + behind,
				"f.yaml:3:16: warning: stale has no effect: none of the operations reads a session; add read or audit to on, or remove stale",
				"f.yaml:3:29: warning: this fault never fires: its probability is 0; use a probability above 0, or remove the fault",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults, warnings, err := lang.ParseFaults("f.yaml", []byte(test.faults))
			if diff := cmp.Diff(test.want, firstLines(warnings), cmpopts.EquateEmpty()); diff != "" || err != nil || len(faults) != 3 {
				t.Errorf("got %d faults, %v; warnings differ (-want +got):\n%s", len(faults), err, diff)
			}
		})
	}
}

// TestPinOfFaults checks that a session gets the faults of its scenario, and a seed if
// one of them is random.
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
		script := s.Plan().Pin(7)
		if s.Random() != random || (script.Seed == 7) != random {
			t.Errorf("%s: got random %v and seed %d, want random %v", faults, s.Random(), script.Seed, random)
		}
		if diff := cmp.Diff(s.Faults, script.Faults); diff != "" || len(script.Faults) == 0 {
			t.Errorf("%s: the script has other faults (-scenario +script):\n%s", faults, diff)
		}
	}
	set := load(t, lang.Source{FS: fstest.MapFS{
		"a.yaml": named("a", "then: {scenario: b}"),
		"b.yaml": named("b", "faults: [{hang: true, probability: 0.5}]"),
	}})
	if s, _ := set.Lookup("a"); s.Random() || len(s.Plan().Pin(1).Faults) > 0 || len(s.Plan().Pin(1).Steps) != 2 {
		t.Errorf("got %+v of a scenario that goes on as one with faults, want its attempts only", s.Plan().Pin(1))
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
		first, warnings, err := lang.ParseFaults("f.yaml", data)
		second, _, again := lang.ParseFaults("f.yaml", data)
		if diff := cmp.Diff(first, second); diff != "" || (err == nil) != (again == nil) {
			t.Errorf("two readings differ, %v, %v:\n%s", err, again, diff)
		}
		if err == nil {
			checkFaults(t, first)
			return
		}
		if first != nil || warnings != nil {
			t.Errorf("got %d faults, %d warnings beside error %v", len(first), len(warnings), err)
		}
		checkErrors(t, err, strings.Count(string(data), "\n")+strings.Count(string(data), "\r")+1)
	})
}
