// Package faceliveness is a module for testcontainers-go: it runs an emulator of the
// liveness API as a container for integration tests, and gives its endpoints, its
// key, a client that trusts it, and control of it.
//
//	container, err := faceliveness.Run(ctx, "face-liveness-emulator:latest",
//		faceliveness.WithScenarioDir("testdata/scenarios"))
//	testcontainers.CleanupContainer(t, container)
//	if err != nil {
//		t.Fatal(err)
//	}
//
// Run returns when the emulator is ready. Its ports on the host are free ones, so any
// number of containers run side by side. One container is enough for tests side by
// side, too: any text is a key and opens a resource of its own, with its own clock,
// scenarios, faults and requests. For all of that with assertions, connect package
// emulatortest to Container.HTTPEndpoint.
//
// # Options
//
// Options of testcontainers-go work beside those of this package: WithNetwork of its
// package network for other containers, which then reach the emulator as
// https://ALIAS:10101 with a certificate for that name; WithEnv with FACE_LIVENESS_NAME
// for every flag of the emulator that has no option here. What an option of this
// package can find wrong, such as a file that is not there, is an error of Run. An
// internal network publishes no ports, so the container needs another one beside it
// (WithBridgeNetwork of package network), or Run waits in vain.
//
// Files are copied into the container before it starts, so they also get to an engine
// on another machine. Options can be used for several containers.
//
// Where tests run in a container and the engine beside them in the same one, or ports
// are published elsewhere than testcontainers-go believes, TESTCONTAINERS_HOST_OVERRIDE
// names the host, such as localhost.
//
// # Certificates
//
// The emulator's certificate is good for the host that the endpoints name, for
// localhost, for all network aliases and for WithTLSHosts. Its authority is a new one
// for each container, unless WithStateVolume keeps it.
//
// # Reuse
//
// With testcontainers.WithReuseByName, the first Run makes the container and later ones
// find it. It is as the first one made it: whatever a later Run says of keys, clock,
// scenarios or state is not applied again, so that the clock does not jump under tests
// that run. Key and Control know the keys and the admin token that the container has.
// Only options about the log hold for each Run. Who reuses a container takes a key of
// their own for each test, or resets the resource, by Control and Reset.
//
// Testcontainers' reaper, where it is not disabled, removes containers and the volumes
// they made some seconds after the process that made them is done.
package faceliveness
