package ledger_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/ledger"
)

var update = flag.Bool("update", false, "write schemas/SOURCES.md anew")

// readLedger returns the entries of schemas/ledger.yaml.
func readLedger(t *testing.T) []ledger.Entry {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "schemas", "ledger.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := ledger.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// TestOrder checks the order of entries, which makes them easy to find and merge conflicts
// rare.
func TestOrder(t *testing.T) {
	t.Parallel()
	entries := readLedger(t)
	if !slices.IsSortedFunc(entries, func(a, b ledger.Entry) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the entries of schemas/ledger.yaml are not in the order of their ids")
	}
}

const assumedTitle = "## Assumed behaviour"

// TestSources compares schemas/SOURCES.md with the ledger.
func TestSources(t *testing.T) {
	t.Parallel()
	entries := readLedger(t)
	file := filepath.Join(root, "schemas", "SOURCES.md")
	want := sources(entries)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("schemas/SOURCES.md differs from schemas/ledger.yaml; run go test ./emulator/internal/ledger -update")
	}
	_, list, _ := strings.Cut(string(got), assumedTitle+"\n")
	list, _, _ = strings.Cut(list, "\n## ")
	for _, entry := range entries {
		if shown := strings.Contains(list, "`"+entry.ID+"`"); shown != (entry.Kind == ledger.Assumed) {
			t.Errorf("%s is of kind %s; in the list of assumed behaviour: %v", entry.ID, entry.Kind, shown)
		}
	}
}

// sources renders the ledger for readers.
func sources(entries []ledger.Entry) []byte {
	var page bytes.Buffer
	fmt.Fprintf(&page, `# Sources

What the emulator does comes from three kinds of sources: %d claims are documented, %d are recorded, and %d are assumed.
This page is generated from [ledger.yaml](ledger.yaml) with `+"`go test ./emulator/internal/ledger -update`"+`.
A comment in the code, or a description in a schema, names an entry with a mark, such as `+"`[documented: session-life]`"+`.

- **Documented**: in the API specification, or in Microsoft's documentation or samples.
- **Recorded**: seen in traffic of the service, in the public recordings of the SDKs or quoted in a public issue, or in traffic of an SDK.
- **Assumed**: no public source says it; the emulator had to choose.

The date is that of the recording, the page or the issue if it is known, else that of the reading.
`, count(entries, ledger.Documented), count(entries, ledger.Recorded), count(entries, ledger.Assumed))
	list(&page, assumedTitle, "What the real service does here is not public. If you know more, please open an issue.", entries, ledger.Assumed)
	departures(&page, entries)
	list(&page, "## Documented behaviour", "", entries, ledger.Documented)
	list(&page, "## Recorded behaviour", "", entries, ledger.Recorded)
	return page.Bytes()
}

func count(entries []ledger.Entry, kind ledger.Kind) int {
	n := 0
	for _, entry := range entries {
		if entry.Kind == kind {
			n++
		}
	}
	return n
}

// list renders the entries of a kind as one table.
func list(page *bytes.Buffer, title, text string, entries []ledger.Entry, kind ledger.Kind) {
	fmt.Fprintf(page, "\n%s\n", title)
	if text != "" {
		fmt.Fprintf(page, "\n%s\n", text)
	}
	last := "source"
	if kind == ledger.Assumed {
		last = "based on"
	}
	fmt.Fprintf(page, "\n| entry | behaviour | %s | date |\n|---|---|---|---|\n", last)
	for _, entry := range entries {
		if entry.Kind == kind {
			fmt.Fprintf(page, "| `%s` | %s | %s | %s |\n", entry.ID, cell(entry.Claim), from(entry.Source), entry.Date)
		}
	}
}

// departures renders what is not as a source says.
func departures(page *bytes.Buffer, entries []ledger.Entry) {
	fmt.Fprint(page, "\n## Departures\n\nWhere the emulator does otherwise than the service does, on purpose:\n\n| entry | the service | the emulator |\n|---|---|---|\n")
	for _, entry := range entries {
		if entry.Departure != "" {
			fmt.Fprintf(page, "| `%s` | %s | %s |\n", entry.ID, cell(entry.Claim), cell(entry.Departure))
		}
	}
	fmt.Fprint(page, "\nWhere sources contradict each other:\n\n| entry | the service and the emulator | contradicts |\n|---|---|---|\n")
	for _, entry := range entries {
		if entry.Contradicts != "" {
			fmt.Fprintf(page, "| `%s` | %s | %s |\n", entry.ID, cell(entry.Claim), cell(entry.Contradicts))
		}
	}
}

func from(source ledger.Source) string {
	if source.Link == "" {
		return cell(source.Title)
	}
	return "[" + cell(source.Title) + "](" + source.Link + ")"
}

// cell returns a text for a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "[", `\[`, "]", `\]`).Replace(text)
}
