package e2e_test

import (
	"strings"
)

// badJSONCases are bodies that are not a JSON object, or have another content type.
func badJSONCases() []badCase {
	good := badMembers("")
	cases := []badCase{
		{name: "empty body", hint: "empty"},
		{name: "blank body", body: " \r\n\t", hint: "empty"},
		{name: "null", body: "null", hint: "object"},
		{name: "array", body: "[" + good + "]", hint: "object"},
		{name: "text", body: `"` + badMarker + `"`, hint: "object"},
		{name: "number", body: "42", hint: "object"},
		{name: "truncated object", body: strings.TrimSuffix(good, "}"), hint: "ends"},
		{name: "truncated text", body: `{"livenessOperationMode":"` + badMarker, hint: "ends"},
		{name: "lone brace", body: "{", hint: "key"},
		{name: "text behind the object", body: good + " " + badMarker, hint: "after the value"},
		{name: "two objects", body: good + good, hint: "after the value"},
		{name: "trailing comma", body: strings.TrimSuffix(good, "}") + ",}", hint: "comma"},
		{name: "missing comma", body: `{"livenessOperationMode":"Passive" "deviceCorrelationId":"d"}`, hint: "comma"},
		{name: "single quotes", body: strings.ReplaceAll(good, `"`, `'`), hint: "double quotes"},
		{name: "key without quotes", body: `{livenessOperationMode:"Passive"}`, hint: "double quotes"},
		{name: "comment", body: "{/* " + badMarker + " */}", hint: "key"},
		{name: "duplicate key", body: badMembers(`,"livenessOperationMode":"PassiveActive"`), hint: "livenessOperationMode"},
		{name: "duplicate key, one escaped", body: badMembers(`,"device\u0043orrelationId":"d"`), hint: "deviceCorrelationId"},
		{name: "duplicate key in a member that is not known", body: badMembers(`,"x":{"y":1,"y":2}`), hint: `"y"`},
		{name: "65 objects in each other", body: badMembers(`,"x":` + strings.Repeat(`{"x":`, 64) + "1" + strings.Repeat("}", 65)), hint: "deep"},
		{name: "100000 open brackets", body: strings.Repeat("[", 100_000), hint: "deep"},
		{name: "invalid UTF-8 in a value", body: `{"livenessOperationMode":"Passive","deviceCorrelationId":"` + "\xff" + `"}`, hint: "UTF-8"},
		{name: "invalid UTF-8 in a key", body: badMembers(`,"` + "\xc3\x28" + `":1`), hint: "UTF-8"},
		{name: "overlong UTF-8", body: badMembers(`,"x":"` + "\xc0\xaf" + `"`), hint: "UTF-8"},
		{name: "half of a surrogate pair", body: badMembers(`,"x":"\ud83d"`), hint: "surrogate"},
		{name: "UTF-16", body: "\xff\xfe{\x00}\x00", hint: "value"},
		{name: "line end inside quotes", body: badMembers(",\"x\":\"a\nb\""), hint: "escaped"},
		{name: "NaN", body: badMembers(`,"authTokenTimeToLiveInSeconds":NaN`), hint: "value"},
		{name: "number with a leading zero", body: badMembers(`,"authTokenTimeToLiveInSeconds":0600`), hint: "number"},
		{name: "number with a plus", body: badMembers(`,"authTokenTimeToLiveInSeconds":+600`), hint: "value"},
		{name: "hexadecimal number", body: badMembers(`,"authTokenTimeToLiveInSeconds":0x258`), hint: "comma"},
		{name: "number of a thousand digits", body: badMembers(`,"x":` + strings.Repeat("9", 1000)), hint: "number"},
		{name: "number with a huge exponent", body: badMembers(`,"x":1e999999999`), hint: "exponent"},

		{name: "content type text", contentType: "text/plain", body: good, hint: "application/json"},
		{name: "content type of an HTML form", contentType: "application/x-www-form-urlencoded", body: good, hint: "application/json"},
		{name: "form to the JSON operation", contentType: "multipart/form-data; boundary=" + badBoundary, body: badFields(), hint: "application/json"},
		{name: "content type XML", contentType: "application/xml", body: "<livenessOperationMode/>", hint: "application/json"},
		{name: "charset UTF-16", contentType: "application/json; charset=utf-16", body: good, hint: "UTF-8"},
		{name: "charset Latin-1", contentType: "application/json; charset=iso-8859-1", body: good, hint: "UTF-8"},
		{name: "malformed content type", contentType: "application/json; charset", body: good, hint: "Content-Type"},
		{name: "compressed body", header: []string{"Content-Encoding: gzip"}, body: "\x1f\x8b\x08", hint: "Content-Encoding"},
	}
	for i := range cases {
		cases[i].want = badBody()
	}
	huge := func() string { return badMembers(`,"x":"` + strings.Repeat("x", 1<<20) + `"`) }
	return append(cases,
		badCase{name: "body over 1 MiB", big: huge, want: badTooLarge(), hint: "1048576"},
		badCase{name: "body over 1 MiB without a length", big: huge, chunked: true, want: badTooLarge(), hint: "1048576"},
		badCase{name: "body one byte over 1 MiB", big: func() string { return badSizedJSON(1<<20 + 1) }, want: badTooLarge(), hint: "1048576"},
	)
}

