// Package token issues and verifies the session authorization token, and reads
// the identity in an Entra access token. It is pure: it asks no clock and keeps
// nothing, so whether a token has expired is the caller's to say.
package token
