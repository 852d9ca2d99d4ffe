// Package fault is what goes wrong with calls on purpose: which calls a fault
// concerns, what it does to them, and how several go together. It decides and
// draws; carrying it out is the business of whoever answers the calls.
//
// A fault fires at a call if everything holds that it asks for: the operation,
// the state of the session, the time, the number of the call, and then its
// probability. The faults of a list are asked in their order, and what they do
// adds up to one Verdict: delays are added, and of everything that a call can
// have only once (its answer, the break of its connection, the shape of its body)
// the first fault's counts.
//
// What is random is drawn from a seed and the number of the call, so that the
// same calls meet the same faults.
package fault
