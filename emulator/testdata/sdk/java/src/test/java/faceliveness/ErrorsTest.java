package faceliveness;

import static faceliveness.Client.LIVENESS;
import static faceliveness.Client.WITH_VERIFY;
import static faceliveness.Client.scenario;
import static faceliveness.Client.session;
import static faceliveness.Refusals.badRequest;
import static faceliveness.Refusals.refused;

import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.http.rest.RequestOptions;
import com.azure.core.util.BinaryData;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "{0}")
@EnumSource(Client.Style.class)
class ErrorsTest {
    @Parameter
    Client.Style style;

    static Stream<Arguments> badBodies() {
        return Stream.of(
            badBody("livenessOperationMode", "Active", "InvalidLivenessOperationMode"),
            badBody("livenessOperationMode", null, "InvalidLivenessOperationMode"),
            badBody("authTokenTimeToLiveInSeconds", 59, "InvalidTokenLifetime"),
            badBody("authTokenTimeToLiveInSeconds", 86401, "InvalidTokenLifetime"),
            badBody("deviceCorrelationId", null, "InvalidDeviceCorrelationId"),
            badBody("deviceCorrelationId", "", "InvalidDeviceCorrelationId"),
            badBody("deviceCorrelationId", "x".repeat(65), "InvalidDeviceCorrelationId"),
            badBody("enableSessionImage", 1, "InvalidRequestBody"));
    }

    /** A session with one field that is wrong, or left out if null. */
    private static Arguments badBody(String field, Object value, String code) {
        Map<String, Object> body = new HashMap<>(session());
        body.remove(field);
        if (value != null) {
            body.put(field, value);
        }
        return Arguments.of(field + " " + value, body, code);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badBodies")
    void aBadFieldIsRefused(String what, Map<String, ?> body, String code) {
        Client client = Client.of(style);
        badRequest(code, () -> client.post(LIVENESS, body));
        badRequest(code, () -> client.post(WITH_VERIFY, body));
        badRequest(code, () -> client.post(WITH_VERIFY, new Form(body, Images.bmp(100, 100))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}{}"})
    void aBodyThatIsNoObjectIsRefused(String body) {
        badRequest("InvalidRequestBody", () -> Client.of(style)
            .post(LIVENESS, "application/json", BinaryData.fromString(body), new RequestOptions()));
    }

    @Test
    void anUnknownScenarioIsRefused() {
        badRequest("BadArgument", () -> Client.of(style).post(LIVENESS, session(), scenario("no-such-scenario")));
    }

    @Test
    void aSessionThatNeverWasIsNotFound() {
        Client client = Client.of(style);
        for (String sessions : new String[] {LIVENESS, WITH_VERIFY}) {
            String path = sessions + "/" + UUID.randomUUID();
            refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> client.get(path));
            refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> client.get(path + "/audit"));
            refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> client.delete(path));
        }
    }

    @Test
    void aSessionIsNotFoundAmongThoseOfTheOtherKind() {
        Client client = Client.of(style);
        String id = client.post(LIVENESS, session()).get("sessionId").asText();
        refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> client.get(WITH_VERIFY + "/" + id));
    }

    @Test
    void theUserCorrelationIdIsMissedInTheVersionThatWantsIt() {
        Client client = Client.of(style, "v1.3-preview.1");
        badRequest("InvalidUserCorrelationId", () -> client.post("detectLiveness-sessions", session()));
    }
}
