// Package config is the configuration of the command: flags, variables, files, their
// precedence, and the exit codes.
package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// Settings are the values of the flags. Every flag has a variable: FACE_LIVENESS_ and its
// name in capitals. A flag overrides its variable, the variable overrides the configuration
// file, and the file overrides the default.
type Settings struct {
	HTTPAddr, HTTPSAddr string
	State               string
	Ephemeral, sync     bool
	restore, load       string
	Scenarios           list
	Scenario            string
	Keys                keyring
	seed                uint64
	strict              bool
	strictVersions      bool
	attemptsAllowed     int
	errorCodeHeader     bool
	publicURL           string
	trustedProxies      list
	tlsHosts            list
	tlsCert, tlsKey     string
	AdminToken          Secret
	adminHosts          list
	Memory              Size
	logFormat, logLevel string
	config, configDir   string

	names   []string          // of the flags
	Sources map[string]source // of their values, by name

	overridden    []configEntry // lines of the configuration file that variables override
	VariableState string        // value of the variable of --state, even if the flag is set
}

// Register adds the flags.
func (s *Settings) Register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringVar(&s.HTTPAddr, "http-addr", "127.0.0.1:10100", "HTTP address; port 0 picks a free one, empty turns it off")
	flags.StringVar(&s.HTTPSAddr, "https-addr", "127.0.0.1:10101", "HTTPS address; port 0 picks a free one, empty turns it off")
	flags.StringVar(&s.State, "state", defaultState(), "folder for sessions, keys and certificates")
	flags.BoolVar(&s.Ephemeral, "ephemeral", false, "state in memory only")
	flags.BoolVar(&s.sync, "sync", false, "writes that survive a power loss")
	flags.StringVar(&s.restore, "restore", "", "snapshot to start from; ignored if the state is not empty")
	flags.StringVar(&s.load, "load", "", "folder of exported sessions (*.json) to start from")
	flags.Var(&s.Scenarios, "scenarios", "folder with scenario files; may be repeated")
	flags.StringVar(&s.Scenario, "scenario", "", "default scenario (default happy-path)")
	flags.Var(&s.Keys, "keys", "accepted keys; a+b share one resource (default: any key)")
	flags.Uint64Var(&s.seed, "seed", 0, "seed for random choices (default: a random seed, logged)")
	flags.BoolVar(&s.strict, "strict", false, "strict validation by the API's specification")
	flags.BoolVar(&s.strictVersions, "strict-versions", false, "404 for API versions newer than the known ones")
	flags.IntVar(&s.attemptsAllowed, "attempts-allowed", 3, "attempts per session, 1 to 3, unless the API sets them")
	flags.BoolVar(&s.errorCodeHeader, "error-code-header", false, "header x-ms-error-code in error responses")
	flags.StringVar(&s.publicURL, "public-url", "", "base URL in tokens (default: the one that the client used)")
	flags.Var(&s.trustedProxies, "trusted-proxies", "networks whose X-Forwarded-* headers are trusted")
	flags.Var(&s.tlsHosts, "tls-hosts", "additional names and addresses in the certificate")
	flags.StringVar(&s.tlsCert, "tls-cert", "", "certificate chain to serve instead of a generated one")
	flags.StringVar(&s.tlsKey, "tls-key", "", "private key of --tls-cert")
	flags.Var(&s.AdminToken, "admin-token", "token required for control calls (default: none)")
	flags.Var(&s.adminHosts, "admin-hosts", "additional host names for control calls, or *.example.test")
	flags.Var(&s.Memory, "memory", "soft memory limit (default: 75% of the container's limit)")
	flags.StringVar(&s.logFormat, "log-format", "auto", "log format: text, json, or auto (text on a terminal)")
	flags.StringVar(&s.logLevel, "log-level", "info", "log level: debug, info, warn or error")
	flags.StringVar(&s.config, "config", "", "configuration file with lines 'name = value'")
	flags.StringVar(&s.configDir, "config-dir", "", "folder with configuration, scenarios and certificates")
	// Help must be the same on every machine.
	flags.Lookup("state").DefValue = "$XDG_STATE_HOME/face-liveness-emulator"
	flags.VisitAll(func(f *pflag.Flag) { s.names = append(s.names, f.Name) })
}

// defaultState returns a folder in the user's folder for the state of programs.
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

