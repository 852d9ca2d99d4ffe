// Package faceliveness is a module for testcontainers-go. It runs an emulator of the
// liveness API in a container for integration tests, and returns its endpoints, its key,
// a client that trusts it, and a client for its control.
//
//	container, err := faceliveness.Run(ctx, "face-liveness-emulator:latest",
//		faceliveness.WithScenarioDir("testdata/scenarios"))
//	testcontainers.CleanupContainer(t, container)
//	if err != nil {
//		t.Fatal(err)
//	}
//
// Run returns when the emulator is ready. Containers publish random free ports, so any
// number of them run in parallel. Parallel tests can also share one container: every
// text is a valid key and selects a separate resource with its own clock, scenarios,
// faults and request log. Package emulatortest connects to Container.HTTPEndpoint and
// adds assertions.
//
// # Options
//
// The options of testcontainers-go work, too. With WithNetwork of its package network,
// other containers reach the emulator as https://ALIAS:10101, with a certificate for
// that name. WithEnv with FACE_LIVENESS_NAME sets every setting of the emulator that has
// no option here. Run returns an error for an invalid option, such as a missing file. An
// internal network publishes no ports: add a second network (WithBridgeNetwork of
// package network), or Run times out.
//
// Files are copied into the container before it starts, so they also reach an engine on
// another machine. Options can be used for several containers.
//
// Set TESTCONTAINERS_HOST_OVERRIDE to the host of the published ports, such as
// localhost, if testcontainers-go finds the wrong one. This happens if the tests run in
// the same container as the engine.
//
// # Certificates
//
// The emulator's certificate is valid for the host of the endpoints, for localhost, for
// all network aliases and for WithTLSHosts. Each container has a new certificate
// authority, unless WithStateVolume keeps it.
//
// # Reuse
//
// With testcontainers.WithReuseByName, the first Run creates the container and later
// ones find it as the first one created it: they do not apply options for keys, clock,
// scenarios or state again, so the clock does not jump during other tests. Key and
// Control use the keys and the admin token of the container. Options for the log apply
// to each Run. In a reused container, use a separate key for each test, or reset the
// resource with Control and Reset.
//
// The reaper of testcontainers-go, unless disabled, removes containers and their volumes
// some seconds after the process that created them ends.
package faceliveness
