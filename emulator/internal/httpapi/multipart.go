package httpapi

import (
	"bytes"
	"io"
	"mime/multipart"
	"strings"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Limits of a multipart body. [assumed]
const (
	maxParts    = 100
	maxTextPart = 64 << 10 // bytes
)

// A formPart is a part of a multipart body, by the name in its disposition.
type formPart struct {
	name     string
	fileName string
	content  []byte
}

// eachPart reads the parts of a multipart body one after the other and hands
// them to take. A part that wanted refuses is skipped unread.
//
// mime/multipart reads what real clients send: headers in any order, unquoted
// names, a file part without a file name, any order of parts, chunked bodies, an
// epilogue. Parts without a name mean nothing and are skipped.
func eachPart(body io.Reader, boundary string, wanted func(name string) (most int64), take func(formPart) error) error {
	if boundary == "" {
		return liveness.Refuse(liveness.CodeInvalidBody, "the Content-Type header has no boundary parameter")
	}
	reader := multipart.NewReader(body, boundary)
	for count := 0; ; count++ {
		part, err := reader.NextRawPart()
		if err == io.EOF { //nolint:errorlint // NextRawPart wraps io.EOF when the body breaks off; only the bare one is the end.
			return nil
		}
		if err != nil {
			return bodyError(err, maxMultipartBody)
		}
		if count == maxParts {
			return liveness.Refuse(liveness.CodeInvalidBody, "the body has more than %d parts", maxParts)
		}
		name := part.FormName()
		most := wanted(name)
		if name == "" || most == 0 {
			continue
		}
		content, err := readPart(part, most)
		if err != nil {
			return err
		}
		if err := take(formPart{name: name, fileName: part.FileName(), content: content}); err != nil {
			return err
		}
	}
}

func readPart(part *multipart.Part, most int64) ([]byte, error) {
	var content bytes.Buffer
	if _, err := content.ReadFrom(io.LimitReader(part, most+1)); err != nil {
		return nil, bodyError(err, maxMultipartBody)
	}
	if int64(content.Len()) > most {
		return nil, liveness.Refuse(liveness.CodeInvalidBody, "part %s is longer than %d bytes", clip(part.FormName()), most)
	}
	return content.Bytes(), nil
}

// formFields reads the parts of a with-verify create call: one a member, and
// the image.
func (c *call) formFields() (map[string]any, *liveness.Upload, error) {
	kind, params, err := c.mediaType()
	if err != nil {
		return nil, nil, err
	}
	if kind != "multipart/form-data" {
		return nil, nil, liveness.Refuse(liveness.CodeInvalidBody,
			"this operation takes multipart/form-data only, with one part for every field")
	}
	if c.request.ContentLength > maxMultipartBody {
		return nil, nil, tooLarge(maxMultipartBody)
	}
	defer c.boundReading()()
	form := createForm{fields: map[string]any{}, formValue: c.version.dialect.formValue}
	if err := eachPart(c.limitedBody(maxMultipartBody), params["boundary"], form.wanted, form.take); err != nil {
		return nil, nil, err
	}
	c.exchange.hint = form.hint
	return form.fields, form.image, nil
}

// createForm collects the parts of a create call.
type createForm struct {
	fields    map[string]any
	image     *liveness.Upload
	seen      map[string]bool
	formValue func(name, text string) (any, bool)
	hint      string
}

const imagePart = "verifyImage"

func (f *createForm) wanted(name string) int64 {
	switch name {
	case imagePart:
		return maxMultipartBody
	case "Parameters", "VerifyImage":
		f.hint = "ignored: parts Parameters and VerifyImage belong to the preview versions; here every field is a part of its own, in camelCase, and the image is verifyImage"
		return 0
	}
	return maxTextPart
}

func (f *createForm) take(part formPart) error {
	if f.seen[part.name] {
		return liveness.Refuse(liveness.CodeInvalidBody, "part %s is there twice", clip(part.name))
	}
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[part.name] = true
	if part.name == imagePart {
		// A part without a file name is an image all the same: the JavaScript
		// SDK can send it so. [captured]
		f.image = &liveness.Upload{FileName: part.fileName, Bytes: part.content}
		described := map[string]any{"size": number(len(part.content))}
		if part.fileName != "" {
			described["fileName"] = part.fileName
		}
		f.fields[imagePart] = described
		return nil
	}
	if !utf8.Valid(part.content) {
		return liveness.Refuse(liveness.CodeInvalidBody, "part %s is not UTF-8", clip(part.name))
	}
	if strings.EqualFold(part.name, imagePart) {
		f.hint = "ignored: a part is named " + clip(part.name) + "; names of parts are compared by case: verifyImage"
	}
	if value, ok := f.formValue(part.name, string(part.content)); ok {
		f.fields[part.name] = value
	}
	return nil
}
