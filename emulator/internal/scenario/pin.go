package scenario

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Random reports whether a session of the scenario needs random choices, of its
// attempts or its faults.
func (s Scenario) Random() bool {
	return slices.ContainsFunc(s.sequence(), (*Attempt).random) || fault.Random(s.Faults)
}

// Pin returns what a session pins of the scenario: a script in which every
// repetition is written out, every choice is made and the attempts of another
// scenario are copied, as far as a session can get. Each attempt that has
// choices draws anew, also where an entry is repeated. What is random in faults
// is drawn at the calls. The same seed gives the same script; it is in the script
// if the scenario is Random, and 0 must not be used for one that is. Different seeds draw independently,
// however near to each other they are.
//
// A scenario that goes on as another one is known by its set only; one from
// Parse ends with its own attempts.
func (s Scenario) Pin(seed uint64) liveness.Script {
	script := liveness.Script{
		Scenario:  s.Name,
		Automatic: s.Advance.Automatic, After: s.Advance.After, Polls: s.Advance.Polls,
		AfterLast:   liveness.AfterLastRepeat,
		ResultDelay: s.Result,
		Faults:      fault.Clone(s.Faults),
	}
	if s.Random() {
		script.Seed = seed
	}
	if s.End != nil {
		end := *s.End
		script.EarlyEnd = &end
	}
	sequence := s.sequence()
	if len(sequence) < liveness.MaxAttempts {
		script.AfterLast = liveness.AfterLastStop
	} else {
		sequence = withoutRepetition(sequence)
	}
	var stream *rand.Rand
	for _, attempt := range sequence {
		step := attempt.Choices[0].Step
		if attempt.random() {
			if stream == nil {
				stream = attemptStream(seed)
			}
			step = attempt.draw(stream)
		}
		script.Steps = append(script.Steps, step)
	}
	script.Steps = cloneSteps(script.Steps...)
	return script
}

// ImagesOf returns those of the images that the script names, which must be one
// that Pin has made of s.
func (s Scenario) ImagesOf(script liveness.Script) []liveness.Image {
	return imagesOf(s.Images, func(name string) bool {
		return slices.ContainsFunc(script.Steps, func(step liveness.Step) bool { return step.SessionImage == name })
	})
}

// imagesOf returns the images whose names are used.
func imagesOf(images []liveness.Image, used func(name string) bool) []liveness.Image {
	var named []liveness.Image
	for _, image := range images {
		if used(image.Name) {
			named = append(named, image)
		}
	}
	return named
}

// sequence returns the entries that the attempts of a session play, one each.
// Where there are fewer than a session can have, there is no further attempt.
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

// withoutRepetition returns the sequence without what repeating its last step
// gives anyway.
func withoutRepetition(sequence []*Attempt) []*Attempt {
	for last := len(sequence) - 1; last > 0 && sequence[last] == sequence[last-1] && !sequence[last].random(); last-- {
		sequence = sequence[:last]
	}
	return sequence
}

// random reports whether there is something to draw.
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

// attemptStream returns the random numbers that the choices of a session's
// attempts are drawn from. The hash keeps seeds that follow each other from
// giving numbers that do, and the streams of other purposes apart.
func attemptStream(seed uint64) *rand.Rand {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("attempts/"), seed))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
}
