// Package scenario reads scenario files and chooses the scenario of a session.
//
// A scenario says what the attempts of a session give, so that every outcome
// and every failure can be had on demand. It is pinned into the session when
// the session is created; editing the file later changes only later sessions.
//
// # The file
//
// A scenario is one YAML document in a file of its own:
//
//	name: mask-then-real
//	description: The first attempt is refused for a face mask, the second passes.
//	match:
//	  operation: detectLiveness
//	  deviceCorrelationId: "qa-mask-*"
//	advance: device
//	attempts:
//	  - error: {code: FaceWithMaskDetected, message: Mask detected on face image.}
//	    takes: 1500ms
//	  - outcome: realface
//	then: repeat-last
//
// The keys, of which name and attempts are required:
//
//   - name: what the scenario is called: a to z, 0 to 9 and -, not beginning
//     with -, at most 64 characters. No two files have the same.
//   - description: text for people.
//   - advice: text for people: what a good app does about it.
//   - match: the sessions that get this scenario without asking for it by name: a
//     rule, or a list of 1 to 20 rules of which any must hold. Of a rule everything
//     given must hold, and something must be given. A scenario without match is
//     chosen by name, from a queue or as a default only.
//   - priority: a whole number from -1000 to 1000, 0 if left out: of several
//     scenarios whose match holds the one with the highest is chosen, and of
//     several of these the first in file order.
//   - seed: a whole number from 1 to 2^53 that the random choices of sessions are
//     drawn from, so that they come out the same every time.
//   - advance: who plays the attempts. device (the default): whoever calls the
//     device operations with the session's token. auto: the session plays by
//     itself, one second after it was created, and again one second after every
//     attempt that leaves another one, unless a device has started it.
//     {after: 5s}: the same with another delay. {polls: 3}: the session plays an
//     attempt at every third call that reads it; 1 to 1000.
//   - attempts: what attempt 1, 2, and so on give; 1 to 100 entries.
//   - then: what attempts beyond the last give: repeat-last (the default) the
//     last entry again, restart from the first on, exhausted no further attempt,
//     even if the session would allow one. {scenario: NAME}: what the attempts of
//     that scenario give, from its first on, and then what it says. Only its
//     attempts and its then count, not its faults. There must be one of this name,
//     and following it must come to an end.
//   - result: {after: 3s} or {polls: 2}: an attempt that has ended shows so much
//     later, or to the second call that reads the session since then; until it
//     does the session looks as if it were running. A duration above 0s, or 1 to
//     1000. Of a session that plays by itself all reads count, not only those since
//     the attempt.
//   - end: {by: …, when: …}, both required: the session ends before its time.
//   - faults: a list of 1 to 20 things that go wrong with the calls of the session,
//     that which creates it included; see below.
//
// No session has more than 3 attempts.
//
// The keys of end:
//
//   - by: expire: the session's token is refused from then on. delete: the session
//     is gone, and its token with it. lose: server calls do not find it any more,
//     and the device goes on.
//   - when: beforeStart: as soon as it has been created. {duringAttempt: 1}: when
//     the attempt of this number has begun. {afterAttempt: 1}: when it has ended.
//     {beforePoll: 2}: when the second call is about to read the session; 1 to
//     1000. {after: 10s}: so long after its creation, above 0s.
//
// The keys of match, or of one of its rules:
//
//   - operation: detectLiveness or detectLivenessWithVerify.
//   - apiVersion: a pattern for the version as the path of the call names it, such
//     as v1.2.
//   - resource: a pattern for the id of the resource, as logs show it.
//   - deviceCorrelationId: a pattern for the id given when the session is created.
//     A session that lets its client set the id has none at that moment and
//     matches no pattern.
//   - userCorrelationId: the same for the id of the user.
//   - operationMode: Passive or PassiveActive.
//   - verifyImage: conditions on the verify image, at least one. fileName: a
//     pattern for the file name that came with it; an upload without one matches
//     no pattern. sha256: the hash of its bytes, 64 hexadecimal digits in any
//     letter case. size: {min: …, max: …}, one or both: its size in bytes, both
//     included, as a whole number or one with B, KB or MB, as in 200KB, from 1 to
//     1024MB. A KB has 1024 bytes and an MB 1024 KB, as in the limits of the
//     service's images.
//   - header: {NAME: pattern, …}, 1 to 16 of them: a request header of the call
//     that creates the session, one of whose values the pattern describes. Letter
//     case does not matter in names. Headers that hold secrets cannot be asked for:
//     Authorization, Cookie, Ocp-Apim-Subscription-Key and Proxy-Authorization.
//
// A pattern is a text or a mapping with one key. A text, or {glob: text}, is a
// glob: * stands for any characters, also none, ? for exactly one, and every
// other character for itself. {exact: text} has no such characters. Both have
// at most 256 bytes. {regex: text} is a regular expression in the syntax of RE2
// with at most 512 characters. A pattern describes the whole text, letter case
// counts, and it describes no text that is empty or not given.
//
// The keys of an attempt, of which exactly one of outcome, error and oneOf is
// given:
//
//   - outcome: realface, spoofface or uncertain as the service decides; or
//     abandoned: the client gives up, the device call answers without a body
//     and the attempt leaves no trace.
//   - error: {code: …, message: …}: the attempt fails. Both are required. The
//     code is a letter followed by letters, digits, _, . and -, at most 64
//     characters together; the message has at most 1024 characters.
//   - takes: how long the device call, and so the attempt, lasts; 0s if left out.
//   - matchConfidence: 0 to 1, how alike the faces of the attempt and the
//     verify image are. It is single precision, as in the service. Not with
//     error, abandoned or match.operation detectLiveness.
//   - quality: low, medium or high, how well the verify image serves to recognise
//     a face; not together with what matchConfidence excludes.
//   - faceRectangle: {top: …, left: …, width: …, height: …} in whole pixels, at
//     least 1 wide and high and inside the session image: the one named by
//     sessionImage, or else one of 1080×1920 pixels. Not with abandoned.
//   - sessionImage: the JPEG that is served as the session image if the session
//     keeps one. A file beside the scenario file or in a folder below it, named
//     with / and without .., at most 6 MiB and 25 million pixels. Not with error
//     or abandoned.
//   - abuseDetected: true or false, what abuse monitoring says of the attempt;
//     false if left out. It shows in API v1.3-preview.1 only, and only in sessions
//     created while the resource had the monitoring switched on. Not with
//     abandoned.
//   - digest: what the device is told of the attempt's digest: equal (the default)
//     to the one in the result, different from it, or missing. An app that compares
//     the two notices. Not with error or abandoned.
//   - clientInformation: a list of 1 to 8 IP addresses that the attempt shows in
//     place of the one that the device called from. Not with abandoned.
//   - repeat: 1 to 100, 1 if left out: how many attempts in a row the entry stands
//     for.
//   - oneOf: a list of 2 to 20 choices, of which every attempt draws one, also
//     where the entry is repeated. A choice has the keys of an attempt but repeat
//     and oneOf, and weight: a whole number from 1 to 1000, 1 if left out, how
//     often it is drawn compared with the others. Beside oneOf stands nothing but
//     repeat.
//
// What an attempt leaves out is chosen by the emulator.
//
// # Faults
//
// A fault says which calls go wrong, and how. The faults of a list are asked in
// their order, and what they do to a call adds up: delays are added, and of what a
// call can have only once the first counts.
//
//	faults:
//	  - on: read
//	    calls: {to: 3}
//	    error: {name: unavailable, retryAfter: 2s}
//	  - on: [create, device]
//	    probability: 0.05
//	    delay: {uniform: {from: 100ms, to: 1s}}
//
// The keys that say which calls. What is left out asks for nothing.
//
//   - on: an operation or a list of them, by their names, such as detectLiveness,
//     or by the names of groups: create, read, delete, list, audit, image, face and
//     settings, which together are server; start, detect and end, which together
//     are device. Calls of list and settings belong to no session, so that only
//     faults of a resource concern them.
//   - state: NotStarted, Running, Succeeded, Failed or Canceled, or a list of them:
//     the state of the session.
//   - time: {from: 2s, to: 10s}, one or both: since the first call of the session,
//     which creates it, on the clock of sessions. To is not included.
//   - calls: which of the calls that on, state and time hold for, counted from 1: a
//     number for that one only, or {from: 2, to: 4}, one or both, both included; 1
//     to 100,000. {to: 3}: the first three, then healed.
//   - probability: 0 to 1, 1 if left out: how probable it is at each of these.
//
// The keys that say what happens, at least one. Of error, rate, hang and reset:
// before, each of which says what comes of the call, a fault has at most one.
//
//   - error: an error in place of the operation. The name of one of the service:
//     bad-body, bad-detection-model, bad-gateway, bad-json, bad-recognition-model,
//     body-too-large, conflict, gateway-timeout, image-not-found, image-too-big,
//     image-too-small, internal, invalid-body, invalid-device-correlation-id,
//     invalid-image, invalid-mode, invalid-start, invalid-token-lifetime,
//     invalid-top, invalid-user-correlation-id, method-not-allowed, no-face,
//     permission-denied, rate-limited, route-not-found, session-not-found,
//     several-faces, unauthorized, unavailable, unsupported-feature or
//     wrong-address. {name: …, retryAfter: …}: the same with
//     another Retry-After. {status: 503, code: ServerBusy, message: …}: any other,
//     and with it headers and retryAfter, if they are given.
//   - rate: F0, 20 calls a minute, or S0, 10 calls a second: the others are refused
//     with 429. {tier: F0, retryAfter: date}: the same with Retry-After as a date;
//     seconds is the default. {calls: 3, per: 10s}, and retryAfter if it is given:
//     so many calls, 1 to 100,000, in every window of 1ms to 24h.
//   - delay: how long the answer is held back, in real time, above 0s and at most
//     1h. {uniform: {from: 100ms, to: 1s}}, {normal: {mean: 1s, deviation: 200ms}}
//     and {logNormal: {median: 200ms, deviation: 300ms}} are drawn anew for every
//     call; of the last, 84 of 100 are below the sum of both.
//   - hang: true: there is no answer until the client gives up.
//   - reset: the connection breaks: before the operation is carried out, during the
//     body of the answer, or after the operation and before its answer.
//   - stale: true: where a session is read, it shows as before its last change.
//   - body: of the answer: empty, truncated to half of what Content-Length says,
//     malformed, which is no JSON, or {text: …}, a text of at most 4096 bytes.
//   - contentType: a media type in place of the answer's, at most 128 characters.
//   - bytesPerSecond: 1 to 1,000,000: how fast the body of the answer is sent.
//
// The keys of an error that is given by its status, of which the first three are
// required:
//
//   - status: 300 to 599 but 304.
//   - code: 1 to 64 printable ASCII characters without quotes and \; a number needs
//     quotes around it, as in "429".
//   - message: at most 1024 characters.
//   - headers: {NAME: value, …}, 1 to 16 of them, with printable values of at most
//     1024 characters. Connection, Content-Length, Content-Type, Date, Retry-After
//     and Transfer-Encoding have other keys or cannot be set.
//   - retryAfter: 1s to 1h in whole seconds, which the header has as a number, or
//     {date: 3s}, which it has as a date.
//
// Of the calls of a session, the one that creates it comes first. Only if that one
// failed, or its client may not have learned of the session, is there a second.
//
// Resources can be given faults as well, as a document that is such a list, also an
// empty one, see ParseFaults. They count the calls of all sessions.
//
// # Durations
//
// Durations are numbers with a unit (h, m, s, ms, us, ns), as in 1500ms or
// 1m30s, from 0s to 24h.
//
// # The rules of reading
//
// Every key must be known, given once and of the right type. Anchors, aliases,
// merge keys, tags, directives and several documents in one file are refused:
// nothing in the language needs them, and they are how a small file grows large.
// A file has at most 128 KiB, 5,000 lines, 20 empty lines in a row, 20,000 YAML
// tokens and 16 levels, and is not looked into beyond them. Every problem of
// every file is reported with its line and column, see Error; of one file the
// first 20.
//
// What works, but hardly as it was meant, is a warning, see Check, Set.Warnings and
// ParseFaults:
//
//   - an entry of attempts, or a scenario named by then, that comes behind the 3
//     attempts a session can have;
//   - an end at an attempt beyond them, or beyond those that then: exhausted leaves;
//   - a seed where nothing is random;
//   - a priority without match;
//   - a match that never wins, since one or several that come before it hold
//     whenever it does;
//   - a condition that never holds: a text for apiVersion that does not begin with v
//     and a digit, one of more than 64 characters for a correlation id, a file name
//     with / or \, a least size above 6MB;
//   - a fault that never fires, since its probability is 0, its operations belong to
//     no session, or one before it ends every call that it could fire at;
//   - of a fault that concerns the creation of sessions only: state; and, unless one
//     of the faults can make the first call fail or its client give up, a time or
//     calls that do not begin with that one, and rate. Faults of resources are not
//     warned of here;
//   - stale without an operation that reads a session;
//   - what shapes an answer beside hang, reset: before or reset: after, where there
//     is none.
//
// Of a source, the files at its top whose names end in .yaml or .yml and do not
// begin with a dot are read, in lexical order, at most 1000.
//
// # The choice
//
// The scenario of a session is, in this order: the one that the caller pinned by
// name; the next in the queue of the resource; by priority and then in file order
// the first whose match holds; the default of the resource; the default of all
// sessions; the built-in happy-path. See Set.Choose, and Set.Explain for what it
// makes of a call.
//
// # Random choices
//
// A session pins a script in which nothing is random any more, see Scenario.Pin:
// its choices are drawn from one seed, in the order of the attempts, when it is
// created. What is random in its faults is drawn from the same seed at every call. A
// scenario with neither never asks for a seed.
//
// # Examples
//
// The folder scenarios/examples has scenarios that together use every key, word and
// form of the language, and its folder resource has lists of faults for resources.
package lang
