package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// journalLimits are how many requests are remembered, of all resources together.
func journalLimits() journal.Limits { return journal.Limits{Entries: 10_000, Bytes: 32 << 20} }

// Requests implements control.API.
func (p *plane) Requests(ctx context.Context, wait control.RequestSearch) (control.Requests, error) {
	timeout := time.Duration(wait.Timeout)
	if timeout < 0 || timeout > control.MaxWait || wait.Count < 0 || wait.Limit < 0 {
		return control.Requests{}, &control.Error{
			Kind: control.ErrorInvalid, Text: fmt.Sprintf("timeout is from 0s to %v, and count and limit are not negative", control.MaxWait),
		}
	}
	query := p.query(wait.RequestQuery)
	if wait.Count == 0 || timeout == 0 {
		return requestsOf(p.e.journal.Find(query).Oldest(wait.Limit))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errWaited)
	defer cancel()
	go func() {
		select {
		case <-p.e.service.Stopping():
			cancel()
		case <-ctx.Done():
		}
	}()
	result, err := p.e.journal.Wait(ctx, query, wait.Count)
	if err != nil && !errors.Is(err, errWaited) {
		return control.Requests{}, &control.Error{Kind: control.ErrorUnavailable, Text: "the emulator is stopping, or the caller has left"}
	}
	return requestsOf(result.Oldest(wait.Limit))
}

// errWaited ends a wait that has lasted as long as it should.
var errWaited = errors.New("waited")

// Verify implements control.API.
func (p *plane) Verify(_ context.Context, expected control.Verification) (control.Verdict, error) {
	if err := checkVerification(expected); err != nil {
		return control.Verdict{}, err
	}
	var expectations []journal.Expectation
	for _, x := range expected.Expect {
		expectations = append(expectations, journal.Expectation{
			Query: p.query(x.RequestQuery), Exactly: x.Exactly, AtLeast: x.AtLeast, AtMost: x.AtMost,
		})
	}
	var order []journal.Query
	for _, q := range expected.Order {
		order = append(order, p.query(q))
	}
	verdict := p.e.journal.Verify(expectations...)
	if inOrder := p.e.journal.VerifyOrder(order...); verdict.Met {
		verdict = inOrder
	}
	return verdict, nil
}

// checkVerification refuses what would be met whatever the requests are.
func checkVerification(expected control.Verification) error {
	refuse := func(text string, args ...any) error {
		return &control.Error{Kind: control.ErrorInvalid, Text: fmt.Sprintf(text, args...)}
	}
	if len(expected.Expect)+len(expected.Order) == 0 {
		return refuse("expect and order are both empty; say what is expected")
	}
	queries := slices.Clone(expected.Order)
	for _, x := range expected.Expect {
		for _, number := range []*int{x.Exactly, x.AtLeast, x.AtMost} {
			if number != nil && *number < 0 {
				return refuse("exactly, atLeast and atMost are not negative")
			}
		}
		queries = append(queries, x.RequestQuery)
	}
	for _, q := range queries {
		if q.Operation != "" && !slices.Contains(fault.Operations(), q.Operation) {
			return refuse("there is no operation %.60q; there are %s", q.Operation, strings.Join(fault.Operations(), ", "))
		}
	}
	return nil
}

// ForgetRequests implements control.API.
func (p *plane) ForgetRequests(context.Context) (control.Requests, error) {
	p.e.forgetRequests(p.owner())
	return requestsOf(p.e.journal.Find(p.query(control.RequestQuery{})))
}

// forgetRequests removes what is remembered of the requests of an owner.
func (e *Emulator) forgetRequests(owner liveness.Owner) {
	e.journal.Forget(string(owner.Resource), owner.All)
	e.buried.forget(owner)
}

func (p *plane) query(q control.RequestQuery) journal.Query {
	q.Session = strings.ToLower(q.Session)
	return journal.Query{Resource: string(p.resource), All: p.all, RequestQuery: q}
}

// requestsOf is what a query found, without secrets, which the JSON of the journal
// leaves out.
func requestsOf(found journal.Result) (requests control.Requests, err error) {
	text, err := json.Marshal(found)
	if err != nil {
		return control.Requests{}, err
	}
	return requests, json.Unmarshal(text, &requests)
}
