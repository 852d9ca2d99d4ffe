package faceliveness;

import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.policy.AzureKeyCredentialPolicy;
import com.azure.core.http.policy.BearerTokenAuthenticationPolicy;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RequestIdPolicy;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.core.http.policy.UserAgentPolicy;
import com.azure.core.http.rest.RequestOptions;
import com.azure.core.http.rest.Response;
import com.azure.core.http.rest.RestProxy;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.UUID;

/** A client of the Face API as an app's backend has it, of one style, one version and one credential. */
final class Client {
    static final String PREVIEW = "v1.2-preview.1";
    static final String LIVENESS = "detectLiveness/singleModal/sessions";
    static final String WITH_VERIFY = "detectLivenessWithVerify/singleModal/sessions";

    /** How the calls are made. */
    enum Style { SYNC, ASYNC }

    private final Style style;
    private final String version;
    private final FaceSessions face;

    private Client(Style style, String version, HttpPipelinePolicy authentication) {
        this.style = style;
        this.version = version;
        // The kinds of policies that Microsoft's own clients are made with.
        face = RestProxy.create(FaceSessions.class, new HttpPipelineBuilder()
            .policies(new UserAgentPolicy(), new RequestIdPolicy(), new RetryPolicy(), authentication)
            .build());
    }

    /** A client with the key of the environment. */
    static Client of(Style style) {
        return withKey(style, required("FACE_APIKEY"));
    }

    /** A client with the key of the environment, for another version. */
    static Client of(Style style, String version) {
        return new Client(style, version, keyPolicy(required("FACE_APIKEY")));
    }

    /** A client with a key of its own. */
    static Client withKey(Style style, String key) {
        return new Client(style, PREVIEW, keyPolicy(key));
    }

    /** A client with the access tokens of a credential. */
    static Client withTokens(Style style, TokenCredential credential) {
        return new Client(style, PREVIEW,
            new BearerTokenAuthenticationPolicy(credential, "https://cognitiveservices.azure.com/.default"));
    }

    private static HttpPipelinePolicy keyPolicy(String key) {
        return new AzureKeyCredentialPolicy("Ocp-Apim-Subscription-Key", new AzureKeyCredential(key));
    }

    /** The least that a session is created with, of a device of its own. */
    static Map<String, Object> session() {
        return Map.of("livenessOperationMode", "Passive", "deviceCorrelationId", UUID.randomUUID().toString());
    }

    /** Options that pin what will happen in the session to be created. */
    static RequestOptions scenario(String name) {
        return new RequestOptions().setHeader(HttpHeaderName.fromString("X-Face-Liveness-Scenario"), name);
    }

    JsonNode post(String path, Map<String, ?> body) {
        return post(path, body, new RequestOptions());
    }

    JsonNode post(String path, Map<String, ?> body, RequestOptions options) {
        return post(path, "application/json", BinaryData.fromObject(body), options);
    }

    JsonNode post(String path, Form form) {
        return post(path, form, new RequestOptions());
    }

    JsonNode post(String path, Form form, RequestOptions options) {
        return post(path, form.contentType(), form.body(), options);
    }

    JsonNode post(String path, String contentType, BinaryData body, RequestOptions options) {
        String endpoint = required("FACE_ENDPOINT");
        String accept = "application/json";
        Response<BinaryData> response = switch (style) {
            case SYNC -> face.post(endpoint, version, path, contentType, accept, body, options, Context.NONE);
            case ASYNC ->
                face.postAsync(endpoint, version, path, contentType, accept, body, options, Context.NONE).block();
        };
        return response.getValue().toObject(JsonNode.class);
    }

    JsonNode get(String path) {
        return get(path, new RequestOptions());
    }

    JsonNode get(String path, RequestOptions options) {
        return getRaw(path, options).getValue().toObject(JsonNode.class);
    }

    /** The answer as it came. */
    Response<BinaryData> getRaw(String path, RequestOptions options) {
        String endpoint = required("FACE_ENDPOINT");
        String accept = "application/json";
        return switch (style) {
            case SYNC -> face.get(endpoint, version, path, accept, options, Context.NONE);
            case ASYNC -> face.getAsync(endpoint, version, path, accept, options, Context.NONE).block();
        };
    }

    /** Deletes and returns the status. */
    int delete(String path) {
        String endpoint = required("FACE_ENDPOINT");
        String accept = "application/json";
        RequestOptions options = new RequestOptions();
        Response<Void> response = switch (style) {
            case SYNC -> face.delete(endpoint, version, path, accept, options, Context.NONE);
            case ASYNC -> face.deleteAsync(endpoint, version, path, accept, options, Context.NONE).block();
        };
        return response.getStatusCode();
    }

    private static String required(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException("set " + name + " to run the suite");
        }
        return value;
    }
}
