package wire

import (
	"bytes"
	"encoding/json"
)

// Marshal renders v compactly, as the service does: without escaping HTML and
// without a newline at the end.
func Marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
