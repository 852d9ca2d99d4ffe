package scenario

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A Plan is what a scenario gives to its sessions, worked out once for all of them. It
// never changes and may be used by several goroutines. Make one with Scenario.Plan.
type Plan struct {
	Name   string // of the scenario
	Seed   uint64 // Seed of the scenario
	Random bool   // its sessions need random choices, of their attempts or their faults

	script   liveness.Script // of a session without random choices
	attempts []*Attempt      // that its steps are of, one each
	images   []liveness.Image
}

// Plan returns the plan of the scenario. One that continues as another scenario does so
// in its Set only; read alone, it ends with its own attempts.
func (s Scenario) Plan() Plan {
	script := liveness.Script{
		Scenario:  s.Name,
		Automatic: s.Advance.Automatic, After: s.Advance.After, Polls: s.Advance.Polls,
		AfterLast:   liveness.AfterLastRepeat,
		ResultDelay: s.Result,
		EarlyEnd:    s.End,
		Faults:      s.Faults,
	}
	attempts := s.sequence()
	if len(attempts) < liveness.MaxAttempts {
		script.AfterLast = liveness.AfterLastStop
	} else {
		attempts = withoutRepetition(attempts)
	}
	for _, attempt := range attempts {
		script.Steps = append(script.Steps, attempt.Choices[0].Step)
	}
	return Plan{
		Name: s.Name, Seed: s.Seed, Random: s.Random(),
		script: script.Clone(), attempts: attempts, images: s.Images,
	}
}

// Random reports whether a session of the scenario needs random choices, of its
// attempts or its faults.
func (s Scenario) Random() bool {
	return slices.ContainsFunc(s.sequence(), (*Attempt).random) || fault.Random(s.Faults)
}

// Pin returns the script of a session, in which every repetition is written out, every
// choice is made and the attempts of another scenario are copied, as far as a session
// can get. Each attempt that has choices makes its own random choice, also where an entry is repeated.
// The random choices of faults are made at the calls. The same seed gives the same
// script; it is in the script if the plan is Random, and must not be 0 then. Different
// seeds draw independently, however near to each other they are.
func (p Plan) Pin(seed uint64) liveness.Script {
	script := p.script
	if p.Random {
		script.Seed = seed
		script.Steps = p.draw(seed)
	}
	return script.Clone()
}

// draw makes the random choices of the attempts. The hash keeps seeds that follow each
// other from giving numbers that do, and the random streams of other purposes apart.
func (p Plan) draw(seed uint64) []liveness.Step {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("attempts/"), seed))
	stream := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
	steps := slices.Clone(p.script.Steps)
	for i, attempt := range p.attempts {
		if attempt.random() {
			steps[i] = attempt.draw(stream)
		}
	}
	return steps
}

// ImagesOf returns those of the scenario's images that a script of the plan names.
func (p Plan) ImagesOf(script liveness.Script) []liveness.Image {
	var named []liveness.Image
	for _, image := range p.images {
		if slices.ContainsFunc(script.Steps, func(step liveness.Step) bool { return step.SessionImage == image.Name }) {
			named = append(named, image)
		}
	}
	return named
}

// sequence returns for each attempt of a session the entry that it plays. If it is
// shorter than the attempts that a session can have, no attempt follows.
func (s Scenario) sequence() []*Attempt {
	var own []*Attempt
	for i := range s.Attempts {
		for range s.Attempts[i].Repeat {
			if len(own) == liveness.MaxAttempts {
				return own
			}
			own = append(own, &s.Attempts[i])
		}
	}
	all := own
	for len(all) < liveness.MaxAttempts && len(own) > 0 {
		switch {
		case s.Next != "":
			all = append(all, s.following...)
			return all[:min(len(all), liveness.MaxAttempts)]
		case s.Then == liveness.AfterLastStop:
			return all
		case s.Then == liveness.AfterLastRestart:
			all = append(all, own[len(all)%len(own)])
		default:
			all = append(all, own[len(own)-1])
		}
	}
	return all
}

// withoutRepetition returns the sequence without the end that repeating its last step
// gives as well.
func withoutRepetition(sequence []*Attempt) []*Attempt {
	for last := len(sequence) - 1; last > 0 && sequence[last] == sequence[last-1] && !sequence[last].random(); last-- {
		sequence = sequence[:last]
	}
	return sequence
}

// random reports whether the attempt has several choices.
func (a *Attempt) random() bool { return len(a.Choices) > 1 }

// draw returns one of the choices, each as often as its weight says.
func (a *Attempt) draw(stream *rand.Rand) liveness.Step {
	total := 0
	for _, choice := range a.Choices {
		total += choice.Weight
	}
	drawn := stream.IntN(total)
	for _, choice := range a.Choices {
		if drawn -= choice.Weight; drawn < 0 {
			return choice.Step
		}
	}
	return a.Choices[0].Step
}
