package token_test

import (
	"errors"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

func TestIssueAssets(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	compact, err := key.IssueAssets(issuedAt().Add(999999999), issuedAt().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	header, payload, signature := segments(t, compact)
	if want := `{"alg":"ES256","kid":"key1","typ":"JWT"}`; header != want {
		t.Errorf("header: got %s, want %s", header, want)
	}
	if want := `{"aud":"urn:face-liveness-emulator:client-assets","iat":1760473600,"exp":1760477200,"iss":"face-liveness-emulator"}`; payload != want {
		t.Errorf("payload:\n got %s\nwant %s", payload, want)
	}
	if len(signature) != 64 {
		t.Errorf("signature: got %d bytes, want 64", len(signature))
	}
	if _, err := key.Verify(compact); !errors.Is(err, token.ErrMalformed) {
		t.Errorf("in place of a session token: got %v, want %v", err, token.ErrMalformed)
	}
	if _, err := token.Entra(compact); !errors.Is(err, token.ErrAudience) {
		t.Errorf("in place of an Entra token: got %v, want %v", err, token.ErrAudience)
	}
	if got, err := key.IssueAssets(issuedAt(), issuedAt()); err == nil || got != "" {
		t.Errorf("no lifetime: got a token of %d bytes and error %v, want an error", len(got), err)
	}
}
