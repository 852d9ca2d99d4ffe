package config

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// A list is the value of a flag with several values, separated by commas or by repeating
// the flag. Spaces and quotes around a value are removed.
type list []string

// Set adds the values of a text. A blank text adds no values.
func (l *list) Set(text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	for _, value := range split(text, ",") {
		if value == "" {
			return errors.New("a value of the list is blank")
		}
		*l = append(*l, value)
	}
	return nil
}

// String implements pflag.Value.
func (l *list) String() string { return strings.Join(*l, ",") }

// Type implements pflag.Value.
func (l *list) Type() string { return "strings" }

// A keyring is the value of --keys: a list of groups of keys, which are joined by +.
// Its errors do not show keys.
type keyring [][]string

// Set adds the groups of a text. It refuses an empty list, such as that of an unset
// variable in CI, because an emulator without keys accepts every key.
func (k *keyring) Set(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("no keys in the list; omit it to accept every key")
	}
	for _, joined := range split(text, ",") {
		var group []string
		for _, key := range split(joined, "+") {
			switch {
			case key == "":
				return errors.New("a key is blank")
			case strings.ContainsFunc(key, unicode.IsControl):
				return errors.New("a key contains a line break or another control character; separate keys by commas")
			case slices.Contains(group, key) || slices.ContainsFunc(*k, func(g []string) bool { return slices.Contains(g, key) }):
				return errors.New("a key is given twice")
			}
			group = append(group, key)
		}
		*k = append(*k, group)
	}
	return nil
}

// String implements pflag.Value.
func (k *keyring) String() string {
	var groups []string
	for _, group := range *k {
		groups = append(groups, strings.Join(group, "+"))
	}
	return strings.Join(groups, ",")
}

// Type implements pflag.Value.
func (k *keyring) Type() string { return "strings" }

// Count returns the number of keys in all groups.
func (k *keyring) Count() int { return len(slices.Concat(*k...)) }

// A Secret is the value of a flag for a key or a token, as a header carries it. Its errors
// do not show it. Spaces and quotes around it are removed.
type Secret string

// Set sets the secret. It refuses a blank one, such as that of an unset variable of the
// shell, because a caller who names a secret expects it to be required.
func (s *Secret) Set(text string) error {
	value := strings.TrimSpace(Unquote(strings.TrimSpace(text)))
	switch {
	case value == "":
		return errors.New("the value is blank; omit it to use none")
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("the value contains a line break or another control character")
	}
	*s = Secret(value)
	return nil
}

// String implements pflag.Value.
func (s *Secret) String() string { return string(*s) }

// Type implements pflag.Value.
func (s *Secret) Type() string { return "string" }

func split(text, separator string) []string {
	values := strings.Split(text, separator)
	for i, value := range values {
		values[i] = strings.TrimSpace(Unquote(strings.TrimSpace(value)))
	}
	return values
}

// Unquote removes quotes around the whole text.
func Unquote(text string) string {
	if text == "" || text[0] != '"' && text[0] != '\'' {
		return text
	}
	if inner := text[1:]; strings.IndexByte(inner, text[0]) == len(inner)-1 && inner != "" {
		return inner[:len(inner)-1]
	}
	return text
}
