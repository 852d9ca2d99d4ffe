package admin

import (
	_ "embed" // for openapi.json
	"net/http"
)

// openAPIText describes the control calls as an OpenAPI 3.1 document. Tests compare it with
// the routes, with the types of package control and with real answers.
//
//go:embed openapi.json
var openAPIText string

// openAPI answers with that document.
func openAPI(*http.Request) answer {
	return answer{status: http.StatusOK, contentType: typeJSON, body: []byte(openAPIText)}
}
