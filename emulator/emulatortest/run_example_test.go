package emulatortest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// exampleT is the testing.TB of an example that runs. Tests pass their own.
type exampleT struct {
	testing.TB // nil: a method that is not below panics

	cleanups []func()
}

func (t *exampleT) Helper()                      {}
func (t *exampleT) Name() string                 { return "Example" }
func (t *exampleT) Failed() bool                 { return false }
func (t *exampleT) Context() context.Context     { return context.Background() }
func (t *exampleT) Cleanup(f func())             { t.cleanups = append(t.cleanups, f) }
func (t *exampleT) Errorf(f string, args ...any) { fmt.Printf(f+"\n", args...) }
func (t *exampleT) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

func (t *exampleT) finish() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}

// A resource has a clock that a test freezes and advances.
func ExampleServer_Resource() {
	t := &exampleT{} // the test's
	defer t.finish()

	resource := emulatortest.New(t).Resource(t)
	resource.Freeze()
	before, err := resource.Control.Clock(context.Background())
	if err != nil {
		t.Fatalf("%v", err)
	}
	resource.Advance(time.Hour)
	after, err := resource.Control.Clock(context.Background())
	if err != nil {
		t.Fatalf("%v", err)
	}

	fmt.Println(after.Now.Sub(before.Now))
	// Output: 1h0m0s
}
