package lang

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Limits of an error that replaces an answer.
const (
	leastStatus        = 300
	mostStatus         = 599
	maxHeaderValue     = 1024 // characters
	maxRetryAfter      = time.Hour
	minRateWindow      = time.Millisecond
	tierCustom         = "custom"
	retryAfterSeconds  = "seconds"
	retryAfterDate     = "date"
	tierF0, tierS0     = "F0", "S0"
	retryAfterExamples = "use whole seconds from 1s to 1h, or {date: 3s}"
)

func answerMapping() mapping[fault.Answer] {
	return mapping[fault.Answer]{name: "error", fields: []field[fault.Answer]{
		{key: "name", read: func(r *reader, v value, into *fault.Answer) {
			into.Error, _ = r.oneOf(v, fault.Errors()...)
		}},
		{key: "status", read: func(r *reader, v value, into *fault.Answer) {
			into.Status = int(r.whole(v, leastStatus, mostStatus))
			if into.Status == http.StatusNotModified {
				r.report(v.at, "error.status 304 has no body", "use another one")
			}
		}},
		{key: "code", read: func(r *reader, v value, into *fault.Answer) {
			code, ok := r.text(v)
			if ok && !validAnswerCode(code) {
				r.report(v.at, "invalid error code "+scenario.Quote(code),
					fmt.Sprintf(`use printable ASCII without quotes and \, such as "429" or ServerBusy, at most %d characters`, maxCodeLength))
			}
			into.Code = code
		}},
		{key: "message", read: func(r *reader, v value, into *fault.Answer) {
			message, ok := r.text(v)
			if length := utf8.RuneCountInString(message); ok && (length > maxMessageLength || !utf8.ValidString(message)) {
				r.report(v.at, fmt.Sprintf("error.message has %d characters", length), fmt.Sprintf("use 0 to %d", maxMessageLength))
			}
			into.Message = message
		}},
		{key: "headers", read: readAnswerHeaders},
		{key: "retryAfter", read: readRetryAfter},
	}}
}

