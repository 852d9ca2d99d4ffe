package lang

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits that are checked before the YAML library parses a file. Its time grows with the
// square of the numbers of tokens and lines; each empty line at the end of a text costs a
// copy of the text, and each level takes stack.
const (
	maxLines      = 5000
	maxEmptyLines = 20 // in a row
	maxTokens     = 20_000
	maxLevels     = 16
)

// plainText returns the text of a file with line feeds as line ends and without a byte
// order mark. Text that is not valid in YAML is an error.
func plainText(file string, data []byte) (string, *Error) {
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	at := position{line: 1, column: 0}
	for i, r := range text {
		at.column++
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)) {
			return "", newDocument(file, strings.ToValidUTF8(text, string(utf8.RuneError))).
				errorAt(at, "the file is not UTF-8 text", "save it as UTF-8")
		}
		if r != '\t' && r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0) {
			return "", newDocument(file, strings.ToValidUTF8(text, string(utf8.RuneError))).
				errorAt(at, fmt.Sprintf("control character %U", r), "remove it")
		}
		if r == '\n' {
			at = position{line: at.line + 1, column: 0}
		}
	}
	return text, nil
}

// checkLines returns the error for a document with too many lines, or nil.
func checkLines(doc document) *Error {
	empty := 0 // in a row
	for i, line := range doc.lines {
		at := position{i + 1, 1}
		if i == maxLines && (line != "" || i < len(doc.lines)-1) {
			return doc.errorAt(at, "the file is too long", fmt.Sprintf("at most %d lines are read", maxLines))
		}
		if empty++; strings.Trim(line, " \t") != "" {
			empty = 0
		}
		if empty > maxEmptyLines {
			return doc.errorAt(at, "too many empty lines", fmt.Sprintf("at most %d in a row are read", maxEmptyLines))
		}
	}
	return nil
}

// parse returns the root of the one YAML document in doc.
func parse(doc document, text string) (ast.Node, *Error) {
	tokens, problem := tokenize(doc, text)
	if problem != nil {
		return nil, problem
	}
	file, problem := parseTokens(doc, tokens)
	if problem != nil {
		return nil, problem
	}
	for _, d := range file.Docs {
		if d.Body != nil {
			return d.Body, nil
		}
	}
	empty := doc.errorAt(position{1, 1}, "the file is empty", doc.hints.empty)
	empty.Excerpt = ""
	return nil, empty
}

// tokenize returns the tokens of the text without comments. It refuses syntax that
// scenario files must not use, and texts that would keep the parser busy.
func tokenize(doc document, text string) (tokens token.Tokens, problem *Error) {
	defer recoverParser(doc, &problem)
	var nesting levels
	ended := false // by "...", after which another document would begin
	for _, tk := range lexer.Tokenize(text) {
		if tk.Type == token.CommentType {
			continue
		}
		at := position{tk.Position.Line, tk.Position.Column}
		if ended || tk.Type == token.DocumentHeaderType && len(tokens) > 0 {
			return nil, doc.errorAt(at, "more than one document in the file", doc.hints.several)
		}
		if message, suggestion := refused(tk); message != "" {
			return nil, doc.errorAt(at, message, suggestion)
		}
		if nesting.enter(tk, at) > maxLevels {
			return nil, doc.errorAt(at, "nested too deeply", fmt.Sprintf("at most %d levels are read", maxLevels))
		}
		if len(tokens) == maxTokens {
			return nil, doc.errorAt(at, "the file is too long", fmt.Sprintf("at most %d YAML tokens are read", maxTokens))
		}
		ended = ended || tk.Type == token.DocumentEndType
		tokens = append(tokens, tk)
	}
	return tokens, nil
}

// refused returns why a token is not allowed in a scenario file, or "".
func refused(tk *token.Token) (message, suggestion string) {
	switch tk.Type {
	case token.InvalidType:
		if strings.Contains(tk.Error, "\t") || strings.Contains(tk.Error, "tab character") {
			return "not YAML: a tab character cannot indent", "indent with spaces"
		}
		return "not YAML: " + printable(tk.Error), syntaxHint(tk.Error)
	case token.AnchorType, token.AliasType, token.MergeKeyType:
		return "anchors, aliases and merge keys are not supported", "write the value out, or put it in quotes if it is text"
	case token.TagType:
		return "tags are not supported", "put the value in quotes if it is text"
	case token.DirectiveType:
		return "directives are not supported", "remove the line"
	case token.MappingKeyType:
		return "keys that begin with ? are not supported", "write key: value"
	default:
	}
	return "", ""
}

// syntaxHint returns a suggestion for a message of the YAML library, or "".
func syntaxHint(message string) string {
	switch {
	case strings.Contains(message, "reserved character"):
		return "put the text in quotes"
	case strings.Contains(message, "mapping value is not allowed"):
		return "check the indentation, and put text that contains a colon in quotes"
	}
	if strings.Contains(message, "value is not allowed in this context") {
		return "check the indentation"
	}
	return ""
}

// colonHint returns a suggestion for a line with a key that has no space after its colon,
// or "".
func (d document) colonHint(at position) string {
	if at.line < 1 || at.line > len(d.lines) {
		return ""
	}
	line := window(d.lines[at.line-1], 0)
	if !regexp.MustCompile(`^ *(?:- +)*[A-Za-z]+:[^ /]`).MatchString(line) {
		return ""
	}
	return "put a space after the colon"
}

// levels counts the nesting of tokens.
type levels struct {
	flow    int   // open { and [
	columns []int // of the enclosing blocks
	line    int   // of the previous token
	entry   bool  // the previous token is the - of a list entry
}

// enter returns the nesting level of the next token, or an upper bound.
func (l *levels) enter(tk *token.Token, at position) int {
	opens := at.line != l.line || l.entry
	l.line, l.entry = at.line, tk.Type == token.SequenceEntryType
	switch tk.Type {
	case token.MappingStartType, token.SequenceStartType:
		l.flow++
	case token.MappingEndType, token.SequenceEndType:
		l.flow--
	default:
		if l.flow <= 0 && (opens || l.entry) {
			for len(l.columns) > 0 && l.columns[len(l.columns)-1] >= at.column {
				l.columns = l.columns[:len(l.columns)-1]
			}
			l.columns = append(l.columns, at.column)
		}
	}
	return len(l.columns) + max(l.flow, 0)
}

// parseTokens parses tokens. Duplicate keys are left to the reader, whose errors say
// more.
func parseTokens(doc document, tokens token.Tokens) (file *ast.File, problem *Error) {
	defer recoverParser(doc, &problem)
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return file, nil
	}
	at, message := position{1, 1}, "the file cannot be read"
	var failed yaml.Error
	if errors.As(err, &failed) { // the Error method prints the whole file, in quadratic time
		message = failed.GetMessage()
		if tk := failed.GetToken(); tk != nil && tk.Position != nil {
			at = position{tk.Position.Line, tk.Position.Column}
		}
	}
	return nil, doc.errorAt(at, "not YAML: "+printable(message), cmp.Or(syntaxHint(message), doc.colonHint(at)))
}

// recoverParser turns a panic of the YAML library into an error of the file. A scenario
// file must not stop the program.
func recoverParser(doc document, problem **Error) {
	if recover() != nil {
		*problem = doc.errorAt(position{1, 1}, "cannot be read as YAML", "")
	}
}

// printable returns a message of the YAML library without control characters, cut to the
// width of an excerpt.
func printable(message string) string { return window(message, 0) }
