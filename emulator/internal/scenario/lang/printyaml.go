package lang

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A pair is a key and its value: text, a number, a bool, a list or pairs.
type pair struct {
	key   string
	value any
}

// yamlOf prints pairs as a YAML file.
func yamlOf(pairs []pair) string {
	var b strings.Builder
	printPairs(&b, pairs, "")
	return b.String()
}

func printPairs(b *strings.Builder, pairs []pair, indent string) {
	for i, p := range pairs {
		if i > 0 {
			b.WriteString(indent)
		}
		b.WriteString(scalar(p.key) + ":")
		printValue(b, p.value, indent+"  ")
	}
}

func printValue(b *strings.Builder, v any, indent string) {
	switch v := v.(type) {
	case []pair:
		b.WriteString("\n" + indent)
		printPairs(b, v, indent)
	case []any:
		b.WriteString("\n")
		for _, entry := range v {
			b.WriteString(indent + "-")
			if pairs, ok := entry.([]pair); ok {
				b.WriteString(" ")
				printPairs(b, pairs, indent+"  ")
				continue
			}
			printValue(b, entry, indent+"  ")
		}
	case string:
		b.WriteString(" " + scalar(v) + "\n")
	default:
		fmt.Fprintf(b, " %v\n", v)
	}
}

// scalar returns a text in the quotes of JSON, which are some of YAML's.
func scalar(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return err.Error() // which no reader takes for the text
	}
	return string(quoted)
}
