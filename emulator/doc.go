// Package emulator is a local stand-in for the liveness part of the Azure AI
// Face REST API: an http.Handler that a program can serve or a test can call.
//
//	e, err := emulator.New(emulator.Options{})
//	...
//	defer e.Close()
//	http.ListenAndServe("localhost:10100", e)
//
// Emulator.Control changes the clock, the scenarios and the faults of a resource while
// the emulator runs.
//
// Package emulatortest starts an emulator for a test, with a server, a client that
// trusts it and a frozen clock. The program cmd/face-liveness-emulator serves one over
// HTTP and HTTPS.
//
// This package only connects the packages below internal, whose package comment explains
// the architecture.
package emulator
