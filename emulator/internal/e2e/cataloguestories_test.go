package e2e_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// A cataloguePlay is what an app notes about a built-in scenario, one call after the
// other. The app notes the text in braces with verify only.
type cataloguePlay struct {
	want string

	version     string        // API version; "" for v1.2
	monitored   bool          // with abuse monitoring
	noDevice    bool          // a backend without a device
	onlyVerify  bool          // sessions without verify do not get the scenario
	earlyReads  int           // number of reads before the device plays
	patience    time.Duration // timeout of the app's reads; 0 is longer than any read takes
	lenientOnly bool          // it takes real time, and strictness does not change it
}

// afterDetect is the play of a session with one attempt, and what a read shows.
func afterDetect(shown string) cataloguePlay {
	return cataloguePlay{want: "create 200 | start 200 | detect 200 | end 204 | read " + shown + " | delete 204"}
}

// afterError is the play of a session whose first attempt fails and whose second has a
// result.
func afterError(code, result string) cataloguePlay {
	return cataloguePlay{want: "create 200 | start 200 | detect 200 " + code + " | detect 200 | end 204 | " +
		"read Succeeded " + result + ", " + code + "{ high} | delete 204"}
}

// cataloguePlays returns the play of each built-in scenario by name.
func cataloguePlays() map[string]cataloguePlay {
	plays := map[string]cataloguePlay{}
	for _, part := range []map[string]cataloguePlay{everydayPlays(), attemptErrorPlays(), verifyPlays(), sessionPlays(), servicePlays()} {
		maps.Copy(plays, part)
	}
	return plays
}

func everydayPlays() map[string]cataloguePlay {
	return map[string]cataloguePlay{
		"happy-path":          afterDetect("Succeeded realface{ 0.97 identical high}"),
		"spoof":               afterDetect("Succeeded spoofface{ 0.95 identical high}"),
		"spoof-print":         afterDetect("Succeeded spoofface{ 0.93 identical high}"),
		"spoof-screen":        afterError("ExcessiveFaceBrightness", "spoofface{ 0.88 identical}"),
		"spoof-mask":          afterDetect("Succeeded spoofface{ 0.21 different high}"),
		"uncertain":           afterDetect("Succeeded uncertain{ 0.9 identical medium}"),
		"uncertain-then-real": afterDetect("Succeeded uncertain{ 0.9 identical medium}"), // see TestUncertainThenReal
		"abandoned":           {want: "create 200 | start 200 | detect 204 ×3 | read Canceled{ low} | delete 204"},
		"slow": {want: "create 200 | start 200 | read Running | slow detect 200 | end 204 | " +
			"read Succeeded realface{ 0.97 identical high} | delete 204"},
		"automatic": {noDevice: true, want: "create 200 | read NotStarted | read Succeeded realface{ 0.97 identical high} | delete 204"},
		"result-delayed": {want: "create 200 | start 200 | detect 200 | end 204 | read Running ×2 | " +
			"read Succeeded realface{ 0.97 identical high} | delete 204"},
		"abuse-detected": {
			version: newestVersion, monitored: true,
			want: "create 200 | start 200 | detect 200 | end 204 | read Succeeded realface{ 0.97 identical} abuse{ high} | delete 204",
		},
	}
}

func attemptErrorPlays() map[string]cataloguePlay {
	plays := map[string]cataloguePlay{
		"timed-out": {want: "create 200 | start 200 | read Running | slow detect 200 TimedOut | detect 200 | end 204 | " +
			"read Succeeded realface{ 0.97 identical}, TimedOut{ high} | delete 204"},
		"three-failures": {want: "create 200 | start 200 | detect 200 FaceWithMaskDetected | detect 200 ExcessiveImageBlurDetected | " +
			"detect 200 ExcessiveFaceBrightness | end 204 | " +
			"read Failed ExcessiveFaceBrightness, ExcessiveImageBlurDetected, FaceWithMaskDetected{ low} | delete 204"},
	}
	for name, code := range map[string]string{
		"mask-then-real":            "FaceWithMaskDetected",
		"mouth-covered":             "FaceMouthRegionNotVisible",
		"eyes-covered":              "FaceEyeRegionNotVisible",
		"blurred":                   "ExcessiveImageBlurDetected",
		"too-bright":                "ExcessiveFaceBrightness",
		"environment-not-supported": "EnvironmentNotSupported",
		"no-face":                   "NoFaceDetected",
		"tracking-lost":             "FaceTrackingFailed",
	} {
		plays[name] = afterError(code, "realface{ 0.97 identical}")
	}
	return plays
}

func verifyPlays() map[string]cataloguePlay {
	missing := afterError("VerifyImageNotProvided", "realface{ 0.97 identical}")
	missing.onlyVerify = true
	return map[string]cataloguePlay{
		"verify-image-missing":  missing,
		"verify-mismatch":       afterDetect("Succeeded realface{ 0.12 different high}"),
		"verify-low-confidence": afterDetect("Succeeded realface{ 0.42 different high}"),
		"verify-borderline":     afterDetect("Succeeded realface{ 0.5 identical medium}"),
		"verify-low-quality":    afterDetect("Succeeded realface{ 0.61 identical low}"),
	}
}

