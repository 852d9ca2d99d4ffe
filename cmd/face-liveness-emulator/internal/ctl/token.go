package ctl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

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
	var i inspection
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
			if err := i.connection.complete(cmd.Flags(), p.LookupEnv); err != nil {
				return err
			}
			return p.inspect(cmd.Context(), s, &i, args)
		},
	}
	i.connection.output.register(command)
	i.register(command.Flags())
	return command
}

// An inspection is what the flags of inspect say.
type inspection struct {
	connection connection
	jwks       string // file
}

func (i *inspection) register(flags *pflag.FlagSet) {
	flags.StringVar(&i.jwks, "jwks", "", "JSON Web Key Set to check the signature")
	flags.StringVar(&i.connection.url, "url", "", "base URL of the emulator (default: found automatically)")
	flags.StringVar(&i.connection.ca, "ca", "", "file with an additional CA for https")
}

func (p *Client) inspect(ctx context.Context, s *config.Settings, i *inspection, args []string) error {
	text, err := p.readToken(args)
	if err != nil {
		return err
	}
	token, err := decodeToken(text)
	if err != nil {
		return err
	}
	state, remark, err := i.check(ctx, p, s, token)
	if err != nil {
		return err
	}
	if i.connection.output == formatJSON {
		err = p.printJSON(token.json(state, p.Now()))
	} else {
		err = p.print(token.text(remark, p.Now()))
	}
	if err == nil && state == signatureBad {
		err = &config.ExitError{Code: config.ExitRuntime}
	}
	return err
}

// readToken reads the token from the argument, or from standard input.
func (p *Client) readToken(args []string) (string, error) {
	text := ""
	if len(args) == 1 && args[0] != "-" {
		text = args[0]
	} else {
		if isTerminal(p.Stdin) {
			_, _ = fmt.Fprintln(p.Stderr, "Paste the token, then press Enter and Ctrl-D.")
		}
		content, err := io.ReadAll(io.LimitReader(p.Stdin, 2*maxToken))
		if err != nil {
			return "", config.FileError("standard input", err)
		}
		text = string(content)
	}
	text = strings.TrimSpace(config.Unquote(strings.TrimSpace(text)))
	if len(text) > 7 && strings.EqualFold(text[:7], "bearer ") { // as the header has it
		text = strings.TrimSpace(text[7:])
	}
	if text == "" {
		return "", errors.New("no token given; send it to standard input")
	}
	return text, nil
}

// check compares the signature with the keys that there are, and says what came of it
// in words.
func (i *inspection) check(ctx context.Context, p *Client, s *config.Settings, token decodedToken) (signatureState, string, error) {
	keys, whose, err := i.keys(ctx, p, s)
	switch {
	case err != nil:
		return "", "", err
	case keys == nil:
		return signatureUnchecked, "not checked: no running emulator found; use --url or --jwks", nil
	case token.check(keys) == signatureGood:
		return signatureGood, "good, by " + whose, nil
	default:
		return signatureBad, "BAD: not signed by " + whose, nil
	}
}

// keys returns the keys to check against, and whose they are. Without any they are nil.
func (i *inspection) keys(ctx context.Context, p *Client, s *config.Settings) (keys []tokenKey, whose string, err error) {
	if i.jwks != "" {
		text, err := os.ReadFile(i.jwks)
		if err != nil {
			return nil, "", config.FileError(i.jwks, err)
		}
		if keys, err = readKeys(text); err != nil {
			err = fmt.Errorf("%s: %w", i.jwks, err)
		}
		return keys, "a key in " + i.jwks, err
	}
	named := i.connection.url != ""
	client, err := i.connection.connect(ctx, p, s)
	if err != nil {
		if exit, ok := errors.AsType[*config.ExitError](err); ok && exit.Code == config.ExitRuntime && !named {
			err = nil // none is found
		}
		return nil, "", err
	}
	text, err := fetch(ctx, client.HTTP, strings.TrimRight(client.URL, "/")+"/_emulator/jwks.json")
	if err != nil {
		return nil, "", controlFailure(err)
	}
	if keys, err = readKeys(text); err != nil {
		err = &config.ExitError{Code: config.ExitRuntime, Err: fmt.Errorf("the keys of %s: %w", client.URL, err)}
	}
	return keys, "a key of " + client.URL, err
}

// fetch reads what is public.
func fetch(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // Reading only.
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: the answer is %d and not an emulator's", address, answer.StatusCode)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxReadFile))
}

// A tokenReport is what --output json prints of a token.
type tokenReport struct {
	Header    json.RawMessage `json:"header"`
	Claims    json.RawMessage `json:"claims"` // with those decoded that hold JSON
	Issued    time.Time       `json:"issued,omitzero"`
	Expires   time.Time       `json:"expires,omitzero"`
	Expired   bool            `json:"expired"`
	Signature signatureState  `json:"signature"`
}

func (t decodedToken) json(state signatureState, now time.Time) tokenReport {
	return tokenReport{
		Header: t.header, Claims: t.expandedClaims(), Issued: t.issued, Expires: t.expires,
		Expired: !t.expires.IsZero() && !now.Before(t.expires), Signature: state,
	}
}

// text is what people read of a token, with what is known of its signature.
func (t decodedToken) text(signature string, now time.Time) string {
	rows := fields{{"Issued", timeInWords(t.issued, now)}}
	switch {
	case t.expires.IsZero():
		rows = append(rows, [2]string{"Expires", "never (no exp)"})
	case now.Before(t.expires):
		rows = append(rows, [2]string{"Expires", timeInWords(t.expires, now)})
	default:
		rows = append(rows, [2]string{"Expired", timeInWords(t.expires, now)})
	}
	for _, path := range t.paths {
		rows = append(rows, [2]string{"Allows", strings.ToUpper(path.Method) + " " + path.Path + ", " + times(path.Quota) + ", at most " +
			times(path.Limit) + " in " + (time.Duration(path.Period) * time.Second).String()})
	}
	rows = append(rows, [2]string{"Signature", signature})
	return "Header\n" + pretty(t.header) + "\nClaims\n" + pretty(t.expandedClaims()) + "\n" + table(rows.rows())
}

func times(number int) string {
	if number == 1 {
		return "once"
	}
	return strconv.Itoa(number) + " times"
}
