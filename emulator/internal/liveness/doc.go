// Package liveness holds the values of the emulator and their rules: sessions,
// attempts, what may happen to them and when. It also says, in Store, what must be
// kept. It knows neither HTTP nor how data is stored, and it reads no clock.
//
// Comments mark where a rule comes from: [documented] in the API's
// specification or Microsoft's documentation, [recorded] in real traffic,
// [assumed] where nobody says and the emulator had to choose.
package liveness
