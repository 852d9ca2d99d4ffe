package httpapi

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// TestErrorTable compares every row with what is known of the service.
func TestErrorTable(t *testing.T) {
	t.Parallel()
	const (
		body     = `{"error":{"code":"InvalidRequestBody","message":"Incorrect request body provided. Please check the operation schema and try again."}}`
		mode     = `{"error":{"code":"InvalidLivenessOperationMode","message":"Invalid livenessOperationMode specified. Must be 'Passive'."}}`
		lifetime = `{"error":{"code":"InvalidTokenLifetime","message":"Invalid authTokenTimeToLiveInSeconds specified. Must be within 60 to 86400."}}`
		device   = `{"error":{"code":"InvalidDeviceCorrelationId","message":"A device correlation ID is required in the request body during session create or session start. Must not be null or empty, and be no more than 64 characters."}}`
		session  = `{"error":{"code":"SessionNotFound","message":"Session Id is not found. The session id is expired or does not exist."}}`
		access   = `{"error":{"code":"401","message": "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}`
		user     = `{"error":{"code":"InvalidUserCorrelationId","message":"A user correlation ID is required in the request body during session create or session start. Must not be null or empty, and be no more than 64 characters."}}`
		start    = `{"error":{"code":"BadArgument","message":"Start parameter is invalid. Please specify the 'Id' field of the last entry to continue the listing process."}}`
		top      = `{"error":{"code":"BadArgument","message":"Top parameter is invalid. Valid range is between 1 and 1000 inclusive."}}`
		address  = `{"error":{"code":"403","message": "Access denied: the client address is not the one that the session expects."}}`
		busy     = "{\"error\":{\"code\":\"ConcurrentOperationConflict\",\"message\":\"There is a conflict operation on resource `face-liveness-emulator`, please try later.\"}}"
	)
	want := map[liveness.Code]struct {
		status int
		body   string
		mark   provenance
	}{
		liveness.CodeInvalidBody:                {400, body, documented},
		liveness.CodeInvalidMode:                {400, mode, documented},
		liveness.CodeInvalidTokenLifetime:       {400, lifetime, documented},
		liveness.CodeInvalidDeviceCorrelationID: {400, device, documented},
		liveness.CodeInvalidUserCorrelationID:   {400, user, assumed},
		codeInvalidStart:                        {400, start, documented},
		codeInvalidTop:                          {400, top, documented},
		codeBadBody:                             {400, `{"error":{"code":"BadArgument","message":"Request body is invalid."}}`, documented},
		codeBadJSON:                             {400, `{"error":{"code":"BadArgument","message":"JSON parsing error."}}`, documented},
		codeBadParameter:                        {400, `{"error":{"code":"BadArgument","message":"A query parameter is invalid."}}`, assumed},
		codeBadDetectionModel:                   {400, `{"error":{"code":"BadArgument","message":"'detectionModel' is invalid."}}`, documented},
		codeBadRecognitionModel:                 {400, `{"error":{"code":"BadArgument","message":"'recognitionModel' is invalid."}}`, documented},
		liveness.CodeWrongAddress:               {403, address, assumed},
		codeNotEmulated:                         {501, `{"error":{"code":"NotImplemented","message":"This emulator covers the liveness part of the Face API only."}}`, assumed},
		liveness.CodeInvalidImage:               {400, `{"error":{"code":"InvalidImage","message":"Decoding error, image format unsupported."}}`, documented},
		liveness.CodeNoFace:                     {400, `{"error":{"code":"InvalidImage","message":"No face detected in the image."}}`, documented},
		liveness.CodeImageTooSmall:              {400, `{"error":{"code":"InvalidImageSize","message":"Image size is too small."}}`, documented},
		liveness.CodeImageTooBig:                {400, `{"error":{"code":"InvalidImageSize","message":"Image size is too big."}}`, documented},
		liveness.CodeUnknownScenario:            {400, `{"error":{"code":"BadArgument","message":"The scenario named by X-Face-Liveness-Scenario does not exist."}}`, assumed},
		codeInvalidSeed:                         {400, `{"error":{"code":"BadArgument","message":"The seed in X-Face-Liveness-Seed is not a whole number above 0."}}`, assumed},
		liveness.CodeUnauthorized:               {401, access, quoted},
		liveness.CodeSessionNotFound:            {404, session, recorded},
		liveness.CodeImageNotFound:              {404, `{"error":{"code":"SessionImageNotFound","message":"Session image is not found. The session image is expired or does not exist."}}`, assumed},
		codeRouteNotFound:                       {404, `{"error":{"code":"404","message": "Resource not found"}}`, assumed},
		codeMethodNotAllowed:                    {405, `{"error":{"code":"405","message": "Method not allowed"}}`, assumed},
		liveness.CodeConflict:                   {409, busy, documented},
		codeBodyTooLarge:                        {413, `{"error":{"code":"RequestBodyTooLarge","message":"Request body is too large."}}`, assumed},
		liveness.CodeRateLimited:                {429, `{"error":{"code":"429","message": "Rate limit is exceeded."}}`, documented},
		codeClientGone:                          {499, `{"error":{"code":"499","message": "Client closed the request"}}`, assumed},
		liveness.CodeInternal:                   {500, `{"error":{"code":"Unspecified","message":"Internal server error"}}`, quoted},
		codeSeveralFaces:                        {400, `{"error":{"code":"InvalidImage","message":"There is more than 1 face in the image."}}`, documented},
		codeUnsupportedFeature:                  {403, `{"error":{"code":"UnsupportedFeature","message":"Feature is not supported, missing approval for one or more of the following features: Identification, Verification."}}`, documented},
		codePermissionDenied:                    {401, `{"error":{"code":"PermissionDenied","message": "Principal does not have access to API/Operation."}}`, quoted},
		codeBadGateway:                          {502, `{"error":{"code":"502","message": "Bad gateway"}}`, assumed},
		codeUnavailable:                         {503, `{"error":{"code":"ServiceUnavailable","message":"The service is temporarily unavailable, please try later."}}`, assumed},
		codeGatewayTimeout:                      {504, `{"error":{"code":"504","message": "Gateway timeout"}}`, assumed},
		liveness.CodeStopping:                   {503, `{"error":{"code":"ServiceUnavailable","message":"The service is stopping."}}`, assumed},
	}
	table := newErrorTable()
	for _, code := range slices.Sorted(maps.Keys(want)) {
		row, ok := table[code]
		if !ok {
			t.Errorf("%s: got no row, want one", code)
			continue
		}
		if row.status != want[code].status || row.mark != want[code].mark {
			t.Errorf("%s: got status %d [%s], want %d [%s]", code, row.status, row.mark, want[code].status, want[code].mark)
		}
		if got := string(row.body()); got != want[code].body {
			t.Errorf("%s: got %s\nwant %s", code, got, want[code].body)
		}
		wantType := "application/json; charset=utf-8"
		if strings.Contains(want[code].body, `"message": "`) {
			wantType = "application/json"
		}
		if got := row.contentType(); got != wantType {
			t.Errorf("%s: got content type %q, want %q", code, got, wantType)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(table)) {
		if _, ok := want[code]; !ok {
			t.Errorf("%s: got a row that this test does not know", code)
		}
		if mark := table[code].mark; mark != documented && mark != recorded && mark != quoted && mark != assumed {
			t.Errorf("%s: got provenance %q, want documented, recorded, quoted or assumed", code, mark)
		}
	}
}

// TestErrorLengths: two lengths are on record.
func TestErrorLengths(t *testing.T) {
	t.Parallel()
	for code, want := range map[liveness.Code]int{liveness.CodeSessionNotFound: 118, liveness.CodeUnauthorized: 225} {
		if got := len(newErrorTable()[code].body()); got != want {
			t.Errorf("%s: got %d bytes, want the recorded %d", code, got, want)
		}
	}
}

// TestErrorTableIsWhole reads the codes from the sources, so that a new one
// cannot be forgotten.
func TestErrorTableIsWhole(t *testing.T) {
	t.Parallel()
	table := newErrorTable()
	codes := append(codesIn(t, filepath.Join("..", "liveness")), codesIn(t, ".")...)
	if len(codes) < 20 || !slices.Contains(codes, string(codeClientGone)) || !slices.Contains(codes, string(liveness.CodeInvalidBody)) {
		t.Fatalf("got the codes %v from the sources, want those of both packages", codes)
	}
	for _, code := range codes {
		if _, ok := table[liveness.Code(code)]; !ok {
			t.Errorf("%s: got no row, want one", code)
		}
	}
}

// codesIn returns the values of all constants of type Code in a folder.
func codesIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || !isCode(spec.Type) {
				return true
			}
			for _, value := range spec.Values {
				if literal, ok := value.(*ast.BasicLit); ok {
					text, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					codes = append(codes, text)
				}
			}
			return true
		})
	}
	return codes
}

