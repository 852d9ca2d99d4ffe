// Package ctl is the commands that control a running emulator, and the commands for scenario
// files and tokens, which need no emulator.
package ctl

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A Client runs the commands of this package.
type Client struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	LookupEnv      func(string) (string, bool)
	Signals        <-chan os.Signal
	Now            func() time.Time
	Find           func(context.Context, *config.Settings) (base string, err error)
}

// Commands returns the commands.
func (p *Client) Commands(s *config.Settings) []*cobra.Command {
	return []*cobra.Command{
		p.scenarioCommand(s), p.clockCommand(s), p.faultsCommand(s), p.requestsCommand(s),
		p.sessionsCommand(s), p.resetCommand(s), p.snapshotCommand(s), p.restoreCommand(s),
		p.eventsCommand(s), p.reportCommand(s), p.tokenCommand(s),
	}
}

// A callSpec describes a command that makes a control call with an answer of type T.
type callSpec[T any] struct {
	use, short, long, example string
	args                      cobra.PositionalArgs
	flags                     func(*pflag.FlagSet) // adds the flags of this command; nil: none
	all                       bool                 // has --all
	formats                   []format             // of the answer, besides text and JSON
	timeout                   func() time.Duration // nil: defaultTimeout
	// prepare returns the call, or an error if the arguments are wrong.
	prepare func(args []string) (callFunc[T], error)
	text    func(T) string // text output of the answer
	fails   func(T) error  // the error that an answer stands for; nil: none
}

// A callFunc is a control call with its arguments.
type callFunc[T any] func(context.Context, control.API) (T, error)

// newCallCommand returns the command of a description.
func newCallCommand[T any](p *Client, s *config.Settings, d callSpec[T]) *cobra.Command {
	return p.newCommand(s, commandSpec{
		use: d.use, short: d.short, long: d.long, example: d.example,
		args: d.args, flags: d.flags, all: d.all, formats: d.formats, timeout: d.timeout,
		prepare: func(args []string) (runFunc, error) {
			call, err := d.prepare(args)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, api control.API, output format) error {
				answer, err := call(ctx, api)
				if err != nil {
					return controlFailure(err)
				}
				if output == formatJSON {
					err = p.printJSON(answer)
				} else {
					err = p.print(d.text(answer))
				}
				if err == nil && d.fails != nil {
					err = d.fails(answer)
				}
				return err
			}, nil
		},
	})
}

// A commandSpec describes a command that connects to a running emulator.
type commandSpec struct {
	use, short, long, example string
	args                      cobra.PositionalArgs
	flags                     func(*pflag.FlagSet) // adds the flags of this command; nil: none
	all                       bool                 // has --all
	formats                   []format             // of the output, besides text and JSON
	timeout                   func() time.Duration // of a call; nil: defaultTimeout
	signals                   bool                 // it handles signals itself
	// prepare returns what to run, or an error if the arguments are wrong.
	prepare func(args []string) (runFunc, error)
}

// A runFunc runs a command and prints its output.
type runFunc func(ctx context.Context, api control.API, output format) error

// newCommand returns the command of a description.
func (p *Client) newCommand(s *config.Settings, d commandSpec) *cobra.Command {
	var c connection
	command := &cobra.Command{
		Use: d.use, Short: d.short, Long: d.long + "\n\n" + connectionHelp, Example: d.example, Args: d.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			run, err := d.prepare(args)
			if err != nil {
				return err
			}
			if err := c.complete(cmd.Flags(), p.LookupEnv); err != nil {
				return err
			}
			client, err := c.connect(cmd.Context(), p, s)
			if err != nil {
				return err
			}
			if d.timeout != nil {
				client.HTTP.Timeout = d.timeout()
			}
			return run(cmd.Context(), client, c.output)
		},

		SuggestionsMinimumDistance: 2,
	}
	if d.signals {
		command.Annotations = map[string]string{config.EndsBySignal: "true"}
	}
	command.Flags().SortFlags = false
	if d.flags != nil {
		d.flags(command.Flags())
	}
	c.register(command, d.formats...)
	if d.all {
		command.Flags().BoolVar(&c.all, "all", false, "all resources instead of that of --key")
	}
	return command
}

// noTimeout is the timeout of calls that may take any time.
func noTimeout() time.Duration { return 0 }

// withoutArgs returns the prepare function of a command without arguments.
func withoutArgs[T any](call func(control.API, context.Context) (T, error)) func([]string) (callFunc[T], error) {
	return func([]string) (callFunc[T], error) {
		return func(ctx context.Context, api control.API) (T, error) { return call(api, ctx) }, nil
	}
}

