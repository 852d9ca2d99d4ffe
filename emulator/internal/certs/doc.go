// Package certs gives the emulator its TLS certificates: a development CA that
// is made on the first run and kept, and short-lived server certificates signed
// by it for whatever name a client on the same machine or network uses.
//
// Certificates belong to the machine, not to the emulated service, so their
// time is the system's.
package certs
