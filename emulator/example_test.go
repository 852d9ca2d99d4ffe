package emulator_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// An emulator is an http.Handler: a program can serve it, and a test can call it.
func Example() {
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = e.Close() }()

	request := httptest.NewRequest(http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		strings.NewReader(`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`))
	request.Header.Set("Ocp-Apim-Subscription-Key", emulator.Key1)
	request.Header.Set("Content-Type", "application/json")
	response := httptest.NewRecorder()
	e.ServeHTTP(response, request)

	fmt.Println(response.Code, strings.Contains(response.Body.String(), `"status":"NotStarted"`))
	// Output: 200 true
}

// Control changes one resource of an emulator, here its clock.
func ExampleEmulator_Control() {
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	resource, err := e.Control("my-test")
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	frozen := time.Date(2040, 2, 29, 12, 0, 0, 0, time.UTC)
	stopped := 0.0
	if _, err := resource.ChangeClock(ctx, control.ClockChange{Set: &frozen, Rate: &stopped}); err != nil {
		log.Fatal(err)
	}
	clock, err := resource.ChangeClock(ctx, control.ClockChange{Advance: control.Duration(15 * time.Minute)})
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(clock.Now.UTC().Format(time.DateTime))
	// Output: 2040-02-29 12:15:00
}
