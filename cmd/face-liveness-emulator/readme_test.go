package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

var updateReadme = flag.Bool("update-readme", false, "rewrite the table of flags in README.md of this folder")

// flagsDocument has the table of flags.
const flagsDocument = "README.md"

// TestReadmeFlags: the table in the document matches the flags of the program.
func TestReadmeFlags(t *testing.T) {
	t.Parallel()
	const file, mark = flagsDocument, "<!-- flags -->\n"
	var s config.Settings
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.Register(flags)
	var table strings.Builder
	table.WriteString("| flag | default | |\n|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		value := "`" + f.DefValue + "`"
		switch {
		case f.Name == "state":
			value = "see below"
		case f.DefValue == "" || f.DefValue == "[]" || f.DefValue == "false":
			value = ""
		}
		fmt.Fprintf(&table, "| `--%s` | %s | %s |\n", f.Name, value, f.Usage)
	})
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(readme), mark)
	if len(parts) != 3 {
		t.Fatalf("README.md has the mark %q %d times; want twice", mark, len(parts)-1)
	}
	if *updateReadme {
		text := parts[0] + mark + table.String() + mark + parts[2]
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if parts[1] != table.String() {
		t.Errorf("README.md: the table of flags differs from\n%s\nrun go test ./cmd/... -update-readme", table.String())
	}
}
