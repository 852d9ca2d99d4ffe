package httpapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// scenarioHeader pins a scenario to the session that a create call makes.
const scenarioHeader = "X-Face-Liveness-Scenario"

// createSession makes a session. The answer is 200, never 201 [documented].
func createSession(name string, kind liveness.Kind) operation {
	return operation{name: name, handle: func(c *call) (response, error) {
		request := liveness.CreateRequest{
			Resource: c.resource,
			Kind:     kind,
			Version:  c.version.Version,
			Endpoint: c.exchange.endpoint,
			Scenario: c.request.Header.Get(scenarioHeader),
		}
		if err := c.decodeCreate(&request); err != nil {
			return response{}, err
		}
		created, err := c.Service.Create(c.context(), request)
		if err != nil {
			return response{}, err
		}
		c.exchange.session = created.View.Session.ID
		c.exchange.scenario = created.View.Session.Script.Scenario
		if c.exchange.hint == "" {
			c.exchange.hint = placeholderHint(request.DeviceCorrelationID)
		}
		return jsonResponse(c.version.dialect.encodeCreated(created))
	}}
}

// decodeCreate turns a body into a request: read, take leniently, check against
// the schema, decode.
func (c *call) decodeCreate(request *liveness.CreateRequest) error {
	var fields map[string]any
	var err error
	if request.Kind == liveness.KindLivenessWithVerify {
		fields, request.VerifyImage, err = c.formFields()
	} else {
		fields, err = c.jsonFields()
	}
	if err != nil {
		return err
	}
	c.version.dialect.normalize(fields, c.Strict)
	if problems := c.version.createSchemas[request.Kind].Validate(fields); len(problems) > 0 {
		return c.refuseProblems(problems)
	}
	c.version.dialect.decodeCreate(fields, request)
	return nil
}

// refuseProblems picks the refusal for what a schema found wrong. A value of
// the wrong type is a body that cannot be read; a readable one with a value out
// of bounds has a code of its own. The order is body, mode, token lifetime,
// device correlation id [assumed].
func (c *call) refuseProblems(problems []schema.Problem) error {
	var texts []string
	codes := map[liveness.Code]bool{}
	for _, p := range problems {
		codes[codeOf(p)] = true
		texts = append(texts, p.Text)
	}
	hint := strings.Join(texts, "; ")
	if c.exchange.hint != "" {
		hint = fmt.Sprintf("%s (%s)", hint, c.exchange.hint)
		c.exchange.hint = ""
	}
	order := []liveness.Code{
		liveness.CodeInvalidBody, liveness.CodeInvalidMode,
		liveness.CodeInvalidTokenLifetime, liveness.CodeInvalidDeviceCorrelationID,
	}
	first := order[slices.IndexFunc(order, func(code liveness.Code) bool { return codes[code] })]
	return &liveness.Error{Code: first, Hint: hint}
}

func codeOf(p schema.Problem) liveness.Code {
	switch {
	case p.Kind == schema.KindType:
		return liveness.CodeInvalidBody
	case p.Field == "livenessOperationMode":
		return liveness.CodeInvalidMode
	case p.Field == "authTokenTimeToLiveInSeconds":
		return liveness.CodeInvalidTokenLifetime
	case p.Field == "deviceCorrelationId":
		return liveness.CodeInvalidDeviceCorrelationID
	}
	return liveness.CodeInvalidBody
}

// placeholderHint recognises the texts that official samples send by mistake
// where an id is missing.
func placeholderHint(id string) string {
	switch id {
	case "null", "undefined":
		return "deviceCorrelationId is the text " + strconv.Quote(id) + "; the app probably has no id"
	}
	return ""
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }
