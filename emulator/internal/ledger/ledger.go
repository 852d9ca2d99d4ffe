// Package ledger reads schemas/ledger.yaml, which has the source of each claim about the
// service. Marks such as [documented: session-life], in comments and in the descriptions
// of the schemas, name its entries. The package's tests compare marks and entries, and
// generate schemas/SOURCES.md.
package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// A Kind says how well a claim is known.
type Kind string

// The kinds of claims.
const (
	Documented Kind = "documented" // in the specification, or in Microsoft's documentation or samples
	Recorded   Kind = "recorded"   // in traffic that is public, or that a public issue quotes
	Assumed    Kind = "assumed"    // by the emulator, because no public source says it
)

// An Entry is a claim about the service.
type Entry struct {
	ID     string `yaml:"id"`
	Kind   Kind   `yaml:"kind"`
	Claim  string `yaml:"claim"` // one sentence
	Source Source `yaml:"source"`
	Date   string `yaml:"date"` // 2006-01-02 or 2006-01: of the source, else of its reading

	Contradicts string `yaml:"contradicts"` // the source that says otherwise; "": none
	Departure   string `yaml:"departure"`   // what the emulator does instead, and why; "": it does what the claim says
	About       string `yaml:"about"`       // what implements the entry; "" if a mark names it
}

// A Source is where a claim can be read, or what an assumption is based on.
type Source struct {
	Title string `yaml:"title"`
	Link  string `yaml:"link"` // may be "" for an assumption
}

// Subject returns the part of the id before the first hyphen.
func (e Entry) Subject() string {
	subject, _, _ := strings.Cut(e.ID, "-")
	return subject
}

// Read returns the entries of a ledger in the order of the file. Unknown and
// missing members, invalid values and repeated ids are errors.
func Read(data []byte) ([]Entry, error) {
	var file struct {
		Entries []Entry `yaml:"entries"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&file); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if len(file.Entries) == 0 {
		return nil, errors.New("ledger: no entries")
	}
	var problems []error
	seen := map[string]bool{}
	for i, entry := range file.Entries {
		if err := entry.check(); err != nil {
			problems = append(problems, fmt.Errorf("ledger: entry %d, id %q: %w", i+1, entry.ID, err))
		}
		if seen[entry.ID] {
			problems = append(problems, fmt.Errorf("ledger: entry %d: the id %q is already in use", i+1, entry.ID))
		}
		seen[entry.ID] = true
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return file.Entries, nil
}

// check returns the first problem of an entry.
func (e Entry) check() error {
	switch {
	case !validID(e.ID):
		return errors.New("invalid id; use lower-case words and numbers with hyphens between them, at least two")
	case e.Kind != Documented && e.Kind != Recorded && e.Kind != Assumed:
		return fmt.Errorf("unknown kind %q; use %s, %s or %s", e.Kind, Documented, Recorded, Assumed)
	case !strings.HasSuffix(e.Claim, ".") || strings.Contains(e.Claim, "\n"):
		return errors.New("the claim must be one sentence that ends with a full stop, on one line")
	case e.Source.Title == "":
		return errors.New("the source needs a title")
	case e.Source.Link == "" && e.Kind != Assumed:
		return errors.New("the source needs a link; only that of an assumption can be without one")
	case e.Source.Link != "" && !validLink(e.Source.Link):
		return fmt.Errorf("invalid link %q; use a URL that begins with https://", e.Source.Link)
	case !validDate(e.Date):
		return fmt.Errorf("invalid date %q; use the form 2006-01-02 or 2006-01", e.Date)
	}
	return nil
}

func validID(id string) bool {
	return regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`).MatchString(id)
}

func validLink(link string) bool {
	parsed, err := url.Parse(link)
	return err == nil && parsed.Scheme == "https" && parsed.Host != ""
}

func validDate(date string) bool {
	for _, layout := range []string{time.DateOnly, "2006-01"} {
		if _, err := time.Parse(layout, date); err == nil {
			return true
		}
	}
	return false
}
