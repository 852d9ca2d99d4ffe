package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
)

// Headers of control calls.
const (
	// KeyHeader selects the resource. Without it, a call concerns the resource of the
	// development keys.
	KeyHeader = "Ocp-Apim-Subscription-Key"
	// AdminHeader carries the admin token, if the emulator requires one.
	AdminHeader = "X-Face-Liveness-Admin-Token"
)

// The emulator's managed identity endpoint. An app gets access tokens there through
// DefaultAzureCredential if IDENTITY_ENDPOINT is the URL of IdentityPath and
// IDENTITY_HEADER is IdentitySecret.
const (
	// IdentityPath is the path of the token endpoint.
	IdentityPath = "/_emulator/identity"
	// IdentitySecret is the value of the header X-IDENTITY-HEADER that the endpoint
	// requires. It is the same for every emulator and is not a secret.
	IdentitySecret = "face-liveness-emulator"
)

// maxAnswer is the largest accepted response body, in bytes.
const maxAnswer = 64 << 20

// A Client is an API of an emulator in another process.
type Client struct {
	URL        string       // base URL of the emulator, such as http://localhost:10100
	Key        string       // selects the resource; "": that of the development keys
	All        bool         // control all resources, where a call supports that
	AdminToken string       // "": none
	HTTP       *http.Client // nil: http.DefaultClient
}

var _ API = (*Client)(nil)

// Clock implements API.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	return call[Clock](ctx, c, http.MethodGet, "clock", nil)
}

// ChangeClock implements API.
func (c *Client) ChangeClock(ctx context.Context, change ClockChange) (Clock, error) {
	return call[Clock](ctx, c, http.MethodPatch, "clock", change)
}

// Selection implements API.
func (c *Client) Selection(ctx context.Context) (Selection, error) {
	return call[Selection](ctx, c, http.MethodGet, "scenario", nil)
}

// ChangeSelection implements API.
func (c *Client) ChangeSelection(ctx context.Context, change SelectionChange) (Selection, error) {
	return call[Selection](ctx, c, http.MethodPatch, "scenario", change)
}

// QueueScenario implements API.
func (c *Client) QueueScenario(ctx context.Context, queued QueueItem) (Selection, error) {
	return call[Selection](ctx, c, http.MethodPost, "scenario/queue", queued)
}

// ClearQueue implements API.
func (c *Client) ClearQueue(ctx context.Context) (Selection, error) {
	return call[Selection](ctx, c, http.MethodDelete, "scenario/queue", nil)
}

// Faults implements API.
func (c *Client) Faults(ctx context.Context) (string, error) {
	set, err := call[controlwire.Faults](ctx, c, http.MethodGet, "faults", nil)
	return set.Text, err
}

// UseFaults implements API.
func (c *Client) UseFaults(ctx context.Context, faults string) (string, error) {
	set, err := call[controlwire.Faults](ctx, c, http.MethodPut, "faults", controlwire.Faults{Text: faults})
	return set.Text, err
}

// Requests implements API.
func (c *Client) Requests(ctx context.Context, query RequestSearch) (Requests, error) {
	return call[Requests](ctx, c, http.MethodPost, "requests/find", query)
}

// Verify implements API.
func (c *Client) Verify(ctx context.Context, expected Verification) (Verdict, error) {
	return call[Verdict](ctx, c, http.MethodPost, "requests/verify", expected)
}

// ForgetRequests implements API.
func (c *Client) ForgetRequests(ctx context.Context) (Requests, error) {
	return call[Requests](ctx, c, http.MethodDelete, "requests", nil)
}

// Sessions implements API.
func (c *Client) Sessions(ctx context.Context, query SessionQuery) (Sessions, error) {
	return call[Sessions](ctx, c, http.MethodPost, "sessions/find", query)
}

// Session implements API.
func (c *Client) Session(ctx context.Context, id string) (Session, error) {
	return call[Session](ctx, c, http.MethodGet, sessionPath(id, ""), nil)
}

// Timeline implements API.
func (c *Client) Timeline(ctx context.Context, id string) (Timeline, error) {
	return call[Timeline](ctx, c, http.MethodGet, sessionPath(id, "/timeline"), nil)
}

