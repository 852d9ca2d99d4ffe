package ctl

import (
	"testing"
)

// TestBytesText: sizes have a suitable unit.
func TestBytesText(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB", 12_345_678: "12.3 MB",
		5e9: "5.0 GB", 1 << 62: "4611686.0 TB",
	} {
		if got := bytesText(bytes); got != want {
			t.Errorf("%d: got %s, want %s", bytes, got, want)
		}
	}
}

func TestFirstSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                  "",
		"One":                               "One",
		"Version v1.2 has it.  Others\nno.": "Version v1.2 has it.",
		"A line\n  and more":                "A line and more",
	} {
		if got := firstSentence(text); got != want {
			t.Errorf("%q: got %q; want %q", text, got, want)
		}
	}
}
