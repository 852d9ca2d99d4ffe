package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A packageInit is the cost of the initialisation of a package, as GODEBUG=inittrace=1
// prints it.
type packageInit struct {
	name           string
	milliseconds   float64
	bytes, objects int
}

// TestPackageInit prints the packages whose initialisation costs most, which every
// command pays at each start. Memory is bounded, because the time depends on what else
// the machine does; a package that compiles something takes both.
func TestPackageInit(t *testing.T) {
	t.Parallel()
	const (
		mostOwn = 64 << 10 // bytes of a package of this module, twice those of the largest
		mostAll = 3 << 20  // bytes of all packages, twice those with the race detector
	)
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	command.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var all []packageInit
	total := packageInit{}
	for line := range strings.Lines(string(output)) {
		var p packageInit
		var at float64
		if _, err := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes, %d allocs", &p.name, &at, &p.milliseconds, &p.bytes, &p.objects); err != nil {
			continue
		}
		all = append(all, p)
		total.milliseconds += p.milliseconds
		total.bytes += p.bytes
		if strings.HasPrefix(p.name, "github.com/livenesslabs/face-liveness-emulator/") && p.bytes > mostOwn {
			t.Errorf("the initialisation of %s takes %d bytes, want at most %d: work it out when it is first used", p.name, p.bytes, mostOwn)
		}
	}
	if len(all) == 0 {
		t.Fatalf("got no traces of initialisations:\n%s", output)
	}
	slices.SortFunc(all, func(a, b packageInit) int { return b.bytes - a.bytes })
	t.Logf("%d packages take %.1f ms and %d KB, these most:", len(all), total.milliseconds, total.bytes>>10)
	for _, p := range all[:min(8, len(all))] {
		t.Logf("%8.3f ms %5d KB %5d objects  %s", p.milliseconds, p.bytes>>10, p.objects, p.name)
	}
	if total.bytes > mostAll {
		t.Errorf("the initialisation of all packages takes %d bytes, want at most %d", total.bytes, mostAll)
	}
}
