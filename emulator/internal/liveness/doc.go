// Package liveness is the domain of the emulator: sessions, attempts, what may
// happen to them and when, and what must be kept. It knows neither HTTP nor how
// data is stored.
//
// A comment with a mark such as [documented: session-life] says where a rule
// comes from: it names an entry of schemas/ledger.yaml, which has the source.
package liveness
