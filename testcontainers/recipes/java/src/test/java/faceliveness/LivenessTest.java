package faceliveness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.http.*;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.AzureKeyCredentialPolicy;
import com.azure.core.util.*;
import java.net.URI;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.*;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * A suite that brings its own Face service. The image is made by
 * "docker build -t face-liveness-emulator ." in the emulator's repository.
 */
class LivenessTest {
    static final String IMAGE = System.getenv().getOrDefault("FACE_LIVENESS_IMAGE", "face-liveness-emulator");
    static final GenericContainer<?> CONTAINER = new GenericContainer<>(DockerImageName.parse(IMAGE))
        .withCommand("--ephemeral")
        .withExposedPorts(10100, 10101)
        .waitingFor(Wait.forHttp("/readyz").forPort(10100));

    static String https;
    /** Trusts the emulator. Microsoft's clients take it by their builder's httpClient(...). */
    static HttpClient transport;

    /** Any text is a key, and each key is a resource of its own: one per test. */
    final String key = UUID.randomUUID().toString();
    final HttpPipeline face = new HttpPipelineBuilder()
        .policies(new AzureKeyCredentialPolicy("Ocp-Apim-Subscription-Key", new AzureKeyCredential(key)))
        .httpClient(transport).build();

    @BeforeAll
    static void start() throws Exception {
        CONTAINER.start();
        https = "https://" + CONTAINER.getHost() + ":" + CONTAINER.getMappedPort(10101);
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        String http = "http://" + CONTAINER.getHost() + ":" + CONTAINER.getMappedPort(10100);
        try (var pem = URI.create(http + "/_emulator/ca.pem").toURL().openStream()) {
            trusted.setCertificateEntry("emulator", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, managers.getTrustManagers(), null);
        transport = new JdkHttpClientBuilder(java.net.http.HttpClient.newBuilder().sslContext(tls)).build();
    }

    @AfterAll
    static void stop() {
        CONTAINER.stop();
    }

    /** Creates a session that goes as the scenario says. */
    Map<?, ?> create(String scenario) {
        var body = Map.of("livenessOperationMode", "Passive", "deviceCorrelationId", UUID.randomUUID().toString());
        return json(face.sendSync(request(HttpMethod.POST, "/face/v1.2/detectLiveness-sessions", body)
            .setHeader(HttpHeaderName.fromString("X-Face-Liveness-Scenario"), scenario), Context.NONE));
    }

    /** Plays the device: one attempt, without a video. */
    static HttpResponse play(Map<?, ?> session) {
        return transport.sendSync(request(HttpMethod.POST, "/face/v1.2/detectLiveness/singleModal", Map.of())
            .setHeader(HttpHeaderName.AUTHORIZATION, "Bearer " + session.get("authToken")), Context.NONE);
    }

    static HttpRequest request(HttpMethod method, String path, Map<?, ?> body) {
        return new HttpRequest(method, https + path)
            .setHeader(HttpHeaderName.CONTENT_TYPE, "application/json").setBody(BinaryData.fromObject(body));
    }

    static Map<?, ?> json(HttpResponse response) {
        return response.getBodyAsBinaryData().toObject(Map.class);
    }

    @Test
    void aMaskedFaceMayTryAgainAndPasses() {
        Map<?, ?> session = create("mask-then-real");

        assertEquals("FaceWithMaskDetected", ((Map<?, ?>) json(play(session)).get("error")).get("code"));
        assertEquals(200, play(session).getStatusCode());

        String path = "/face/v1.2/detectLiveness-sessions/" + session.get("sessionId");
        String read = face.sendSync(new HttpRequest(HttpMethod.GET, https + path), Context.NONE)
            .getBodyAsBinaryData().toString();
        assertTrue(read.contains("\"status\":\"Succeeded\""), read);
        assertTrue(read.contains("\"livenessDecision\":\"realface\""), read);
    }

    @Test
    void aTokenOfTenMinutesHasExpiredAfterFifteen() {
        Map<?, ?> session = create("happy-path");

        // The clock of this key alone; nobody waits.
        var moved = face.sendSync(request(HttpMethod.PATCH, "/_emulator/clock", Map.of("advance", "15m")), Context.NONE);
        assertEquals(200, moved.getStatusCode());
        assertEquals(401, play(session).getStatusCode());
    }
}
