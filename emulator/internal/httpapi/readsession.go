package httpapi

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// readSession returns the state of a session and the results of its attempts.
func readSession(name string, kind liveness.Kind) operation {
	return operation{name: name, handle: func(c *call) (response, error) {
		view, err := c.session(kind)
		if err != nil {
			return response{}, err
		}
		return jsonResponse(c.version.dialect.encodeSession(view))
	}}
}

// session returns the session that the path names, as it is now.
func (c *call) session(kind liveness.Kind) (liveness.View, error) {
	view, err := c.Service.Session(c.request.Context(), c.caller(), kind, liveness.SessionID(c.vars["sessionId"]))
	if err == nil {
		c.log.session = view.Session.ID
		c.log.scenario, c.log.seed = view.Session.Script.Scenario, view.Session.Script.Seed
	}
	if err == nil && c.verdict.Stale {
		view, c.stale = view.Before(), true
	}
	return view, err
}
