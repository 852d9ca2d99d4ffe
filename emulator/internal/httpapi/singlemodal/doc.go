// Package singlemodal is the JSON of the preview versions v1.1-preview.1 and
// v1.2-preview.1, whose sessions show their latest result and keep an audit of
// all device calls. It turns views of a session into bodies; it knows no HTTP.
package singlemodal
