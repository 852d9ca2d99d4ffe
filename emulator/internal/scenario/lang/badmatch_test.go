package lang_test

import (
	"fmt"
	"strings"
)

// badMatches are files with an invalid rule.
func badMatches() []badFile {
	condition := func(text string) string { return with("match:", "  "+text) }
	image := func(text string) string { return with("match: {verifyImage: {" + text + "}}") }
	header := func(text string) string { return with("match: {header: {" + text + "}}") }
	return []badFile{
		{"version a number", condition("apiVersion: 1.2"), []string{`5:15: match.apiVersion must be text, not a number; put it in quotes: "1.2"`}},
		{"version empty", condition("apiVersion: ''"), []string{`5:15: match.apiVersion is empty; "*" matches every value that is not empty`}},
		{"resource a list", condition("resource: [a]"), []string{`5:13: match.resource must be text, not a list`}},
		{"resource too long", condition("resource: {exact: " + strings.Repeat("a", 257) + "}"), []string{`5:21: match.resource.exact is too long; at most 256 bytes`}},
		{"user id nothing", condition("userCorrelationId:"), []string{`5:3: match.userCorrelationId must be text, not nothing`}},
		{"pattern of no kind", condition("userCorrelationId: {}"), []string{`5:22: match.userCorrelationId has none of exact, glob, regex; add one of them`}},
		{"pattern of two kinds", condition("userCorrelationId: {regex: a, exact: b}"), []string{`5:33: match.userCorrelationId has both regex and exact; remove one of them`}},
		{"pattern of another kind", condition("userCorrelationId: {prefix: a}"), []string{`5:22: match.userCorrelationId has none of exact, glob, regex; add one of them`, `5:23: unknown key "prefix"; allowed here: exact, glob, regex`}},
		{"pattern of a kind misspelt", condition("userCorrelationId: {regexp: a}"), []string{`5:23: unknown key "regexp"; did you mean "regex"?`}},
		{"pattern nothing", condition("userCorrelationId: {glob: }"), []string{`5:23: match.userCorrelationId.glob must be text, not nothing`}},
		{"regex not closed", condition("userCorrelationId: {regex: '(a'}"), []string{`5:30: match.userCorrelationId.regex is not a regular expression: missing closing ); the syntax is that of RE2`}},
		{"regex closed too often", condition("userCorrelationId: {regex: 'a)|(b'}"), []string{`5:30: match.userCorrelationId.regex is not a regular expression: unexpected ); the syntax is that of RE2`}},
		{"regex that looks ahead", condition("userCorrelationId: {regex: '(?=a)'}"), []string{`5:30: match.userCorrelationId.regex is not a regular expression: invalid or unsupported Perl syntax; the syntax is that of RE2`}},
		{"regex that repeats too often", condition("userCorrelationId: {regex: '(a{1000}){1000}'}"), []string{`5:30: match.userCorrelationId.regex is not a regular expression: invalid repeat count; the syntax is that of RE2`}},
		{"regex too long", condition("userCorrelationId: {regex: " + strings.Repeat("a", 513) + "}"), []string{`5:30: match.userCorrelationId.regex is too long; at most 512 characters`}},
		{"regex empty", condition("userCorrelationId: {regex: ''}"), []string{`5:30: match.userCorrelationId.regex is empty; "*" matches every value that is not empty`}},
		{"mode in lower case", condition("operationMode: passive"), []string{`5:18: unknown match.operationMode "passive"; did you mean "Passive"?`}},
		{"mode of another service", condition("operationMode: Active"), []string{`5:18: unknown match.operationMode "Active"; allowed: Passive, PassiveActive`}},

		{"hash too short", image("sha256: 'ab'"), []string{`4:31: match.verifyImage.sha256 is not a SHA-256: "ab"; use 64 hexadecimal digits`}},
		{"hash in Base64", image("sha256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"), []string{`4:31: match.verifyImage.sha256 is not a SHA-256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; use 64 hexadecimal digits`}},
		{"size of one side only", image("size: 200KB"), []string{`4:29: match.verifyImage.size must be a mapping, not text; keys: min, max`}},
		{"size without sides", image("size: {}"), []string{`4:29: match.verifyImage.size is empty; name min, max or both`}},
		{"size backwards", image("size: {min: 2KB, max: 2047}"), []string{`4:29: match.verifyImage.size.min is above max; swap them`}},
		{"size zero", image("size: {min: 0}"), []string{`4:35: match.verifyImage.size.min is not a size: "0"; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size negative", image("size: {min: -1}"), []string{`4:35: match.verifyImage.size.min is not a size: "-1"; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size in lower case", image("size: {max: 200kb}"), []string{`4:35: match.verifyImage.size.max is not a size: "200kb"; did you mean "200KB"?`}},
		{"size with a space", image("size: {max: 6 MB}"), []string{`4:35: match.verifyImage.size.max is not a size: "6 MB"; did you mean "6MB"?`}},
		{"size in binary units", image("size: {max: 6MiB}"), []string{`4:35: match.verifyImage.size.max is not a size: "6MiB"; did you mean "6MB"?`}},
		{"size with a fraction", image("size: {max: 1.5MB}"), []string{`4:35: match.verifyImage.size.max is not a size: "1.5MB"; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size in quotes without unit", image("size: {max: '200'}"), []string{`4:35: match.verifyImage.size.max is not a size: "200"; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size too large", image("size: {max: 1025MB}"), []string{`4:35: match.verifyImage.size.max is not a size: "1025MB"; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size far too large", image("size: {max: 99999999999999999999}"), []string{`4:35: match.verifyImage.size.max is not a size: "99999999999999999999"; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size hexadecimal", image("size: {max: 0x10}"), []string{`4:35: match.verifyImage.size.max is not a size: "0x10"; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size too large in lower case", image("size: {max: 1025mb}"), []string{`4:35: match.verifyImage.size.max is not a size: "1025mb"; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size true", image("size: {max: true}"), []string{`4:35: match.verifyImage.size.max must be a size such as 200KB, not true or false; use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB`}},
		{"size of another key", image("size: {least: 1}"), []string{`4:30: unknown key "least"; allowed here: min, max`}},

		{"header as text", with("match: {header: 'X-A: b'}"), []string{`4:17: match.header must be a mapping, not text; write it as {X-Name: pattern}`}},
		{"header empty", header(""), []string{`4:17: match.header is empty; name a header`}},
		{"header with a space", header("'X A': b"), []string{`4:18: invalid header name "X A"; use letters, digits and -, at most 128 characters`}},
		{"header without a name", header("'': b"), []string{`4:18: invalid header name ""; use letters, digits and -, at most 128 characters`}},
		{"header with a long name", header("'" + strings.Repeat("x", 129) + "': b"), []string{fmt.Sprintf("4:18: invalid header name %q…; use letters, digits and -, at most 128 characters", strings.Repeat("x", 64))}},
		{"header twice", header("X-A: b, x-a: c"), []string{`4:26: header "x-a" is given twice; the first is in line 4`}},
		{"header of the key", header("OCP-Apim-Subscription-Key: '*'"), []string{`4:18: header "OCP-Apim-Subscription-Key" holds secrets; match resource to tell callers apart`}},
		{"header of the token", header("authorization: 'Bearer *'"), []string{`4:18: header "authorization" holds secrets; match resource to tell callers apart`}},
		{"header a number", header("X-A: 1"), []string{`4:23: match.header.X-A must be text, not a number; put it in quotes: "1"`}},
		{"header of no kind", header("X-A: {}"), []string{`4:23: match.header.X-A has none of exact, glob, regex; add one of them`}},
		{"headers too many", header(manyHeaders(17)), []string{`4:17: match.header names 17 headers; at most 16`}},

		{"priority a word", with("match: {apiVersion: a}", "priority: high"), []string{`5:11: priority must be a whole number from -1000 to 1000, not "high"`}},
		{"priority too high", with("match: {apiVersion: a}", "priority: 1001"), []string{`5:11: priority must be a whole number from -1000 to 1000, not "1001"`}},
		{"priority too low", with("match: {apiVersion: a}", "priority: -1001"), []string{`5:11: priority must be a whole number from -1000 to 1000, not "-1001"`}},
		{"priority with a fraction", with("match: {apiVersion: a}", "priority: 1.5"), []string{`5:11: priority must be a whole number from -1000 to 1000, not "1.5"`}},
		{"priority in quotes", with("match: {apiVersion: a}", "priority: '1'"), []string{`5:11: priority must be a whole number from -1000 to 1000, not text; write it without quotes`}},
	}
}

// manyHeaders returns the inside of a flow mapping with n headers.
func manyHeaders(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("X-%d: a", i))
	}
	return strings.Join(all, ", ")
}