// validAnswerCode reports whether the service, or a proxy before it, could send this
// error code.
func validAnswerCode(code string) bool {
	foreign := strings.ContainsFunc(code, func(c rune) bool {
		return c > unicode.MaxASCII || !unicode.IsPrint(c) || strings.ContainsRune(`"'\`, c)
	})
	return !foreign && code != "" && len(code) <= maxCodeLength
}

func readAnswer(r *reader, v value, into *faultNode) {
	into.Answer = new(fault.Answer)
	if !v.isMapping() {
		allowed := "allowed: {status: 503, code: ServerBusy, message: …} or one of " + strings.Join(fault.Errors(), ", ")
		if node, scalar := v.node.(ast.ScalarNode); scalar {
			allowed = cmp.Or(statusHint(node.GetToken().Value), allowed)
		}
		into.Answer.Error, _ = r.word(v, allowed, fault.Errors()...)
		return
	}
	given := answerMapping().read(r, v, into.Answer)
	r.exactlyOne(v, given, "name", "status")
	_, named := given["name"]
	_, withStatus := given["status"]
	for _, key := range []string{"code", "message", "headers"} {
		at, there := given[key]
		switch {
		case there && named && !withStatus:
			r.report(at, key+" does not go together with name", "remove "+key+", or replace name by status")
		case !there && withStatus && !named && key != "headers":
			r.report(v.at, fmt.Sprintf("error has no %s, which status needs", key), fmt.Sprintf("add %s: …", key))
		}
	}
}

// ownHeaders are the headers, in lower case, that cannot be set by name, with a
// suggestion for each.
func ownHeaders() map[string]string {
	return map[string]string{
		"connection":        "use reset to break the connection",
		"content-length":    "use body: truncated for one that is wrong",
		"content-type":      "use contentType",
		"date":              "remove it; every answer has it",
		"retry-after":       "use retryAfter",
		"transfer-encoding": "use body: truncated or reset: during for a broken body",
	}
}

func readAnswerHeaders(r *reader, v value, into *fault.Answer) {
	node, ok := v.node.(ast.MapNode)
	if !ok {
		r.wrongKind(v, "a mapping", "write it as {X-Name: value}")
		return
	}
	if !node.MapRange().Next() {
		r.report(v.at, v.path+" is empty", "leave it out")
	}
	r.eachHeader(v, node, func(name string, at position, given value) {
		if instead, own := ownHeaders()[strings.ToLower(name)]; own {
			r.report(at, fmt.Sprintf("header %s cannot be set", scenario.Quote(name)), instead)
			return
		}
		if !r.headerName(name, at) {
			return
		}
		text, ok := r.text(given)
		unprintable := strings.ContainsFunc(text, func(c rune) bool { return c == utf8.RuneError || !unicode.IsPrint(c) })
		if ok && (unprintable || utf8.RuneCountInString(text) > maxHeaderValue) {
			r.report(given.at, "invalid value of header "+scenario.Quote(name),
				fmt.Sprintf("use printable characters without line breaks, at most %d", maxHeaderValue))
		}
		into.Headers = append(into.Headers, fault.Header{Name: name, Value: text})
	})
}

func retryAfterMapping() mapping[fault.Answer] {
	return mapping[fault.Answer]{name: "error.retryAfter", fields: []field[fault.Answer]{
		{key: "date", required: true, read: func(r *reader, v value, into *fault.Answer) {
			into.RetryAfter, into.RetryDate = r.seconds(v), true
		}},
	}}
}

func readRetryAfter(r *reader, v value, into *fault.Answer) {
	if v.isMapping() {
		retryAfterMapping().read(r, v, into)
		return
	}
	into.RetryAfter = r.seconds(v)
}

// seconds returns the value as a duration for Retry-After.
func (r *reader) seconds(v value) time.Duration {
	problems := len(r.problems)
	d := r.duration(v)
	if len(r.problems) == problems && (d < time.Second || d > maxRetryAfter || d%time.Second != 0) {
		r.report(v.at, v.path+" cannot be "+d.String(), retryAfterExamples)
	}
	return d
}

func rateMapping() mapping[fault.Rate] {
	return mapping[fault.Rate]{name: "rate", fields: []field[fault.Rate]{
		{key: "tier", read: func(r *reader, v value, into *fault.Rate) {
			into.Tier, _ = r.oneOf(v, tierF0, tierS0)
		}},
		{key: "calls", read: func(r *reader, v value, into *fault.Rate) {
			into.Calls = int(r.whole(v, 1, maxCalls))
		}},
		{key: "per", read: func(r *reader, v value, into *fault.Rate) {
			problems := len(r.problems)
			into.Window = r.duration(v)
			if len(r.problems) == problems && into.Window < minRateWindow {
				r.report(v.at, "rate.per is too short: "+scenario.Quote(into.Window.String()), "at least 1ms")
			}
		}},
		{key: "retryAfter", read: func(r *reader, v value, into *fault.Rate) {
			word, _ := r.oneOf(v, retryAfterSeconds, retryAfterDate)
			into.RetryDate = word == retryAfterDate
		}},
	}}
}

func readRate(r *reader, v value, into *faultNode) {
	into.Rate = new(fault.Rate)
	if !v.isMapping() {
		allowed := "allowed: F0, S0, {tier: F0, retryAfter: date}, {calls: 3, per: 10s}"
		if v.kind() == "text" {
			text, _ := r.text(v)
			allowed = cmp.Or(rateHint(text), allowed)
		}
		tier, _ := r.word(v, allowed, tierF0, tierS0)
		*into.Rate = rateOf(fault.Rate{Tier: tier})
		return
	}
	var rate fault.Rate
	given := rateMapping().read(r, v, &rate)
	r.exactlyOne(v, given, "tier", "calls")
	_, tier := given["tier"]
	_, calls := given["calls"]
	at, per := given["per"]
	switch {
	case tier && !calls && per:
		r.report(at, "per does not go together with tier", "remove per, or replace tier by calls")
	case calls && !tier && !per:
		r.report(v.at, "rate has no per, which calls needs", "add per: 10s")
	}
	*into.Rate = rateOf(rate)
}

// rateOf fills in the rate of a tier; any other rate gets the custom tier.
func rateOf(rate fault.Rate) fault.Rate {
	tiers := []fault.Rate{fault.TierF0(), fault.TierS0()}
	if i := slices.IndexFunc(tiers, func(t fault.Rate) bool { return t.Tier == rate.Tier }); i >= 0 {
		rate.Calls, rate.Window = tiers[i].Calls, tiers[i].Window
		return rate
	}
	rate.Tier = tierCustom
	return rate
}
