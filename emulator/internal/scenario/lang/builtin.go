package lang

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// BuiltInName is the name of the folder of the built-in scenarios.
const BuiltInName = "built-in"

// builtInSource returns the folder of the built-in scenarios.
func builtInSource() Source { return Source{Name: BuiltInName, FS: scenarios.FS} }

// builtIns returns the outlines of the built-in scenarios. Reading all the files whole
// takes longer than the rest of a start, and most processes use one or two. The embedded
// files do not change, so the outlines are shared by all sets of the process.
var builtIns = sync.OnceValue(func() []scenario.Outline {
	names, err := scenarioFiles(builtInSource())
	if err != nil {
		panic(err) // the files are embedded, and tests read them
	}
	outlines := make([]scenario.Outline, len(names))
	for i, name := range names {
		outlines[i] = outline(name)
	}
	return outlines
})

// outline returns the outline of a built-in file. All of them have the same two rules:
// a correlation id, in one file for one operation only, and a name of verify images
// that follows from the name of the scenario. A test compares every outline with its file.
func outline(file string) scenario.Outline {
	data, err := scenarios.FS.ReadFile(file)
	if err != nil {
		panic(err)
	}
	_, rest, _ := bytes.Cut(data, []byte("deviceCorrelationId: {exact: "))
	id, _, _ := bytes.Cut(rest, []byte("}"))
	byID := scenario.Match{DeviceCorrelationID: scenario.Pattern{Kind: scenario.PatternExact, Text: string(id)}}
	if bytes.Contains(data, []byte("\n  - operation: detectLivenessWithVerify\n")) {
		byID.Operation = scenario.DetectLivenessWithVerify
	}
	name := strings.TrimSuffix(file, ".yaml")
	byImage := scenario.Match{}
	byImage.VerifyImage.FileName = scenario.Pattern{Kind: scenario.PatternGlob, Text: "face-liveness-" + name + ".*"}
	return scenario.Outline{
		Name: name, Source: BuiltInName + "/" + file, Match: scenario.Rules{byID, byImage},
		Read: sync.OnceValue(func() scenario.Scenario { return readBuiltIn(file).scenario }),
	}
}

// Prepare reads the built-in scenario of this name, so that its first use is faster. It
// ignores an unknown name.
func Prepare(name string) {
	all := builtIns()
	if i := slices.IndexFunc(all, func(o scenario.Outline) bool { return o.Name == name }); i >= 0 {
		all[i].Read()
	}
}

// readBuiltIn reads a built-in file.
func readBuiltIn(file string) *reader {
	r, err := load(builtInSource(), file, map[string]string{})
	if err != nil {
		panic(fmt.Errorf("built-in scenario: %w", err))
	}
	return r
}
