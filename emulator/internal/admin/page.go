package admin

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// The parameters of the list of requests, beside all.
const (
	afterParameter = "after"
	limitParameter = "limit"
)

// requests answers with the requests that are remembered, or with a page of them.
func (c HandlerConfig) requests(r *http.Request) answer {
	api, err := c.apiOf(r, afterParameter, limitParameter)
	if err != nil {
		return refusal(err)
	}
	page, err := pageQuery(r.URL.Query())
	if err != nil {
		return refusal(err)
	}
	found, err := api.Requests(r.Context(), page)
	if err != nil {
		return refusal(err)
	}
	return reply(http.StatusOK, found)
}

// pageQuery reads which of the requests are meant.
func pageQuery(values url.Values) (page control.RequestSearch, err error) {
	if after := values[afterParameter]; len(after) > 0 {
		page.After, err = strconv.ParseUint(after[0], 10, 64)
		if err != nil || len(after) > 1 {
			return page, invalid("after is the number of a request, once")
		}
	}
	if limit := values[limitParameter]; len(limit) > 0 {
		page.Limit, err = strconv.Atoi(limit[0])
		if err != nil || len(limit) > 1 || page.Limit < 0 {
			return page, invalid("limit is how many requests the answer has at most, or 0 for all, once")
		}
	}
	return page, nil
}
