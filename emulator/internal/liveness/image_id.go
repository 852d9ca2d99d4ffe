package liveness

import (
	"encoding/base64"
	"errors"

	"github.com/google/uuid"
)

// An ImageID names a session image: 44 characters of unpadded base64url.
type ImageID string

// imageIDSize: one type byte and two GUIDs.
const imageIDSize = 1 + 16 + 16

// errImageID says that a text is not an image id.
var errImageID = errors.New("liveness: not a session image id")

// NewImageID composes the id of a session image as the service does: a byte for
// the kind of session (1 liveness, 2 with verify), the session's GUID and a
// second GUID, both in the mixed-endian byte order of .NET, base64url without
// padding [recorded: image-id].
func NewImageID(kind Kind, session SessionID, second uuid.UUID) (ImageID, error) {
	first, err := uuid.Parse(string(session))
	if err != nil {
		return "", err
	}
	var raw [imageIDSize]byte
	raw[0] = imageKind(kind)
	copy(raw[1:17], mixedEndian(first))
	copy(raw[17:], mixedEndian(second))
	return ImageID(base64.RawURLEncoding.EncodeToString(raw[:])), nil
}

// Session returns the session that the image belongs to. A text that no service
// could have issued is an error.
func (id ImageID) Session() (SessionID, error) {
	raw, err := base64.RawURLEncoding.DecodeString(string(id))
	if err != nil || len(raw) != imageIDSize {
		return "", errImageID
	}
	if raw[0] != imageKind(KindLiveness) && raw[0] != imageKind(KindLivenessWithVerify) {
		return "", errImageID
	}
	var guid uuid.UUID
	copy(guid[:], mixedEndian(uuid.UUID(raw[1:17])))
	return SessionID(guid.String()), nil
}

func imageKind(kind Kind) byte {
	if kind == KindLivenessWithVerify {
		return 2
	}
	return 1
}

// mixedEndian swaps a GUID between the byte order of its text and that of
// .NET's Guid.ToByteArray: the first three groups are reversed. It is its own
// inverse.
func mixedEndian(g uuid.UUID) []byte {
	return []byte{
		g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6],
		g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15],
	}
}
