package token_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// TestVerifyAgain: the second time a token is looked at gives what the first
// gave, also among so many that some are forgotten, and one that was refused is
// refused again.
func TestVerifyAgain(t *testing.T) {
	t.Parallel()
	key := newKey(t, 7)
	issued := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var tokens []string
	for i := range 2100 { // more than are remembered
		compact, err := key.Issue(token.Claims{
			SessionID: fmt.Sprintf("session-%d", i), Kind: "Liveness", APIVersion: "v1.2", Endpoint: "https://localhost",
			OperationMode: "Passive", IssuedAt: issued, Expires: issued.Add(time.Minute),
		})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, compact)
	}
	for round := range 2 {
		for i, compact := range tokens {
			grant, err := key.Verify(compact)
			if want := fmt.Sprintf("session-%d", i); err != nil || grant.SessionID != want {
				t.Fatalf("round %d: got session %q, %v; want %q", round, grant.SessionID, err, want)
			}
		}
	}
	first, err := key.Verify(tokens[0])
	if err != nil {
		t.Fatal(err)
	}
	again, err := key.Verify(tokens[0])
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Errorf("%v, (-first +again):\n%s", err, diff)
	}
	tampered := tokens[0][:len(tokens[0])-4] + "AAAA"
	for range 2 {
		if _, err := key.Verify(tampered); !errors.Is(err, token.ErrSignature) {
			t.Errorf("tampered: got %v; want %v", err, token.ErrSignature)
		}
	}
}
