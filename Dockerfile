# The image of face-liveness-emulator: one static binary and the folders it works with.
#
#   docker build -t face-liveness-emulator .
#   docker run --rm -p 10100:10100 -p 10101:10101 face-liveness-emulator
#
# For another platform with BuildKit: --platform linux/arm64. The classic builder
# knows one platform only, that of the engine: --build-arg TARGETARCH=arm64 gives the
# binary for the other one, in an image that is described as for this one. The Go
# toolchain runs on the builder's own platform ("linux" alone is that of the engine).
FROM --platform=${BUILDPLATFORM:-linux} golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETARCH
ARG VERSION=devel
ARG REVISION=unknown
RUN CGO_ENABLED=0 GOOS=linux GOARCH=${TARGETARCH:-$(go env GOARCH)} go build -trimpath -buildvcs=false \
      -ldflags "-s -w -buildid= -X main.version=${VERSION} -X main.revision=${REVISION}" \
      -o /image/usr/local/bin/face-liveness-emulator ./cmd/face-liveness-emulator \
 # Whoever the container runs as can write state and temporary files.
 && mkdir -p /image/etc/face-liveness-emulator/scenarios.d \
 && mkdir -p -m 1777 /image/tmp /image/var/lib/face-liveness-emulator

FROM scratch
ARG VERSION=devel
ARG REVISION=unknown
LABEL org.opencontainers.image.title="face-liveness-emulator" \
      org.opencontainers.image.description="A local stand-in for the liveness part of the Azure AI Face REST API" \
      org.opencontainers.image.url="https://github.com/livenesslabs/face-liveness-emulator" \
      org.opencontainers.image.source="https://github.com/livenesslabs/face-liveness-emulator" \
      org.opencontainers.image.documentation="https://github.com/livenesslabs/face-liveness-emulator#readme" \
      org.opencontainers.image.vendor="livenesslabs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image /
# Variables, so that arguments of "docker run" add to them. The binary alone
# listens on loopback, which nobody outside a container reaches.
ENV FACE_LIVENESS_HTTP_ADDR=0.0.0.0:10100 \
    FACE_LIVENESS_HTTPS_ADDR=0.0.0.0:10101 \
    FACE_LIVENESS_STATE=/var/lib/face-liveness-emulator \
    FACE_LIVENESS_CONFIG_DIR=/etc/face-liveness-emulator
USER 65534:65534
VOLUME /var/lib/face-liveness-emulator
EXPOSE 10100 10101
STOPSIGNAL SIGTERM
# No start period: newer engines look only every 5 seconds while it lasts.
HEALTHCHECK --interval=2s --timeout=3s --retries=5 CMD ["/usr/local/bin/face-liveness-emulator", "health"]
ENTRYPOINT ["/usr/local/bin/face-liveness-emulator"]
