package main

import "testing"

// TestBuildInfo: the version of the linker overrides that of the Go build.
func TestBuildInfo(t *testing.T) {
	t.Parallel()
	goVersion := buildInfo{}.release()
	for want, s := range map[string]buildInfo{
		goVersion:                     {},
		goVersion + " (revision 0a1)": {revision: "0a1"},
		"v1.2.3":                      {version: "v1.2.3"},
		"v1.2.3 (revision 0a1)":       {version: "v1.2.3", revision: "0a1"},
	} {
		if got := s.text(); got != want {
			t.Errorf("%+v: got %q, want %q", s, got, want)
		}
	}
	if goVersion == "" {
		t.Error("a build without a version of the linker has none")
	}
}
