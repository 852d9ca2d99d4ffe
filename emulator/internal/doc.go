// Package internal holds the parts of the emulator. It has no code of its own; this
// comment is the architecture on one page. The import map in e2e/imports_test.go
// enforces it.
//
// # The way of a call
//
//	cmd/face-liveness-emulator     process: flags, listeners, signals
//	emulator                       wires everything below; an http.Handler
//	httpapi     admin              the emulated API; the calls below /_emulator/
//	service     feed     report    operations on sessions; events; findings
//	liveness    resource scenario  state machine; settings, clocks, faults; scenarios
//	store                          the interface of what keeps sessions; memstore, badgerstore
//	clock token certs fault ...    leaves: they import none of the packages above
//
// Imports point downwards only. Package liveness is the centre: values and rules of a
// session, without context, store, tokens or HTTP. Package store is the interface that the
// engines implement. Package service applies the rules to a store. Package httpapi
// translates between the service and the bytes of each API version.
//
// A create call passes these stations: a handler that adds headers to every response
// and writes the log line; the route of its version; authentication; faults; decoding
// and validation against the schema; the service, which chooses a scenario, pins it into
// the session and stores the session; the token; the answer of the version.
// An entry of the log is written before the answer is sent. The service writes each change
// of a session into the same log, so that requests and changes have one order, which
// package feed turns into events.
//
// # Rules
//
//   - Versions of the API are rows of a table, not branches in the code. One store serves
//     all of them.
//   - A handler returns a response or an error. One adapter writes it, and one table maps
//     error codes to status, code and text.
//   - The status of a session is computed from its parts and the clock, and never stored.
//     What a session will do is decided when it is created.
//   - An operation of the service reads the clock once and passes the time on. (The entry
//     of the log and the faults read it on their own, before the operation.)
//   - There are no package-level mutable variables, so that many emulators can run in one
//     process. Time, randomness, ids and loggers are fields.
//   - A subscription key is a resource, and resources do not see each other. Parallel tests
//     need only different keys.
//
// # Decisions
//
// Each names what else was considered.
//
// Badger stores sessions in a folder. SQLite needs cgo or a large translation, bbolt
// writes every change to disk before it answers, and files of our own need a log and
// a recovery of our own. Badger is pure Go, fast for small writes, and survives the end
// of the process. In memory it is slower than a map, so engine memstore is separate.
// Both pass the same contract, storetest.
//
// A reset or restore writes a new generation of sessions beside the current one, and
// switches to it with one write. If it changed the current sessions instead, all other calls
// would have to wait, and an undo would be impossible. In return, keys have a generation,
// and a sweep has to remove the former one.
//
// Scenario folders are polled once a second. Notifications of the file system (fsnotify)
// do not arrive from many bind mounts, network file systems and virtual machines, and
// config maps of Kubernetes replace links instead of files. Polling works everywhere,
// and needs no library. Files that have stopped changing are read as a whole set, so that
// a half-written file is never used.
//
// Session tokens are signed with ES256. RS256 signs about thirty times slower, and a create
// call is mostly its signature. HS256 would need a shared secret to verify, and here anyone
// can verify a token with the public key below /_emulator/. The key is stored with the
// state, so tokens survive a restart.
//
// There are two clocks. Sessions, tokens and rate limits follow the clock of their
// resource, which can be frozen, advanced and scaled. Delays of faults, slow bodies,
// timeouts, TLS and the expiry of Entra tokens follow the system's clock, because the
// client waits in real time. One clock for both would let a frozen clock block the
// client's connections.
//
// Requests are validated against JSON schemas of each API version, and then decoded into
// one type for all versions. Types for each version would repeat each rule four times.
//
// Settings and clocks of resources are read once, and then held until their epoch changes:
// a number that the registry raises with each change, and that a store for several
// processes would send with each answer. Telling each cache what has changed works in one
// process only, and reading them at each call costs as much as reading the session.
// Changes start from what is stored, not from what is held.
//
// The log of requests and changes stays in memory, with limits. On disk it would cost a
// write for every call, and tests read it while they run. It is behind an interface
// (journal.Log), as the counts of faults and random choices are (memory.Memory), so that
// several processes can share them where they share a store.
package internal
