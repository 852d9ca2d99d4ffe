// Package image is the home of the tests of the container image: what is in it,
// how it is built, how it starts and stops, what can be mounted, what survives,
// and what the suites of the official SDKs say of it.
//
// They drive the docker command, so they run only with CI=true. They test the
// image that FACE_LIVENESS_IMAGE names, face-liveness-emulator:latest by default.
package image
