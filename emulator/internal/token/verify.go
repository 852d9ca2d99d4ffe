package token

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxSize is the length of the longest accepted token. Session tokens
// are about 1.6 KB, Entra's seldom more than 4.
const maxSize = 16 << 10

// Why a token is refused. The errors of this package wrap these, so compare with
// errors.Is. Their texts do not quote the token.
var (
	// ErrMalformed says that a text is not a token of the expected kind.
	ErrMalformed = errors.New("token is malformed")
	// ErrSignature says that a token is not signed with this key by ES256.
	ErrSignature = errors.New("token is not signed with this emulator's key")
	// ErrSessionToken says that a session token stands in place of an Entra token.
	ErrSessionToken = errors.New("token is a session token, which is for device calls only")
	// ErrAudience says that an Entra token is for another service.
	ErrAudience = errors.New("token is not for https://cognitiveservices.azure.com")
)

// A Grant is the contents of a valid session token.
type Grant struct {
	Claims
	AllowedPaths []Path
}

// Verify checks a compact session token: its signature, that it was made by
// Issue, and its parts. It does not compare Expires with any clock. Errors are
// ErrMalformed and ErrSignature. The slices of the grant are shared; do not
// change them.
func (k *Key) Verify(compact string) (Grant, error) {
	if known, ok := k.verified.find(compact); ok {
		return known, nil
	}
	grant, err := k.verify(compact)
	if err == nil {
		k.verified.add(compact, grant)
	}
	return grant, err
}

func (k *Key) verify(compact string) (Grant, error) {
	if err := checkText(compact); err != nil {
		return Grant{}, err
	}
	var claims sessionClaims
	if body, ok := k.signedHere(compact); ok && json.Unmarshal(body, &claims.payload) == nil {
		return claims.grant()
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{algorithm}),
		jwt.WithoutClaimsValidation(),
		jwt.WithStrictDecoding(),
	)
	claims = sessionClaims{}
	_, err := parser.ParseWithClaims(compact, &claims, func(t *jwt.Token) (any, error) {
		if t.Header["kid"] != keyID {
			return nil, errors.New("unknown kid")
		}
		return &k.private.PublicKey, nil
	})
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return Grant{}, fmt.Errorf("%w: not a JWT", ErrMalformed)
	case err != nil:
		return Grant{}, ErrSignature
	}
	return claims.grant()
}

// signedHere returns the payload of a token that has the header and the signature which
// Issue gives it. To sign a text again takes half the time of checking a signature. Other
// signatures may be valid, too.
func (k *Key) signedHere(compact string) (body []byte, ok bool) {
	at := strings.LastIndexByte(compact, '.')
	encoded, found := strings.CutPrefix(compact[:max(at, 0)], sessionHeader+".")
	if !found {
		return nil, false
	}
	signature, err := k.sign([]byte(compact[:at]))
	if err != nil || subtle.ConstantTimeCompare(base64.RawURLEncoding.AppendEncode(nil, signature[:]), []byte(compact[at+1:])) == 0 {
		return nil, false
	}
	body, err = base64.RawURLEncoding.DecodeString(encoded)
	return body, err == nil
}

// checkText refuses long texts, and line ends, which the base64 decoder of the
// library skips.
func checkText(compact string) error {
	if len(compact) > maxSize {
		return fmt.Errorf("%w: longer than %d bytes", ErrMalformed, maxSize)
	}
	if strings.ContainsAny(compact, "\r\n") {
		return fmt.Errorf("%w: line end inside", ErrMalformed)
	}
	return nil
}

// libraryClaims are the JWT library's own claims. They are never filled: they
// only give what the library decodes into the methods it asks for.
type libraryClaims struct {
	jwt.RegisteredClaims
}

type sessionClaims struct {
	libraryClaims `json:"-"`
	payload
}

func (c *sessionClaims) grant() (Grant, error) {
	shape, issued, err := c.issued()
	var face faceClaim
	var allowed []allowedPath
	switch {
	case c.Audience != sessionAudience || c.Issuer != sessionIssuer:
		return Grant{}, fmt.Errorf("%w: not of audience %s", ErrMalformed, sessionAudience)
	case c.SessionID == "":
		return Grant{}, fmt.Errorf("%w: no sid", ErrMalformed)
	case err != nil:
		return Grant{}, err
	case c.Expires <= issued:
		return Grant{}, fmt.Errorf("%w: exp is not after the time of issue", ErrMalformed)
	case json.Unmarshal([]byte(c.Face), &face) != nil || shape.Paths("", face.SessionType) == nil:
		return Grant{}, fmt.Errorf("%w: claim face", ErrMalformed)
	case json.Unmarshal([]byte(c.AllowedPaths), &allowed) != nil || len(allowed) == 0:
		return Grant{}, fmt.Errorf("%w: claim allowed-paths", ErrMalformed)
	}
	// face/<version>/…
	segments := strings.SplitN(allowed[0].Path, "/", 3)
	if len(segments) < 3 {
		return Grant{}, fmt.Errorf("%w: claim allowed-paths", ErrMalformed)
	}
	client := face.ClientClaims
	grant := Grant{
		Claims: Claims{
			Shape:                          shape,
			SessionID:                      c.SessionID,
			Kind:                           face.SessionType,
			APIVersion:                     segments[1],
			Endpoint:                       face.Endpoint,
			OperationMode:                  client.OperationMode,
			VerifyImageProvided:            client.VerifyImageProvided != nil && *client.VerifyImageProvided,
			DeviceCorrelationIDSetInClient: client.DeviceCorrelationIDSetInClient != nil && *client.DeviceCorrelationIDSetInClient,
			IssuedAt:                       time.Unix(issued, 0).UTC(),
			Expires:                        time.Unix(c.Expires, 0).UTC(),
			Region:                         c.Region,
			SubscriptionID:                 c.SubscriptionID,
			ProductID:                      c.ProductID,
			AzureResourceID:                c.AzureResourceID,
		},
		AllowedPaths: make([]Path, len(allowed)),
	}
	for i, p := range allowed {
		grant.AllowedPaths[i] = Path{p.Path, p.Method, p.Quota, time.Duration(p.Period) * time.Second, p.Limit}
	}
	return grant, nil
}

// issued returns the time of issue in epoch seconds, and the shape of the token.
func (c *sessionClaims) issued() (Shape, int64, error) {
	switch {
	case c.IssuedAt != nil && c.NotBefore == "":
		return Shape2025, *c.IssuedAt, nil
	case c.IssuedAt == nil && c.NotBefore != "":
		issued, err := strconv.ParseInt(c.NotBefore, 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("%w: claim nbf", ErrMalformed)
		}
		return Shape2024, issued, nil
	default:
		return 0, 0, fmt.Errorf("%w: neither iat nor nbf, or both", ErrMalformed)
	}
}
