package control_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A Client controls an emulator in another process, here a test server. The key selects a
// resource; all other resources stay as they are.
func ExampleClient() {
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	server := httptest.NewServer(e)
	defer server.Close()

	client := &control.Client{URL: server.URL, Key: "my-test"}
	ctx := context.Background()
	start := time.Date(2040, 2, 29, 12, 0, 0, 0, time.UTC)
	if _, err := client.ChangeClock(ctx, control.ClockChange{Set: &start, Rate: new(0.0)}); err != nil {
		log.Fatal(err)
	}
	clock, err := client.ChangeClock(ctx, control.ClockChange{Advance: control.Duration(time.Hour)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(clock.Now.UTC().Format(time.DateTime))

	// The request log has the calls of this resource.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/face/v1.2/detectLiveness-sessions/none", http.NoBody)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set(control.KeyHeader, client.Key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	_ = answer.Body.Close()
	verdict, err := client.Verify(ctx, control.Verification{
		Expect: []control.Expectation{{RequestQuery: control.RequestQuery{Operation: "getLivenessSessionResult"}, Exactly: new(1)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(verdict.Met)
	// Output:
	// 2040-02-29 13:00:00
	// true
}
