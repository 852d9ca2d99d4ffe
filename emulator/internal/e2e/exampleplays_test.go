package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// small returns a small verify image, and big a large one.
func small(fileName string) formPart { return formPart{"verifyImage", fileName, verifyBitmap()} }

func (e *example) big(fileName string) formPart {
	e.t.Helper()
	return formPart{"verifyImage", fileName, picture(e.t, 200, 200)}
}

// portrait is the image in the folder of examples.
func (e *example) portrait() string {
	e.t.Helper()
	data, err := os.ReadFile(filepath.Join(exampleFolder, "portrait.jpg"))
	if err != nil {
		e.t.Fatal(err)
	}
	return string(data)
}

// exampleCourses are the plays of examples about attempts and advance.
func exampleCourses() map[string]examplePlay {
	return map[string]examplePlay{
		"attempts": {do: func(e *example) {
			e.version = newestVersion
			e.monitor()
			e.begin("phone-1", e.big("v.png"))
			e.device()
			e.read()
			body := e.body(e.sessions() + "/" + e.session)
			e.remark(firstMatch(body, `"clientInformation":(\[.*?\])`))
			e.remark(firstMatch(body, `"faceRectangle":(\{.*?\})`))
			e.remark(fmt.Sprintf("its portrait: %v", e.body("sessionImages/"+e.image()) == e.portrait()))
		}, want: []string{
			"create 200", "start 200", "read Running", "slow detect 200 FaceWithMaskDetected", "detect 200 ExcessiveImageBlurDetected",
			"read Running ExcessiveImageBlurDetected abuse, FaceWithMaskDetected", "slow detect 200", "end 204",
			"read Succeeded realface 0.97 identical, ExcessiveImageBlurDetected abuse, FaceWithMaskDetected low without a digest",
			`[{"ip":"203.0.113.7"},{"ip":"2001:db8::7"}]`, `{"top":223,"left":68,"width":215,"height":241}`, "its portrait: true",
		}},
		"doubt": {do: func(e *example) {
			e.begin("phone-1", e.big("v.png"))
			e.device()
			e.read()
		}, want: []string{
			"create 200", "start 200", "detect 200", "end 204", "read Succeeded uncertain 0.97 identical medium with another digest",
		}},
		"random": {do: func(e *example) {
			e.version = newestVersion
			e.monitor()
			for i := range 16 {
				e.begin(fmt.Sprintf("phone-%d", i), e.big("v.png"))
				e.detect()
				e.read()
			}
			e.seen = slices.DeleteFunc(e.seen, func(line string) bool { return !strings.HasPrefix(line, "read ") || line == "read Running" })
		}, want: []string{
			"read Succeeded realface 0.93 identical high", "read Running FaceWithMaskDetected",
			"read Succeeded realface 0.93 identical high ×4", "read Succeeded spoofface 0.97 identical abuse high",
			"read Succeeded realface 0.93 identical high ×2", "read Succeeded spoofface 0.97 identical abuse high",
			"read Succeeded uncertain 0.97 identical high", "read Succeeded realface 0.93 identical high ×5",
		}},
		"course-chain": {do: func(e *example) {
			e.begin("phone-1")
			for second := range 20 {
				e.see()
				if second == 11 { // in the middle of the second attempt
					e.start()
				}
				e.tick(1)
			}
			e.start()
		}, want: []string{
			"create 200", "read NotStarted ×5", "read Running ×7", "start 409 ConcurrentOperationConflict",
			"read Running FaceWithMaskDetected ×5",
			"read Failed ExcessiveImageBlurDetected FaceWithMaskDetected ×3", "start 401 401",
		}},
		"course-late": {do: func(e *example) {
			e.begin("phone-1")
			for range 16 {
				e.see()
				e.tick(1)
			}
		}, want: []string{
			"create 200", "read NotStarted", "read Running ×3", "read Succeeded realface ×10", "read 404 SessionNotFound ×2",
		}},
		"course-polled": {do: func(e *example) {
			e.begin("phone-1")
			for range 10 {
				e.see()
			}
		}, want: []string{
			"create 200", "read Running ×5", "read Succeeded spoofface ×3", "read 404 SessionNotFound ×2",
		}},
		"deleted-while-running": {do: func(e *example) {
			e.begin("phone-1")
			e.see()
			e.detect()
			e.see()
		}, want: []string{
			"create 200", "read NotStarted", "read 404 SessionNotFound", "slow detect 401 401", "read 404 SessionNotFound",
		}},
		"token-expired": {do: func(e *example) {
			e.begin("phone-1")
			e.start()
			e.see()
		}, want: []string{
			"create 200", "start 401 401", "read NotStarted",
		}},
	}
}

