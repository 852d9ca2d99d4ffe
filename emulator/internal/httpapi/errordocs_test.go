package httpapi

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// TestErrorsAreDocumented: the reference of the language has a row for every error
// that a scenario can name, as the table has it.
func TestErrorsAreDocumented(t *testing.T) {
	t.Parallel()
	reference, err := os.ReadFile("../../../scenarios/README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := "| name | status | code | known from |\n|---|---|---|---|\n"
	for _, name := range fault.Errors() {
		row := newErrorTable()[liveness.Code(name)]
		want += fmt.Sprintf("| `%s` | %d | `%s` | %s |\n", name, row.status, row.code, row.mark)
	}
	if !strings.Contains(string(reference), want) {
		t.Errorf("scenarios/README.md lacks the table\n%s", want)
	}
}
