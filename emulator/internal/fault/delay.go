package fault

import (
	"math"
	"math/rand/v2"
	"time"
)

// A Shape is the distribution of delays.
type Shape string

// The shapes of a Delay.
const (
	Fixed     Shape = "fixed"
	Uniform   Shape = "uniform"
	Normal    Shape = "normal"
	LogNormal Shape = "logNormal"
)

// MaxDelay is the longest delay of every distribution.
const MaxDelay = time.Hour

// A Delay is the time before an answer, in real time. It is drawn for each call and is
// between 0 and MaxDelay. The zero value is no delay.
type Delay struct {
	Shape Shape `json:"shape" stored:"1"`
	// Base is the delay of Fixed, the minimum of Uniform, the mean of Normal and the
	// median of LogNormal.
	Base time.Duration `json:"base" stored:"2"`
	// Spread is the range of Uniform above Base and the standard deviation of Normal. For
	// LogNormal, 84 of 100 delays are below Base + Spread, which is one standard
	// deviation of their logarithm.
	Spread time.Duration `json:"spread,omitempty" stored:"3"`
}

func (d Delay) random() bool { return d.Shape != "" && d.Shape != Fixed && d.Spread > 0 }

// draw returns a delay.
func (d Delay) draw(from *rand.Rand) time.Duration {
	base, spread := float64(d.Base), float64(d.Spread)
	drawn := base
	switch d.Shape {
	case Uniform:
		drawn += spread * from.Float64()
	case Normal:
		drawn += spread * from.NormFloat64()
	case LogNormal:
		if base > 0 {
			drawn *= math.Exp(math.Log1p(spread/base) * from.NormFloat64())
		}
	case Fixed:
	}
	return time.Duration(min(max(drawn, 0), float64(MaxDelay)))
}
