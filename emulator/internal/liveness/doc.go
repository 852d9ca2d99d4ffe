// Package liveness holds the values of the emulator and their rules: sessions,
// attempts, what may happen to them and when. It also says, in Store, what must be
// kept. It knows neither HTTP nor how data is stored, and it reads no clock.
//
// A comment with a mark such as [documented: session-life] says where a rule
// comes from: it names an entry of schemas/ledger.yaml, which has the source.
package liveness
