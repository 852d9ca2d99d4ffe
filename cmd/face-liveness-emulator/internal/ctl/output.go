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

// A format is a value of --output.
type format string

const (
	formatText  format = "text"
	formatJSON  format = "json"
	formatJUnit format = "junit"
)

// register adds --output. More are formats besides text and JSON.
func (f *format) register(command *cobra.Command, more ...format) {
	*f = formatText
	value := formatValue{chosen: f, known: append([]format{formatText, formatJSON}, more...)}
	command.Flags().SortFlags = false
	command.Flags().Var(value, "output", "output format: "+value.names())
}

// A formatValue is the flag --output.
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

// print writes the output of a command. A reader that closes the pipe early, such as head,
// causes no message.
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

// printJSON prints a value as indented JSON.
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

// table returns rows with aligned columns.
func table(rows [][]string) string {
	var aligned, trimmed strings.Builder
	columns := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
		}
		_, _ = fmt.Fprintln(columns, strings.Join(row, "\t")) // a Builder does not fail
	}
	_ = columns.Flush()
	for line := range strings.Lines(aligned.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

// printable returns a text with control characters replaced, so that it cannot control the
// terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// fields are pairs of a name and a value.
type fields [][2]string

// rows returns the fields that have a value.
func (f fields) rows() [][]string {
	var rows [][]string
	for _, field := range f {
		if field[1] != "" {
			rows = append(rows, []string{field[0], field[1]})
		}
	}
	return rows
}

// plural returns a number and a noun.
func plural(number int, thing string) string {
	if number == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", number, thing)
}

// bytesText returns a number of bytes in a suitable unit.
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

// indentedJSON returns an indented JSON text.
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

// relativeTime returns a time and its distance from now; "" for the zero time.
func relativeTime(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	difference := t.Sub(now).Round(time.Second)
	distance := "now"
	switch {
	case difference > 0:
		distance = "in " + durationText(difference)
	case difference < 0:
		distance = durationText(-difference) + " ago"
	}
	return t.Format(time.RFC3339) + ", " + distance
}

// durationText returns a duration in its two largest units.
func durationText(d time.Duration) string {
	const day = 24 * time.Hour
	units := []struct {
		length time.Duration
		name   string
	}{{day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	var words []string
	for _, unit := range units {
		if number := d / unit.length; number > 0 {
			words = append(words, plural(int(number), unit.name))
			d -= number * unit.length
		} else if len(words) > 0 {
			break // only neighbouring units
		}
		if len(words) == 2 {
			break
		}
	}
	return strings.Join(words, " and ")
}