// Play implements API.
func (c *Client) Play(ctx context.Context, play Play) (Session, error) {
	return call[Session](ctx, c, http.MethodPost, "sessions/play", play)
}

// ExpireSession implements API.
func (c *Client) ExpireSession(ctx context.Context, id string) (Session, error) {
	return call[Session](ctx, c, http.MethodPost, sessionPath(id, "/expire"), nil)
}

// DeleteSession implements API.
func (c *Client) DeleteSession(ctx context.Context, id string) (Session, error) {
	return call[Session](ctx, c, http.MethodDelete, sessionPath(id, ""), nil)
}

// ExportSession implements API.
func (c *Client) ExportSession(ctx context.Context, id string) (json.RawMessage, error) {
	return call[json.RawMessage](ctx, c, http.MethodGet, sessionPath(id, "/export"), nil)
}

// ScenarioOf implements API.
func (c *Client) ScenarioOf(ctx context.Context, id string) (ScenarioFile, error) {
	return call[ScenarioFile](ctx, c, http.MethodGet, sessionPath(id, "/scenario"), nil)
}

func sessionPath(id, below string) string { return "sessions/" + url.PathEscape(id) + below }

// Reset implements API.
func (c *Client) Reset(ctx context.Context, reset Reset) (Reset, error) {
	return call[Reset](ctx, c, http.MethodPost, "reset", reset)
}

// Undo implements API.
func (c *Client) Undo(ctx context.Context) (UndoResult, error) {
	return call[UndoResult](ctx, c, http.MethodPost, "undo", nil)
}

// Report implements API.
func (c *Client) Report(ctx context.Context) (Report, error) {
	return call[Report](ctx, c, http.MethodGet, "report", nil)
}

// call makes a control call.
func call[T any](ctx context.Context, c *Client, method, path string, body any) (result T, err error) {
	var content io.Reader = http.NoBody
	contentType := ""
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return result, fmt.Errorf("control: %w", err)
		}
		content, contentType = bytes.NewReader(text), "application/json"
	}
	request, err := c.request(ctx, method, path, content)
	if err != nil {
		return result, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := c.do(request)
	if err != nil {
		return result, err
	}
	defer func() { _ = answer.Body.Close() }() // read-only
	return result, decodeAnswer(answer, &result)
}

// do sends a request and returns the response if it is a success.
func (c *Client) do(request *http.Request) (*http.Response, error) {
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	// A redirect would send the key and the token to another server.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	if answer.StatusCode < http.StatusMultipleChoices {
		return answer, nil
	}
	defer func() { _ = answer.Body.Close() }() // read-only
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	return nil, errorOf(answer.StatusCode, text)
}

func decodeAnswer(answer *http.Response, result any) error {
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("control: the response is larger than %d MiB; request less at once, with a limit where the call has one", maxAnswer>>20)
	}
	if err := json.Unmarshal(text, result); err != nil {
		return fmt.Errorf("control: %s is not a face-liveness-emulator: %w", answer.Request.URL.Host, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	target, err := url.Parse(strings.TrimRight(c.URL, "/") + "/_emulator/" + path)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	if c.All {
		query := target.Query()
		query.Set("all", "true")
		target.RawQuery = query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	if c.Key != "" {
		request.Header.Set(KeyHeader, c.Key)
	}
	if c.AdminToken != "" {
		request.Header.Set(AdminHeader, c.AdminToken)
	}
	return request, nil
}

// errorOf returns the error for a refusal.
func errorOf(status int, text []byte) error {
	var said struct {
		Error string `json:"error"`
		Code  Code   `json:"code"`
	}
	if json.Unmarshal(text, &said) != nil || said.Error == "" {
		return fmt.Errorf("control: the server answered %d; it is not a face-liveness-emulator", status)
	}
	kind := ErrorUnavailable
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		kind = ErrorRefused
	case status == http.StatusNotFound:
		kind = ErrorUnknown
	case status == http.StatusConflict:
		kind = ErrorConflict
	case status < http.StatusInternalServerError:
		kind = ErrorInvalid
	}
	return &Error{Kind: kind, Code: said.Code, Text: said.Error}
}
