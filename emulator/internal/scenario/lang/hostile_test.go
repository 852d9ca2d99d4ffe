package lang_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// TestHostile reads files that would keep a YAML library busy for minutes, overflow its
// stack or exhaust memory. Without the package's limits the test does not end.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, part := range []string{
		"a", "a: b\n", "- a\n", "# x\n", "\n", ":", ": ", "? ", "- ", "[", "{", "[{", "- [", "a: |\n", "|\n", ">",
		"&a ", "*a ", "!a ", "%", "%a\n", "---\n", "...\n", "'a' ", "\"a\" ", "'", "\"", "\\", "1,", "<<: *a\n",
		"x: &a [*a, *a]\n", "\t", " ", "- - a\n", "a:\n ", "é", "\u2028", "name: x\n", "\r", "{a: b},", "- a: |\n   x\n",
	} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{
				"large":              strings.Repeat(part, 1<<17/len(part)), // more tokens than the limit
				"just within bounds": strings.Repeat(part, 3000),
			}
			files["inside a list"] = "name: x\nattempts: [" + files["just within bounds"]
			for size, file := range files {
				if _, err := lang.Parse("f.yaml", []byte(file), nil); err == nil {
					t.Errorf("%s: got no error, want one", size)
				}
			}
		})
	}
}
