package config

import (
	"errors"
	"strconv"
	"strings"
)

// leastMemory is the smallest --memory: an emulator without sessions needs almost as much.
const leastMemory = 16 << 20

// A Size is the value of --memory: a number of bytes, or 0 if it is not set.
type Size int64

// sizeUnits returns the units of sizes, the largest first.
func sizeUnits() []struct {
	name  string
	bytes int64
} {
	return []struct {
		name  string
		bytes int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}
}

// Set sets the size from a text such as 128MiB. A blank text sets it to 0. A number without
// a unit is a number of bytes: Kubernetes can fill a variable with the limit of a container
// in this form.
func (z *Size) Set(text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		*z = 0
		return nil
	}
	number, unit := text, int64(1)
	for _, u := range sizeUnits() {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	count, err := strconv.ParseUint(number, 10, 63)
	switch {
	case err != nil || int64(count) > (1<<62)/unit:
		return errors.New("invalid size " + strconv.Quote(text) + "; use a whole number of KiB, MiB or GiB, such as 128MiB")
	case int64(count)*unit < leastMemory:
		return errors.New(strconv.Quote(text) + " is too little; use at least " + Size(leastMemory).String())
	}
	*z = Size(int64(count) * unit)
	return nil
}

// String returns the size in the largest unit that shows it without a fraction.
func (z Size) String() string {
	if z == 0 {
		return ""
	}
	for _, u := range sizeUnits() {
		if int64(z)%u.bytes == 0 {
			return strconv.FormatInt(int64(z)/u.bytes, 10) + u.name
		}
	}
	return ""
}

// Type implements pflag.Value.
func (*Size) Type() string { return "size" }
