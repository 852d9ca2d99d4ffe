package httpapi

import "net/http"

// crossOrigin sets what a browser asks for before it lets another origin's page
// read an answer, and reports whether the request was a mere question
// (OPTIONS). Web clients call the device routes cross-origin; old samples call
// the server routes too. The service's own headers are not on record, so all is
// allowed [assumed: cors-all].
func crossOrigin(header http.Header, r *http.Request) (answered bool) {
	preflight := r.Method == http.MethodOptions
	origin := r.Header.Get("Origin")
	if origin == "" {
		return preflight
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Vary", "Origin")
	if !preflight {
		header.Set("Access-Control-Expose-Headers", "apim-request-id, x-ms-error-code, x-ms-region, Retry-After, Content-Disposition, Warning, "+faultHeader)
		return false
	}
	header.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		header.Set("Access-Control-Allow-Headers", asked)
	}
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		header.Set("Access-Control-Allow-Private-Network", "true")
	}
	header.Set("Access-Control-Max-Age", "600")
	return true
}
