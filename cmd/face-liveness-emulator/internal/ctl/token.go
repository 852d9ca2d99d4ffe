package ctl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// inspectFlags are the flags of token inspect.
type inspectFlags struct {
	connection connection
	jwks       string // file
}

func (p *Client) tokenCommand(s *config.Settings) *cobra.Command {
	parent := &cobra.Command{
		Use: "token", Short: "Decode a session token", Args: config.NoArguments,
		Long:    `Decode a session token. This needs no running emulator.`,
		Example: `  face-liveness-emulator token inspect < token.txt`,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	parent.AddCommand(p.tokenInspect(s))
	return parent
}

func (p *Client) tokenInspect(s *config.Settings) *cobra.Command {
	var f inspectFlags
	command := &cobra.Command{
		Use: "inspect [TOKEN|-]", Short: "Show the content of a session token",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%q takes one token, or reads it from standard input", cmd.CommandPath())
			}
			return nil
		},
		Long: `Show the header, claims and times of a session token, and the calls that it
allows. A token lets its holder act for the session until it expires: send it
to standard input, so that it does not stay in the history of the shell.

The signature is checked with the keys of a running emulator, found
automatically or set with --url, or with those of --jwks. The exit code is 1 if
it is wrong. Without keys it is not checked. Expiry is judged by the clock of
this machine.`,
		Example: `  face-liveness-emulator token inspect < token.txt
  jq -r .authToken created.json | face-liveness-emulator token inspect
  face-liveness-emulator token inspect --jwks jwks.json --output json < token.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.connection.complete(cmd.Flags(), p.LookupEnv); err != nil {
				return err
			}
			return p.inspectToken(cmd.Context(), s, &f, args)
		},
	}
	f.connection.output.register(command)
	flags := command.Flags()
	flags.StringVar(&f.jwks, "jwks", "", "JSON Web Key Set to check the signature")
	flags.StringVar(&f.connection.url, "url", "", "base URL of the emulator (default: found automatically)")
	flags.StringVar(&f.connection.ca, "ca", "", "file with an additional CA for https")
	return command
}

func (p *Client) inspectToken(ctx context.Context, s *config.Settings, f *inspectFlags, args []string) error {
	text, err := p.readToken(args)
	if err != nil {
		return err
	}
	t, err := decodeToken(text, p.Now())
	if err != nil {
		return err
	}
	keys, place, err := p.tokenKeys(ctx, s, f)
	if err != nil {
		return err
	}
	remark := "not checked: no running emulator found; use --url or --jwks"
	switch {
	case keys == nil:
	case t.signedBy(keys):
		t.Signature, remark = signatureGood, "good, by a key "+place
	default:
		t.Signature, remark = signatureBad, "BAD: not signed by a key "+place
	}
	if f.connection.output == formatJSON {
		err = p.printJSON(t)
	} else {
		err = p.print(t.text(remark, p.Now()))
	}
	if err == nil && t.Signature == signatureBad {
		err = &config.ExitError{Code: config.ExitRuntime}
	}
	return err
}

// readToken reads the token from the argument or from standard input.
func (p *Client) readToken(args []string) (text string, err error) {
	if len(args) == 1 && args[0] != "-" {
		text = args[0]
	} else {
		if isTerminal(p.Stdin) {
			_, _ = fmt.Fprintln(p.Stderr, "Paste the token, then press Enter and Ctrl-D.")
		}
		if text, _, err = p.readFile("-"); err != nil {
			return "", err
		}
	}
	text = strings.TrimSpace(config.Unquote(strings.TrimSpace(text)))
	if len(text) > 7 && strings.EqualFold(text[:7], "bearer ") { // as in the header Authorization
		text = strings.TrimSpace(text[7:])
	}
	if text == "" {
		return "", errors.New("no token given; send it to standard input")
	}
	return text, nil
}

// tokenKeys returns the keys of --jwks or else of a running emulator, and their place
// as "in FILE" or "of URL". The keys are nil if no emulator is running.
func (p *Client) tokenKeys(ctx context.Context, s *config.Settings, f *inspectFlags) (keys []tokenKey, place string, err error) {
	if f.jwks != "" {
		text, err := os.ReadFile(f.jwks)
		if err != nil {
			return nil, "", config.FileError(f.jwks, err)
		}
		if keys, err = readKeys(text); err != nil {
			err = fmt.Errorf("%s: %w", f.jwks, err)
		}
		return keys, "in " + f.jwks, err
	}
	client, err := f.connection.connect(ctx, p, s)
	if err != nil {
		if exit, ok := errors.AsType[*config.ExitError](err); ok && exit.Code == config.ExitRuntime && f.connection.url == "" {
			err = nil
		}
		return nil, "", err
	}
	text, err := fetch(ctx, client, "/_emulator/jwks.json")
	if err != nil {
		return nil, "", controlFailure(err)
	}
	if keys, err = readKeys(text); err != nil {
		err = &config.ExitError{Code: config.ExitRuntime, Err: fmt.Errorf("the keys of %s: %w", client.URL, err)}
	}
	return keys, "of " + client.URL, err
}
