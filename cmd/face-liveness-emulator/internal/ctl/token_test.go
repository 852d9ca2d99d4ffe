package ctl

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// compactToken returns a token with these parts and an invalid signature.
func compactToken(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode([]byte("signature"))
}

// inspected runs token inspect without a running emulator.
func inspected(t *testing.T, token string, now time.Time, flags ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	variables := map[string]string{"FACE_LIVENESS_STATE": t.TempDir(), "FACE_LIVENESS_HTTP_ADDR": "127.0.0.1:0", "FACE_LIVENESS_HTTPS_ADDR": "", "FACE_LIVENESS_KEY": "mine"}
	p := Client{
		LookupEnv: environment(variables), Stdin: strings.NewReader(token), Stdout: &out, Stderr: &errs,
		Now: func() time.Time { return now },
		Find: func(context.Context, *config.Settings) (string, error) {
			return "", &config.ExitError{Code: config.ExitRuntime, Err: errors.New("no running emulator found")}
		},
	}
	var s config.Settings
	root := &cobra.Command{
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return s.Complete(cmd.Root().PersistentFlags(), p.LookupEnv)
		},
	}
	s.Register(root.PersistentFlags())
	root.AddCommand(p.Commands(&s)...)
	root.SetArgs(append([]string{"token", "inspect"}, flags...))
	err := root.ExecuteContext(t.Context())
	if err == nil {
		return config.ExitOK, out.String(), errs.String()
	}
	if exit, ok := errors.AsType[*config.ExitError](err); ok {
		if exit.Err == nil {
			return exit.Code, out.String(), errs.String()
		}
		code, err = exit.Code, exit.Err
	} else {
		code = config.ExitUsage
	}
	return code, out.String(), errs.String() + err.Error()
}

// TestTokenTimes: the times of a token, with their distance from now.
func TestTokenTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	for claims, want := range map[string]string{
		`{"iat":1896091199,"exp":1896091800}`:          "Issued     2030-01-31T11:59:59Z, 1 second ago\nExpires    2030-01-31T12:10:00Z, in 10 minutes\n",
		`{"nbf":"1896091200","exp":1896091200}`:        "Issued     2030-01-31T12:00:00Z, now\nExpired    2030-01-31T12:00:00Z, now\n",
		`{"iat":1896004799,"exp":1896087539}`:          "Issued     2030-01-30T11:59:59Z, 1 day ago\nExpired    2030-01-31T10:58:59Z, 1 hour and 1 minute ago\n",
		`{"iat":1,"exp":"x"}`:                          "Issued     1970-01-01T00:00:01Z, 21945 days and 11 hours ago\nExpires    never (no exp)\n",
		`{"exp":1e300}`:                                "Expires    never (no exp)\n",
		`{"exp":1896091201,"allowed-paths":"no JSON"}`: "Expires    2030-01-31T12:00:01Z, in 1 second\n",
		`{"exp":1896091201,"allowed-paths":"[{\"path\":\"p\",\"method\":\"post\",\"quota\":3,\"callRateRenewalPeriod\":5,\"callRateLimit\":1}]"}`: "Expires    2030-01-31T12:00:01Z, in 1 second\nAllows     POST p, 3 times, at most once in 5s\n",
	} {
		code, stdout, stderr := inspected(t, compactToken(`{"alg":"ES256"}`, claims), now)
		_, got, _ := strings.Cut(stdout, "}\n\nIssued")
		got = "Issued" + got
		if _, other, ok := strings.Cut(stdout, "}\n\nExpire"); ok {
			got = "Expire" + other
		}
		want += "Signature  not checked: "
		if code != config.ExitOK || stderr != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: got exit code %d, %q and %s; want %s", claims, code, stderr, stdout, want)
		}
	}
}

