// Package config is the configuration of the command: flags, variables, files and
// their precedence, and the exit codes.
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

// Settings are the flags. Every one has a variable, FACE_LIVENESS_ and its name
// in capitals; the order is flag, variable, configuration file, default.
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
	logFormat, logLevel string
	config, configDir   string

	names   []string          // of the flags
	Sources map[string]source // of their values, by name

	outranked     []configEntry // lines of the configuration file that variables come before
	VariableState string        // value of the variable of --state, whoever gives the flag its own
}

// Register adds the flags.
func (s *Settings) Register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringVar(&s.HTTPAddr, "http-addr", "127.0.0.1:10100", "address for HTTP; port 0 picks a free one, empty is off")
	flags.StringVar(&s.HTTPSAddr, "https-addr", "127.0.0.1:10101", "address for HTTPS; port 0 picks a free one, empty is off")
	flags.StringVar(&s.State, "state", defaultState(), "folder for sessions, keys and certificates")
	flags.BoolVar(&s.Ephemeral, "ephemeral", false, "keep everything in memory")
	flags.BoolVar(&s.sync, "sync", false, "make every answered write survive a loss of power")
	flags.StringVar(&s.restore, "restore", "", "file of a snapshot that a new state begins with; one that was used before keeps what it has")
	flags.StringVar(&s.load, "load", "", "folder with files (*.json) of exported sessions that a new state begins with")
	flags.Var(&s.Scenarios, "scenarios", "folder with scenario files; may be repeated")
	flags.StringVar(&s.Scenario, "scenario", "", "name of the scenario for sessions that nothing else gives one (default happy-path)")
	flags.Var(&s.Keys, "keys", "accepted subscription keys; keys joined by + share a resource (default: every key, each its own resource)")
	flags.Uint64Var(&s.seed, "seed", 0, "seed for the random choices of scenarios that name none (default: a random one, shown in the log)")
	flags.BoolVar(&s.strict, "strict", false, "hold callers to the letter of the API's specification")
	flags.BoolVar(&s.strictVersions, "strict-versions", false,
		"answer 404 to API versions newer than all known ones, which are served as the newest otherwise")
	flags.IntVar(&s.attemptsAllowed, "attempts-allowed", 3, "attempts of a session, from 1 to 3, where the API version does not say")
	flags.BoolVar(&s.errorCodeHeader, "error-code-header", false, "send x-ms-error-code on errors")
	flags.StringVar(&s.publicURL, "public-url", "", "base URL that tokens send clients to (default: the one the client used)")
	flags.Var(&s.trustedProxies, "trusted-proxies", "networks whose X-Forwarded-Proto, -Host and -For are believed")
	flags.Var(&s.tlsHosts, "tls-hosts", "further names and addresses for the certificate")
	flags.StringVar(&s.tlsCert, "tls-cert", "", "certificate (chain) file to serve instead of an own one")
	flags.StringVar(&s.tlsKey, "tls-key", "", "key file of --tls-cert")
	flags.Var(&s.AdminToken, "admin-token", "token that control calls must carry, and that the control commands send (default: none)")
	flags.Var(&s.adminHosts, "admin-hosts", "further names by which clients may make control calls; *.example.test is every name below")
	flags.StringVar(&s.logFormat, "log-format", "auto", "text, json, or auto: text on a terminal")
	flags.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&s.config, "config", "", "file with lines 'name = value', the names being those of the flags")
	flags.StringVar(&s.configDir, "config-dir", "",
		"folder whose config, scenarios.d, load, restore.snapshot and tls count where no flag, variable or file says otherwise")
	flags.VisitAll(func(f *pflag.Flag) { s.names = append(s.names, f.Name) })
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

// Options turns settings into the emulator's.
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
		return o, fmt.Errorf("%s and %s contradict each other; leave one of them out", s.Named("restore"), s.Named("load"))
	}
	if s.attemptsAllowed < 1 || s.attemptsAllowed > 3 {
		return o, fmt.Errorf("%s: %d is not a number from 1 to 3", s.Named("attempts-allowed"), s.attemptsAllowed)
	}
	if s.tlsCert != "" && s.tlsKey == "" {
		return o, fmt.Errorf("%s: --tls-key is missing; they go together", s.Named("tls-cert"))
	}
	if s.tlsKey != "" && s.tlsCert == "" {
		return o, fmt.Errorf("%s: --tls-cert is missing; they go together", s.Named("tls-key"))
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
			return o, fmt.Errorf("%s: %q is neither an address nor a network", s.Named("trusted-proxies"), network)
		}
		o.TrustedProxies = append(o.TrustedProxies, prefix)
	}
	return o, nil
}

// checkAdminHosts refuses what cannot be in a header Host.
func (s *Settings) checkAdminHosts() error {
	for _, host := range s.adminHosts {
		if strings.ContainsAny(host, "/@?# ") {
			return fmt.Errorf("%s: %q is no host name; write it without a scheme and a path", s.Named("admin-hosts"), host)
		}
	}
	return nil
}

// ScenarioSources are the folders of --scenarios.
func (s *Settings) ScenarioSources() ([]emulator.ScenarioSource, error) {
	var sources []emulator.ScenarioSource
	for _, dir := range s.Scenarios {
		if info, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Named("scenarios"), FileError(dir, err))
		} else if !info.IsDir() {
			return nil, fmt.Errorf("%s: %s is not a folder", s.Named("scenarios"), dir)
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

// Check refuses settings that neither serve nor health could work with: no
// place for the state or two, and addresses that nothing could listen on.
func (s *Settings) Check() error {
	if s.State == "" && !s.Ephemeral {
		return fmt.Errorf("%s is empty; use --ephemeral to keep everything in memory", s.Named("state"))
	}
	// A variable may be of a container image, which names a folder for those who
	// keep one.
	given := s.Sources["state"].rank
	explicit := given == byFlag || given == byFile && s.Sources["ephemeral"].rank == byFile
	if s.Ephemeral && s.State != "" && explicit {
		return fmt.Errorf("%s and %s contradict each other: nothing is kept in a folder; leave one of them out",
			s.Named("ephemeral"), s.Named("state"))
	}
	if s.HTTPAddr == "" && s.HTTPSAddr == "" {
		return fmt.Errorf("%s and %s are both empty: nothing to serve", s.Named("http-addr"), s.Named("https-addr"))
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
		return fmt.Errorf("%s: %q is not of the form host:port", s.Named(flag), address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%s: the port in %q is not a number from 0 to 65535", s.Named(flag), address)
	}
	return nil
}
