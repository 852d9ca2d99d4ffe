package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
)

// meet applies the faults of the resource and of the session to a call. An error is their
// answer in place of the operation's.
func (c *call) meet(about resource.Subject) error {
	err := c.Resources.Meet(c.request.Context(), about, &c.verdict)
	v := &c.verdict
	if v.TooEarly > 0 {
		c.log.early = v.TooEarly
	}
	if err != nil || !v.Given() {
		return err
	}
	if about.Session != nil {
		c.log.scenario, c.log.seed = about.Session.Script.Scenario, about.Session.Script.Seed
		if !about.Creating {
			c.log.session = about.Session.ID
		}
	}
	c.effect = &faultEffect{Verdict: v, request: c.request, untilStop: c.Service.UntilStop, now: c.Now, wait: c.Wait}
	switch {
	case v.Limited != nil:
		return c.limited(*v.Limited)
	case v.Hang || v.Reset == fault.ResetBefore:
		return errNoAnswer
	case v.Answer != nil:
		return &faultError{answer: *v.Answer}
	}
	return nil
}

// delivered remembers a session whose script has faults once its answer was written.
func (c *call) delivered() {
	if !c.verdict.Spoils() && c.request.Context().Err() == nil {
		// If it is not noted, the next create call counts on from this one.
		_ = c.Resources.Delivered(c.request.Context(), *c.created)
	}
}

// errNoAnswer ends a call that is to have no answer.
var errNoAnswer = errors.New("a fault lets the call have no answer")

// A faultError is the error answer of a fault.
type faultError struct {
	answer fault.Answer
	own    *answer // what the error table does not have
}

// Error implements error.
func (e *faultError) Error() string { return "the answer of a fault" }

// limited is the refusal of a call over its rate: the text names operation,
// version and tier, for S0 in v1.2-preview.1 [recorded: rate-text] and so for the
// others [assumed: rate-text-others].
func (c *call) limited(by fault.Limited) error {
	seconds := wholeSeconds(by.RetryAfter)
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	refusal := &faultError{
		answer: fault.Answer{RetryAfter: by.RetryAfter, RetryDate: by.RetryDate},
		own: &answer{
			status: http.StatusTooManyRequests, code: "429", form: formGateway,
			message: fmt.Sprintf("Requests to the %s Operation under Azure AI Face API - %s have exceeded call rate limit of your current "+
				"Face %s pricing tier. Please retry after %d %s. Please contact Azure support service if you would like to further "+
				"increase the default rate limit.", titleOf(c.log.operation), c.version.Name, tierOf(by.Rate), seconds, unit),
		},
	}
	refusal.answer.Headers = []fault.Header{{Name: "policy-id", Value: "ResourceRateLimitBy" + strconv.Itoa(wholeSeconds(by.Window)) + "s"}}
	return refusal
}

// tierOf returns the pricing tier that a refusal names: a custom rate belongs to the
// paid tier.
func tierOf(rate fault.Rate) string {
	if free := fault.TierF0(); rate.Tier == free.Tier {
		return free.Tier
	}
	return fault.TierS0().Tier
}

// titleOf returns how the gateway names an operation. One is recorded; the others are
// made up in its likeness [assumed: rate-titles].
func titleOf(operation string) string {
	switch operation {
	case "createLivenessSession":
		return "Session DetectLiveness SingleModal - Create"
	case "createLivenessWithVerifySession":
		return "Session DetectLivenessWithVerify SingleModal - Create"
	}
	return operation
}

// wholeSeconds rounds up, so that waiting for it is enough.
func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// answerTo returns the answer for err.
func (s *surface) answerTo(err error) answer {
	by, ok := errors.AsType[*faultError](err)
	switch {
	case !ok:
		return s.errors.answer(err)
	case by.own != nil:
		return *by.own
	case by.answer.Error != "":
		return s.errors[liveness.Code(by.answer.Error)]
	}
	return answer{status: by.answer.Status, code: escaped(by.answer.Code), message: escaped(by.answer.Message), mark: given}
}

// escaped returns a text as the content of a JSON string.
func escaped(text string) string {
	encoded, _ := json.Marshal(text) // a text always can be
	return string(encoded[1 : len(encoded)-1])
}

// faultHeaders adds the headers of a fault's error.
func (s *surface) faultHeaders(header http.Header, err error) {
	by, ok := errors.AsType[*faultError](err)
	if !ok {
		return
	}
	for _, wanted := range by.answer.Headers {
		maps.DeleteFunc(header, func(name string, _ []string) bool { return strings.EqualFold(name, wanted.Name) })
		header[wanted.Name] = []string{wanted.Value}
	}
	switch after := by.answer.RetryAfter; {
	case after == 0:
	case by.answer.RetryDate:
		// The client's clock is not ours: what is left is added to real time.
		header["Retry-After"] = []string{s.Now().Add(after).UTC().Add(time.Second - 1).Truncate(time.Second).Format(http.TimeFormat)}
	default:
		header["Retry-After"] = []string{strconv.Itoa(wholeSeconds(after))}
	}
}
