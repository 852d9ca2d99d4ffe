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
//   - match: the sessions that get this scenario without asking for it by name.
//     Everything given must hold, and something must be given. A scenario
//     without match is chosen by name or as the default only.
//   - advance: who plays the attempts. device (the default): whoever calls the
//     device operations with the session's token. auto: the session plays by
//     itself, one second after it was created, and again one second after every
//     attempt that leaves another one, unless a device has started it.
//     {after: 5s}: the same with another delay.
//   - attempts: what attempt 1, 2, and so on give; 1 to 100 of them.
//   - then: what attempts beyond the last give: repeat-last (the default) the
//     last again, restart from the first on, exhausted no further attempt, even
//     if the session would allow one.
//
// The keys of match:
//
//   - operation: detectLiveness or detectLivenessWithVerify.
//   - deviceCorrelationId: a glob for the id given when the session is created.
//     A session that lets its client set the id has none at that moment and
//     matches no glob.
//   - verifyImage: {fileName: glob} for the file name that came with the verify
//     image. An upload without a file name matches no glob.
//
// In a glob * stands for any characters, also none, and ? for exactly one. Every
// other character stands for itself, letter case counts, and the glob describes
// the whole text.
//
// The keys of an attempt, of which exactly one of outcome and error is given:
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
//
// What an attempt leaves out is chosen by the emulator.
//
// Durations are numbers with a unit (h, m, s, ms, us, ns), as in 1500ms or
// 1m30s, from 0s to 24h.
//
// # The rules of reading
//
// Every key must be known, given once and of the right type. Anchors, aliases,
// merge keys, tags, directives and several documents in one file are refused:
// nothing in the language needs them, and they are how a small file grows large.
// A file has at most 1 MiB, 20,000 YAML tokens and 16 levels. Every problem of
// every file is reported with its line and column, see Error; of one file the
// first 20.
//
// Of a source, the files at its top whose names end in .yaml or .yml and do not
// begin with a dot are read, in lexical order, at most 1000.
//
// # The choice
//
// The scenario of a session is, in this order: the one that the caller pinned by
// name; the first in file order whose match holds; the default; the built-in
// happy-path. See Set.Choose.
package scenario
