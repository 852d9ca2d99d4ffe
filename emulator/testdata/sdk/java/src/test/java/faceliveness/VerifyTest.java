package faceliveness;

import static faceliveness.Client.WITH_VERIFY;
import static faceliveness.Client.scenario;
import static faceliveness.Client.session;
import static faceliveness.Refusals.badRequest;
import static faceliveness.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.exception.ResourceNotFoundException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass(name = "{0}")
@EnumSource(Client.Style.class)
class VerifyTest {
    private static final byte[] PORTRAIT = Images.bmp(100, 100);

    @Parameter
    Client.Style style;

    private static String path(JsonNode created) {
        return WITH_VERIFY + "/" + created.get("sessionId").asText();
    }

    /** Plays the session to the end of its first attempt and returns the result of the verification. */
    private JsonNode finish(JsonNode created) {
        assertEquals(204, new Device(created).detect().statusCode());
        JsonNode session = Client.of(style).get(path(created));
        assertEquals("ResultAvailable", session.get("status").asText());
        return session.at("/result/response/body/verifyResult");
    }

    private static boolean imageProvided(JsonNode created) {
        JsonNode face = Device.json(Device.claims(created.get("authToken").asText()).get("face").asText());
        return face.at("/clientClaims/verifyImageProvided").asBoolean();
    }

    static Stream<Form> forms() {
        return Stream.of(new Form(session(), PORTRAIT), Form.withoutFileName(session(), PORTRAIT));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void isCreatedFromAFormReadAndDeleted(Form form) {
        Client client = Client.of(style);
        JsonNode created = client.post(WITH_VERIFY, form);
        assertTrue(created.at("/verifyImage/faceRectangle/width").asInt() > 0);
        assertEquals("high", created.at("/verifyImage/qualityForRecognition").asText());
        assertTrue(imageProvided(created));
        assertEquals("NotStarted", client.get(path(created)).get("status").asText());
        assertEquals(0, client.get(path(created) + "/audit").size());

        assertEquals(200, client.delete(path(created)));
        refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> client.get(path(created)));
    }

    @Test
    void isCreatedFromJsonAndTakesTheImageOfTheDevice() {
        JsonNode created = Client.of(style).post(WITH_VERIFY, session());
        assertFalse(created.has("verifyImage"));
        assertFalse(imageProvided(created));
        assertEquals(204, new Device(created).detectWith(PORTRAIT).statusCode());
        JsonNode session = Client.of(style).get(path(created));
        assertTrue(session.at("/result/response/body/verifyResult/isIdentical").asBoolean());
    }

    @Test
    void matchesAndIsAudited() {
        Client client = Client.of(style);
        JsonNode created = client.post(WITH_VERIFY, new Form(session(), PORTRAIT));
        JsonNode verified = finish(created);
        assertTrue(verified.get("isIdentical").asBoolean());
        assertTrue(verified.get("matchConfidence").asDouble() > 0.5);
        assertEquals(created.get("verifyImage"), verified.get("verifyImage"));

        JsonNode audit = client.get(path(created) + "/audit");
        assertEquals(1, audit.size());
        assertEquals("realface", audit.at("/0/response/body/livenessDecision").asText());
        assertTrue(audit.at("/0/request/url").asText().endsWith("/detectLivenessWithVerify/singleModal"));
        assertFalse(audit.get(0).has("verifyImageHash"), "it was not asked for");
    }

    @Test
    void doesNotMatchInScenarioVerifyMismatch() {
        JsonNode created =
            Client.of(style).post(WITH_VERIFY, new Form(session(), PORTRAIT), scenario("verify-mismatch"));
        JsonNode verified = finish(created);
        assertFalse(verified.get("isIdentical").asBoolean());
        assertTrue(verified.get("matchConfidence").asDouble() < 0.5);
    }

    @ParameterizedTest
    @CsvSource({"0.9, true", "0.99, false"})
    void isDecidedByTheConfidenceThreshold(double threshold, boolean identical) {
        Map<String, Object> parameters = new HashMap<>(session());
        parameters.put("verifyConfidenceThreshold", threshold);
        JsonNode created = Client.of(style).post(WITH_VERIFY, new Form(parameters, PORTRAIT));
        assertEquals(identical, finish(created).get("isIdentical").asBoolean());
    }

    @Test
    void showsTheHashOfItsImageWhenAskedTo() {
        Map<String, Object> parameters = new HashMap<>(session());
        parameters.put("returnVerifyImageHash", true);
        JsonNode created = Client.of(style).post(WITH_VERIFY, new Form(parameters, PORTRAIT));
        finish(created);
        JsonNode session = Client.of(style).get(path(created));
        assertEquals(Images.sha256(PORTRAIT), session.at("/result/verifyImageHash").asText());
    }

    static Stream<Arguments> badImages() {
        return Stream.of(
            Arguments.of("no image at all", new byte[2048], "InvalidImage"),
            Arguments.of("no room for a face", Images.bmp(30, 30), "InvalidImage"),
            Arguments.of("below 1 KB", Images.bmp(10, 10), "InvalidImageSize"),
            Arguments.of("above 6 MB", Images.bmp(1500, 1400), "InvalidImageSize"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badImages")
    void isRefusedWithABadImage(String what, byte[] image, String code) {
        badRequest(code, () -> Client.of(style).post(WITH_VERIFY, new Form(session(), image)));
    }
}
