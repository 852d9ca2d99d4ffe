package httpapi

import (
	"net/http"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// readSessionImage returns the image of an attempt, as octets whatever the
// Accept header says: SDKs ask for JSON here [recorded: image-accept].
func readSessionImage() operation {
	return operation{name: "getSessionImage", handle: func(c *call) (response, error) {
		image, err := c.Service.Image(c.request.Context(), c.caller(), liveness.ImageID(c.vars["sessionImageId"]))
		if err != nil {
			return response{}, err
		}
		file := string(image.ID) + ".jpg"
		return response{
			status:      http.StatusOK,
			contentType: "application/octet-stream",
			body:        image.JPEG,
			disposition: "attachment; filename=" + file + "; filename*=UTF-8''" + file,
		}, nil
	}}
}
