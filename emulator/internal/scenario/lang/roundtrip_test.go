package lang_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/scenariotest"
)

// TestPrintAndParse prints random scenarios and reads them again.
func TestPrintAndParse(t *testing.T) {
	t.Parallel()
	images, files := scenariotest.Images(t)
	accepts := checker(t)
	for _, playable := range []bool{false, true} {
		m := scenariotest.NewMaker(t, 4)
		m.Playable = playable
		for i := range 500 {
			want := m.Scenario()
			file := lang.Print(want, files)
			got, err := lang.Parse("f.yaml", []byte(file), images)
			if err != nil {
				t.Fatalf("scenario %d: got error %v, want none, of\n%s", i, err, file)
			}
			checkScenario(t, got)
			got.Images = nil // checkScenario compares the images
			if diff := cmp.Diff(want, got, seen); diff != "" {
				t.Fatalf("scenario %d differs (-want +got):\n%s\nof\n%s", i, diff, file)
			}
			if i%10 == 0 && !accepts([]byte(file)) { // not each, because validation is slow
				t.Fatalf("the JSON Schema refuses scenario %d:\n%s", i, file)
			}
		}
	}
}

// checkFaults checks what package fault relies on, and that ParseFaults reads the printed
// list unchanged.
func checkFaults(t *testing.T, faults []fault.Fault) {
	t.Helper()
	if len(faults) > 20 {
		t.Errorf("got %d faults", len(faults))
	}
	for i, f := range faults {
		if !(f.Probability >= 0 && f.Probability <= 1) || f.First < 0 || f.Last > 0 && f.Last < f.First || f.Until > 0 && f.Until <= f.After {
			t.Errorf("fault %d asks for calls that cannot be: %+v", i+1, f)
		}
		if d := f.Delay; d.Base < 0 || d.Spread < 0 || d.Base > fault.MaxDelay || d.Spread > fault.MaxDelay || (d.Shape == "") != (d.Base+d.Spread == 0) {
			t.Errorf("fault %d has delay %+v", i+1, d)
		}
		ending := 0
		for _, ends := range []bool{f.Rate != nil, f.Hang, f.Reset == fault.ResetBefore, f.Answer != nil} {
			if ends {
				ending++
			}
		}
		harmless := fault.Fault{
			Operations: f.Operations, States: f.States, After: f.After, Until: f.Until, First: f.First, Last: f.Last, Probability: f.Probability,
		}
		if ending > 1 || cmp.Equal(f, harmless) {
			t.Errorf("fault %d ends a call in %d ways, want at most one, and some effect: %+v", i+1, ending, f)
		}
	}
	if len(faults) == 0 {
		return
	}
	file := lang.PrintFaults(faults)
	again, _, err := lang.ParseFaults("f.yaml", []byte(file))
	if diff := cmp.Diff(faults, again); err != nil || diff != "" {
		t.Errorf("printed and read the faults differ, %v:\n%s\nof\n%s", err, diff, file)
	}
}