// exampleMatches are the plays of examples about match.
func exampleMatches() map[string]examplePlay {
	plays := map[string]examplePlay{
		"reserved-id": {do: func(e *example) {
			e.check("qa-print-7")
			e.check("phone-1")
			e.check("qa-print-7", e.big("v.png"))
			e.mode = "PassiveActive"
			e.check("qa-print-7")
			e.mode = "Passive"
			e.version = "v1.2-preview.1" // this version allows attempts after the first
			e.begin("qa-print-7")
			e.analyse()
			e.analyse()
			e.remark(fmt.Sprintf("%d prints", strings.Count(e.body(e.sessions()+"/"+e.session+"/audit"), "spoofface")))
		}, want: []string{
			"read Succeeded spoofface", "read Succeeded realface", "read Succeeded realface 0.97 identical high",
			"read Succeeded realface", "create 200", "detect 204 ×2", "2 prints",
		}},
		"small-verify-image": {do: func(e *example) {
			e.check("phone-1", small("v.bmp"))
			e.check("phone-1", e.big("v.png"))
			e.check("phone-1", small("other-person-1.jpg"))
		}, want: []string{
			"read Succeeded realface 0.45 different low", "read Succeeded realface 0.97 identical high",
			"read Succeeded realface 0.12 different high",
		}},
		"who-it-is-for": {do: func(e *example) {
			e.check("phone-1", e.big("other-person-1.jpg"))
			e.check("phone-1", e.big("same-person-1.jpg"))
			e.check("phone-1", formPart{"verifyImage", "x.jpg", e.portrait()})
			e.version, e.mode = newestVersion, "PassiveActive"
			e.check("phone-1", e.big("x.jpg"))
			e.header = map[string]string{"X-Test-Run": "nightly-7", "User-Agent": "okhttp/4.12"}
			e.check("phone-1", e.big("x.jpg"))
		}, want: []string{
			"read Succeeded realface 0.12 different high", "read Succeeded realface 0.97 identical high",
			"read Succeeded realface 0.12 different high", "read Succeeded realface 0.97 identical high",
			"read Succeeded realface 0.12 different high",
		}},
	}
	for name, play := range plays {
		play.matched = true
		plays[name] = play
	}
	return plays
}

// check returns the play of a session with one attempt, of which only the result is
// noted.
func (e *example) check(deviceID string, image ...formPart) {
	e.t.Helper()
	before := len(e.seen)
	e.begin(deviceID, image...)
	e.analyse()
	e.read()
	e.seen = append(e.seen[:before], e.seen[len(e.seen)-1])
}

