package faceliveness;

import static faceliveness.Client.LIVENESS;
import static faceliveness.Client.session;
import static faceliveness.Refusals.badRequest;
import static faceliveness.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.rest.RequestOptions;
import com.azure.core.http.rest.Response;
import com.azure.core.util.BinaryData;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass(name = "{0}")
@EnumSource(Client.Style.class)
class SessionImageTest {
    @Parameter
    Client.Style style;

    private Client client;
    private String path;
    private JsonNode result;
    private String imageId;

    @BeforeEach
    void finishASessionThatKeepsItsImage() {
        client = Client.of(style);
        Map<String, Object> body = new HashMap<>(session());
        body.put("enableSessionImage", true);
        JsonNode created = client.post(LIVENESS, body);
        new Device(created).detect();
        path = LIVENESS + "/" + created.get("sessionId").asText();
        result = client.get(path).get("result");
        imageId = result.get("sessionImageId").asText();
    }

    @Test
    void isRead() throws IOException {
        assertTrue(imageId.matches("[A-Za-z0-9_-]{44}"), imageId);
        Response<BinaryData> image = client.getRaw("session/sessionImages/" + imageId, new RequestOptions());
        assertEquals("application/octet-stream", image.getHeaders().getValue(HttpHeaderName.CONTENT_TYPE));
        assertEquals("attachment; filename=" + imageId + ".jpg; filename*=UTF-8''" + imageId + ".jpg",
            image.getHeaders().getValue(HttpHeaderName.CONTENT_DISPOSITION));
        assertEquals(1080, ImageIO.read(image.getValue().toStream()).getWidth());
    }

    @Test
    void goesWithItsSession() {
        client.delete(path);
        refused(ResourceNotFoundException.class, 404, "SessionImageNotFound",
            () -> client.getRaw("session/sessionImages/" + imageId, new RequestOptions()));
    }

    @Test
    void showsTheFaceThatTheAttemptLookedAt() {
        JsonNode faces = client.post("detect", Map.of("sessionImageId", imageId),
            new RequestOptions().addQueryParam("recognitionModel", "recognition_04")
                .addQueryParam("returnRecognitionModel", "true"));
        assertEquals(1, faces.size());
        assertEquals(result.at("/response/body/target/faceRectangle"), faces.at("/0/faceRectangle"));
        assertEquals("recognition_04", faces.at("/0/recognitionModel").asText());
        assertEquals(4, UUID.fromString(faces.at("/0/faceId").asText()).version());
    }

    @Test
    void isNotFoundOrDetectedWhenThereIsNone() {
        refused(ResourceNotFoundException.class, 404, "SessionImageNotFound",
            () -> client.post("detect", Map.of("sessionImageId", UUID.randomUUID().toString())));
        badRequest("BadArgument", () -> client.post("detect", Map.of("sessionImageId", 1)));
        badRequest("BadArgument", () -> client.post("detect", Map.of("sessionImageId", imageId),
            new RequestOptions().addQueryParam("detectionModel", "detection_04")));
    }
}
