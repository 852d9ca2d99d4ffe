package faceliveness;

import com.azure.core.util.BinaryData;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.Map;

/**
 * The device that the person holds. Microsoft's client SDK is closed and needs a camera; this one makes the same calls
 * with nothing but the session's token.
 */
final class Device {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final String token;
    private final String endpoint;
    private final JsonNode paths;

    Device(JsonNode created) {
        token = created.get("authToken").asText();
        JsonNode claims = claims(token);
        // Both claims are JSON in a string.
        endpoint = json(claims.get("face").asText()).get("endpoint").asText();
        paths = json(claims.get("allowed-paths").asText());
    }

    /** Begins the session. */
    HttpResponse<String> start() {
        return start(Map.of());
    }

    /** Begins the session with a body. */
    HttpResponse<String> start(Map<String, ?> body) {
        return post("/session/start", "application/json", BinaryData.fromObject(body).toBytes());
    }

    /** Makes one attempt and sends what the camera saw. */
    HttpResponse<String> detect() {
        return detect("what the camera saw".getBytes());
    }

    /** Makes one attempt and sends those bytes. */
    HttpResponse<String> detect(byte[] seen, String... headers) {
        return post("/singleModal", "application/octet-stream", seen, headers);
    }

    /** Makes one attempt and brings the image to verify against. */
    HttpResponse<String> detectWith(byte[] verifyImage) {
        Form form = new Form(Map.of(), verifyImage);
        return post("/singleModal", form.contentType(), form.body().toBytes());
    }

    private HttpResponse<String> post(String suffix, String contentType, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(endpoint + "/" + allowed(suffix)))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", contentType)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String allowed(String suffix) {
        for (JsonNode entry : paths) {
            if (entry.get("path").asText().endsWith(suffix)) {
                return entry.get("path").asText();
            }
        }
        throw new AssertionError("the token allows no " + suffix);
    }

    /** The claims of a JWT, unchecked. */
    static JsonNode claims(String token) {
        return json(new String(Base64.getUrlDecoder().decode(token.split("\\.")[1])));
    }

    static JsonNode json(String text) {
        return BinaryData.fromString(text).toObject(JsonNode.class);
    }
}
