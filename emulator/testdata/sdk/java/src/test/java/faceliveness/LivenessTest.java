package faceliveness;

import static faceliveness.Client.LIVENESS;
import static faceliveness.Client.scenario;
import static faceliveness.Client.session;
import static faceliveness.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.http.rest.RequestOptions;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass(name = "{0}")
@EnumSource(Client.Style.class)
class LivenessTest {
    @Parameter
    Client.Style style;

    private JsonNode create(Map<String, ?> body, RequestOptions options) {
        return Client.of(style).post(LIVENESS, body, options);
    }

    private JsonNode create() {
        return create(session(), new RequestOptions());
    }

    private JsonNode read(JsonNode created) {
        return Client.of(style).get(path(created));
    }

    private JsonNode audit(JsonNode created) {
        return Client.of(style).get(path(created) + "/audit");
    }

    private static String path(JsonNode created) {
        return LIVENESS + "/" + created.get("sessionId").asText();
    }

    @Test
    void isCreatedReadAndDeleted() {
        Map<String, Object> body = session();
        JsonNode created = create(body, new RequestOptions());
        JsonNode claims = Device.claims(created.get("authToken").asText());
        assertEquals(created.get("sessionId"), claims.get("sid"));

        JsonNode read = read(created);
        assertEquals(created.get("sessionId"), read.get("id"));
        assertEquals("NotStarted", read.get("status").asText());
        assertEquals(body.get("deviceCorrelationId"), read.get("deviceCorrelationId").asText());
        assertEquals(600, read.get("authTokenTimeToLiveInSeconds").asInt());
        assertFalse(read.get("sessionExpired").asBoolean());
        assertTrue(OffsetDateTime.parse(read.get("createdDateTime").asText()).toInstant().isBefore(Instant.now()));
        assertFalse(read.has("sessionStartDateTime"));
        assertFalse(read.has("result"));
        assertEquals(0, audit(created).size());

        assertEquals(200, Client.of(style).delete(path(created)));
        refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> read(created));
        refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> audit(created));
        refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> Client.of(style).delete(path(created)));
    }

    @Test
    void takesEveryFieldOfTheVersion() {
        Map<String, Object> body = new HashMap<>(session());
        body.put("livenessOperationMode", "PassiveActive");
        body.put("sendResultsToClient", true);
        body.put("deviceCorrelationIdSetInClient", false);
        body.put("enableSessionImage", true);
        body.put("livenessSingleModalModel", "2022-10-15-preview.04");
        body.put("authTokenTimeToLiveInSeconds", 60);
        JsonNode created = create(body, new RequestOptions());
        JsonNode claims = Device.claims(created.get("authToken").asText());
        assertEquals(60, claims.get("exp").asLong() - Long.parseLong(claims.get("nbf").asText()));
        assertEquals("PassiveActive", Device.json(claims.get("face").asText())
            .at("/clientClaims/livenessOperationMode").asText());

        new Device(created).detect();
        JsonNode session = read(created);
        assertEquals(60, session.get("authTokenTimeToLiveInSeconds").asInt());
        assertEquals("2022-10-15-preview.04", session.at("/result/response/body/modelVersionUsed").asText());
        assertTrue(session.at("/result").has("sessionImageId"));
    }

    @Test
    void isPlayedToItsResultAndAudited() {
        JsonNode created = create();
        Device device = new Device(created);
        assertEquals(200, device.start().statusCode());
        JsonNode started = read(created);
        assertEquals("Started", started.get("status").asText());
        assertTrue(started.has("sessionStartDateTime"));

        byte[] seen = "what the camera saw".getBytes();
        HttpResponse<String> answer = device.detect(seen, "client-request-id", "shot-1", "User-Agent", "phone");
        assertEquals(204, answer.statusCode(), "results were not to be sent to the client");
        assertEquals("", answer.body());

        JsonNode session = read(created);
        assertEquals("ResultAvailable", session.get("status").asText());
        JsonNode audit = audit(created);
        assertEquals(1, audit.size());
        assertEquals(audit.get(0), session.get("result"), "the result is the newest entry of the audit");

        JsonNode entry = audit.get(0);
        assertEquals(1, entry.get("id").asLong());
        assertEquals(created.get("sessionId"), entry.get("sessionId"));
        assertEquals(answer.headers().firstValue("apim-request-id").orElseThrow(), entry.get("requestId").asText());
        assertEquals("shot-1", entry.get("clientRequestId").asText());
        assertTrue(entry.get("digest").asText().matches("[0-9A-F]{64}"));
        OffsetDateTime received = OffsetDateTime.parse(entry.get("receivedDateTime").asText());
        assertFalse(received.isBefore(OffsetDateTime.parse(session.get("sessionStartDateTime").asText())));

        JsonNode request = entry.get("request");
        assertEquals("POST", request.get("method").asText());
        assertTrue(request.get("url").asText().endsWith("/face/v1.2-preview.1/detectLiveness/singleModal"));
        assertEquals(seen.length, request.get("contentLength").asLong());
        assertEquals("application/octet-stream", request.get("contentType").asText());
        assertEquals("phone", request.get("userAgent").asText());

        JsonNode response = entry.get("response");
        assertEquals(200, response.get("statusCode").asInt());
        assertTrue(response.has("latencyInMilliseconds"));
        assertEquals("realface", response.at("/body/livenessDecision").asText());
        assertEquals("Color", response.at("/body/target/imageType").asText());
        assertTrue(response.at("/body/target/faceRectangle/width").asInt() > 0);
    }

    @Test
    void sendsItsResultToTheClientWhenToldTo() {
        Map<String, Object> body = new HashMap<>(session());
        body.put("sendResultsToClient", true);
        JsonNode created = create(body, new RequestOptions());
        HttpResponse<String> answer = new Device(created).detect();
        assertEquals(200, answer.statusCode());
        assertEquals(read(created).at("/result/response/body"), Device.json(answer.body()));
    }

    @Test
    void takesTheCorrelationIdOfTheDeviceWhenLeftToIt() {
        JsonNode created = create(
            Map.of("livenessOperationMode", "Passive", "deviceCorrelationIdSetInClient", true), new RequestOptions());
        Device device = new Device(created);
        assertEquals(400, device.start().statusCode());
        String id = UUID.randomUUID().toString();
        assertEquals(200, device.start(Map.of("deviceCorrelationId", id)).statusCode());
        assertEquals(id, read(created).get("deviceCorrelationId").asText());
    }

    @Test
    void finishesByItselfWhereThereIsNoDevice() throws InterruptedException {
        JsonNode created = create(session(), scenario("automatic"));
        Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
        JsonNode session = read(created);
        while (!session.get("status").asText().equals("ResultAvailable")) {
            assertTrue(Instant.now().isBefore(deadline), "still " + session.get("status"));
            Thread.sleep(100);
            session = read(created);
        }
        assertEquals("realface", session.at("/result/response/body/livenessDecision").asText());
    }

    @Test
    void failsOnceAndThenPasses() {
        JsonNode created = create(session(), scenario("mask-then-real"));
        Device device = new Device(created);
        device.start();
        assertEquals(204, device.detect().statusCode());
        assertEquals("Started", read(created).get("status").asText());
        assertEquals(1, audit(created).size());

        assertEquals(204, device.detect().statusCode());
        JsonNode session = read(created);
        assertEquals("ResultAvailable", session.get("status").asText());
        JsonNode audit = audit(created);
        assertEquals(2, audit.size());
        assertEquals(2, audit.get(0).get("id").asLong(), "the newest entry comes first");
        assertEquals(1, audit.get(1).get("id").asLong());
        assertEquals(audit.get(0), session.get("result"));
        assertEquals("realface", audit.get(0).at("/response/body/livenessDecision").asText());
        assertFalse(audit.get(1).at("/response/body").has("livenessDecision"));
    }

    @Test
    void pagesThroughItsAudit() {
        JsonNode created = create(session(), scenario("three-failures"));
        Device device = new Device(created);
        for (int attempt = 1; attempt <= 3; attempt++) {
            assertEquals(204, device.detect().statusCode());
        }
        assertEquals(429, device.detect().statusCode(), "a fourth attempt is over the quota");
        assertEquals("ResultAvailable", read(created).get("status").asText());

        Client client = Client.of(style);
        String audit = path(created) + "/audit";
        assertEquals(3, client.get(audit).size());
        JsonNode first = client.get(audit, new RequestOptions().addQueryParam("top", "2"));
        assertEquals("[2, 1]", first.findValuesAsText("id").toString());
        JsonNode second =
            client.get(audit, new RequestOptions().addQueryParam("start", "2").addQueryParam("top", "2"));
        assertEquals("[3]", second.findValuesAsText("id").toString());
        JsonNode third = client.get(audit, new RequestOptions().addQueryParam("start", "3"));
        assertEquals(0, third.size());
    }

    @ParameterizedTest
    @CsvSource({"spoof, spoofface", "uncertain, uncertain"})
    void endsInTheDecisionOfItsScenario(String name, String decision) {
        JsonNode created = create(session(), scenario(name));
        new Device(created).detect();
        JsonNode session = read(created);
        assertEquals("ResultAvailable", session.get("status").asText());
        assertEquals(decision, session.at("/result/response/body/livenessDecision").asText());
    }

    @Test
    void hasNothingToShowWhenItWasAbandoned() {
        JsonNode created = create(session(), scenario("abandoned"));
        Device device = new Device(created);
        device.start();
        assertEquals(204, device.detect().statusCode());
        assertEquals(0, audit(created).size());
        assertFalse(read(created).has("result"));
    }
}
