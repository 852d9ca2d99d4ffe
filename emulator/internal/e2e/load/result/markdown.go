package result

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteLoad writes a Markdown table with a row for each measure and target, and with the
// ratios to a reference.
func (s Samples) WriteLoad(w io.Writer, reference string) error {
	quantities := []string{Rate, P50, P99, CPU}
	var text strings.Builder
	fmt.Fprintf(&text, "| call/connections | target | %s | rate ratio | p99 ratio | CPU ratio |\n", strings.Join(quantities, " | "))
	text.WriteString("|---|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, measure := range s.Measures() {
		for _, target := range s.Targets() {
			if _, measured := s.Median(target, measure, Rate); !measured {
				continue
			}
			fmt.Fprintf(&text, "| %s | %s |", measure, target)
			for _, quantity := range quantities {
				text.WriteString(cell(s.Median(target, measure, quantity)))
			}
			for _, quantity := range []string{Rate, P99, CPU} {
				text.WriteString(cell(s.Ratio(target, measure, reference, quantity)))
			}
			text.WriteString("\n")
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// WriteMatrix writes a Markdown table with a row for each measure and quantity, and a
// column for each target.
func (s Samples) WriteMatrix(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "| | %s |\n|---|%s\n", strings.Join(s.Targets(), " | "), strings.Repeat("---:|", len(s.Targets())))
	for _, measure := range s.Measures() {
		for _, quantity := range s.quantities(measure) {
			fmt.Fprintf(&text, "| %s, %s |", measure, quantity)
			for _, target := range s.Targets() {
				text.WriteString(cell(s.Median(target, measure, quantity)))
			}
			text.WriteString("\n")
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// quantities returns the quantities of a measure in the order of their first sample.
func (s Samples) quantities(measure string) (names []string) {
	for _, sample := range s {
		if sample.Measure == measure && sample.Quantity != Others && !slices.Contains(names, sample.Quantity) {
			names = append(names, sample.Quantity)
		}
	}
	return names
}

// cell returns a value with three digits, or a dash if it was not measured.
func cell(value float64, measured bool) string {
	switch {
	case !measured:
		return " – |"
	case value >= 100:
		return fmt.Sprintf(" %.0f |", value)
	case value >= 10:
		return fmt.Sprintf(" %.1f |", value)
	}
	return fmt.Sprintf(" %.2f |", value)
}
