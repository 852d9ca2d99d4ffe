package httpapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
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

// pinnedSeed returns the seed that the caller asks for, or 0.
func (c *call) pinnedSeed() (uint64, error) {
	text := c.request.Header.Get(seedHeader)
	if text == "" {
		return 0, nil
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil || seed == 0 {
		return 0, liveness.Refuse(codeInvalidSeed, "%s takes the seed that the log shows of another session", seedHeader)
	}
	return seed, nil
}

// createSession makes a session. The answer is 200, never 201 [documented].
func createSession(name string, kind liveness.Kind) operation {
	return operation{name: name, validated: true, handle: func(c *call) (response, error) {
		seed, err := c.pinnedSeed()
		if err != nil {
			return response{}, err
		}
		request := service.CreateRequest{
			Resource: c.resource,
			Kind:     kind,
			Version:  c.version.Version,
			Endpoint: c.exchange.endpoint,
			Scenario: c.request.Header.Get(scenarioHeader),
			Seed:     seed,
			Header:   c.request.Header.Values,
			Before:   c.meetCreate,
		}
		if err := c.decodeCreate(&request); err != nil {
			return response{}, err
		}
		created, err := c.Service.Create(c.context(), request)
		if err != nil {
			return response{}, err
		}
		if len(created.View.Session.Script.Faults) > 0 {
			c.created = &created.View.Session
		}
		c.exchange.session = created.View.Session.ID
		c.exchange.scenario = created.View.Session.Script.Scenario
		c.exchange.seed = created.View.Session.Script.Seed
		if c.exchange.hint == "" {
			c.exchange.hint = mistakenIDHint(request.DeviceCorrelationID.Text)
		}
		return jsonResponse(c.version.dialect.encodeCreated(created))
	}}
}

// decodeCreate turns a body into a request: read, take leniently, check against
// the schema, decode.
func (c *call) decodeCreate(request *service.CreateRequest) error {
	fields, err := c.createFields(request)
	if err != nil {
		return err
	}
	wire.Normalize(fields, c.Strict)
	if problems := c.schema.Validate(fields); len(problems) > 0 {
		return c.refuseProblems(problems)
	}
	c.exchange.ignored = c.version.forget(fields)
	wire.DecodeCreate(fields, request)
	return nil
}

// createFields reads the body in one of the forms that the version has.
func (c *call) createFields(request *service.CreateRequest) (map[string]any, error) {
	withVerify := request.Kind == liveness.KindLivenessWithVerify
	inJSON := !withVerify || c.version.dialect.form.jsonToo && c.saysJSON()
	if !inJSON {
		fields, image, err := c.formFields()
		request.VerifyImage = image
		return fields, err
	}
	request.WithoutImage = withVerify
	fields, err := c.jsonFields()
	c.hintAtNames(fields)
	return fields, err
}

// hintAtNames notices members that only letter case keeps from being known.
func (c *call) hintAtNames(fields map[string]any) {
	var meant []string
	for name := range fields {
		if field := c.version.misspelt(name); field != "" {
			meant = append(meant, field)
		}
	}
	if len(meant) > 0 {
		slices.Sort(meant)
		c.exchange.hint = "names are compared by case; meant was probably " + strings.Join(meant, ", ")
	}
}

// refuseProblems picks the refusal for what a schema found wrong: a body that
// cannot be read before one with values out of bounds, and these in the order of
// the dialect [assumed].
func (c *call) refuseProblems(problems []schema.Problem) error {
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Text)
	}
	c.exchange.problems = texts
	hint := strings.Join(texts, "; ")
	if c.exchange.hint != "" {
		hint = fmt.Sprintf("%s (%s)", hint, c.exchange.hint)
		c.exchange.hint = ""
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
