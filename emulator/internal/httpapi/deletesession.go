package httpapi

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// deleteSession removes a session and whatever belongs to it. The answer has no
// body and no Content-Type [recorded: session-delete-body].
func deleteSession(name string, kind liveness.Kind) operation {
	return operation{name: name, handle: func(c *call) (response, error) {
		id := liveness.SessionID(c.vars["sessionId"])
		if err := c.Service.Delete(c.request.Context(), c.caller(), kind, id); err != nil {
			return response{}, err
		}
		c.log.session = id
		return response{status: c.version.dialect.deleteStatus}, nil
	}}
}
