// Package httpapi is the Azure surface of the emulator. A request passes
//
//	outside    request id, path folding, CORS, recovery, one log line
//	mux        which version, which operation
//	adapter    authentication; the only place that writes a response
//	operation  strict JSON or multipart, schema, decoding, the domain's service
//
// Operations return a response or an error, and one table turns errors into the
// service's. Versions of the API are rows of a table (version.go).
package httpapi
