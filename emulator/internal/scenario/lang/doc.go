// Package lang reads, checks and prints scenario files. scenarios/README.md
// describes the language of these files: every key with its values, defaults and
// limits. The same language is used for two smaller documents: the list of faults of
// a resource (ParseFaults), and the attempt of one device action (ParseAttempt).
//
// # From a file to a set of scenarios
//
//   - load.go lists folders and reads files. Only regular files are opened, because
//     opening a named pipe blocks.
//   - syntax.go checks the text before the YAML library parses it, because the
//     library's time and memory are not bounded: size, lines, tokens, levels. It also
//     refuses anchors, aliases, merge keys, tags, directives and several documents. The
//     language needs none of these, and a small file could grow large with them.
//   - decode.go turns the syntax tree into values of the expected types. A mapping is a
//     table of the keys that may stand in one place, each with the function that reads
//     its value.
//   - read.go reads the file; attempt.go, step.go, readcourse.go, readmatch.go,
//     readfault.go, readeffect.go, readanswer.go and readdelay.go read its parts. A node
//     (scenarioNode, attemptNode, faultNode) is a part together with the positions of
//     its keys, which later checks need for their errors.
//   - link.go puts the scenarios of several files together: names that are referred to
//     must exist, and references must not form a circle.
//   - print.go, printmatch.go and printfault.go write a scenario as a file again.
//
// # Errors and warnings
//
// Reading does not stop at the first problem: Load and Parse report every problem of
// every file, up to the first 20 of a file. Each is an Error with line, column,
// suggestion and excerpt. suggest.go finds the suggestions.
//
// A warning is an Error, too: the file can be used, but a part of it has no effect. Check
// finds what one file shows (warnmatch.go, ineffective.go, creation.go); Load also finds
// what only a set shows, such as a match that never wins. Something that could have an
// effect in some call does not cause a warning.
//
// # Changing the language
//
// A key is a row in a mapping, a field in the printed form, a definition in
// schemas/scenario.json, a row in scenarios/README.md, and an example in
// scenarios/examples. The tests fail if one of them is missing: they compare the JSON
// Schema with the mappings, require an example of every key, word and form, print and
// parse random scenarios, and require that the JSON Schema refuses the files that the
// reader refuses.
//
// A session keeps the scenario that it was created with (see Scenario.Pin of package
// scenario), so an edit of a file affects new sessions only.
package lang
