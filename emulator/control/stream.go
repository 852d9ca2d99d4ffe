package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
)

// Snapshot implements API.
func (c *Client) Snapshot(ctx context.Context, w io.Writer) (info SnapshotInfo, err error) {
	request, err := c.request(ctx, http.MethodGet, "snapshot", http.NoBody)
	if err != nil {
		return info, err
	}
	answer, err := c.do(request)
	if err != nil {
		return info, err
	}
	defer func() { _ = answer.Body.Close() }() // read-only
	if _, err := io.Copy(w, answer.Body); err != nil {
		return info, fmt.Errorf("control: %w", err)
	}
	if err := json.Unmarshal([]byte(answer.Trailer.Get(controlwire.SnapshotTrailer)), &info); err != nil {
		return info, errors.New("control: the snapshot is incomplete: the connection ended early")
	}
	return info, nil
}

// Restore implements API.
func (c *Client) Restore(ctx context.Context, r io.Reader) (info SnapshotInfo, err error) {
	request, err := c.request(ctx, http.MethodPost, "restore", io.NopCloser(r))
	if err != nil {
		return info, err
	}
	request.Header.Set("Content-Type", controlwire.SnapshotType)
	answer, err := c.do(request)
	if err != nil {
		return info, err
	}
	defer func() { _ = answer.Body.Close() }() // read-only
	return info, decodeAnswer(answer, &info)
}

// Events implements API.
func (c *Client) Events(ctx context.Context, query EventQuery, each func(Event) error) error {
	asked := url.Values{}
	if query.Session != "" {
		asked.Set("session", query.Session)
	}
	if query.Kind != "" {
		asked.Set("kind", string(query.Kind))
	}
	request, err := c.request(ctx, http.MethodGet, "events?"+asked.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	answer, err := c.do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // read-only
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, maxAnswer)
	var id uint64
	for lines.Scan() {
		if text, isID := bytes.CutPrefix(lines.Bytes(), []byte("id: ")); isID {
			if id, err = strconv.ParseUint(string(text), 10, 64); err != nil {
				return fmt.Errorf("control: the answer of %s is not a face-liveness-emulator's: %w", request.URL.Host, err)
			}
			continue
		}
		data, isData := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !isData {
			continue
		}
		event := Event{ID: id}
		id = 0
		if err := json.Unmarshal(data, &event); err != nil {
			return fmt.Errorf("control: %s is not a face-liveness-emulator: %w", request.URL.Host, err)
		}
		if err := each(event); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("control: %w", err)
	}
	return &Error{Kind: ErrorUnavailable, Text: "the emulator ended the event stream"}
}
