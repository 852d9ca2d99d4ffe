package httpapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// What a create call can pin to the session that it makes: a scenario, and the seed
// of its random choices, as the log shows it.
const (
	scenarioHeader = "X-Face-Liveness-Scenario"
	seedHeader     = "X-Face-Liveness-Seed"
)

// createSession makes a session. The answer is 200, never 201
// [documented: create-status].
func createSession(name string, kind liveness.Kind) operation {
	return operation{name: name, validated: true, creates: true, handle: func(c *call) (response, error) {
		request := service.CreateRequest{
			Resource: c.resource,
			Kind:     kind,
			Version:  c.version.Version,
			Endpoint: c.endpoint(),
			Scenario: c.request.Header.Get(scenarioHeader),
			Header:   c.request.Header.Values,
			Before:   func(session liveness.Session) error { return c.meetFaults(session, true) },
		}
		if text := c.request.Header.Get(seedHeader); text != "" {
			seed, err := strconv.ParseUint(text, 10, 64)
			if err != nil || seed == 0 {
				return response{}, liveness.Refuse(codeInvalidSeed, "invalid %s: use the seed that the log shows for another session, a whole number above 0", seedHeader)
			}
			request.Seed = seed
		}
		if err := c.decodeCreate(&request); err != nil {
			return response{}, err
		}
		created, err := c.Service.Create(c.request.Context(), request)
		if err != nil {
			return response{}, err
		}
		if len(created.View.Session.Script.Faults) > 0 {
			c.created = &created.View.Session
		}
		c.log.session = created.View.Session.ID
		c.log.scenario = created.View.Session.Script.Scenario
		c.log.seed = created.View.Session.Script.Seed
		if c.log.hint == "" {
			c.log.hint = mistakenIDHint(request.DeviceCorrelationID.Text)
		}
		return jsonResponse(c.version.dialect.encodeCreated(created))
	}}
}

// decodeCreate turns a body into a request: read it in one of the forms that the
// version has, take it leniently, check it against the schema, decode it.
func (c *call) decodeCreate(request *service.CreateRequest) error {
	form := c.version.dialect.form
	withVerify := request.Kind == liveness.KindLivenessWithVerify
	var fields map[string]any
	var err error
	if withVerify && (!form.jsonToo || !c.saysJSON()) {
		fields, request.VerifyImage, err = c.formFields()
	} else {
		request.WithoutImage = withVerify
		fields, err = c.jsonFields()
	}
	if err != nil {
		return err
	}
	if meant := c.version.body.Normalize(fields, c.Strict); len(meant) > 0 {
		c.log.hint = "field names are case-sensitive; did you mean " + strings.Join(meant, ", ") + "?"
	}
	if problems := c.schema.Validate(fields); len(problems) > 0 {
		return c.refuseProblems(problems)
	}
	delete(fields, form.image) // which is in the request, and never comes in as JSON
	c.log.ignored = c.version.body.Decode(fields, request)
	return nil
}

// refuseProblems picks the refusal for what a schema found wrong: a body that
// cannot be read before one with values out of bounds, and these in the order of
// the dialect [assumed: create-check-order].
func (c *call) refuseProblems(problems []schema.Problem) error {
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Text)
	}
	c.log.problems = texts
	hint := strings.Join(texts, "; ")
	if c.log.hint != "" {
		hint = fmt.Sprintf("%s (%s)", hint, c.log.hint)
		c.log.hint = ""
	}
	return &liveness.Error{Code: c.version.dialect.refusalOf(problems), Hint: hint}
}

// refusalOf returns the code of the first member to be looked at that is wrong.
func (d dialect) refusalOf(problems []schema.Problem) liveness.Code {
	first := len(d.refusals)
	for _, p := range problems {
		i := slices.IndexFunc(d.refusals, func(r refusal) bool { return r.field == p.Field })
		if i < 0 || p.Kind == schema.KindType {
			return liveness.CodeInvalidBody
		}
		first = min(first, i)
	}
	return d.refusals[first].code
}

// reservedIDs begin the correlation ids of the built-in scenarios.
const reservedIDs = "f1ace000-0000-4000-8000-"

// mistakenIDHint recognises the texts that official samples send by mistake
// where an id is missing, and reserved ids in the capitals that Apple writes.
func mistakenIDHint(id string) string {
	switch {
	case strings.HasPrefix(strings.ToLower(id), reservedIDs) && id != strings.ToLower(id):
		return "the reserved ids of scenarios are in lower case"
	case id == "null", id == "undefined":
		return "deviceCorrelationId is the text " + strconv.Quote(id) + "; the app probably has no id"
	}
	return ""
}