// exampleFaults are the plays of examples about faults of a scenario.
func exampleFaults() map[string]examplePlay {
	return map[string]examplePlay{
		"faults-errors": {do: func(e *example) {
			e.begin("phone-1")
			for range 5 {
				e.see()
			}
			e.audit()
			e.audit()
			for range 2 {
				e.start()
			}
			e.analyse()
			e.analyse()
			image := e.image()
			for range 2 {
				e.get("image", "sessionImages/"+image)
			}
			for range 6 {
				e.post("face", "detect", fmt.Sprintf(`{"sessionImageId":%q}`, image))
			}
			e.end()
			e.end()
			e.remove()
			e.remove()
		}, want: []string{
			"create 200", "read 401 401 (error unauthorized)", "read 404 SessionNotFound (error session-not-found)",
			"read 502 502 (error bad-gateway)", "read 429 429 retry after 1s (error rate-limited)", "read NotStarted",
			"audit 404 404 (error route-not-found)", "audit 200 no JSON", "start 403 403 (error wrong-address)", "start 200",
			"detect 409 ConcurrentOperationConflict (error conflict)", "detect 200",
			"image 404 SessionImageNotFound (error image-not-found)", "image 200 no JSON", "face 400 InvalidImage (error invalid-image)",
			"face 400 InvalidImage (error no-face)", "face 400 InvalidImage (error several-faces)",
			"face 400 InvalidImageSize (error image-too-small)", "face 400 InvalidImageSize (error image-too-big)", "face 200 no JSON",
			"end 403 UnsupportedFeature (error unsupported-feature)", "end 204", "delete 500 Unspecified (error internal)", "delete 204",
		}},
		"faults-refusals": {do: func(e *example) {
			e.begin("phone-1")
			for range 3 {
				e.see()
			}
			for range 3 {
				e.audit()
			}
			e.analyse()
			e.analyse()
			image := e.image()
			for range 5 {
				e.post("face", "detect", fmt.Sprintf(`{"sessionImageId":%q}`, image))
			}
		}, want: []string{
			"create 200", "read 401 PermissionDenied (error permission-denied)", "read 405 405 (error method-not-allowed)", "read NotStarted",
			"audit 400 BadArgument (error invalid-start)", "audit 400 BadArgument (error invalid-top)", "audit 200 no JSON",
			"detect 413 RequestBodyTooLarge (error body-too-large)", "detect 200",
			"face 400 BadArgument (error bad-json)", "face 400 BadArgument (error bad-body)",
			"face 400 BadArgument (error bad-detection-model)", "face 400 BadArgument (error bad-recognition-model)", "face 200 no JSON",
		}},
		"faults-garbage": {do: func(e *example) {
			e.begin("phone-1")
			for range 3 {
				e.see()
			}
			e.analyse()
			for range 3 {
				e.see()
			}
		}, want: []string{
			"create 200", "read 200 (body empty)", "read 200 no JSON (body malformed)", "read NotStarted", "detect 200", "read lost",
			"read 200 no JSON (body text, content type)", "read Succeeded realface",
		}},
		"faults-network": {do: func(e *example) {
			e.begin("phone-1")
			e.see()
			e.see()
			e.patience = 500 * time.Millisecond
			e.see()
			e.patience = 0
			e.see()
			e.start()
			e.see()
			e.analyse()
			e.analyse()
			e.see()
			e.see()
			e.audit()
			e.get("image", "sessionImages/"+e.image())
			e.end()
		}, want: []string{
			"create 200 (late)", "read lost ×3", "read NotStarted (late)", "start 200 (late)", "read NotStarted (late, stale)",
			"detect lost", "detect 200 (late)", "read Running (late, stale)", "read Succeeded realface (late)", "audit 200 no JSON (late)",
			"image 200 no JSON (slow body)", "end 204 (late)",
		}},
		"faults-outage": {do: func(e *example) {
			e.begin("phone-1")
			e.start()
			e.analyse()
			for range 5 {
				e.see()
				e.tick(1)
			}
			e.remark("X-Cache " + e.answered.Get("X-Cache") + ", Via " + e.answered.Get("Via"))
			e.tick(5)
			for range 8 {
				e.see()
			}
			e.tick(50)
			e.see()
			for range 20 {
				e.start()
			}
		}, want: []string{
			"create 200", "start 200", "detect 200", "read 503 ServiceUnavailable retry after 2s (error unavailable) ×3",
			"read Succeeded realface", "read 502 no JSON retry at a date (error BadGateway, body text, content type)",
			"X-Cache MISS, Via 1.1 proxy.example", "read Succeeded realface ×6", "read 504 504 (error gateway-timeout) ×2",
			"read Succeeded realface", "start 429 429 retry after 1s", "start 500 Unspecified (error internal)",
			"start 429 429 retry after 1s ×12", "start 500 Unspecified (error internal)", "start 429 429 retry after 1s ×5",
		}},
		"faults-rate": {do: func(e *example) {
			e.begin("phone-1")
			for range 3 {
				e.see()
			}
			e.tick(1)
			e.see()
			for range 10 {
				e.start()
			}
			e.analyse()
			e.tick(1)
			e.analyse()
			image := e.image()
			e.get("image", "sessionImages/"+image)
			for range 20 {
				e.audit()
			}
			for range 21 {
				e.post("face", "detect", fmt.Sprintf(`{"sessionImageId":%q}`, image))
			}
		}, want: []string{
			"create 200", "read NotStarted ×2", "read 429 429 retry after 1s (rate custom)", "read NotStarted", "start 200",
			"start 429 429 retry after 1s ×9", "detect 429 429 retry after 1s (rate S0)", "detect 200", "image 200 no JSON",
			"audit 200 no JSON ×19", "audit 429 429 retry at a date (rate F0)", "face 200 no JSON ×20",
			"face 429 429 retry after 1m0s (rate F0)",
		}},
	}
}

