package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// Limits of a multipart body [assumed: create-form-limits].
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
// them to take; wanted says how many bytes of a part are of interest, and 0 skips
// it unread. The body is read to its end.
//
// mime/multipart reads what real clients send: headers in any order, unquoted
// names, a file part without a file name, any order of parts, chunked bodies, an
// epilogue. Parts without a name mean nothing and are skipped.
func (c *call) eachPart(body io.Reader, boundary string, wanted func(name string) (most int64), take func(formPart) error) error {
	if boundary == "" {
		return liveness.Refuse(liveness.CodeInvalidBody, "the Content-Type header has no boundary parameter")
	}
	watched := &endWatcher{from: body, end: []byte("--" + boundary + "--")}
	reader := multipart.NewReader(watched, boundary)
	for count := 0; ; count++ {
		part, err := reader.NextRawPart()
		if err == io.EOF && watched.seen { //nolint:errorlint // Only the bare io.EOF is an end.
			break
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
			c.skipPart(part)
			continue
		}
		content, err := readPart(part, most)
		if err != nil {
			return err
		}
		taken := formPart{name: name, fileName: part.FileName(), content: content}
		c.keepPart(taken, most == maxTextPart)
		if err := take(taken); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, watched); err != nil {
		return bodyError(err, maxMultipartBody)
	}
	return nil
}

// An endWatcher notices whether the closing boundary of a body has passed: for
// mime/multipart, a body that breaks off inside the header of a part ends as one
// that is complete.
type endWatcher struct {
	from io.Reader
	end  []byte
	tail []byte // the last bytes, which may be the beginning of end
	seen bool
}

