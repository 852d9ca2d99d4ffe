package config

import (
	"strings"
	"testing"
)

// TestSize: a number with a unit is read and shown in the largest one that fits; other
// texts and sizes that no emulator can live with are refused.
func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"128MiB": "128MiB", " 1 GiB ": "1GiB", "1024MiB": "1GiB", "134217728": "128MiB", "16384KiB": "16MiB", "134217729B": "134217729B", "": "", " ": "",
	} {
		var got Size
		if err := got.Set(text); err != nil || got.String() != want {
			t.Errorf("%q: got %q, %v; want %q", text, got.String(), err, want)
		}
	}
	for text, says := range map[string]string{
		"128": "at least 16MiB", "1MiB": "at least 16MiB", "0": "at least 16MiB",
		"128MB": "such as 128MiB", "-1GiB": "such as 128MiB", "1.5GiB": "such as 128MiB", "much": "such as 128MiB", "MiB": "such as 128MiB",
		"9223372036854775807GiB": "such as 128MiB", "99999999999999999999": "such as 128MiB",
	} {
		var got Size
		if err := got.Set(text); err == nil || !strings.Contains(err.Error(), says) || got != 0 {
			t.Errorf("%q: got %v and %q, want an error that says %q", text, err, got.String(), says)
		}
	}
}
