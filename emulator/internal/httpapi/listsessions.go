package httpapi

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Bounds of a page [documented: list-bounds].
const (
	maxStart = 64 // characters
	maxTop   = 1000
)

// A page is what start and top ask for.
type page struct {
	start string // "": from the beginning
	top   int
}

// page reads start and top. There is no link to the next page: it begins behind
// the id of the last entry [documented: list-start].
func (c *call) page() (page, error) {
	query := c.request.URL.Query()
	asked := page{start: query.Get("start"), top: maxTop}
	if utf8.RuneCountInString(asked.start) > maxStart {
		return page{}, liveness.Refuse(codeInvalidStart, "start has at most %d characters: the id of the last entry of the page before", maxStart)
	}
	if text := query.Get("top"); text != "" {
		var err error
		if asked.top, err = strconv.Atoi(text); err != nil || asked.top < 1 || asked.top > maxTop {
			return page{}, liveness.Refuse(codeInvalidTop, "top must be a whole number from 1 to %d", maxTop)
		}
	}
	return asked, nil
}

// listSessions returns a page of the sessions of a resource and kind, in ascending
// order of their ids [documented: list-order].
func listSessions(name string, kind liveness.Kind) operation {
	return operation{name: name, ofNone: true, handle: func(c *call) (response, error) {
		asked, err := c.page()
		if err != nil {
			return response{}, err
		}
		views, err := c.Service.Sessions(c.request.Context(), c.resource, kind, liveness.SessionID(strings.ToLower(asked.start)), asked.top)
		if err != nil {
			return response{}, err
		}
		return jsonResponse(c.version.dialect.encodeList(views))
	}}
}

// readAudit returns the results of the device calls of a session, newest first
// [recorded: audit-order]. Which entries a start leaves is not on record: those with
// a greater id, of which the lowest come first [assumed: audit-page].
func readAudit(name string, kind liveness.Kind) operation {
	return operation{name: name, handle: func(c *call) (response, error) {
		asked, err := c.page()
		if err != nil {
			return response{}, err
		}
		var after int64
		if asked.start != "" {
			if after, err = strconv.ParseInt(asked.start, 10, 64); err != nil || after < 0 {
				return response{}, liveness.Refuse(codeInvalidStart, "start of an audit is the id of an entry, a whole number")
			}
		}
		view, err := c.session(kind)
		if err != nil {
			return response{}, err
		}
		return jsonResponse(c.version.dialect.encodeAudit(view, after, asked.top))
	}}
}
