package serve

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

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// health asks the serving process whether it is ready.
func (p *Server) health(ctx context.Context, s *config.Settings) error {
	if err := s.Check(); err != nil {
		return err
	}
	bases := candidates(s)
	if len(bases) == 0 {
		return &config.ExitError{Code: config.ExitRuntime, Err: fmt.Errorf(
			"not ready: no runtime file with an address was found in %s, and port 0 names no address", filepath.Dir(searchPaths(s)[0]))}
	}
	base, err := firstReady(ctx, bases)
	if err != nil {
		return &config.ExitError{Code: config.ExitRuntime, Err: fmt.Errorf("not ready: %w", err)}
	}
	_, err = fmt.Fprintln(p.Stdout, "ready", base)
	return err
}

// firstReady returns the first of some base URLs where an emulator is ready, or the errors
// of all. It takes at most 2 seconds.
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

// candidates returns the base URLs where the process may listen, the most likely first.
func candidates(s *config.Settings) []string {
	var bases []string
	add := func(base string) {
		if base != "" {
			bases = append(bases, base)
		}
	}
	for _, path := range searchPaths(s) {
		if running, err := readRuntimeFile(path); err == nil {
			add(running.HTTP)
			add(running.HTTPS)
		}
	}
	if len(bases) > 0 {
		return bases
	}
	add(configured("http", s.HTTPAddr))
	add(configured("https", s.HTTPSAddr))
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
		// The probe asks for readiness on this machine, not for identity.
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

// Find returns the base URL of the emulator that health finds.
func Find(ctx context.Context, s *config.Settings) (string, error) {
	if err := s.Check(); err != nil {
		return "", err
	}
	const advice = "start one, or set --url, --state or --ephemeral"
	bases := candidates(s)
	if len(bases) == 0 {
		return "", &config.ExitError{Code: config.ExitRuntime, Err: fmt.Errorf("no running emulator found; %s", advice)}
	}
	base, err := firstReady(ctx, bases)
	if err != nil {
		return "", &config.ExitError{Code: config.ExitRuntime, Err: fmt.Errorf("no running emulator found; %s: %w", advice, err)}
	}
	return base, nil
}