// exampleResources are the plays of examples about faults of a resource.
func exampleResources() map[string]examplePlay {
	return map[string]examplePlay{
		"resource/by-operation": {do: func(e *example) {
			for _, image := range [][]formPart{nil, {e.big("v.png")}} {
				e.version = "v1.2"
				e.begin("phone-1", image...)
				e.start()
				e.analyse()
				e.end()
				for range 10 {
					e.see()
				}
				e.get("image", "sessionImages/"+e.image())
				e.tick(1)
				e.list()
				e.audit()
				e.post("face", "detect", fmt.Sprintf(`{"sessionImageId":%q}`, e.image()))
				e.version = newestVersion
				e.get("assets", "settings/getClientAssetsAccessToken")
				e.get("settings", "settings")
				e.call(appCall{name: "patch", method: http.MethodPatch, path: "settings", contentType: "application/json", body: []byte("{}")}, nil)
				e.remove()
			}
		}, want: []string{
			"create 200", "start 200 (late)", "detect 200 (late)", "end 204 (late)", "read Succeeded realface ×10",
			"image 429 429 retry after 1s (rate S0)", "list 200 no JSON (slow body)", "audit 200 no JSON (stale)",
			"face 503 ServiceUnavailable (error unavailable)", "assets 200", "settings 401 401 (error unauthorized)",
			"patch 401 401 (error unauthorized)", "delete 204 (late)", "create 200", "start 200 (late)", "detect 200 (late)",
			"end 204 (late)", "read Succeeded realface 0.97 identical ×10", "image 429 429 retry after 1s (rate S0)",
			"list 200 no JSON (slow body)", "audit 200 no JSON (stale)", "face 200 no JSON", "assets 200",
			"settings 401 401 (error unauthorized)", "patch 401 401 (error unauthorized)", "delete 204 (late)",
		}},
		"resource/outage": {do: func(e *example) {
			e.begin("phone-1")
			e.list()
			e.tick(30)
			e.list()
			e.begin("phone-1")
			e.tick(15)
			e.begin("phone-1")
			e.analyse()
			e.tick(45)
			e.list()
			e.see()
		}, want: []string{
			"create 200", "list 200 no JSON", "list 503 ServiceUnavailable (error unavailable)", "create 200", "create lost", "detect 200",
			"list 200 no JSON", "read Succeeded realface",
		}},
		"resource/refused-creates": {do: func(e *example) {
			for range 6 {
				e.begin("phone-1")
			}
			for range 3 {
				e.begin("phone-1", small("v.bmp"))
			}
		}, want: []string{
			"create 400 InvalidRequestBody (error invalid-body)", "create 400 InvalidLivenessOperationMode (error invalid-mode)",
			"create 400 InvalidTokenLifetime (error invalid-token-lifetime)",
			"create 400 InvalidDeviceCorrelationId (error invalid-device-correlation-id)",
			"create 400 InvalidUserCorrelationId (error invalid-user-correlation-id)", "create 200",
			"create 429 429 retry after 5s (error 429) ×2", "create 200",
		}},
	}
}
