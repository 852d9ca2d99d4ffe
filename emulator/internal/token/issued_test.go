package token_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// TestIssueKeeps: the key that has issued a token finds in it what another one does.
func TestIssueKeeps(t *testing.T) {
	t.Parallel()
	for _, shape := range []token.Shape{token.Shape2025, token.Shape2024} {
		for _, kind := range []string{"Liveness", "LivenessWithVerify"} {
			key, c := newKey(t, 1), claims()
			c.Shape, c.Kind = shape, kind
			c.VerifyImageProvided, c.DeviceCorrelationIDSetInClient = true, true
			c.IssuedAt = c.IssuedAt.Add(999 * time.Millisecond).In(time.FixedZone("", 3600))
			compact := issue(t, key, c)
			kept, err := key.Verify(compact)
			if err != nil {
				t.Fatal(err)
			}
			read, err := newKey(t, 1).Verify(compact)
			if diff := cmp.Diff(read, kept); err != nil || diff != "" {
				t.Errorf("shape %d, %s: error %v, (-read +kept):\n%s", shape, kind, err, diff)
			}
		}
	}
	key, c := newKey(t, 1), claims()
	c.Expires = c.IssuedAt
	if _, err := key.Verify(issue(t, key, c)); !errors.Is(err, token.ErrMalformed) {
		t.Errorf("expired when issued: got %v; want %v", err, token.ErrMalformed)
	}
}

// TestIssueEscapes: texts are rendered as encoding/json does, but for &, < and >.
func TestIssueEscapes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`a"b\c`, "<&>", "\u2028 é \U0001F600", "\x00\n\t\x1f", "\x7f", "a\xffb"} {
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(text); err != nil {
			t.Fatal(err)
		}
		c := claims()
		c.Region, c.Endpoint = text, text
		_, payload, _ := segments(t, issue(t, newKey(t, 1), c))
		if want := `{"region":` + strings.TrimSpace(want.String()) + `,"subscription-id"`; !strings.HasPrefix(payload, want) {
			t.Errorf("%q: got %s; want it to begin with %s", text, payload, want)
		}
		var read struct{ Face string }
		if err := json.Unmarshal([]byte(payload), &read); err != nil {
			t.Fatal(err)
		}
		if want := `{"endpoint":` + strings.TrimSpace(want.String()) + `,"sessionType"`; !strings.HasPrefix(read.Face, want) {
			t.Errorf("%q: got the claim face %s; want it to begin with %s", text, read.Face, want)
		}
	}
}
