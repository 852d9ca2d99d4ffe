package e2e_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"slices"
	"strings"
)

// badPNG is a small file: a square in one colour.
func badPNG(side int) string {
	picture := image.NewGray(image.Rect(0, 0, side, side))
	var out bytes.Buffer
	_ = png.Encode(&out, picture) // a buffer never fails
	return out.String()
}

// badBomb is a PNG that declares a much larger size than it has.
func badBomb() string {
	file := []byte(badPNG(36))
	const header = 16 // of the file, and of its first chunk
	binary.BigEndian.PutUint32(file[header:], 65_000)
	binary.BigEndian.PutUint32(file[header+4:], 65_000)
	binary.BigEndian.PutUint32(file[header+13:], crc32.ChecksumIEEE(file[header-4:header+13]))
	return badSized(string(file), 2000)
}

// badFormCases are with-verify bodies with an invalid form or field.
func badFormCases() []badCase {
	const kind = "multipart/form-data"
	whole := badFields()
	cases := []badCase{
		{name: "no boundary", contentType: kind, body: whole, hint: "boundary"},
		{name: "empty boundary", contentType: kind + `; boundary=""`, body: whole, hint: "boundary"},
		{name: "another boundary", contentType: kind + "; boundary=other", body: whole, hint: "end"},
		{name: "empty form", body: "", hint: "end"},
		{name: "form without its end", body: strings.TrimSuffix(whole, "--"+badBoundary+"--\r\n"), hint: "end"},
		{name: "form cut inside a part", body: whole[:strings.Index(whole, badMarker)+3], hint: "end"},
		{name: "form cut inside a header", body: whole[:strings.Index(whole, `name="device`)], hint: "end"},
		{
			name: "form cut inside a header of a part that may be missing", hint: "end",
			body: strings.TrimSuffix(badFields(badField("authTokenTimeToLiveInSeconds", "60")), "authTokenTimeToLiveInSeconds\"\r\n\r\n60\r\n--"+badBoundary+"--\r\n"),
		},
		{name: "form cut inside its last boundary", body: whole[:len(whole)-5], hint: "end"},
		{name: "header line without a colon", body: badForm("Content-Disposition " + badMarker + "\r\n\r\nPassive"), hint: "end"},
		{
			name: "text behind a boundary", hint: "end",
			body: "--" + badBoundary + "\r\n" + badField("x", "y") + "\r\n--" + badBoundary + " " + badMarker + "\r\n\r\nz",
		},
		{name: "duplicate part", body: badFields(badField("livenessOperationMode", "Passive")), hint: "livenessOperationMode"},
		{name: "duplicate image", body: badFields(badFile("verifyImage", badSized(badPNG(36), 1024)), badFile("verifyImage", badMarker)), hint: "verifyImage"},
		{name: "101 parts", body: badFields(slices.Repeat([]string{badField("", "")}, 99)...), hint: "100"},
		{name: "text part over 64 KiB", body: badFields(badField("livenessModelVersion", strings.Repeat("x", 64<<10+1))), hint: "livenessModelVersion"},
		{name: "text part not UTF-8", body: badFields(badField("livenessModelVersion", "\xff\xfe")), hint: "livenessModelVersion"},
		{name: "JSON to the form operation", contentType: "application/json", body: badMembers(""), hint: "multipart/form-data"},
		{name: "HTML form to the form operation", contentType: "application/x-www-form-urlencoded", body: "livenessOperationMode=Passive", hint: "multipart/form-data"},
		{name: "mixed multipart", contentType: "multipart/mixed; boundary=" + badBoundary, body: whole, hint: "multipart/form-data"},
		{name: "form without a content type", contentType: "none", body: whole, hint: "multipart/form-data"},
		{name: "malformed content type of a form", contentType: kind + "; boundary", body: whole, hint: "Content-Type"},
		{name: "compressed form", header: []string{"Content-Encoding: br"}, body: whole, hint: "Content-Encoding"},
		{name: "lifetime part text", body: badFields(badField("authTokenTimeToLiveInSeconds", badMarker)), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime part 600.0", body: badFields(badField("authTokenTimeToLiveInSeconds", "600.0")), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime part 1e5", body: badFields(badField("authTokenTimeToLiveInSeconds", "1e5")), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime part 1e999999999", body: badFields(badField("authTokenTimeToLiveInSeconds", "1e999999999")), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime part true", body: badFields(badField("authTokenTimeToLiveInSeconds", "true")), hint: "authTokenTimeToLiveInSeconds"},
		{name: "switch part yes", body: badFields(badField("enableSessionImage", "yes")), hint: "enableSessionImage"},
		{name: "hash part 1", body: badFields(badField("returnVerifyImageHash", "1")), hint: "returnVerifyImageHash"},
		{name: "threshold part above 1", body: badFields(badField("verifyConfidenceThreshold", "1.01")), hint: "verifyConfidenceThreshold"},
		{name: "threshold part below 0", body: badFields(badField("verifyConfidenceThreshold", "-0.1")), hint: "verifyConfidenceThreshold"},
		{name: "threshold part text", body: badFields(badField("verifyConfidenceThreshold", "high")), hint: "verifyConfidenceThreshold"},
		{name: "threshold part NaN", body: badFields(badField("verifyConfidenceThreshold", "NaN")), hint: "verifyConfidenceThreshold"},
		{name: "threshold part with a comma", body: badFields(badField("verifyConfidenceThreshold", "0,5")), hint: "verifyConfidenceThreshold"},
	}
	for i := range cases {
		cases[i].path, cases[i].want = badVerify, badBody()
	}
	return cases
}

// badUploadCases are valid forms with an invalid field or image.
func badUploadCases() []badCase {
	mode, device := badField("livenessOperationMode", "Passive"), badField("deviceCorrelationId", badMarker)
	file := badSized(badPNG(36), 1024)
	upload := func(content string) string { return badFields(badFile("verifyImage", content)) }
	sized := func(size int) func() string { return func() string { return upload(badSized(badPNG(36), size)) } }
	cases := []badCase{
		{name: "form without parts", body: badForm(), want: badMode(), hint: "livenessOperationMode"},
		{
			name: "parts of the previews", want: badMode(), hint: "Parameters",
			body: badForm(badField("Parameters", badMembers("")), badFile("VerifyImage", file)),
		},
		{name: "parts without a name", body: badForm("\r\nPassive", "Content-Disposition: form-data\r\n\r\nPassive"), want: badMode(), hint: "livenessOperationMode"},
		{name: "mode part missing", body: badForm(device, badFile("verifyImage", file)), want: badMode(), hint: "livenessOperationMode"},
		{name: "mode part unknown", body: badForm(device, badField("livenessOperationMode", badMarker)), want: badMode(), hint: "livenessOperationMode"},
		{name: "mode part empty", body: badForm(device, badField("livenessOperationMode", "")), want: badMode(), hint: "livenessOperationMode"},
		{name: "lifetime part 59", body: badFields(badField("authTokenTimeToLiveInSeconds", "59")), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime part 86401", body: badFields(badField("authTokenTimeToLiveInSeconds", "86401")), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "lifetime part -1", body: badFields(badField("authTokenTimeToLiveInSeconds", "-1")), want: badLifetime(), hint: "authTokenTimeToLiveInSeconds"},
		{name: "device part missing", body: badForm(mode), want: badDevice(), hint: "deviceCorrelationId"},
		{name: "device part empty", body: badForm(mode, badField("deviceCorrelationId", "")), want: badDevice(), hint: "deviceCorrelationId"},
		{name: "device part of 65 characters", body: badForm(mode, badField("deviceCorrelationId", strings.Repeat("d", 65))), want: badDevice(), hint: "deviceCorrelationId"},

		{name: "image of no bytes", body: upload(""), want: badSmall(), hint: "verify image"},
		{name: "image of 1023 bytes", body: upload(file[:1023]), want: badSmall(), hint: "verify image"},
		{name: "image over 6 MiB", big: sized(6<<20 + 1), want: badBig(), hint: "verify image"},
		{name: "text for an image", body: upload(strings.Repeat(badMarker, 100)), want: badFormat(), hint: "verify image"},
		{name: "truncated PNG", body: upload(badNoise(64)[:2000]), want: badFormat(), hint: "verify image"},
		{name: "noise after the first bytes of a PNG", body: upload("\x89PNG\r\n\x1a\n" + strings.Repeat(badMarker, 100)), want: badFormat(), hint: "verify image"},
		{name: "noise after the first bytes of a JPEG", body: upload("\xff\xd8\xff\xe0" + strings.Repeat(badMarker, 100)), want: badFormat(), hint: "verify image"},
		{name: "SVG for an image", body: upload("<svg xmlns='http://www.w3.org/2000/svg'>" + strings.Repeat(" ", 2000) + "</svg>"), want: badFormat(), hint: "verify image"},
		{name: "image of 35 by 35 pixels", body: upload(badSized(badPNG(35), 1024)), want: badNoFace(), hint: "verify image"},
		{name: "image of 65000 by 65000 pixels", body: upload(badBomb()), want: badFormat(), hint: "verify image"},
		{
			name: "wrong lifetime before wrong image", want: badLifetime(), hint: "authTokenTimeToLiveInSeconds",
			body: badFields(badFile("verifyImage", "x"), badField("authTokenTimeToLiveInSeconds", "59")),
		},
		{name: "missing device id before wrong image", body: badForm(mode, badFile("verifyImage", "x")), want: badDevice(), hint: "deviceCorrelationId"},
		{name: "unknown scenario for a form", header: []string{"X-Face-Liveness-Scenario: nowhere"}, body: upload(file), want: badScenario(), hint: "happy-path"},

		{name: "form over 16 MiB", big: sized(16 << 20), want: badTooLarge(), hint: "16777216"},
		{name: "form over 16 MiB without a length", big: sized(16 << 20), chunked: true, want: badTooLarge(), hint: "16777216"},
		{
			name: "form over 16 MiB behind its end, without a length", chunked: true, want: badTooLarge(), hint: "16777216",
			big: func() string { return upload(file) + strings.Repeat("x", 16<<20) },
		},
	}
	for i := range cases {
		cases[i].path = badVerify
	}
	return cases
}

// badNoise is a PNG that does not compress.
func badNoise(side int) string {
	picture := image.NewGray(image.Rect(0, 0, side, side))
	state := uint32(1)
	for i := range picture.Pix {
		state = state*1664525 + 1013904223
		picture.Pix[i] = byte(state >> 24)
	}
	var out bytes.Buffer
	_ = png.Encode(&out, picture) // a buffer never fails
	return out.String()
}

// fineFormCases are valid forms at the limits.
func fineFormCases() []badCase {
	file := badSized(badPNG(36), 1024)
	with := func(name string, parts ...string) badCase { return badCase{name: name, body: badFields(parts...)} }
	cases := []badCase{
		with("no image"),
		with("image of 1024 bytes and 36 pixels", badFile("verifyImage", file)),
		with("image without a file name", badField("verifyImage", file)),
		with("threshold 0", badField("verifyConfidenceThreshold", "0")),
		with("threshold 1", badField("verifyConfidenceThreshold", "1")),
		with("threshold 5e-1", badField("verifyConfidenceThreshold", "5e-1")),
		with("empty optional parts", badField("authTokenTimeToLiveInSeconds", ""), badField("enableSessionImage", ""), badField("verifyConfidenceThreshold", "")),
		with("quoted texts", badField("livenessModelVersion", `"2024-11-15"`), badField("enableSessionImage", `"true"`)),
		with("unknown part twice over with bytes", badFile("selfie", "\xff\x00\xfe")),
		with("unknown part of 100 KiB", badFile("selfie", strings.Repeat("\xff", 100<<10))),
		with("image under a name of another case", badFile("verifyimage", badSized(file, 100<<10))),
		{name: "parts of another version beside the right ones", body: badFields(badField("Parameters", "{"), badFile("VerifyImage", "\xff"))},
		{name: "image of 6 MiB", big: func() string { return badFields(badFile("verifyImage", badSized(badPNG(36), 6<<20))) }},
		{name: "form of 16 MiB without a length", chunked: true, big: func() string {
			whole := badFields(badFile("verifyImage", file))
			return whole + strings.Repeat("x", 16<<20-len(whole))
		}},
		{name: "100 parts", body: badFields(slices.Repeat([]string{badField("", "")}, 98)...)},
		{name: "preamble and epilogue", body: "to whom it may concern\r\n" + badFields() + "\r\n\r\n"},
		{name: "boundary in quotes", contentType: `multipart/form-data; boundary="` + badBoundary + `"`, body: badFields()},
	}
	for i := range cases {
		cases[i].path = badVerify
		cases[i].want, cases[i].stores = badFine(200), 1
	}
	return cases
}
