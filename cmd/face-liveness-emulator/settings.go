package main

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// settings are the flags. Every one has a variable, FACE_LIVENESS_ and its name
// in capitals; the order is flag, variable, configuration file, default.
type settings struct {
	httpAddr, httpsAddr string
	state               string
	ephemeral, sync     bool
	scenarios           []string
	scenario            string
	keys                []string
	strict              bool
	attemptsAllowed     int
	errorCodeHeader     bool
	publicURL           string
	trustedProxies      []string
	tlsHosts            []string
	tlsCert, tlsKey     string
	logFormat, logLevel string
	config              string
}

const envPrefix = "FACE_LIVENESS_"

func (s *settings) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringVar(&s.httpAddr, "http-addr", "127.0.0.1:10100", "address for HTTP; port 0 picks a free one, empty is off")
	flags.StringVar(&s.httpsAddr, "https-addr", "127.0.0.1:10101", "address for HTTPS; port 0 picks a free one, empty is off")
	flags.StringVar(&s.state, "state", defaultState(), "folder for sessions, keys and certificates")
	flags.BoolVar(&s.ephemeral, "ephemeral", false, "keep everything in memory")
	flags.BoolVar(&s.sync, "sync", false, "make every answered write survive a loss of power")
	flags.StringSliceVar(&s.scenarios, "scenarios", nil, "folder with scenario files; may be repeated")
	flags.StringVar(&s.scenario, "scenario", "", "name of the scenario for sessions that nothing else gives one (default happy-path)")
	flags.StringSliceVar(&s.keys, "keys", nil, "accepted subscription keys; keys joined by + share a resource (default: every key, each its own resource)")
	flags.BoolVar(&s.strict, "strict", false, "hold callers to the letter of the API's specification")
	flags.IntVar(&s.attemptsAllowed, "attempts-allowed", 3, "attempts of a session, from 1 to 3, where the API version does not say")
	flags.BoolVar(&s.errorCodeHeader, "error-code-header", false, "send x-ms-error-code on errors")
	flags.StringVar(&s.publicURL, "public-url", "", "base URL that tokens send clients to (default: the one the client used)")
	flags.StringSliceVar(&s.trustedProxies, "trusted-proxies", nil, "networks whose X-Forwarded-Proto and -Host are believed")
	flags.StringSliceVar(&s.tlsHosts, "tls-hosts", nil, "further names and addresses for the certificate")
	flags.StringVar(&s.tlsCert, "tls-cert", "", "certificate (chain) file to serve instead of an own one")
	flags.StringVar(&s.tlsKey, "tls-key", "", "key file of --tls-cert")
	flags.StringVar(&s.logFormat, "log-format", "auto", "text, json, or auto: text on a terminal")
	flags.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&s.config, "config", "", "file with lines 'name = value', the names being those of the flags")
}

// defaultState is the user's folder for state that programs keep.
func defaultState() string {
	const name = "face-liveness-emulator"
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, name)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, name)
		}
		return filepath.Join(home, "AppData", "Local", name)
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", name)
	}
	return filepath.Join(home, ".local", "state", name)
}

// complete fills flags that the command line did not set from their variables,
// then from the configuration file.
func (s *settings) complete(flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) error {
	var failed error
	fill := func(f *pflag.Flag, value, source string) {
		if failed != nil || f.Changed {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			failed = fmt.Errorf("%s: %q is no value for --%s", source, value, f.Name)
		}
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if value, ok := lookupEnv(variable(f.Name)); ok && f.Name != "help" {
			fill(f, value, variable(f.Name))
		}
	})
	if failed != nil || s.config == "" {
		return failed
	}
	entries, err := readConfig(s.config)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		f := flags.Lookup(entry.name)
		if f == nil || f.Name == "help" || f.Name == "config" {
			return fmt.Errorf("%s: there is no flag --%s", entry.source, entry.name)
		}
		fill(f, entry.value, entry.source)
	}
	return failed
}

func variable(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// A configEntry is a line of the configuration file.
type configEntry struct{ name, value, source string }

func readConfig(file string) ([]configEntry, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	defer f.Close() //nolint:errcheck // Reading only.
	var entries []configEntry
	given := map[string]bool{}
	scanner := bufio.NewScanner(f)
	for line := 1; scanner.Scan(); line++ {
		text := strings.TrimSpace(scanner.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("%s:%d: want 'name = value'", file, line)
		}
		if name = strings.TrimSpace(name); given[name] {
			return nil, fmt.Errorf("%s:%d: %s is given twice; commas separate the values of a list", file, line, name)
		}
		given[name] = true
		entries = append(entries, configEntry{
			name:   name,
			value:  strings.TrimSpace(value),
			source: fmt.Sprintf("%s:%d", file, line),
		})
	}
	return entries, scanner.Err()
}

// options turns settings into the emulator's.
func (s *settings) options(logger *slog.Logger) (emulator.Options, error) {
	o := emulator.Options{
		State:           s.state,
		Sync:            s.sync,
		LockWait:        2 * time.Second,
		Scenario:        s.scenario,
		Strict:          s.strict,
		AttemptsAllowed: s.attemptsAllowed,
		ErrorCodeHeader: s.errorCodeHeader,
		PublicURL:       s.publicURL,
		TLSHosts:        s.tlsHosts,
		CertFile:        s.tlsCert,
		KeyFile:         s.tlsKey,
		Logger:          logger,
	}
	if s.ephemeral {
		o.State = ""
	}
	if s.attemptsAllowed < 1 || s.attemptsAllowed > 3 {
		return o, fmt.Errorf("--attempts-allowed is %d; it must be from 1 to 3", s.attemptsAllowed)
	}
	if (s.tlsCert == "") != (s.tlsKey == "") {
		return o, fmt.Errorf("--tls-cert and --tls-key go together")
	}
	for _, group := range s.keys {
		o.Keys = append(o.Keys, strings.Split(group, "+"))
	}
	for _, dir := range s.scenarios {
		if info, err := os.Stat(dir); err != nil {
			return o, fmt.Errorf("--scenarios: %w", err)
		} else if !info.IsDir() {
			return o, fmt.Errorf("--scenarios: %s is not a folder", dir)
		}
		o.Scenarios = append(o.Scenarios, emulator.ScenarioSource{Name: dir, FS: os.DirFS(dir)})
	}
	for _, network := range s.trustedProxies {
		prefix, err := parseNetwork(network)
		if err != nil {
			return o, fmt.Errorf("--trusted-proxies: %q is neither an address nor a network", network)
		}
		o.TrustedProxies = append(o.TrustedProxies, prefix)
	}
	return o, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

// check refuses settings that neither serve nor health could work with: no
// place for the state, and addresses that nothing could listen on.
func (s *settings) check() error {
	if s.state == "" && !s.ephemeral {
		return fmt.Errorf("--state is empty; use --ephemeral to keep everything in memory")
	}
	if s.httpAddr == "" && s.httpsAddr == "" {
		return fmt.Errorf("--http-addr and --https-addr are both empty: nothing to serve")
	}
	for flag, addr := range map[string]string{"--http-addr": s.httpAddr, "--https-addr": s.httpsAddr} {
		if addr == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return fmt.Errorf("%s: %q is not of the form host:port", flag, addr)
		}
	}
	return nil
}
