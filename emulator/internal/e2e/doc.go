// Package e2e holds the tests of an emulator as a whole. Their data is in
// emulator/testdata.
package e2e
