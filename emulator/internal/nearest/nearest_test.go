package nearest_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/nearest"
)

func TestName(t *testing.T) {
	t.Parallel()
	known := []string{"outcome", "error", "takes", "matchConfidence"}
	for name, want := range map[string]string{
		"outcom":                  "outcome", // removed
		"outcomee":                "outcome", // inserted
		"outcame":                 "outcome", // replaced
		"otucome":                 "outcome", // swapped
		"MATCHCONFIDENCE":         "matchConfidence",
		"takes":                   "takes",
		"quality":                 "",
		"":                        "",
		"err":                     "",
		strings.Repeat("x", 1000): "",
	} {
		if got := nearest.Name(name, known); got != want {
			t.Errorf("Name(%q) = %q, want %q", name, got, want)
		}
	}
	if got := nearest.Name("ab12", []string{"ab13", "ab14", "ab2"}); got != "ab13" {
		t.Errorf("of equally near names got %q, want the first", got)
	}
}
