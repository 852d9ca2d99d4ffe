package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// Requests implements control.API.
func (o *ownerAPI) Requests(ctx context.Context, wait control.RequestSearch) (control.Requests, error) {
	timeout := time.Duration(wait.Timeout)
	if timeout < 0 || timeout > control.MaxWait || wait.Count < 0 || wait.Limit < 0 {
		return control.Requests{}, &control.Error{
			Kind: control.ErrorInvalid, Text: fmt.Sprintf("timeout is from 0s to %v, and count and limit are not negative", control.MaxWait),
		}
	}
	query := o.query(wait.RequestQuery)
	if wait.Count == 0 || timeout == 0 {
		query.Limit = wait.Limit
		found, err := o.Journal.Find(ctx, query)
		return public(found.Oldest(wait.Limit)), err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errWaited)
	defer cancel()
	ctx, leave := o.Service.UntilStop(ctx, nil)
	defer leave()
	result, err := o.Journal.Wait(ctx, query, wait.Count)
	if err != nil && !errors.Is(err, errWaited) {
		return control.Requests{}, &control.Error{Kind: control.ErrorUnavailable, Text: "the emulator is stopping, or the caller has left"}
	}
	return public(result.Oldest(wait.Limit)), nil
}

// errWaited ends a wait that has lasted as long as it should.
var errWaited = errors.New("waited")

// Verify implements control.API.
func (o *ownerAPI) Verify(ctx context.Context, expected control.Verification) (control.Verdict, error) {
	if err := checkVerification(expected); err != nil {
		return control.Verdict{}, err
	}
	var expectations []journal.Expectation
	for _, x := range expected.Expect {
		expectations = append(expectations, journal.Expectation{
			Query: o.query(x.RequestQuery), Exactly: x.Exactly, AtLeast: x.AtLeast, AtMost: x.AtMost,
		})
	}
	var order []journal.Query
	for _, q := range expected.Order {
		order = append(order, o.query(q))
	}
	verdict, err := journal.Verify(ctx, o.Journal, expectations...)
	if err != nil || !verdict.Met {
		return verdict, err
	}
	return journal.VerifyOrder(ctx, o.Journal, order...)
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
			return refuse("unknown operation %.60q; use one of %s", q.Operation, strings.Join(fault.Operations(), ", "))
		}
	}
	return nil
}

// ForgetRequests implements control.API.
func (o *ownerAPI) ForgetRequests(ctx context.Context) (control.Requests, error) {
	if err := o.Journal.Forget(ctx, o.owner()); err != nil {
		return control.Requests{}, err
	}
	left, err := o.Journal.Find(ctx, o.query(control.RequestQuery{}))
	return public(left), err
}

func (o *ownerAPI) query(q control.RequestQuery) journal.Query {
	q.Session = strings.ToLower(q.Session)
	return journal.Query{Resource: string(o.resource), All: o.all, RequestQuery: q}
}

func public(found journal.Result) control.Requests { return found.Public() }
