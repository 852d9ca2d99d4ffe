package admin

import (
	"net/http"
)

// report answers with what the app has done wrong: as JSON, as a text for people, or
// as JUnit XML for CI servers.
func (c HandlerConfig) report(r *http.Request) answer {
	api, err := c.apiOf(r, "format")
	if err != nil {
		return refusal(err)
	}
	format := r.URL.Query()["format"]
	if len(format) > 1 || len(format) == 1 && format[0] != "json" && format[0] != "text" && format[0] != "junit" {
		return refusal(invalid("format is json, text or junit, once"))
	}
	report, err := api.Report(r.Context())
	switch {
	case err != nil:
		return refusal(err)
	case len(format) == 0 || format[0] == "json":
		return reply(http.StatusOK, report)
	case format[0] == "text":
		return answer{status: http.StatusOK, contentType: "text/plain; charset=utf-8", body: []byte(report.Text())}
	}
	text, err := report.JUnit()
	if err != nil {
		return refusal(err)
	}
	return answer{status: http.StatusOK, contentType: "application/xml; charset=utf-8", body: text}
}