// isCode reports whether a type is written Code or liveness.Code.
func isCode(written ast.Expr) bool {
	switch name := written.(type) {
	case *ast.Ident:
		return name.Name == "Code"
	case *ast.SelectorExpr:
		return name.Sel.Name == "Code"
	default:
		return false
	}
}

// TestErrorAnswer: what is no refusal says nothing of itself.
func TestErrorAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"refusal":                         {liveness.Refuse(liveness.CodeConflict, "hint"), 409},
		"wrapped refusal":                 {fmt.Errorf("outer: %w", liveness.Refuse(liveness.CodeSessionNotFound, "hint")), 404},
		"any error":                       {errors.New("secret"), 500},
		"code nobody knows":               {liveness.Refuse("nobody-knows", "hint"), 500},
		"client gone":                     {fmt.Errorf("wait: %w", context.Canceled), 499},
		"refusal because the client left": {&liveness.Error{Code: liveness.CodeInvalidBody, Err: context.Canceled}, 400},
		"deadline":                        {context.DeadlineExceeded, 500},
		"damaged record":                  {fmt.Errorf("read: %w", liveness.ErrDamaged), 500},
	} {
		got := newErrorTable().answer(c.err)
		if got.status != c.want {
			t.Errorf("%s: got status %d, want %d", name, got.status, c.want)
		}
		if body := string(got.body()); strings.Contains(body, "secret") || strings.Contains(body, "hint") {
			t.Errorf("%s: got %s, want neither the error nor its hint in it", name, body)
		}
	}
}

// TestRetryAfter is in whole seconds, at least one, never too few.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]string{
		0: "1", -time.Hour: "1", time.Nanosecond: "1", time.Second: "1", time.Second + 1: "2",
		2500 * time.Millisecond: "3", 5 * time.Second: "5", time.Hour: "3600",
	} {
		err := fmt.Errorf("outer: %w", &liveness.Error{Code: liveness.CodeRateLimited, RetryAfter: wait})
		answer := newErrorTable().answer(err)
		if got := answer.headers(err, "")["Retry-After"]; got != want {
			t.Errorf("%s: got Retry-After %q, want %q", wait, got, want)
		}
	}
}
