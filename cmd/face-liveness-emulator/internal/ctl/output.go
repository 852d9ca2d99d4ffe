package ctl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// A format is what --output says.
type format string

const (
	formatText  format = "text"
	formatJSON  format = "json"
	formatJUnit format = "junit"
)

// register adds --output. More are formats beside text and JSON.
func (f *format) register(command *cobra.Command, more ...format) {
	*f = formatText
	value := formatValue{chosen: f, known: append([]format{formatText, formatJSON}, more...)}
	command.Flags().SortFlags = false
	command.Flags().Var(value, "output", "output format: "+value.names())
}

// A formatValue is the value of --output.
type formatValue struct {
	chosen *format
	known  []format
}

// Set implements pflag.Value.
func (v formatValue) Set(text string) error {
	if !slices.Contains(v.known, format(text)) {
		return fmt.Errorf("unknown format %q; use %s", text, v.names())
	}
	*v.chosen = format(text)
	return nil
}

// names lists the formats in words.
func (v formatValue) names() string {
	var names []string
	for _, known := range v.known {
		names = append(names, string(known))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// String implements pflag.Value.
func (v formatValue) String() string {
	if v.chosen == nil {
		return ""
	}
	return string(*v.chosen)
}

// Type implements pflag.Value.
func (v formatValue) Type() string { return "string" }

// print writes what a command was asked for. Who reads it may have seen enough,
// as head has; that is nothing to complain of.
func (p *Client) print(text string) error {
	switch _, err := io.WriteString(p.Stdout, text); {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPIPE):
		return &config.ExitError{Code: config.ExitRuntime}
	default:
		return &config.ExitError{Code: config.ExitRuntime, Err: err}
	}
}

// printJSON prints a value for programs, and for people who look at it.
func (p *Client) printJSON(value any) error {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return &config.ExitError{Code: config.ExitRuntime, Err: err}
	}
	return p.print(text.String())
}

// table is rows in columns that stand below each other.
func table(rows [][]string) string {
	var aligned, trimmed strings.Builder
	columns := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
		}
		_, _ = fmt.Fprintln(columns, strings.Join(row, "\t")) // a Builder takes everything
	}
	_ = columns.Flush()
	for line := range strings.Lines(aligned.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

// printable is the text without what a terminal would act upon.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// fields are names and values.
type fields [][2]string

// given are the rows of those that have a value.
func (f fields) rows() [][]string {
	var rows [][]string
	for _, field := range f {
		if field[1] != "" {
			rows = append(rows, []string{field[0], field[1]})
		}
	}
	return rows
}

// plural is a number of things in words.
func plural(number int, thing string) string {
	if number == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", number, thing)
}

// bytesText is a number of bytes in a unit that leaves it readable.
func bytesText(bytes int64) string {
	units := []string{"kB", "MB", "GB", "TB"}
	if bytes < 1000 {
		return plural(int(bytes), "byte")
	}
	size, unit := float64(bytes)/1000, 0
	for size >= 999.95 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + units[unit]
}

// indentedJSON is a JSON text for people.
func indentedJSON(text json.RawMessage) string {
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") != nil {
		return printable(string(text)) + "\n"
	}
	var shown strings.Builder
	for line := range strings.Lines(indented.String()) {
		shown.WriteString(printable(strings.TrimRight(line, "\r\n")) + "\n")
	}
	return shown.String()
}

// relativeTime is a time and how far it is.
func relativeTime(moment, now time.Time) string {
	if moment.IsZero() {
		return ""
	}
	far := moment.Sub(now).Round(time.Second)
	distance := "now"
	switch {
	case far > 0:
		distance = "in " + distanceText(far)
	case far < 0:
		distance = distanceText(-far) + " ago"
	}
	return moment.Format(time.RFC3339) + ", " + distance
}

// distanceText is a duration in its two largest units.
func distanceText(far time.Duration) string {
	const day = 24 * time.Hour
	units := []struct {
		length time.Duration
		name   string
	}{{day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	var words []string
	for _, unit := range units {
		if number := far / unit.length; number > 0 {
			words = append(words, plural(int(number), unit.name))
			far -= number * unit.length
		} else if len(words) > 0 {
			break // the units stand side by side
		}
		if len(words) == 2 {
			break
		}
	}
	return strings.Join(words, " and ")
}
