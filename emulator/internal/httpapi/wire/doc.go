// Package wire is what the JSON of all API versions has in common: how the body
// of a create call is read, in its JSON and form-data spellings, and how answers
// are written. It knows no HTTP.
package wire