// Read implements io.Reader.
func (w *endWatcher) Read(into []byte) (int, error) {
	n, err := w.from.Read(into)
	if w.seen || n == 0 {
		return n, err
	}
	keep := len(w.end) - 1
	seam := append(w.tail, into[:min(n, keep)]...)
	w.seen = bytes.Contains(seam, w.end) || bytes.Contains(into[:n], w.end)
	if n >= keep {
		seam = append(seam[:0], into[n-keep:n]...)
	}
	w.tail = append(w.tail[:0], seam[max(0, len(seam)-keep):]...)
	return n, err
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

// formFields reads the parts of a with-verify create call: its members and the
// image.
func (c *call) formFields() (map[string]any, *service.Upload, error) {
	kind, params, err := c.mediaType()
	if err != nil {
		return nil, nil, err
	}
	form := createForm{version: c.version, formShape: c.version.dialect.form, fields: map[string]any{}}
	if kind != "multipart/form-data" {
		return nil, nil, liveness.Refuse(liveness.CodeInvalidBody, "send this operation multipart/form-data with %s", form.describe())
	}
	if c.request.ContentLength > maxMultipartBody {
		return nil, nil, tooLarge(maxMultipartBody)
	}
	if err := c.eachPart(http.MaxBytesReader(nil, c.request.Body, maxMultipartBody), params["boundary"], form.wanted, form.take); err != nil {
		return nil, nil, err
	}
	c.log.hint = form.hint
	if form.parameters != "" && !form.seen[form.parameters] {
		c.log.hint = ""
		return nil, nil, liveness.Refuse(liveness.CodeInvalidBody, "the part %s is missing; %s takes %s; one part a member is the form of v1.2 and later",
			form.parameters, c.version.Name, form.describe())
	}
	return form.fields, form.upload, nil
}

// createForm collects the parts of a create call.
type createForm struct {
	formShape
	version *version
	fields  map[string]any
	seen    map[string]bool // parts that were taken
	upload  *service.Upload
	hint    string
}

// describe says in words which parts there are.
func (f *createForm) describe() string {
	if f.parameters != "" {
		return "the parts " + f.parameters + " (all members as JSON) and " + f.image
	}
	return "one part for every member, in camelCase, and the image as " + f.image
}

// wanted skips unknown parts, and keeps a hint when their names look
// like those of another version or of another letter case.
func (f *createForm) wanted(name string) int64 {
	switch {
	case name == f.image:
		return maxMultipartBody
	case name == "":
	case name == f.parameters, f.parameters == "" && f.version.body.Has(name):
		return maxTextPart
	case f.parameters == "" && (name == "Parameters" || name == "VerifyImage"):
		f.hint = "ignored: parts Parameters and VerifyImage belong to the first preview versions; here it is " + f.describe()
	case strings.EqualFold(name, f.image), strings.EqualFold(name, f.parameters):
		f.hint = "ignored: part names are case-sensitive; did you mean " + f.image + "?"
		if strings.EqualFold(name, f.parameters) {
			f.hint = "ignored: part names are case-sensitive; did you mean " + f.parameters + "?"
		}
	case f.parameters != "" && (f.version.body.Has(name) || f.version.body.Misspelt(name) != ""):
		f.hint = "ignored: a part for every member belongs to v1.2 and later; here it is " + f.describe()
	case f.version.body.Misspelt(name) != "":
		f.hint = "ignored: part names are case-sensitive; did you mean " + f.version.body.Misspelt(name) + "?"
	}
	return 0
}

func (f *createForm) take(part formPart) error {
	if f.seen[part.name] {
		return liveness.Refuse(liveness.CodeInvalidBody, "duplicate part %s", part.name)
	}
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[part.name] = true
	switch {
	case part.name == f.image:
		f.takeImage(part)
		return nil
	case !utf8.Valid(part.content):
		return liveness.Refuse(liveness.CodeInvalidBody, "part %s is not valid UTF-8", part.name)
	case part.name == f.parameters:
		return f.takeParameters(part)
	}
	value, ok := f.version.body.FormValue(part.name, string(part.content))
	if !ok {
		value = nil // an empty part says nothing, but it is there
	}
	f.fields[part.name] = value
	return nil
}

// takeImage keeps the image, and describes it for the schema. A part without a file
// name is an image all the same [assumed: create-image-filename-missing]: the
// JavaScript SDK can send it so [recorded: create-image-filename].
func (f *createForm) takeImage(part formPart) {
	f.upload = &service.Upload{FileName: part.fileName, Bytes: part.content}
	described := map[string]any{"size": json.Number(strconv.Itoa(len(part.content)))}
	if part.fileName != "" {
		described["fileName"] = part.fileName
	}
	f.fields[f.image] = described
}

// takeParameters reads the JSON of all members, whatever the part says it is:
// the Python SDK sends it without a content type
// [recorded: create-parameters-content-type]. The image cannot come in by it.
func (f *createForm) takeParameters(part formPart) error {
	members, err := decodeObject(part.content)
	if err != nil {
		return err
	}
	for name, value := range members {
		if name != f.image {
			f.fields[name] = value
		}
	}
	return nil
}

// maxPartName is how much the journal keeps of a name in a multipart body, in bytes.
const maxPartName = 128

// skipPart records a part that was skipped, for the journal.
func (c *call) skipPart(part *multipart.Part) {
	if c.Journal == nil {
		return
	}
	c.log.parts = append(c.log.parts, journal.Part{
		Name: clipBytes(part.FormName(), maxPartName), FileName: clipBytes(part.FileName(), maxPartName), Size: -1,
	})
}

// keepPart keeps a part for the journal: its text, as long as all of them together
// are not too long, and of anything else the hash.
func (c *call) keepPart(part formPart, isText bool) {
	if c.Journal == nil {
		return
	}
	kept := journal.Part{
		Name: clipBytes(part.name, maxPartName), FileName: clipBytes(part.fileName, maxPartName), Size: int64(len(part.content)),
	}
	texts := len(part.content)
	for _, before := range c.log.parts {
		texts += len(before.Text)
	}
	if isText && texts <= maxKeptBody && utf8.Valid(part.content) {
		kept.Text = string(part.content)
	} else {
		sum := sha256.Sum256(part.content)
		kept.SHA256 = hex.EncodeToString(sum[:])
	}
	c.log.parts = append(c.log.parts, kept)
}
