package lang_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/jpeg"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// jpegOf returns a JPEG of the given size.
func jpegOf(tb testing.TB, width, height int) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// seen compares the exported parts of scenarios.
var seen = cmpopts.IgnoreUnexported(scenario.Scenario{})

// parse reads a file, which must be valid.
func parse(t *testing.T, file string) scenario.Scenario {
	t.Helper()
	s, err := lang.Parse("f.yaml", []byte(file), nil)
	if err != nil {
		t.Fatalf("Parse of\n%s\ngot error %v, want none", file, err)
	}
	return s
}

func TestParseEverything(t *testing.T) {
	t.Parallel()
	portrait, other := jpegOf(t, 1200, 2000), jpegOf(t, 40, 60)
	got, err := lang.Parse("qa/everything.yaml", []byte(everything), imageFolder(t))
	if err != nil {
		t.Fatal(err)
	}
	portraitName, otherName := imageName(portrait), imageName(other)
	want := scenario.Scenario{
		Name: "everything-0", Description: "All keys at once.", Advice: "Tell people.", Source: "qa/everything.yaml",
		Match: everythingMatch(t), Priority: -7, Seed: 1 << 53,
		Advance:  scenario.Advance{Automatic: true, After: 90 * time.Second},
		Attempts: everythingAttempts(portraitName, otherName),
		Then:     liveness.AfterLastRestart,
		Result:   liveness.ResultDelay{Polls: 1000},
		End:      &liveness.EarlyEnd{Kind: liveness.EndLose, AfterTry: 2},
		Faults:   everythingFaults(),
		Images:   []liveness.Image{{Name: portraitName, Bytes: portrait}, {Name: otherName, Bytes: other}},
	}
	if diff := cmp.Diff(want, got, seen); diff != "" {
		t.Errorf("scenario differs (-want +got):\n%s", diff)
	}
	for _, image := range got.Images {
		if image.Name == liveness.VerifyImageName {
			t.Errorf("an image is named %q, which is the verify image's", image.Name)
		}
	}
}

// imageFolder has the session images that the tests' files name.
func imageFolder(tb testing.TB) fstest.MapFS {
	tb.Helper()
	portrait := jpegOf(tb, 1200, 2000)
	return fstest.MapFS{
		"portrait.jpg":        {Data: portrait},
		"copies/portrait.jpg": {Data: portrait},
		"other.jpg":           {Data: jpegOf(tb, 40, 60)},
	}
}

// imageName returns the name under which a session stores an image.
func imageName(data []byte) string {
	digest := sha256.Sum256(data)
	return "attempt-image:" + hex.EncodeToString(digest[:])[:16]
}