// TestTokenShown: the claims in their order, with JSON in strings decoded, without the
// signature and without control characters.
func TestTokenShown(t *testing.T) {
	t.Parallel()
	token := compactToken(`{"alg":"ES256","kid":"key1"}`, `{"sid":"`+"\u009b"+`31m","face":"{\"endpoint\":\"http://x\"}","aud":["<&>"],"exp":7}`)
	const want = "Header\n{\n  \"alg\": \"ES256\",\n  \"kid\": \"key1\"\n}\n\nClaims\n{\n  \"sid\": \"\uFFFD31m\",\n  \"face\": {\n    \"endpoint\": \"http://x\"\n  },\n  \"aud\": [\n    \"<&>\"\n  ],\n  \"exp\": 7\n}\n"
	for _, text := range []string{token, " " + token + "\n", "Bearer " + token, `"` + token + `"`} {
		code, stdout, _ := inspected(t, text, time.Unix(8, 0))
		if code != config.ExitOK || !strings.HasPrefix(stdout, want) {
			t.Errorf("got exit code %d and %s; want %s", code, stdout, want)
		}
		if signature := base64.RawURLEncoding.EncodeToString([]byte("signature")); strings.Contains(stdout, signature) {
			t.Errorf("got %s, want no signature in it", stdout)
		}
	}
	code, stdout, _ := inspected(t, token, time.Unix(8, 0), "--output", "json")
	var got decodedToken
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != config.ExitOK || !got.Expired || got.Signature != signatureUnchecked || got.Expires.Unix() != 7 {
		t.Errorf("got exit code %d, %v and %s", code, err, stdout)
	}
}

// TestTokenMalformed: malformed tokens are refused and not shown.
func TestTokenMalformed(t *testing.T) {
	t.Parallel()
	good := compactToken(`{}`, `{}`)
	for text, want := range map[string]string{
		"":                              "no token given",
		"sesame":                        "not a JWT: 1 segment, want 3",
		good + ".sesame":                "not a JWT: 4 segments, want 3",
		"sesame!." + good:               "not a JWT: 4 segments",
		"=." + "e30" + ".":              "not a JWT: could not base64 decode header",
		"e30.e31.":                      "not a JWT: could not base64 decode claim", // bits that say nothing
		"e30.e3\n0.":                    "not a JWT: line end inside",
		compactToken(`[]`, `{}`):        "not a JWT: could not JSON decode header",
		compactToken(`{}`, `{"sesame"`): "not a JWT: could not JSON decode claim",
		compactToken(`{}`, `{} {}`):     "not a JWT: could not JSON decode claim",
		strings.Repeat("a", maxToken+1): "the token is longer than 16384 bytes",
	} {
		code, stdout, stderr := inspected(t, text, time.Unix(8, 0))
		if code != config.ExitUsage || stdout != "" || !strings.Contains(stderr, want) || strings.Contains(stderr, "sesame") {
			t.Errorf("%.40q: got exit code %d, %q and %q; want %q", text, code, stdout, stderr, want)
		}
	}
}

// FuzzToken: any text is refused or can be shown.
func FuzzToken(f *testing.F) {
	for _, seed := range []string{
		"", "a.b.c", compactToken(`{}`, `{}`), compactToken(`{"alg":"ES256","kid":"key1"}`, `{"exp":1,"iat":"2","face":"{}","allowed-paths":"[{}]"}`),
		compactToken(`{"alg":null}`, `{"face":7,"allowed-paths":"[[","exp":-1e999}`), compactToken(`{"a":{"a":[]}}`, "{\"\\u0000\":\"\u202e\"}"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, compact string) {
		token, err := decodeToken(compact, time.Unix(0, 0))
		if err != nil {
			if len(compact) > 20 && strings.Contains(err.Error(), compact) {
				t.Errorf("got %v, want no token in it", err)
			}
			return
		}
		if !json.Valid(token.Claims) {
			t.Errorf("got %s, want JSON", token.Claims)
		}
		text := token.text("unknown", time.Unix(0, 0))
		if shown := strings.ReplaceAll(text, "\n", ""); printable(shown) != shown {
			t.Errorf("got %q, want nothing that a terminal acts upon", text)
		}
		if token.signedBy(nil) {
			t.Error("got a good signature by no key")
		}
		if _, err := json.Marshal(token); err != nil {
			t.Error(err)
		}
	})
}

// FuzzKeys: any text is refused or has keys.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`, `{"keys":[{"kty":"RSA"}]}`,
		`{"keys":[{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU","kid":"g"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if keys, err := readKeys(text); (err == nil) != (len(keys) > 0) {
			t.Errorf("got %d keys and %v", len(keys), err)
		}
	})
}
