// Package attempts is the JSON of the API versions whose sessions hold a list
// of attempts: v1.2 and its successors. It turns views of a session into bodies;
// it knows no HTTP.
package attempts
