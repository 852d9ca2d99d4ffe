package config

import (
	"slices"
	"strings"
	"testing"
)

func TestSuggestions(t *testing.T) {
	t.Parallel()
	names := []string{"http-addr", "https-addr", "scenarios", "scenario", "Keys", "a"}
	for typed, want := range map[string][]string{
		"scenario":  {"scenarios", "scenario"},
		"scen":      {"scenarios", "scenario"}, // the beginning
		"htp-addr":  {"http-addr", "https-addr"},
		"htpp-adr":  {"http-addr"}, // two letters
		"scnearois": {},            // four
		"KEYX":      {"Keys"},
		"colour":    {},
		"bcd":       {},
		"bc":        {"a"},
	} {
		if got := Suggestions(typed, names); !slices.Equal(got, want) {
			t.Errorf("%s: got %s, want %s", typed, strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
}
