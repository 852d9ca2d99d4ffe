// Package client makes many calls to one server and measures them. It reads and writes
// HTTP/1.1 on plain connections: on a machine with few processors, an http.Client would
// need more of them than the server that is measured.
package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// callTimeout is the longest time that one call may take.
const callTimeout = 30 * time.Second

// A Call is one request.
type Call struct {
	Method, Path string
	Headers      string // complete lines, each with CR LF
	Body         string
}

// A Conn is a connection that is kept alive. It makes one call after the other.
type Conn struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	body []byte
	host string
}

// Dial connects to an address.
func Dial(ctx context.Context, address string) (*Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &Conn{conn: conn, in: bufio.NewReaderSize(conn, 16<<10), host: address}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Do makes a call and returns the status and the body of its answer. The body is valid
// until the next call.
func (c *Conn) Do(call Call, deadline time.Time) (int, []byte, error) {
	if err := c.conn.SetDeadline(deadline); err != nil {
		return 0, nil, err
	}
	c.out = append(c.out[:0], call.Method...)
	c.out = append(append(c.out, ' '), call.Path...)
	c.out = append(append(c.out, " HTTP/1.1\r\nHost: "...), c.host...)
	c.out = append(append(c.out, "\r\n"...), call.Headers...)
	if call.Method == http.MethodPost {
		c.out = append(c.out, "Content-Length: "...)
		c.out = strconv.AppendInt(c.out, int64(len(call.Body)), 10)
		c.out = append(c.out, "\r\n"...)
	}
	c.out = append(append(c.out, "\r\n"...), call.Body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, nil, err
	}
	return c.read()
}

// read reads an answer.
func (c *Conn) read() (status int, body []byte, err error) {
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.ContentLength < 0 {
		body, err = io.ReadAll(response.Body)
		return response.StatusCode, body, err
	}
	if int64(cap(c.body)) < response.ContentLength {
		c.body = make([]byte, response.ContentLength)
	}
	c.body = c.body[:response.ContentLength]
	if _, err := io.ReadFull(response.Body, c.body); err != nil {
		return 0, nil, fmt.Errorf("read the body: %w", err)
	}
	return response.StatusCode, c.body, nil
}
