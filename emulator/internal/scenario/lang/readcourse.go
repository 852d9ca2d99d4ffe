package lang

import (
	"cmp"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// maxPolls is the largest number of reads that a key can name.
const maxPolls = 1000

// Values of advance that are words.
const (
	advanceDevice = "device"
	advanceAuto   = "auto"
)

func advanceMapping() mapping[scenario.Advance] {
	return mapping[scenario.Advance]{name: "advance", fields: []field[scenario.Advance]{
		{key: "after", read: func(r *reader, v value, into *scenario.Advance) {
			into.Automatic, into.After = true, r.duration(v)
		}},
		{key: "polls", read: func(r *reader, v value, into *scenario.Advance) {
			into.Polls = int(r.whole(v, 1, maxPolls))
		}},
	}}
}

func readAdvance(r *reader, v value, into *scenarioNode) {
	if v.isMapping() {
		given := advanceMapping().read(r, v, &into.Advance)
		r.exactlyOne(v, given, "after", "polls")
		return
	}
	allowed := "allowed: device, auto, {after: 2s}, {polls: 3}"
	if v.kind() == "text" {
		text, _ := r.text(v)
		allowed = cmp.Or(afterHint(text), allowed)
	}
	word, _ := r.word(v, allowed, advanceDevice, advanceAuto)
	if word == advanceAuto {
		into.Advance = scenario.Advance{Automatic: true, After: defaultAdvance}
	}
}

func thenMapping() mapping[scenarioNode] {
	return mapping[scenarioNode]{name: "then", fields: []field[scenarioNode]{
		{key: "scenario", required: true, read: func(r *reader, v value, into *scenarioNode) {
			into.Then, into.Next = "", r.name(v)
			r.places.then = v.at
		}},
	}}
}

func readThen(r *reader, v value, into *scenarioNode) {
	if v.isMapping() {
		thenMapping().read(r, v, into)
		return
	}
	then, ok := r.word(v, "allowed: repeat-last, restart, exhausted, {scenario: NAME}",
		string(liveness.AfterLastRepeat), string(liveness.AfterLastRestart), string(liveness.AfterLastStop))
	if ok {
		into.Then = liveness.AfterLast(then)
	}
}

func resultMapping() mapping[liveness.ResultDelay] {
	return mapping[liveness.ResultDelay]{name: "result", instead: afterHint, fields: []field[liveness.ResultDelay]{
		{key: "after", read: func(r *reader, v value, into *liveness.ResultDelay) {
			into.After = r.delay(v, "leave result out")
		}},
		{key: "polls", read: func(r *reader, v value, into *liveness.ResultDelay) {
			into.Polls = int(r.whole(v, 1, maxPolls))
		}},
	}}
}

func readResult(r *reader, v value, into *scenarioNode) {
	given := resultMapping().read(r, v, &into.Result)
	r.exactlyOne(v, given, "after", "polls")
}

// delay returns the value as a duration above 0s. The text instead suggests what to write
// for 0s.
func (r *reader) delay(v value, instead string) time.Duration {
	problems := len(r.problems)
	d := r.duration(v)
	if d == 0 && len(r.problems) == problems {
		r.report(v.at, v.path+" must be longer than 0s", instead)
	}
	return d
}

// whenBeforeStart is the value of end.when that is a word.
const whenBeforeStart = "beforeStart"

func endMapping() mapping[liveness.EarlyEnd] {
	return mapping[liveness.EarlyEnd]{name: "end", fields: []field[liveness.EarlyEnd]{
		{key: "by", required: true, read: func(r *reader, v value, into *liveness.EarlyEnd) {
			kind, _ := r.oneOf(v, string(liveness.EndExpire), string(liveness.EndDelete), string(liveness.EndLose))
			into.Kind = liveness.EndKind(kind)
		}},
		{key: "when", required: true, read: readWhen},
	}}
}

func whenMapping() mapping[liveness.EarlyEnd] {
	return mapping[liveness.EarlyEnd]{name: "end.when", fields: []field[liveness.EarlyEnd]{
		{key: "duringAttempt", read: func(r *reader, v value, into *liveness.EarlyEnd) {
			into.During = r.attemptNumber(v)
		}},
		{key: "afterAttempt", read: func(r *reader, v value, into *liveness.EarlyEnd) {
			into.AfterTry = r.attemptNumber(v)
		}},
		{key: "beforePoll", read: func(r *reader, v value, into *liveness.EarlyEnd) {
			into.BeforePoll = int(r.whole(v, 1, maxPolls))
		}},
		{key: "after", read: func(r *reader, v value, into *liveness.EarlyEnd) {
			into.After = r.delay(v, "use when: beforeStart")
		}},
	}}
}

// attemptNumber returns the number of an attempt, and warns if no session has that many.
func (r *reader) attemptNumber(v value) int {
	n := int(r.whole(v, 1, maxAttempts))
	r.places.end = v.at
	if n > liveness.MaxAttempts {
		r.warn(v.at, "the session never ends this way: no session has more than 3 attempts", "use 1 to 3")
	}
	return n
}

func readWhen(r *reader, v value, into *liveness.EarlyEnd) {
	if v.isMapping() {
		given := whenMapping().read(r, v, into)
		r.exactlyOne(v, given, whenMapping().keys()...)
		return
	}
	const allowed = "allowed: beforeStart, {duringAttempt: 1}, {afterAttempt: 1}, {beforePoll: 2}, {after: 10s}"
	_, into.BeforeStart = r.word(v, allowed, whenBeforeStart)
}

func readEnd(r *reader, v value, into *scenarioNode) {
	into.End = new(liveness.EarlyEnd)
	endMapping().read(r, v, into.End)
}
