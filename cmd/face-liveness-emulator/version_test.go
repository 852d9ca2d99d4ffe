package main

import "testing"

// TestStamp: what a build says of its source comes before what Go knows of it.
func TestStamp(t *testing.T) {
	t.Parallel()
	unstamped := buildInfo{}.release()
	for want, s := range map[string]buildInfo{
		unstamped:                     {},
		unstamped + " (revision 0a1)": {revision: "0a1"},
		"v1.2.3":                      {version: "v1.2.3"},
		"v1.2.3 (revision 0a1)":       {version: "v1.2.3", revision: "0a1"},
	} {
		if got := s.text(); got != want {
			t.Errorf("%+v: got %q, want %q", s, got, want)
		}
	}
	if unstamped == "" {
		t.Error("a build without a stamp has no version")
	}
}
