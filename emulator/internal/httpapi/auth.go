package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

const keyHeader = "Ocp-Apim-Subscription-Key"

// A keyring maps subscription keys to resources.
type keyring struct {
	known map[string]liveness.ResourceID
	// open: an unknown key names a separate resource.
	open bool
}

func newKeyring(groups [][]string, shared []string) keyring {
	ring := keyring{known: map[string]liveness.ResourceID{}, open: len(groups) == 0}
	if ring.open {
		groups = [][]string{shared}
	}
	for _, group := range groups {
		for _, key := range group {
			ring.known[key] = resourceOf("key", group[0])
		}
	}
	return ring
}

// ResourceOf returns the resource that a key opens, and whether the configuration
// accepts the key.
func (c Config) ResourceOf(key string) (liveness.ResourceID, bool) {
	ring := newKeyring(c.Keys, c.SharedKeys)
	if resource, ok := ring.known[key]; ok {
		return resource, true
	}
	return resourceOf("key", key), ring.open && key != ""
}

// resourceOf names a resource after a secret or an identity without showing it.
func resourceOf(kind, name string) liveness.ResourceID {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return liveness.ResourceID(hex.EncodeToString(sum[:12]))
}

// authenticate returns the resource that a server call belongs to. A key comes
// before a bearer token when both are there.
func (k keyring) authenticate(r *http.Request, now time.Time) (liveness.ResourceID, error) {
	if key := r.Header.Get(keyHeader); key != "" {
		if resource, ok := k.known[key]; ok {
			return resource, nil
		}
		if k.open {
			return resourceOf("key", key), nil
		}
		return "", liveness.Refuse(liveness.CodeUnauthorized, "unknown subscription key in %s; only the configured keys are accepted", keyHeader)
	}
	if raw := bearer(r); raw != "" {
		return entraResource(raw, now)
	}
	return "", liveness.Refuse(liveness.CodeUnauthorized,
		"send any text as %s, or an Entra access token as Authorization: Bearer", keyHeader)
}

// entraResource accepts an Entra access token by its form: the emulator cannot
// check its signature, so it identifies the caller and proves nothing.
func entraResource(raw string, now time.Time) (liveness.ResourceID, error) {
	identity, err := token.Entra(raw)
	switch {
	case errors.Is(err, token.ErrSessionToken):
		return "", &liveness.Error{
			Code: liveness.CodeUnauthorized,
			Hint: "this is the authToken of a session, which allows device calls only; server calls need a subscription key or an Entra token",
			Err:  err,
		}
	case err != nil:
		return "", &liveness.Error{
			Code: liveness.CodeUnauthorized,
			Hint: "the bearer token must be an Entra access token for https://cognitiveservices.azure.com",
			Err:  err,
		}
	case !now.Before(identity.Expires):
		return "", liveness.Refuse(liveness.CodeUnauthorized, "the Entra token expired at %s", identity.Expires.UTC().Format(time.RFC3339))
	}
	return resourceOf("entra", identity.Resource), nil
}
