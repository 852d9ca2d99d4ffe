package ctl

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// callTimeout is how long a control call may take that is not told otherwise.
const callTimeout = 30 * time.Second

// connectionHelp says in help texts which emulator a control command is about.
const connectionHelp = `The emulator is found like by 'health': by the file that it writes to its state
folder or, with --ephemeral, to the folder for temporary files, or else at the
configured addresses. --url overrides that. --key selects the resource.`

// A connection is what the flags of a control command say about where to and as
// whom. Its flags have variables, but no place in the configuration file.
type connection struct {
	url    string
	key    config.Secret
	all    bool
	ca     string // file
	output format
}

// register adds the flags that all control commands have. More are formats beside
// text and JSON.
func (c *connection) register(command *cobra.Command, more ...format) {
	c.output.register(command, more...)
	flags := command.Flags()
	flags.StringVar(&c.url, "url", "", "base URL of the emulator (default: found automatically)")
	flags.Var(&c.key, "key", "subscription key (default: the development key)")
	flags.StringVar(&c.ca, "ca", "", "file with an additional CA for https")
}

// complete fills flags that the command line did not set from their variables.
func (c *connection) complete(flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) error {
	if c.all && flags.Changed("key") {
		return errors.New("--key and --all exclude each other; use one of them")
	}
	for _, name := range config.ConnectionFlags() {
		value, set := lookupEnv(config.Variable(name))
		called := "--" + name
		switch {
		case flags.Changed(name), flags.Lookup(name) == nil:
		case !set, c.all && name == "key":
			continue
		default:
			called = config.Variable(name)
			if err := flags.Lookup(name).Value.Set(value); err != nil {
				return fmt.Errorf("%s: %w", called, err)
			}
		}
		if name == "url" && !isBaseURL(c.url) {
			return fmt.Errorf("%s: not a base URL; use one like http://localhost:10100, or omit it to find the emulator", called)
		}
	}
	return nil
}

// connect finds the emulator.
func (c *connection) connect(ctx context.Context, p *Client, s *config.Settings) (*control.Client, error) {
	client := &control.Client{URL: c.url, Key: string(c.key), All: c.all, AdminToken: string(s.AdminToken)}
	transport := &http.Transport{DisableKeepAlives: true}
	var authorities []string // files
	if c.url == "" {
		base, err := p.Find(ctx, s)
		if err != nil {
			return nil, err
		}
		client.URL = base
		if own := filepath.Join(s.State, "ca.pem"); !s.Ephemeral && exists(own) {
			authorities = append(authorities, own)
		}
	} else {
		transport.Proxy = http.ProxyFromEnvironment
	}
	if c.ca != "" {
		authorities = append(authorities, c.ca)
	}
	var err error
	if transport.TLSClientConfig, err = tlsConfig(authorities); err != nil {
		return nil, err
	}
	client.HTTP = &http.Client{
		Transport: transport, Timeout: callTimeout,
		// Nobody else is to get the token and the key.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client, nil
}

func isBaseURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// tlsConfig is how HTTPS trusts the CAs in some files beside those of the system.
func tlsConfig(files []string) (*tls.Config, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(files) == 0 {
		return trust, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("the file of a CA: %w", config.FileError(file, err))
		}
		if !roots.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("the file of a CA: %s: it holds no certificate in PEM form", file)
		}
	}
	trust.RootCAs = roots
	return trust, nil
}