// controlFailure returns an error of a control call with its exit code, and with flags in
// place of parameters of the call.
func controlFailure(err error) error {
	if refused, ok := errors.AsType[*control.Error](err); ok {
		code := config.ExitUsage
		if refused.Kind == control.ErrorUnavailable {
			code = config.ExitRuntime
		}
		if refused.Code == control.CodeScope { // The text names the parameter of the HTTP call.
			err = &control.Error{Kind: refused.Kind, Code: refused.Code, Text: "this is a snapshot of all resources; use --all to restore it"}
		}
		return &config.ExitError{Code: code, Err: fmt.Errorf("%w%s", err, remedy(refused))}
	}
	text := strings.TrimPrefix(err.Error(), "control: ")
	if failed, ok := errors.AsType[*url.Error](err); ok {
		text = "cannot reach the emulator: " + failed.Error()
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		text += "; set its CA with --ca"
	}
	return &config.ExitError{Code: config.ExitRuntime, Err: errors.New(text)}
}

// remedy returns the end of a message, with the flag that a refused call needs.
func remedy(refused *control.Error) string {
	switch refused.Code {
	case control.CodeClockBack:
		return "; use --force to allow it"
	case control.CodeAdminToken:
		return "; set it with --admin-token or " + config.Variable("admin-token")
	case control.CodeUnknownKey:
		return "; choose one with --key or " + config.Variable("key")
	default:
		return ""
	}
}

// oneArg requires one argument.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%q requires %s", cmd.CommandPath(), what)
	}
}

// defaultTimeout is the timeout of control calls.
const defaultTimeout = 30 * time.Second

// connectionHelp is the part of help texts on how a command finds the emulator.
const connectionHelp = `The emulator is found like by 'health': by the file that it writes to its state
folder or, with --ephemeral, to the folder for temporary files, or else at the
configured addresses. --url overrides that. --key selects the resource.`

// A connection is the flags with the address of the emulator and the credentials. They have
// variables, but cannot be set in the configuration file.
type connection struct {
	url    string
	key    config.Secret
	all    bool
	ca     string // file
	output format
}

// register adds the flags of all control commands. More are formats besides text and JSON.
func (c *connection) register(command *cobra.Command, more ...format) {
	c.output.register(command, more...)
	flags := command.Flags()
	flags.StringVar(&c.url, "url", "", "base URL of the emulator (default: found automatically)")
	flags.Var(&c.key, "key", "subscription key (default: the development key)")
	flags.StringVar(&c.ca, "ca", "", "file with an additional CA for https")
}

// complete sets flags that the command line did not set from their variables.
func (c *connection) complete(flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) error {
	if c.all && flags.Changed("key") {
		return errors.New("--key and --all exclude each other; use one of them")
	}
	for _, name := range config.ConnectionFlags() {
		value, set := lookupEnv(config.Variable(name))
		source := "--" + name
		switch {
		case flags.Changed(name), flags.Lookup(name) == nil:
		case !set, c.all && name == "key":
			continue
		default:
			source = config.Variable(name)
			if err := flags.Lookup(name).Value.Set(value); err != nil {
				return fmt.Errorf("%s: %w", source, err)
			}
		}
		if name == "url" && !isBaseURL(c.url) {
			return fmt.Errorf("%s: not a base URL; use one like http://localhost:10100, or omit it to find the emulator", source)
		}
	}
	return nil
}

// connect finds the emulator and returns a client for it.
func (c *connection) connect(ctx context.Context, p *Client, s *config.Settings) (*control.Client, error) {
	client := &control.Client{URL: c.url, Key: string(c.key), All: c.all, AdminToken: string(s.AdminToken)}
	transport := &http.Transport{DisableKeepAlives: true}
	var caFiles []string
	if c.url == "" {
		base, err := p.Find(ctx, s)
		if err != nil {
			return nil, err
		}
		client.URL = base
		if own := filepath.Join(s.State, "ca.pem"); !s.Ephemeral && exists(own) {
			caFiles = append(caFiles, own)
		}
	} else {
		transport.Proxy = http.ProxyFromEnvironment
	}
	if c.ca != "" {
		caFiles = append(caFiles, c.ca)
	}
	var err error
	if transport.TLSClientConfig, err = tlsConfig(caFiles); err != nil {
		return nil, err
	}
	client.HTTP = &http.Client{
		Transport: transport, Timeout: defaultTimeout,
		// Another host must not get the token and the key.
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

// tlsConfig returns a configuration that trusts the CAs in some files and those of the system.
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
			return nil, fmt.Errorf("CA file %w", config.FileError(file, err))
		}
		if !roots.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("CA file %s: no certificate in PEM format", file)
		}
	}
	trust.RootCAs = roots
	return trust, nil
}

// fetch returns the public document at a path of the emulator.
func fetch(ctx context.Context, client *control.Client, path string) ([]byte, error) {
	address := strings.TrimRight(client.URL, "/") + path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := client.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // Reading only.
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: the answer is %d and not an emulator's", address, answer.StatusCode)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxReadFile))
}
