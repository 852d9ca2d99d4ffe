// Package metrics counts what an emulator does and shows it in the text format of
// Prometheus.
//
// Every label has a bounded set of values, and none holds a key, nor the id of a
// resource or of a session: what is not known beforehand becomes "none" or "other".
package metrics
