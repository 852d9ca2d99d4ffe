package faceliveness;

import static faceliveness.Client.LIVENESS;
import static faceliveness.Client.WITH_VERIFY;
import static faceliveness.Client.session;
import static faceliveness.Refusals.badRequest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.azure.core.http.rest.RequestOptions;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "{0}")
@EnumSource(Client.Style.class)
class ListTest {
    @Parameter
    Client.Style style;

    private Client client;

    @BeforeEach
    void openAnEmptyResource() {
        // Nothing else of this suite has this key.
        client = Client.withKey(style, "sdk-java-list");
        clear();
    }

    @AfterEach
    void clear() {
        for (String sessions : List.of(LIVENESS, WITH_VERIFY)) {
            for (JsonNode item : client.get(sessions)) {
                client.delete(sessions + "/" + item.get("id").asText());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {LIVENESS, WITH_VERIFY})
    void comesInPagesInTheOrderOfTheIds(String sessions) {
        TreeSet<String> ids = new TreeSet<>();
        for (int i = 0; i < 5; i++) {
            ids.add(client.post(sessions, session()).get("sessionId").asText());
        }
        assertEquals(List.copyOf(ids), client.get(sessions).findValuesAsText("id"));

        List<String> paged = new ArrayList<>();
        String start = "";
        for (int size : new int[] {2, 2, 1, 0}) {
            JsonNode page =
                client.get(sessions, new RequestOptions().addQueryParam("start", start).addQueryParam("top", "2"));
            assertEquals(size, page.size());
            paged.addAll(page.findValuesAsText("id"));
            start = paged.get(paged.size() - 1);
        }
        assertEquals(List.copyOf(ids), paged);
    }

    @ParameterizedTest
    @ValueSource(strings = {LIVENESS, WITH_VERIFY})
    void showsWhatASessionIsCreatedWith(String sessions) {
        JsonNode created = client.post(sessions, session());
        JsonNode read = client.get(sessions + "/" + created.get("sessionId").asText());
        JsonNode item = client.get(sessions).get(0);
        assertFalse(item.has("status"));
        for (String name : List.of("id", "createdDateTime", "authTokenTimeToLiveInSeconds", "deviceCorrelationId",
            "sessionExpired")) {
            assertEquals(read.get(name), item.get(name), name);
        }
        assertEquals(0, client.get(sessions.equals(LIVENESS) ? WITH_VERIFY : LIVENESS).size(), "of the other kind");
    }

    @ParameterizedTest
    @CsvSource({"top, 0", "top, 1001", "top, many",
        "start, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})
    void refusesAPageThatCannotBe(String parameter, String value) {
        RequestOptions options = new RequestOptions().addQueryParam(parameter, value);
        badRequest("BadArgument", () -> client.get(LIVENESS, options));
        badRequest("BadArgument", () -> client.get(WITH_VERIFY, options));
    }
}
