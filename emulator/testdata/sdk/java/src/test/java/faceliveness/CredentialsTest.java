package faceliveness;

import static faceliveness.Client.LIVENESS;
import static faceliveness.Client.session;
import static faceliveness.Refusals.refused;
import static faceliveness.Tokens.accessToken;
import static faceliveness.Tokens.credentialOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
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

@ParameterizedClass(name = "{0}")
@EnumSource(Client.Style.class)
class CredentialsTest {
    @Parameter
    Client.Style style;

    /** What a credential that opens a resource is good for, and nobody else's is. */
    private void opensItsResource(TokenCredential credential) {
        Client client = Client.withTokens(style, credential);
        JsonNode created = client.post(LIVENESS, session());
        String path = LIVENESS + "/" + created.get("sessionId").asText();
        assertEquals(created.get("sessionId"), client.get(path).get("id"));

        Client stranger = Client.withTokens(style, credentialOf(accessToken(Map.of())));
        refused(ResourceNotFoundException.class, 404, "SessionNotFound", () -> stranger.get(path));
        assertEquals(200, client.delete(path));
    }

    /** Makes a call that must be refused with 401. */
    private static void isRefused(Client client) {
        String message = refused(ClientAuthenticationException.class, 401, "401",
            () -> client.post(LIVENESS, session()));
        assertTrue(message.startsWith("Access denied"), message);
    }

    @Test
    void anAccessTokenOpensTheResourceOfItsIdentity() {
        opensItsResource(credentialOf(accessToken(Map.of())));
    }

    static Stream<Arguments> badTokens() {
        return Stream.of(
            Arguments.of("expired", accessToken(Map.of("exp", Instant.now().getEpochSecond() - 3600))),
            Arguments.of("for another service", accessToken(Map.of("aud", "https://management.azure.com"))),
            Arguments.of("no JWT", "not-a-token"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badTokens")
    void aBadAccessTokenIsRefused(String what, String token) {
        isRefused(Client.withTokens(style, credentialOf(token)));
    }

    @Test
    void theTokenOfASessionIsNoAccessToken() {
        JsonNode created = Client.of(style).post(LIVENESS, session());
        isRefused(Client.withTokens(style, credentialOf(created.get("authToken").asText())));
    }

    // Through IDENTITY_ENDPOINT and IDENTITY_HEADER, as in an Azure App Service.
    @Test
    void theDefaultCredentialOpensTheResourceOfTheManagedIdentity() {
        opensItsResource(new DefaultAzureCredentialBuilder().build());
    }

    @Test
    void theDefaultCredentialForAnotherServiceIsRefused() {
        // Asked directly: a client would try again for seconds.
        TokenCredential credential = new DefaultAzureCredentialBuilder().build();
        TokenRequestContext request = new TokenRequestContext().addScopes("https://management.azure.com/.default");
        Throwable cause = assertThrowsExactly(ClientAuthenticationException.class, () -> {
            switch (style) {
                case SYNC -> credential.getTokenSync(request);
                case ASYNC -> credential.getToken(request).block();
            }
        });
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        assertTrue(cause.getMessage().contains("resource must be https://cognitiveservices.azure.com"),
            cause.getMessage());
    }

    @Test
    void aManagedIdentityOfItsOwnOpensAResourceOfItsOwn() {
        String clientId = UUID.randomUUID().toString();
        TokenCredential credential = new ManagedIdentityCredentialBuilder().clientId(clientId).build();
        opensItsResource(credential);

        JsonNode created = Client.withTokens(style, credential).post(LIVENESS, session());
        Client sameIdentity = Client.withTokens(style, credentialOf(accessToken(Map.of("oid", clientId))));
        String path = LIVENESS + "/" + created.get("sessionId").asText();
        assertEquals(created.get("sessionId"), sameIdentity.get(path).get("id"));
    }

    // The emulator of this suite runs with a list of keys.
    @Test
    void aKeyThatIsNotOnTheListIsRefused() {
        isRefused(Client.withKey(style, "wrong"));
    }

    @Test
    void bothKeysOpenTheSameResource() {
        JsonNode created = Client.withKey(style, "face0000face0000face0000face0001").post(LIVENESS, session());
        String path = LIVENESS + "/" + created.get("sessionId").asText();
        Client other = Client.withKey(style, "face0000face0000face0000face0002");
        assertEquals(created.get("sessionId"), other.get(path).get("id"));
    }
}
