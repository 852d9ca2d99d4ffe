package lang_test

import (
	"fmt"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

func Example() {
	folder := fstest.MapFS{"qa-blurred.yaml": {Data: []byte(`
name: qa-blurred
match: {deviceCorrelationId: "qa-blur-*"}
attempts:
  - error: {code: ExcessiveImageBlurDetected, message: Image is too blurry.}
    takes: 1500ms
`)}}
	set, _, err := lang.Load(
		lang.Source{Name: "built-in", FS: scenarios.FS},
		lang.Source{Name: "qa", FS: folder},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, call := range []liveness.Call{
		{Kind: liveness.KindLiveness},
		{Kind: liveness.KindLiveness, DeviceCorrelationID: "qa-blur-7"},
		{Kind: liveness.KindLiveness, DeviceCorrelationID: "qa-blur-7", Scenario: "spoof"},
	} {
		chosen, err := set.Choose(call)
		fmt.Println(chosen.Name, err)
	}
	// Output:
	// happy-path <nil>
	// qa-blurred <nil>
	// spoof <nil>
}

func ExampleError() {
	_, err := lang.Parse("qa/mask.yaml", []byte(`name: mask
attempts:
  - outcom: realface
`), nil)
	fmt.Println(err)
	// Output:
	// qa/mask.yaml:3:5: unknown key "outcom"; did you mean "outcome"?
	//   1 | name: mask
	//   2 | attempts:
	// > 3 |   - outcom: realface
	//     |     ^
}
