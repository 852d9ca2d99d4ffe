package schema

import "bytes"

// Limits of a number, far above the values of the API. The validator computes with
// big.Rat, which would fill the memory with the digits of 1e999999999.
const (
	maxNumberBytes    = 64
	maxExponentDigits = 3
)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numberLength returns the length of the JSON number that text begins with, or
// 0 if it begins with none.
func numberLength(text []byte) int {
	i := 0
	if i < len(text) && text[i] == '-' {
		i++
	}
	whole := digits(text[i:])
	if whole == 0 || whole > 1 && text[i] == '0' {
		return 0
	}
	i += whole
	if i < len(text) && text[i] == '.' {
		fraction := digits(text[i+1:])
		if fraction == 0 {
			return 0
		}
		i += 1 + fraction
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		exponent := digits(text[i:])
		if exponent == 0 {
			return 0
		}
		i += exponent
	}
	return i
}

func digits(text []byte) int {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

// sensibleNumber reports whether computing with a JSON number is cheap.
func sensibleNumber(literal []byte) bool {
	if len(literal) > maxNumberBytes {
		return false
	}
	e := bytes.IndexAny(literal, "eE")
	if e < 0 {
		return true
	}
	exponent := bytes.TrimLeft(literal[e+1:], "+-")
	return len(exponent) <= maxExponentDigits
}

// integerLiteral reports whether a JSON number is written without fraction and
// exponent.
func integerLiteral(literal string) bool {
	for i := range len(literal) {
		if c := literal[i]; c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}