// Options returns the options of the emulator.
func (s *Settings) Options(logger *slog.Logger) (emulator.Options, error) {
	o := emulator.Options{
		State:           s.State,
		Sync:            s.sync,
		LockWait:        2 * time.Second,
		Restore:         s.restore,
		Load:            s.load,
		Scenario:        s.Scenario,
		Keys:            s.Keys,
		Seed:            s.seed,
		Strict:          s.strict,
		StrictVersions:  s.strictVersions,
		AttemptsAllowed: s.attemptsAllowed,
		ErrorCodeHeader: s.errorCodeHeader,
		PublicURL:       s.publicURL,
		TLSHosts:        s.tlsHosts,
		CertFile:        s.tlsCert,
		KeyFile:         s.tlsKey,
		AdminToken:      string(s.AdminToken),
		AdminHosts:      s.adminHosts,
		Logger:          logger,
	}
	if s.Ephemeral {
		o.State = ""
	}
	if s.restore != "" && s.load != "" {
		return o, fmt.Errorf("%s and %s exclude each other; use one of them", s.NameOf("restore"), s.NameOf("load"))
	}
	if s.attemptsAllowed < 1 || s.attemptsAllowed > 3 {
		return o, fmt.Errorf("%s: %d is not a number from 1 to 3", s.NameOf("attempts-allowed"), s.attemptsAllowed)
	}
	if s.tlsCert != "" && s.tlsKey == "" {
		return o, fmt.Errorf("%s requires --tls-key", s.NameOf("tls-cert"))
	}
	if s.tlsKey != "" && s.tlsCert == "" {
		return o, fmt.Errorf("%s requires --tls-cert", s.NameOf("tls-key"))
	}
	if err := s.checkAdminHosts(); err != nil {
		return o, err
	}
	var err error
	if o.Scenarios, err = s.ScenarioSources(); err != nil {
		return o, err
	}
	for _, network := range s.trustedProxies {
		prefix, err := parseNetwork(network)
		if err != nil {
			return o, fmt.Errorf("%s: %q is neither an address nor a network", s.NameOf("trusted-proxies"), network)
		}
		o.TrustedProxies = append(o.TrustedProxies, prefix)
	}
	return o, nil
}

// checkAdminHosts refuses texts that cannot be in a Host header.
func (s *Settings) checkAdminHosts() error {
	for _, host := range s.adminHosts {
		if strings.ContainsAny(host, "/@?# ") {
			return fmt.Errorf("%s: invalid host name %q; use one without a scheme and a path", s.NameOf("admin-hosts"), host)
		}
	}
	return nil
}

// ScenarioSources returns the folders of --scenarios.
func (s *Settings) ScenarioSources() ([]emulator.ScenarioSource, error) {
	var sources []emulator.ScenarioSource
	for _, dir := range s.Scenarios {
		if info, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("%s: %w", s.NameOf("scenarios"), FileError(dir, err))
		} else if !info.IsDir() {
			return nil, fmt.Errorf("%s: %s is not a folder", s.NameOf("scenarios"), dir)
		}
		sources = append(sources, emulator.ScenarioSource{Name: dir, FS: os.DirFS(dir)})
	}
	return sources, nil
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

// Check refuses settings that are wrong for serve and for health: no place for the state
// or two places, and malformed addresses.
func (s *Settings) Check() error {
	if s.State == "" && !s.Ephemeral {
		return fmt.Errorf("%s is empty; use --ephemeral to keep everything in memory", s.NameOf("state"))
	}
	// A variable may be that of a container image, which its user did not set.
	rank := s.Sources["state"].rank
	explicit := rank == byFlag || rank == byFile && s.Sources["ephemeral"].rank == byFile
	if s.Ephemeral && s.State != "" && explicit {
		return fmt.Errorf("%s and %s exclude each other; use one of them",
			s.NameOf("ephemeral"), s.NameOf("state"))
	}
	if s.HTTPAddr == "" && s.HTTPSAddr == "" {
		return fmt.Errorf("%s and %s are both empty; set one of them", s.NameOf("http-addr"), s.NameOf("https-addr"))
	}
	if err := s.checkAddress("http-addr", s.HTTPAddr); err != nil {
		return err
	}
	return s.checkAddress("https-addr", s.HTTPSAddr)
}

func (s *Settings) checkAddress(flag, address string) error {
	if address == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %q is not of the form host:port", s.NameOf(flag), address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%s: the port in %q is not a number from 0 to 65535", s.NameOf(flag), address)
	}
	return nil
}
