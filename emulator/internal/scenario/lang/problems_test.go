package lang_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// header is the valid first part of most invalid files.
const header = "name: x\n"

// withAttempt returns a file whose only attempt has these lines; the first is line 3.
func withAttempt(lines ...string) string {
	return header + "attempts:\n  - " + strings.Join(lines, "\n    ") + "\n"
}

// with returns a valid file with these additional lines; the first is line 4.
func with(lines ...string) string {
	return withAttempt("outcome: realface") + strings.Join(lines, "\n") + "\n"
}

// beginning returns a file that is valid except for its first line.
func beginning(line string) string {
	return line + strings.TrimPrefix(withAttempt("outcome: realface"), strings.TrimSuffix(header, "\n"))
}

// problems returns the first lines of the errors that err joins.
func problems(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		var problem *lang.Error
		if !errors.As(err, &problem) {
			t.Fatalf("error %v is a %T, want a *lang.Error", err, err)
		}
		first, _, _ := strings.Cut(problem.Error(), "\n")
		return []string{first}
	}
	var lines []string
	for _, e := range joined.Unwrap() {
		lines = append(lines, problems(t, e)...)
	}
	return lines
}

func TestProblems(t *testing.T) {
	t.Parallel()
	images := fstest.MapFS{
		"portrait.jpg":       {Data: jpegOf(t, 40, 60)},
		"cut.jpg":            {Data: jpegOf(t, 40, 60)[:300]},
		"note.jpg":           {Data: []byte("not an image")},
		"big.jpg":            {Data: make([]byte, 6<<20+1)},
		"folder/inside.jpg":  {Data: jpegOf(t, 8, 8)},
		"directory.jpg/file": {Data: nil},
	}
	for _, test := range badFiles() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := lang.Parse("f.yaml", []byte(test.file), images)
			got := strings.Join(problems(t, err), "\n")
			want := "f.yaml:" + strings.Join(test.want, "\nf.yaml:")
			if got != want {
				t.Errorf("problems of\n%s\ngot:\n%s\nwant:\n%s", test.file, got, want)
			}
		})
	}
}
