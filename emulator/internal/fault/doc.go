// Package fault decides which calls go wrong on purpose: which calls a fault
// concerns, what it does to them, and how several faults combine. It only decides;
// the package that answers the calls carries the decision out.
//
// A fault fires at a call if all its conditions hold: the operation, the state of
// the session, the time, the number of the call, and then its probability. The
// faults of a list are applied in their order, and their effects add up to one
// Verdict: delays are added, and of everything that a call can have only once (its
// answer, the break of its connection, the shape of its body) the first fault's
// counts.
//
// Random values are drawn from a seed and the number of the call, so that the same
// calls get the same faults.
package fault
