package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// health asks the serving process whether it is ready.
func (p *program) health(ctx context.Context, s *settings) error {
	if err := s.check(); err != nil {
		return err
	}
	bases := candidates(s)
	if len(bases) == 0 {
		return &exitError{code: exitRuntime, err: fmt.Errorf(
			"not ready: no runtime file with an address was found in %s, and port 0 names no address", filepath.Dir(foundPaths(s)[0]))}
	}
	base, err := firstReady(ctx, bases)
	if err != nil {
		return &exitError{code: exitRuntime, err: fmt.Errorf("not ready: %w", err)}
	}
	_, err = fmt.Fprintln(p.stdout, "ready", base)
	return err
}

// firstReady returns the first of some base URLs where an emulator is ready, or
// what is wrong with each. It takes at most 2 seconds.
func firstReady(ctx context.Context, bases []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var failed error
	for _, base := range bases {
		err := probe(ctx, base)
		if err == nil {
			return base, nil
		}
		failed = errors.Join(failed, err)
	}
	return "", failed
}

// candidates lists where the process may listen, the surest first.
func candidates(s *settings) []string {
	var bases []string
	add := func(base string) {
		if base != "" {
			bases = append(bases, base)
		}
	}
	for _, path := range foundPaths(s) {
		if running, err := readRuntimeFile(path); err == nil {
			add(running.HTTP)
			add(running.HTTPS)
		}
	}
	if len(bases) > 0 {
		return bases
	}
	add(configured("http", s.httpAddr))
	add(configured("https", s.httpsAddr))
	return bases
}

func configured(scheme, address string) string {
	host, port, err := net.SplitHostPort(address)
	if number, _ := strconv.Atoi(port); err != nil || number == 0 {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func probe(ctx context.Context, base string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		// The question is whether our own process answers on this machine, not
		// who it is.
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
		DisableKeepAlives: true,
	}}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // Reading only.
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	detail, _ := io.ReadAll(io.LimitReader(answer.Body, 512))
	return fmt.Errorf("%s: %s %s", base, answer.Status, strings.TrimSpace(string(detail)))
}
