// Package token issues and verifies the session authorization token, and the
// other tokens that the emulator signs: for client assets, and in the form of
// Microsoft Entra's access token, whose identity it reads. It is pure: it asks
// no clock and keeps nothing, so whether a token has expired is the caller's to
// say.
package token