// badSizedJSON returns a valid body of this size.
func badSizedJSON(size int) string {
	good := badMembers("")
	return good + strings.Repeat(" ", size-len(good))
}

// badMemberCases are objects with invalid members.
func badMemberCases() []badCase {
	const passive = `{"livenessOperationMode":"Passive"`
	mode := func(value string) string { return `{"deviceCorrelationId":"d","livenessOperationMode":` + value + `}` }
	lifetime := func(value string) string { return badMembers(`,"authTokenTimeToLiveInSeconds":` + value) }
	device := func(members string) string { return passive + members + "}" }
	return []badCase{
		{name: "mode missing", body: `{"deviceCorrelationId":"d"}`, want: badMode(), hint: "livenessOperationMode"},
		{name: "mode of another case of letters", body: `{"deviceCorrelationId":"d","LivenessOperationMode":"Passive"}`, want: badMode(), hint: "livenessOperationMode"},
		{name: "mode null", body: mode("null"), want: badMode(), hint: "livenessOperationMode"},
		{name: "mode empty", body: mode(`""`), want: badMode(), hint: "livenessOperationMode"},
		{name: "mode unknown", body: mode(`"` + badMarker + `"`), want: badMode(), hint: "livenessOperationMode"},
		{name: "mode with a blank", body: mode(`"Passive "`), want: badMode(), hint: "livenessOperationMode"},
		{name: "mode number", body: mode("1"), want: badBody(), hint: "livenessOperationMode"},
		{name: "mode array", body: mode(`["Passive"]`), want: badBody(), hint: "livenessOperationMode"},

		{name: "lifetime 59", body: lifetime("59"), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime 86401", body: lifetime("86401"), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime 0", body: lifetime("0"), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime -1", body: lifetime("-1"), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime -600", body: lifetime("-600"), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime beyond 64 bits", body: lifetime("99999999999999999999"), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime 2^32+600", body: lifetime("4294967896"), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime 600.0", body: lifetime("600.0"), want: badBody(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime 600.5", body: lifetime("600.5"), want: badBody(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime 6e2", body: lifetime("6e2"), want: badBody(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime 1e5", body: lifetime("1e5"), want: badBody(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime text", body: lifetime(`"600"`), want: badBody(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime true", body: lifetime("true"), want: badBody(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime array", body: lifetime("[600]"), want: badBody(), hint: "authTokenTimeToLiveInSeconds"},

		{name: "device id missing", body: device(""), want: badDevice(), hint: "deviceCorrelationId"},
		{name: "device id null", body: device(`,"deviceCorrelationId":null`), want: badDevice(), hint: "deviceCorrelationId"},
		{name: "device id empty", body: device(`,"deviceCorrelationId":""`), want: badDevice(), hint: "deviceCorrelationId"},
		{name: "device id missing, not set in client", body: device(`,"deviceCorrelationIdSetInClient":false`), want: badDevice(), hint: "deviceCorrelationId"},
		{name: "device id of 65 characters", body: device(`,"deviceCorrelationId":"` + strings.Repeat("d", 65) + `"`), want: badDevice(), hint: "deviceCorrelationId"},
		{
			name: "device id of 65 characters, set in client", want: badDevice(), hint: "deviceCorrelationId",
			body: device(`,"deviceCorrelationIdSetInClient":true,"deviceCorrelationId":"` + strings.Repeat("d", 65) + `"`),
		},
		{name: "device id of 65 letters of two bytes", body: device(`,"deviceCorrelationId":"` + strings.Repeat("é", 65) + `"`), want: badDevice(), hint: "deviceCorrelationId"},
		{name: "device id number", body: device(`,"deviceCorrelationId":7`), want: badBody(), hint: "deviceCorrelationId"},
		{name: "device id object", body: device(`,"deviceCorrelationId":{"id":"` + badMarker + `"}`), want: badBody(), hint: "deviceCorrelationId"},

		{name: "set in client 1", body: badMembers(`,"deviceCorrelationIdSetInClient":1`), want: badBody(), hint: "deviceCorrelationIdSetInClient"},
		{name: "set in client empty text", body: badMembers(`,"deviceCorrelationIdSetInClient":""`), want: badBody(), hint: "deviceCorrelationIdSetInClient"},
		{name: "session image yes", body: badMembers(`,"enableSessionImage":"yes"`), want: badBody(), hint: "enableSessionImage"},
		{name: "session image array", body: badMembers(`,"enableSessionImage":[true]`), want: badBody(), hint: "enableSessionImage"},
		{name: "model version number", body: badMembers(`,"livenessModelVersion":20241115`), want: badBody(), hint: "livenessModelVersion"},

		{name: "wrong type before wrong mode", body: mode(`"x","authTokenTimeToLiveInSeconds":"600"`), want: badBody(), hint: "livenessOperationMode"},
		{name: "wrong mode before wrong lifetime", body: mode(`"x","authTokenTimeToLiveInSeconds":59`), want: badMode(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "wrong lifetime before missing device id", body: passive + `,"authTokenTimeToLiveInSeconds":59}`, want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{
			name: "wrong lifetime before long device id", want: badLifetime(), hint: "deviceCorrelationId",
			body: passive + `,"authTokenTimeToLiveInSeconds":59,"deviceCorrelationId":"` + strings.Repeat("d", 65) + `"}`,
		},
		{name: "unknown scenario", header: []string{"X-Face-Liveness-Scenario: hapy-path"}, body: badMembers(""), want: badScenario(), hint: "happy-path"},
	}
}

// fineJSONCases are valid JSON bodies at the limits.
func fineJSONCases() []badCase {
	with := func(name, members string) badCase { return badCase{name: name, body: badMembers(members)} }
	cases := []badCase{
		with("lifetime 60", `,"authTokenTimeToLiveInSeconds":60`),
		with("lifetime 86400", `,"authTokenTimeToLiveInSeconds":86400`),
		with("lifetime null", `,"authTokenTimeToLiveInSeconds":null`),
		with("members of other versions", `,"sendResultsToClient":true,"userCorrelationId":"u","numberOfClientAttemptsAllowed":0`),
		with("unknown member", `,"x":{"y":[1,null,"z"]}`),
		with("64 levels", `,"x":`+strings.Repeat(`{"x":`, 62)+"{}"+strings.Repeat("}", 62)),
		with("switches as text", `,"enableSessionImage":"true","deviceCorrelationIdSetInClient":"False"`),
		with("unknown model", `,"livenessModelVersion":"2099-01-01"`),
		{name: "device id of 64 letters of two bytes", body: `{"livenessOperationMode":"Passive","deviceCorrelationId":"` + strings.Repeat("é", 64) + `"}`},
		{name: "device id empty, set in client", body: `{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true,"deviceCorrelationId":""}`},
		{name: "device id and set in client", body: badMembers(`,"deviceCorrelationIdSetInClient":true`)},
		{name: "mode in another case", body: `{"livenessOperationMode":"passiveactive","deviceCorrelationId":"d"}`},
		{name: "content type with charset", contentType: "application/json; charset=UTF-8", body: badMembers("")},
		{name: "content type in capitals", contentType: "APPLICATION/JSON", body: badMembers("")},
		{name: "no content type", contentType: "none", body: badMembers("")},
		{name: "body not compressed and saying so", header: []string{"Content-Encoding: identity"}, body: badMembers("")},
		{name: "byte order mark", body: "\xef\xbb\xbf" + badMembers("")},
		{name: "body of 1 MiB", big: func() string { return badSizedJSON(1 << 20) }},
		{name: "body of 1 MiB without a length", big: func() string { return badSizedJSON(1 << 20) }, chunked: true},
	}
	for i := range cases {
		cases[i].want, cases[i].stores = badFine(200), 1
	}
	return cases
}
