package ledger_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/ledger"
)

const example = `entries:
  - id: create-status
    kind: documented
    claim: A create call answers 200.
    source:
      title: API specification
      link: https://example.com/Face.json
    date: "2025-01-27"
    contradicts: an older page
    departure: 201, because of a test
    about: package httpapi
  - id: cors-all
    kind: assumed
    claim: Every origin is allowed.
    source:
      title: No public source says it
    date: "2026-11"
`

func TestRead(t *testing.T) {
	t.Parallel()
	want := []ledger.Entry{
		{
			ID: "create-status", Kind: ledger.Documented, Claim: "A create call answers 200.",
			Source: ledger.Source{Title: "API specification", Link: "https://example.com/Face.json"}, Date: "2025-01-27",
			Contradicts: "an older page", Departure: "201, because of a test", About: "package httpapi",
		},
		{
			ID: "cors-all", Kind: ledger.Assumed, Claim: "Every origin is allowed.",
			Source: ledger.Source{Title: "No public source says it"}, Date: "2026-11",
		},
	}
	got, err := ledger.Read([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if subject := got[0].Subject(); subject != "create" {
		t.Errorf("subject: got %q, want create", subject)
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, want string }{
		"unknown member":       {"about:", "abuot:", "abuot"},
		"unknown source":       {"      title: API", "      tilte: API", "tilte"},
		"member twice":         {"    kind: documented\n", "    kind: documented\n    kind: recorded\n", "kind"},
		"no entries":           {example, "entries: []\n", "no entries"},
		"empty file":           {example, "", "ledger: "},
		"not a list":           {example, "entries: 1\n", "ledger: "},
		"same id":              {"id: cors-all", "id: create-status", `"create-status" is already in use`},
		"no id":                {"id: cors-all", "about: x", `entry 2, id "": invalid id`},
		"id with one word":     {"id: cors-all", "id: cors", "invalid id"},
		"id with capitals":     {"id: cors-all", "id: cors-All", "invalid id"},
		"wrong kind":           {"kind: assumed", "kind: guessed", `unknown kind "guessed"; use documented, recorded or assumed`},
		"no kind":              {"    kind: assumed\n", "", `unknown kind ""`},
		"no claim":             {"    claim: Every origin is allowed.\n", "", "the claim must be one sentence"},
		"claim without end":    {"is allowed.", "is allowed", "the claim must be one sentence"},
		"claim on two lines":   {"claim: Every origin is allowed.", `claim: "Every\norigin."`, "the claim must be one sentence"},
		"no source":            {"    source:\n      title: No public source says it\n", "", "the source needs a title"},
		"no link":              {"      link: https://example.com/Face.json\n", "", "the source needs a link"},
		"link without a host":  {"https://example.com/Face.json", "https:///Face.json", "invalid link"},
		"link without a lock":  {"https://example.com", "http://example.com", "invalid link"},
		"no date":              {"    date: \"2026-11\"\n", "", `invalid date ""`},
		"date in another form": {`"2026-11"`, `"November 2026"`, `invalid date "November 2026"; use the form 2006-01-02 or 2006-01`},
		"date that is not one": {`"2026-11"`, `"2026-13"`, `invalid date "2026-13"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(example, test.old, test.new, 1)
			if text == example {
				t.Fatalf("%q is not in the example", test.old)
			}
			entries, err := ledger.Read([]byte(text))
			if err == nil || !strings.Contains(err.Error(), test.want) || entries != nil {
				t.Errorf("got %d entries and %v, want an error with %q", len(entries), err, test.want)
			}
		})
	}
}

// TestReadNamesAllProblems checks that one run reports all invalid entries.
func TestReadNamesAllProblems(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("kind: documented", "kind: known", "kind: assumed", "kind: guessed").Replace(example)
	_, err := ledger.Read([]byte(text))
	if err == nil || !strings.Contains(err.Error(), "known") || !strings.Contains(err.Error(), "guessed") {
		t.Errorf("got %v, want both kinds", err)
	}
}
