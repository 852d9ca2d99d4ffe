package liveness_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// TestImageID decodes an id by hand: type byte, then the session's GUID with its
// first three groups reversed.
func TestImageID(t *testing.T) {
	t.Parallel()
	const session = "00112233-4455-6677-8899-aabbccddeeff"
	second := uuid.MustParse("ffeeddcc-bbaa-4988-b766-554433221100")
	for kind, want := range map[liveness.Kind]string{
		liveness.KindLiveness:           "ATMiEQBVRHdmiJmqu8zd7v_M3e7_qruISbdmVUQzIhEA",
		liveness.KindLivenessWithVerify: "AjMiEQBVRHdmiJmqu8zd7v_M3e7_qruISbdmVUQzIhEA",
	} {
		id, err := liveness.NewImageID(kind, session, second)
		if err != nil || string(id) != want {
			t.Errorf("%s: got %s, %v; want %s", kind, id, err, want)
		}
		back, err := id.Session()
		if err != nil || back != session {
			t.Errorf("%s: got session %s, %v; want %s", kind, back, err, session)
		}
	}
}

func FuzzImageID(f *testing.F) {
	f.Add("ATMiEQBVRHdmiJmqu8zd7v_M3e7_qruISbdmVUQzIhEA")
	f.Add("")
	f.Add("====")
	f.Fuzz(func(t *testing.T, text string) {
		session, err := liveness.ImageID(text).Session()
		if err != nil {
			return
		}
		if guid, err := uuid.Parse(string(session)); err != nil || guid.String() != string(session) {
			t.Errorf("%q names session %q, which is no GUID", text, session)
		}
	})
}
