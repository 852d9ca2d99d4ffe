package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestKeyring: spaces and quotes around keys and groups are removed; an empty list, blank
// keys and duplicate keys are refused, without showing them.
func TestKeyring(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		texts []string
		want  string // as fmt prints it
		says  string
	}{
		{texts: []string{"K1"}, want: "[[K1]]"},
		{texts: []string{"K1+K2, K3"}, want: "[[K1 K2] [K3]]"},
		{texts: []string{"\tK1 + K2 ,K3\n"}, want: "[[K1 K2] [K3]]"},
		{texts: []string{"K1", " K2"}, want: "[[K1] [K2]]"},
		{texts: []string{`"K1+K2", 'K3'`}, want: "[[K1 K2] [K3]]"},
		{texts: []string{`"K1"+"K2"`}, want: "[[K1 K2]]"},
		{texts: []string{`it's,"`}, want: `[[it's] ["]]`},
		{texts: []string{""}, says: "no keys in the list"},
		{texts: []string{"  "}, says: "no keys in the list"},
		{texts: []string{"K1", ""}, says: "no keys in the list"},
		{texts: []string{"K1,"}, says: "a key is blank"},
		{texts: []string{"K1, ,K2"}, says: "a key is blank"},
		{texts: []string{"K1++K2"}, says: "a key is blank"},
		{texts: []string{"''"}, says: "a key is blank"},
		{texts: []string{"K1,K1"}, says: "a key is given twice"},
		{texts: []string{"K1+ K1"}, says: "a key is given twice"},
		{texts: []string{"K1+K2,K1"}, says: "a key is given twice"},
		{texts: []string{"K1", "K1"}, says: "a key is given twice"},
		{texts: []string{"K1\nK2"}, says: "a key contains a line break"},
	} {
		t.Run(fmt.Sprintf("%q", row.texts), func(t *testing.T) {
			t.Parallel()
			var keys keyring
			var err error
			for _, text := range row.texts {
				if err == nil {
					err = keys.Set(text)
				}
			}
			switch {
			case row.says == "" && err != nil:
				t.Errorf("got %v, want %s", err, row.want)
			case row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "K1")):
				t.Errorf("got %v, want that %s", err, row.says)
			case row.want != "" && fmt.Sprint([][]string(keys)) != row.want:
				t.Errorf("got %v, want %s", keys, row.want)
			}
		})
	}
}

// TestList: other lists are read in the same way, but may be empty.
func TestList(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ text, want, says string }{
		{text: "", want: "[]"},
		{text: " ", want: "[]"},
		{text: "a", want: "[a]"},
		{text: " a, b ,c\n", want: "[a b c]"},
		{text: `"a b",'c'`, want: "[a b c]"},
		{text: "o'brien's", want: "[o'brien's]"},
		{text: "a,", says: "blank"},
		{text: "a, ,b", says: "blank"},
	} {
		t.Run(fmt.Sprintf("%q", row.text), func(t *testing.T) {
			t.Parallel()
			var values list
			err := values.Set(row.text)
			if row.says == "" && (err != nil || fmt.Sprint([]string(values)) != row.want) {
				t.Errorf("got %v, %v; want %s", values, err, row.want)
			}
			if row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
				t.Errorf("got %v; want that it says %q", err, row.says)
			}
		})
	}
}

// TestUnquote: quotes around the whole text are removed.
func TestUnquote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a": "a", `"a"`: "a", "'a'": "a", `""`: "", "'": "'", `"`: `"`,
		`"a'`: `"a'`, `a"`: `a"`, `"a"b"`: `"a"b"`, `"it's"`: "it's", `" a "`: " a ",
	} {
		if got := Unquote(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// TestSecret: spaces and quotes around a secret are removed; blank secrets and those that
// a header cannot carry are refused, without showing them.
func TestSecret(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"sesame": "sesame", " sesame\n": "sesame", `"open it"`: "open it", " ' x ' ": "x", `it's`: `it's`,
		"": "", "  ": "", "''": "", `" "`: "", "open\nsesame": "", "open\tsesame": "", "sesame\x7f!": "",
	} {
		var got Secret
		err := got.Set(text)
		if string(got) != want || (err == nil) != (want != "") || err != nil && strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: got %q, %v; want %q and no secret in the error", text, got, err, want)
		}
	}
}
