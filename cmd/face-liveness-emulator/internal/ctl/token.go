package ctl

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// inspectFlags are the flags of token inspect.
type inspectFlags struct {
	connection connection
	jwks       string // file
}

func (p *Client) tokenCommand(s *config.Settings) *cobra.Command {
	parent := &cobra.Command{
		Use: "token", Short: "Decode a session token", Args: config.NoArguments,
		Long:    `Decode a session token. This needs no running emulator.`,
		Example: `  face-liveness-emulator token inspect < token.txt`,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	parent.AddCommand(p.tokenInspect(s))
	return parent
}

func (p *Client) tokenInspect(s *config.Settings) *cobra.Command {
	var f inspectFlags
	command := &cobra.Command{
		Use: "inspect [TOKEN|-]", Short: "Show the content of a session token",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%q takes one token, or reads it from standard input", cmd.CommandPath())
			}
			return nil
		},
		Long: `Show the header, claims and times of a session token, and the calls that it
allows. A token lets its holder act for the session until it expires: send it
to standard input, so that it does not stay in the history of the shell.

The signature is checked with the keys of a running emulator, found
automatically or set with --url, or with those of --jwks. The exit code is 1 if
it is wrong. Without keys it is not checked. Expiry is judged by the clock of
this machine.`,
		Example: `  face-liveness-emulator token inspect < token.txt
  jq -r .authToken created.json | face-liveness-emulator token inspect
  face-liveness-emulator token inspect --jwks jwks.json --output json < token.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.connection.complete(cmd.Flags(), p.LookupEnv); err != nil {
				return err
			}
			return p.inspectToken(cmd.Context(), s, &f, args)
		},
	}
	f.connection.output.register(command)
	flags := command.Flags()
	flags.StringVar(&f.jwks, "jwks", "", "JSON Web Key Set to check the signature")
	flags.StringVar(&f.connection.url, "url", "", "base URL of the emulator (default: found automatically)")
	flags.StringVar(&f.connection.ca, "ca", "", "file with an additional CA for https")
	return command
}

func (p *Client) inspectToken(ctx context.Context, s *config.Settings, f *inspectFlags, args []string) error {
	text, err := p.readToken(args)
	if err != nil {
		return err
	}
	t, err := decodeToken(text, p.Now())
	if err != nil {
		return err
	}
	keys, place, err := p.tokenKeys(ctx, s, f)
	if err != nil {
		return err
	}
	remark := "not checked: no running emulator found; use --url or --jwks"
	switch {
	case keys == nil:
	case t.signedBy(keys):
		t.Signature, remark = signatureGood, "good, by a key "+place
	default:
		t.Signature, remark = signatureBad, "BAD: not signed by a key "+place
	}
	if f.connection.output == formatJSON {
		err = p.printJSON(t)
	} else {
		err = p.print(t.text(remark, p.Now()))
	}
	if err == nil && t.Signature == signatureBad {
		err = &config.ExitError{Code: config.ExitRuntime}
	}
	return err
}

// readToken reads the token from the argument or from standard input.
func (p *Client) readToken(args []string) (text string, err error) {
	if len(args) == 1 && args[0] != "-" {
		text = args[0]
	} else {
		if isTerminal(p.Stdin) {
			_, _ = fmt.Fprintln(p.Stderr, "Paste the token, then press Enter and Ctrl-D.")
		}
		if text, _, err = p.readFile("-"); err != nil {
			return "", err
		}
	}
	text = strings.TrimSpace(config.Unquote(strings.TrimSpace(text)))
	if len(text) > 7 && strings.EqualFold(text[:7], "bearer ") { // as in the header Authorization
		text = strings.TrimSpace(text[7:])
	}
	if text == "" {
		return "", errors.New("no token given; send it to standard input")
	}
	return text, nil
}

// tokenKeys returns the keys of --jwks or else of a running emulator, and their place
// as "in FILE" or "of URL". The keys are nil if no emulator is running.
func (p *Client) tokenKeys(ctx context.Context, s *config.Settings, f *inspectFlags) (keys []tokenKey, place string, err error) {
	if f.jwks != "" {
		text, err := os.ReadFile(f.jwks)
		if err != nil {
			return nil, "", config.FileError(f.jwks, err)
		}
		if keys, err = readKeys(text); err != nil {
			err = fmt.Errorf("%s: %w", f.jwks, err)
		}
		return keys, "in " + f.jwks, err
	}
	client, err := f.connection.connect(ctx, p, s)
	if err != nil {
		if exit, ok := errors.AsType[*config.ExitError](err); ok && exit.Code == config.ExitRuntime && f.connection.url == "" {
			err = nil
		}
		return nil, "", err
	}
	text, err := fetch(ctx, client, "/_emulator/jwks.json")
	if err != nil {
		return nil, "", controlFailure(err)
	}
	if keys, err = readKeys(text); err != nil {
		err = &config.ExitError{Code: config.ExitRuntime, Err: fmt.Errorf("the keys of %s: %w", client.URL, err)}
	}
	return keys, "of " + client.URL, err
}

// maxToken bounds the tokens that are decoded, in bytes. The emulator's have 1.6 KB.
const maxToken = 16 << 10

// A decodedToken is the content of a session token, as --output json prints it.
type decodedToken struct {
	Header    json.RawMessage `json:"header"`
	Claims    json.RawMessage `json:"claims"` // in their order; JSON in strings is expanded
	Issued    time.Time       `json:"issued,omitzero"`
	Expires   time.Time       `json:"expires,omitzero"`
	Expired   bool            `json:"expired"`
	Signature string          `json:"signature"` // one of the constants below
	compact   string
	paths     []tokenPath
}

// The results of checking a signature.
const (
	signatureUnchecked = "unchecked"
	signatureGood      = "good"
	signatureBad       = "bad"
)

// A tokenPath is a call that a token allows.
type tokenPath struct {
	Path   string `json:"path"`
	Method string `json:"method"`
	Quota  int    `json:"quota"`
	Period int64  `json:"callRateRenewalPeriod"` // seconds
	Limit  int    `json:"callRateLimit"`
}

// decodeToken decodes a JSON Web Token in compact form. Its signature remains unchecked.
// Errors do not show the token.
func decodeToken(compact string, now time.Time) (decodedToken, error) {
	t := decodedToken{compact: compact, Signature: signatureUnchecked}
	segments := strings.Split(compact, ".")
	switch {
	case len(compact) > maxToken:
		return t, fmt.Errorf("the token is longer than %d bytes", maxToken)
	case len(segments) != 3:
		return t, fmt.Errorf("not a JWT: %s, want 3", plural(len(segments), "segment"))
	case strings.ContainsAny(compact, "\r\n"): // The decoder skips line ends.
		return t, errors.New("not a JWT: line end inside")
	}
	parser, claims := jwt.NewParser(jwt.WithStrictDecoding()), jwt.MapClaims{}
	_, _, err := parser.ParseUnverified(compact, claims)
	// A token with an unknown algorithm can be shown all the same.
	if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		// The cause after the second colon can quote from the token.
		part, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), jwt.ErrTokenMalformed.Error()+": "), ": ")
		return t, fmt.Errorf("not a JWT: %s", part)
	}
	var headerErr, claimsErr error
	t.Header, headerErr = parser.DecodeSegment(segments[0])
	t.Claims, claimsErr = parser.DecodeSegment(segments[1])
	t.Claims = expandClaims(t.Claims)
	t.Expires, t.Issued = epoch(claims["exp"]), epoch(claims["iat"])
	if t.Issued.IsZero() {
		t.Issued = epoch(claims["nbf"])
	}
	t.Expired = !t.Expires.IsZero() && !now.Before(t.Expires)
	if paths, _ := claims["allowed-paths"].(string); json.Unmarshal([]byte(paths), &t.paths) != nil {
		t.paths = nil
	}
	return t, errors.Join(headerErr, claimsErr)
}

// epoch converts seconds since 1970, which older tokens have as a string. Any other value
// is the zero time.
func epoch(value any) time.Time {
	const year9999 = 253402300799 // its last second; JSON has no later times
	seconds, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil || !(seconds >= 0 && seconds <= year9999) {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// expandClaims decodes the claims that hold JSON in a string.
func expandClaims(claims []byte) []byte {
	// Inside another string the quotes around the name would be escaped.
	claim := regexp.MustCompile(`("face"|"allowed-paths")\s*:\s*("(?:[^"\\]|\\.)*")`)
	return claim.ReplaceAllFunc(claims, func(member []byte) []byte {
		parts := claim.FindSubmatch(member)
		var inner string
		if json.Unmarshal(parts[2], &inner) != nil || !json.Valid([]byte(inner)) {
			return member
		}
		return slices.Concat(parts[1], []byte(":"), []byte(inner))
	})
}

