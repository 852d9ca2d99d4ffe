// Package emulator is a local stand-in for the liveness part of the Azure AI
// Face REST API: an http.Handler that a program can serve or a test can call.
//
//	e, err := emulator.New(emulator.Options{})
//	...
//	defer e.Close()
//	http.ListenAndServe("localhost:10100", e)
//
// Emulator.Control changes the clock, the scenarios and the faults of a resource while
// it runs.
//
// Package emulatortest makes one for a test, with a server, a client that
// trusts it and a frozen clock. The program cmd/face-liveness-emulator serves one over
// HTTP and HTTPS.
//
// This package is the only place where the parts below internal are put
// together; a test in it states who may import whom.
package emulator
