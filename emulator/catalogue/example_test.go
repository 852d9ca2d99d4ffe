package catalogue_test

import (
	"fmt"
	"log"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
)

// Explain says which scenario a create call would get, without an emulator.
func Example() {
	folder := fstest.MapFS{"qa.yaml": {Data: []byte("name: qa\nmatch: {deviceCorrelationId: qa-*}\nattempts: [{outcome: spoofface}]\n")}}
	scenarios, err := catalogue.Open(emulator.ScenarioSource{Name: "mine", FS: folder})
	if err != nil {
		log.Fatal(err)
	}
	explanations, err := scenarios.Explain(catalogue.Call{DeviceCorrelationID: "qa-phone"})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range explanations {
		if e.Chosen {
			fmt.Println(e.Name, "from", e.Source)
		}
	}
	// Output: qa from mine/qa.yaml
}
