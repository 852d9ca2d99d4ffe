package lang

import (
	"fmt"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// A spread is a pair of durations that describes a distribution of delays.
type spread struct{ base, other time.Duration }

// spreadMapping lists the two keys of a distribution. If zero is set, the first may be
// 0s.
func spreadMapping(shape fault.Shape, base, other string, zero bool) mapping[spread] {
	const instead = "use delay: 1s for a fixed delay"
	return mapping[spread]{name: "delay." + string(shape), fields: []field[spread]{
		{key: base, required: true, read: func(r *reader, v value, into *spread) {
			if zero {
				into.base = r.shortDuration(v)
				return
			}
			into.base = r.shortDelay(v, "use uniform or normal for delays around 0s")
		}},
		{key: other, required: true, read: func(r *reader, v value, into *spread) { into.other = r.shortDelay(v, instead) }},
	}}
}

func uniformMapping() mapping[spread] { return spreadMapping(fault.Uniform, "from", "to", true) }
func normalMapping() mapping[spread]  { return spreadMapping(fault.Normal, "mean", "deviation", true) }

func logNormalMapping() mapping[spread] {
	return spreadMapping(fault.LogNormal, "median", "deviation", false)
}

func delayMapping() mapping[fault.Delay] {
	shape := func(shape fault.Shape, m mapping[spread]) field[fault.Delay] {
		return field[fault.Delay]{key: string(shape), read: func(r *reader, v value, into *fault.Delay) {
			problems := len(r.problems)
			var given spread
			m.read(r, v, &given)
			if shape == fault.Uniform {
				given.other -= given.base
				if len(r.problems) == problems && given.other <= 0 {
					r.report(v.at, v.path+".to must be above from", "use delay: 1s for a fixed delay")
				}
			}
			*into = fault.Delay{Shape: shape, Base: given.base, Spread: given.other}
		}}
	}
	return mapping[fault.Delay]{name: "delay", fields: []field[fault.Delay]{
		shape(fault.Uniform, uniformMapping()), shape(fault.Normal, normalMapping()), shape(fault.LogNormal, logNormalMapping()),
	}}
}

func readDelay(r *reader, v value, into *faultNode) {
	if v.isMapping() {
		given := delayMapping().read(r, v, &into.Delay)
		r.exactlyOne(v, given, delayMapping().keys()...)
		return
	}
	into.Delay = fault.Delay{Shape: fault.Fixed, Base: r.shortDelay(v, "leave it out")}
}

// shortDuration returns the value as a duration that is valid for a delay.
func (r *reader) shortDuration(v value) time.Duration {
	d := r.duration(v)
	if d > fault.MaxDelay {
		r.report(v.at, fmt.Sprintf("%s is too long: %q", v.path, d), "at most 1h")
		return 0
	}
	return d
}

// shortDelay is shortDuration without 0s. The text instead suggests what to write for 0s.
func (r *reader) shortDelay(v value, instead string) time.Duration {
	problems := len(r.problems)
	d := r.delay(v, instead)
	if len(r.problems) > problems {
		return d
	}
	return r.shortDuration(v)
}