// text is the text output, with a remark on the signature.
func (t decodedToken) text(signature string, now time.Time) string {
	times := func(number int) string {
		if number == 1 {
			return "once"
		}
		return strconv.Itoa(number) + " times"
	}
	expiry := "Expires"
	if t.Expired {
		expiry = "Expired"
	}
	rows := fields{{"Issued", relativeTime(t.Issued, now)}, {expiry, cmp.Or(relativeTime(t.Expires, now), "never (no exp)")}}
	for _, path := range t.paths {
		rows = append(rows, [2]string{"Allows", fmt.Sprintf("%s %s, %s, at most %s in %v", strings.ToUpper(path.Method), path.Path,
			times(path.Quota), times(path.Limit), time.Duration(path.Period)*time.Second)})
	}
	rows = append(rows, [2]string{"Signature", signature})
	return "Header\n" + indentedJSON(t.Header) + "\nClaims\n" + indentedJSON(t.Claims) + "\n" + table(rows.rows())
}

// A tokenKey is an ES256 key of a JSON Web Key Set.
type tokenKey struct {
	Type   string `json:"kty"`
	Curve  string `json:"crv"`
	X      string `json:"x"`
	Y      string `json:"y"`
	ID     string `json:"kid"`
	public *ecdsa.PublicKey
}

