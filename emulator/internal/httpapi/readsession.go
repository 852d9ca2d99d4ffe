package httpapi

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// readSession returns the state of a session and what came of its attempts.
func readSession(name string, kind liveness.Kind) operation {
	return operation{name: name, handle: func(c *call) (response, error) {
		id := liveness.SessionID(c.variable("sessionId"))
		view, err := c.Service.Session(c.context(), c.resource, kind, id)
		if err != nil {
			return response{}, err
		}
		c.exchange.session = view.Session.ID
		c.exchange.scenario = view.Session.Script.Scenario
		return jsonResponse(c.version.dialect.encodeSession(view))
	}}
}