func TestParseLeast(t *testing.T) {
	t.Parallel()
	want := scenario.Scenario{
		Name: "x", Source: "f.yaml",
		Attempts: []scenario.Attempt{{
			Repeat:  1,
			Choices: []scenario.Choice{{Weight: 1, Step: liveness.Step{Decision: liveness.DecisionRealFace}}},
		}},
		Then: liveness.AfterLastRepeat,
	}
	for name, file := range map[string]string{
		"block":               "name: x\nattempts:\n  - outcome: realface\n",
		"without indentation": "name: x\nattempts:\n- outcome: realface",
		"flow":                "{name: x, attempts: [{outcome: realface}]}",
		"JSON":                `{"name": "x", "attempts": [{"outcome": "realface"}]}`,
		"document markers":    "# first\n---\nname: x\nattempts:\n  - outcome: realface\n...\n# last\n",
		"Windows":             "\ufeffname: x\r\nattempts:\r\n  - outcome: realface\r\n",
		"defaults written out": "name: x\nadvance: device\nattempts:\n  - outcome: realface\n    takes: 0s\n    abuseDetected: false\n" +
			"    repeat: 1\n    digest: equal\nthen: repeat-last\ndescription: ''\nadvice: ''\npriority: 0\n",
		"literal text": "name: |-\n  x\nattempts:\n  - outcome: >-\n      realface\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(want, parse(t, file), seen); diff != "" {
				t.Errorf("scenario differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseAdvance(t *testing.T) {
	t.Parallel()
	for advance, want := range map[string]scenario.Advance{
		"device":                {},
		"auto":                  {Automatic: true, After: time.Second},
		"{after: 0s}":           {Automatic: true},
		"\n  after: '2h45m'":    {Automatic: true, After: 2*time.Hour + 45*time.Minute},
		"{after: 24h}":          {Automatic: true, After: 24 * time.Hour},
		"{after: 1.5ms}":        {Automatic: true, After: 1500 * time.Microsecond},
		"{'after': \"250us\" }": {Automatic: true, After: 250 * time.Microsecond},
		"{polls: 1}":            {Polls: 1},
		"\n  polls: 1000":       {Polls: 1000},
	} {
		t.Run(advance, func(t *testing.T) {
			t.Parallel()
			s := parse(t, with("advance: "+advance))
			if s.Advance != want {
				t.Errorf("got %+v, want %+v", s.Advance, want)
			}
			script := s.Plan().Pin(0)
			if got := (scenario.Advance{Automatic: script.Automatic, After: script.After, Polls: script.Polls}); got != want {
				t.Errorf("pinned: got %+v, want %+v", got, want)
			}
		})
	}
}

func TestParseConfidence(t *testing.T) {
	t.Parallel()
	// The second of each pair is how the service would format it.
	for text, want := range map[string]string{
		"0": "0", "1": "1", "1.0": "1", "0.97": "0.97", ".5": "0.5", "+0.5": "0.5", "-0": "0", "-0.0": "0",
		"0.12141934": "0.12141934", "0.99736166": "0.99736166", "0.1": "0.1", "1e-3": "0.001", "2.5E-1": "0.25",
		"0.100000001490116119384765625":                         "0.1",        // the exact value of the nearest float
		"0.500000029802322387695312500000000000000000000000001": "0.50000006", // rounds down when rounded twice
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			step := parse(t, withAttempt("outcome: realface", "matchConfidence: "+text)).Attempts[0].Choices[0].Step
			got, err := json.Marshal(step.MatchConfidence)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestParseAbuse(t *testing.T) {
	t.Parallel()
	// YAML has three spellings of each word.
	for text, want := range map[string]bool{
		"true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false,
	} {
		for _, attempt := range []string{"outcome: uncertain", "error: {code: A, message: b}"} {
			if got := parse(t, withAttempt(attempt, "abuseDetected: "+text)).Attempts[0].Choices[0].Step.AbuseDetected; got != want {
				t.Errorf("%s, abuseDetected: %s: got %v, want %v", attempt, text, got, want)
			}
		}
	}
}

func TestParseReportsFileSystemErrors(t *testing.T) {
	t.Parallel()
	file := []byte(withAttempt("outcome: realface", "sessionImage: a.jpg"))
	for name, folder := range map[string]fstest.MapFS{
		"missing":         {},
		"a named pipe":    {"a.jpg": {Mode: fs.ModeNamedPipe}},
		"too many pixels": {"a.jpg": {Data: claimSize(jpegOf(t, 8, 8), 65_000, 65_000)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := lang.Parse("f.yaml", file, folder)
			if got := problems(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "f.yaml:4:19: session image ") {
				t.Errorf("got problems %q, want one of the session image", got)
			}
		})
	}
	_, err := lang.Parse("f.yaml", file, nil)
	if err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("without a folder: got error %v, want one that says so", err)
	}
}

// claimSize changes the size in the frame header of a JPEG.
func claimSize(data []byte, width, height uint16) []byte {
	frame := bytes.Index(data, []byte{0xff, 0xc0})
	copy(data[frame+5:], []byte{byte(height >> 8), byte(height), byte(width >> 8), byte(width)})
	return data
}

// TestOwnImageGetsARectangleInside checks that an image of the scenario gets a rectangle
// inside it, because the emulator's own choice fits its own drawings only.
func TestOwnImageGetsARectangleInside(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{"small.jpg": &fstest.MapFile{Data: jpegOf(t, 40, 20)}}
	s, err := lang.Parse("a.yaml", []byte(withAttempt("outcome: realface", "sessionImage: small.jpg")), folder)
	if err != nil {
		t.Fatal(err)
	}
	want := liveness.Rectangle{Top: 5, Left: 10, Width: 20, Height: 10}
	if got := s.Attempts[0].Choices[0].Step.FaceRectangle; got == nil || *got != want {
		t.Errorf("got %+v; want %+v", got, want)
	}
}
