package faceliveness_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

func ExampleRun() {
	ctx := context.Background()

	container, err := faceliveness.Run(ctx, image(), faceliveness.WithKeys("backend"), faceliveness.WithEphemeral())
	defer func() {
		if err := testcontainers.TerminateContainer(container); err != nil {
			log.Printf("terminate: %v", err)
		}
	}()
	if err != nil {
		log.Printf("run: %v", err)
		return
	}
	endpoint, err := container.HTTPSEndpoint(ctx)
	if err != nil {
		log.Print(err)
		return
	}
	client, err := container.HTTPClient(ctx)
	if err != nil {
		log.Print(err)
		return
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/face/v1.2/detectLiveness-sessions",
		strings.NewReader(`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`))
	if err != nil {
		log.Print(err)
		return
	}
	request.Header.Set("Ocp-Apim-Subscription-Key", container.Key())
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		log.Print(err)
		return
	}
	_ = answer.Body.Close()

	fmt.Println(container.Key(), answer.Status)

	// Output: backend 200 OK
}

// A test of expiry moves the clock forward.
func ExampleContainer_Control() {
	ctx := context.Background()

	container, err := faceliveness.Run(ctx, image(),
		faceliveness.WithFrozenClock(time.Date(2040, time.February, 29, 12, 0, 0, 0, time.UTC)))
	defer func() {
		if err := testcontainers.TerminateContainer(container); err != nil {
			log.Printf("terminate: %v", err)
		}
	}()
	if err != nil {
		log.Printf("run: %v", err)
		return
	}
	api, err := container.Control(ctx, "my-test")
	if err != nil {
		log.Print(err)
		return
	}
	clock, err := api.ChangeClock(ctx, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
	if err != nil {
		log.Print(err)
		return
	}

	fmt.Println(clock.Now.UTC())

	// Output: 2040-03-01 12:00:00 +0000 UTC
}
