// Package liveness is the domain of the emulator: sessions, attempts, what may
// happen to them and when, and what must be kept. It knows neither HTTP nor how
// data is stored.
//
// Comments mark where a rule comes from: [documented] in the API's
// specification or Microsoft's documentation, [recorded] in real traffic,
// [assumed] where nobody says and the emulator had to choose.
package liveness