func sessionPlays() map[string]cataloguePlay {
	return map[string]cataloguePlay{
		"digest-mismatch":            afterDetect("Succeeded realface{ 0.97 identical high} with another digest"),
		"digest-missing":             afterDetect("Succeeded realface{ 0.97 identical high} without a digest"),
		"token-expired-before-start": {want: "create 200 | start 401 401 | read NotStarted | delete 204"},
		"token-expired-between-attempts": {want: "create 200 | start 200 | detect 200 ExcessiveImageBlurDetected | detect 401 401 | " +
			"read Running ExcessiveImageBlurDetected | delete 204"},
		"session-deleted": {want: "create 200 | start 200 | read 404 SessionNotFound | slow detect 401 401 | " +
			"read 404 SessionNotFound | delete 404 SessionNotFound"},
		"session-lost": {want: "create 200 | start 200 | detect 200 | end 204 | read 404 SessionNotFound | delete 404 SessionNotFound"},
		"stale-read": {want: "create 200 | start 200 | detect 200 | end 204 | read Running ×2 | " +
			"read Succeeded realface{ 0.97 identical high} | delete 204"},
	}
}

func servicePlays() map[string]cataloguePlay {
	const (
		played = "create 200 | start 200 | detect 200 | end 204 | "
		passed = "read Succeeded realface{ 0.97 identical high} | delete 204"
	)
	return map[string]cataloguePlay{
		"slow-network": {lenientOnly: true, want: "create 200 late | start 200 late | detect 200 late | end 204 late | " +
			"read late Succeeded realface{ 0.97 identical high} | delete 204 late"},
		"lost-connection":     {want: "create 200 | start 200 | detect lost | read lost | " + passed},
		"no-answer":           {lenientOnly: true, patience: time.Second, want: played + "read lost | " + passed},
		"garbage-answer":      {want: "create 502 no JSON | " + played + "read 200 no JSON | " + passed},
		"rate-burst":          {want: "create 429 429 retry after 2s | " + played + "read 429 429 retry at a date ×2 | " + passed},
		"free-tier":           {earlyReads: 20, want: "create 200 | read NotStarted ×19 | read 429 429 retry after 1m0s | start 200 | detect 200 | end 204 | " + passed},
		"outage":              {want: "create 503 ServiceUnavailable retry after 1s ×3 | " + played + passed},
		"flaky":               {want: played + "read 503 ServiceUnavailable | " + passed},
		"key-rotated":         {want: played + "read 401 401 | " + passed},
		"wrong-model-version": {want: "create 400 InvalidRequestBody"},
	}
}

// TestCatalogueHasPlays checks that every scenario has a play and every play a scenario.
func TestCatalogueHasPlays(t *testing.T) {
	t.Parallel()
	got, want := slices.Sorted(maps.Keys(cataloguePlays())), slices.Sorted(maps.Keys(builtIns(t)))
	if !slices.Equal(got, want) {
		t.Errorf("got plays for %q; want one for each of %q", got, want)
	}
}

// TestCatalogue plays each built-in scenario as an app that cannot send the header:
// selected by its deviceCorrelationId, and with verify by the file name.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	ids := magicIDs(t)
	for name, play := range cataloguePlays() {
		for _, strict := range []bool{false, true} {
			if strict && play.lenientOnly {
				continue
			}
			t.Run(fmt.Sprintf("%s strict=%v", name, strict), func(t *testing.T) {
				t.Parallel()
				server := newServer(t, func(o *emulator.Options) { o.Strict = strict })
				for _, verify := range []bool{false, true} {
					id, fileName, withVerify := ids[name], "portrait.bmp", play.onlyVerify
					if verify {
						id, fileName, withVerify = "phone-1", "face-liveness-"+name+".bmp", true
					}
					want := regexp.MustCompile(`\{.*?\}`).ReplaceAllString(play.want, "")
					if withVerify {
						want = strings.NewReplacer("{", "", "}", "").Replace(play.want)
					}
					a := newApp(t, server, play, withVerify)
					a.play(play, id, fileName)
					if got := a.story(); got != want {
						t.Errorf("by id %s and file %s:\n got %s\nwant %s", id, fileName, got, want)
					}
				}
			})
		}
	}
}

// play plays a session until it is final.
func (a *app) play(play cataloguePlay, id, fileName string) {
	a.t.Helper()
	if play.monitored {
		a.monitor()
	}
	if !a.create(id, fileName) {
		return
	}
	for range play.earlyReads {
		a.read()
	}
	reads := mostReads
	if !play.noDevice && !a.device() {
		reads = 1 // it never has a result
	}
	a.poll(reads)
	a.delete()
}