// readKeys reads the ES256 keys of a JSON Web Key Set.
func readKeys(text []byte) ([]tokenKey, error) {
	var set struct {
		Keys []tokenKey `json:"keys"`
	}
	if json.Unmarshal(text, &set) != nil {
		return nil, errors.New("not a JSON Web Key Set")
	}
	keys := slices.DeleteFunc(set.Keys, func(k tokenKey) bool { return k.Type != "EC" || k.Curve != "P-256" })
	if len(keys) == 0 {
		return nil, errors.New("no ES256 key in it")
	}
	for i, key := range keys {
		x, errX := base64.RawURLEncoding.Strict().DecodeString(key.X)
		y, errY := base64.RawURLEncoding.Strict().DecodeString(key.Y)
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if errors.Join(errX, errY, err) != nil || len(x) != len(y) {
			return nil, errors.New("a key in it is not on the curve P-256")
		}
		keys[i].public = public
	}
	return keys, nil
}

// signedBy reports whether one of the keys with the token's key id has signed it.
func (t decodedToken) signedBy(keys []tokenKey) bool {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	_, err := parser.Parse(t.compact, func(token *jwt.Token) (any, error) {
		var set jwt.VerificationKeySet
		for _, key := range keys {
			if key.ID == "" || key.ID == token.Header["kid"] {
				set.Keys = append(set.Keys, key.public)
			}
		}
		return set, nil
	})
	return err == nil
}
