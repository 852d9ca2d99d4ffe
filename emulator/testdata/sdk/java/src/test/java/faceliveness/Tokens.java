package faceliveness;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.util.BinaryData;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** Entra access tokens, made here: the emulator cannot check a signature, so there is none worth the name. */
final class Tokens {
    private Tokens() {
    }

    /** An access token as Entra ID shapes it, of an identity of its own unless the claims name one. */
    static String accessToken(Map<String, ?> claims) {
        Map<String, Object> all = new HashMap<>();
        all.put("aud", "https://cognitiveservices.azure.com");
        all.put("oid", UUID.randomUUID().toString());
        all.put("exp", Instant.now().getEpochSecond() + 3600);
        all.putAll(claims);
        return encode(Map.of("alg", "RS256", "typ", "JWT")) + "." + encode(all) + "."
            + Base64.getUrlEncoder().withoutPadding().encodeToString("signature".getBytes(StandardCharsets.UTF_8));
    }

    /** A credential that hands out the same text, as azure-identity would an access token. */
    static TokenCredential credentialOf(String token) {
        return request -> Mono.just(new AccessToken(token, OffsetDateTime.now().plusHours(1)));
    }

    private static String encode(Map<String, ?> value) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(BinaryData.fromObject(value).toBytes());
    }
}
