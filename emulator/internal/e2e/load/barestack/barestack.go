// Package barestack is the reference for speed: a server of the libraries that the
// emulator consists of, and of nothing else. It routes with gorilla/mux, validates with
// gojsonschema, signs with golang-jwt, and stores with Badger under the options of
// package badgerstore, of which it uses nothing else. It answers the create and the read call of a liveness session.
// It has no request log, no log lines, no scenarios and no checks of keys.
package barestack

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/gorilla/mux"
	"github.com/xeipuuv/gojsonschema"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// createSchema has what v1.2 accepts in the body of a create call.
const createSchema = `{
	"$schema": "http://json-schema.org/draft-07/schema#",
	"type": "object",
	"required": ["livenessOperationMode"],
	"properties": {
		"livenessOperationMode": {"type": "string", "enum": ["Passive", "PassiveActive"]},
		"deviceCorrelationIdSetInClient": {"type": "boolean"},
		"enableSessionImage": {"type": "boolean"},
		"livenessModelVersion": {"type": "string"},
		"deviceCorrelationId": {"type": "string", "maxLength": 64},
		"authTokenTimeToLiveInSeconds": {"type": "integer", "minimum": 60, "maximum": 86400}
	}
}`

// allowedPaths is the longest claim of a session token.
const allowedPaths = `[{"path":"face/v1.2/session/start","method":"POST","quota":1,"callRateRenewalPeriod":60,"callRateLimit":1},` +
	`{"path":"face/v1.2/session/attempt/end","method":"POST","quota":3,"callRateRenewalPeriod":5,"callRateLimit":1},` +
	`{"path":"face/v1.2/detectLiveness/singleModal","method":"post","quota":3,"callRateRenewalPeriod":5,"callRateLimit":1}]`

const (
	sessionLife = 48 * time.Hour
	tokenLife   = 10 * time.Minute
	maxBody     = 1 << 20
)

// claims are the contents of a token, which is about as long as the emulator's.
type claims struct {
	Region          string `json:"region"`
	SubscriptionID  string `json:"subscription-id"`
	ProductID       string `json:"product-id"`
	AllowedPaths    string `json:"allowed-paths"`
	AzureResourceID string `json:"azure-resource-id"`
	SessionID       string `json:"sid"`
	Face            string `json:"face"`
	jwt.RegisteredClaims
}

// session is what the create call answers, and, without the token, what is stored and
// what the read call answers.
type session struct {
	SessionID    string `json:"sessionId"`
	AuthToken    string `json:"authToken"`
	Status       string `json:"status"`
	ModelVersion string `json:"modelVersion"`
	Results      struct {
		Attempts []struct{} `json:"attempts"`
	} `json:"results"`
}

// A server answers the two calls.
type server struct {
	db     *badger.DB
	key    *ecdsa.PrivateKey
	schema *gojsonschema.Schema
	time   clock.System
}

// Serve answers on the listener until ctx is done. The folder holds the database.
func Serve(ctx context.Context, listener net.Listener, folder string) (err error) {
	schema, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(createSchema))
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	db, err := badger.Open(badgerstore.Tuned(folder, false))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := &server{db: db, key: key, schema: schema}
	router := mux.NewRouter()
	router.HandleFunc("/face/v1.2/detectLiveness-sessions", s.create).Methods(http.MethodPost)
	router.HandleFunc("/face/v1.2/detectLiveness-sessions/{id}", s.read).Methods(http.MethodGet)
	h := &http.Server{Handler: router, ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = h.Close() })()
	if err := h.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// create answers the create call.
func (s *server) create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	checked, err := s.schema.Validate(gojsonschema.NewBytesLoader(body))
	if err != nil || !checked.Valid() {
		http.Error(w, "invalid body", http.StatusBadRequest)
		return
	}
	created := session{SessionID: uuid.NewString(), Status: "NotStarted", ModelVersion: "2024-11-15"}
	created.Results.Attempts = []struct{}{}
	answer, err := s.store(created, r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, answer)
}

// store stores a session and returns it with a token.
func (s *server) store(created session, host string) ([]byte, error) {
	stored, err := json.Marshal(created)
	if err != nil {
		return nil, err
	}
	created.AuthToken, err = s.token(created.SessionID, host)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(txn *badger.Txn) error {
		return txn.SetEntry(badger.NewEntry([]byte(created.SessionID), stored).WithTTL(sessionLife))
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(created)
}

// token returns a signed token of a session.
func (s *server) token(id, host string) (string, error) {
	now := s.time.Now()
	t := jwt.NewWithClaims(jwt.SigningMethodES256, claims{
		Region: "westus2", SubscriptionID: "00000000000000000000000000000000", ProductID: "Face.S0", AllowedPaths: allowedPaths,
		AzureResourceID: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.CognitiveServices/accounts/bare-stack",
		SessionID:       id,
		Face:            `{"endpoint":"http://` + host + `","sessionType":"Liveness","clientClaims":{"livenessOperationMode":"Passive","dcic":false,"csfc":"1;10;202508"}}`,
		RegisteredClaims: jwt.RegisteredClaims{
			Audience: jwt.ClaimStrings{"urn:ms.faceSessionToken"}, Issuer: "urn:ms.cognitiveservices",
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
		},
	})
	t.Header["kid"] = "key1"
	return t.SignedString(s.key)
}

// read answers the read call with the bytes that were stored.
func (s *server) read(w http.ResponseWriter, r *http.Request) {
	err := s.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(mux.Vars(r)["id"]))
		if err != nil {
			return err
		}
		return item.Value(func(stored []byte) error {
			reply(w, stored)
			return nil
		})
	})
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		http.Error(w, "not found", http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func reply(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // An error means that the client is gone.
}
