package faceliveness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;

import com.azure.core.exception.HttpResponseException;
import java.util.Map;
import org.junit.jupiter.api.function.Executable;

/** Assertions about calls that are refused, in azure-core's own terms. */
final class Refusals {
    private Refusals() {
    }

    /** Makes the call, which must throw exactly that exception, and returns the error's message. */
    static <E extends HttpResponseException> String refused(Class<E> type, int status, String code, Executable call) {
        HttpResponseException e = assertThrowsExactly(type, call);
        assertEquals(status, e.getResponse().getStatusCode());
        Map<?, ?> body = assertInstanceOf(Map.class, e.getValue());
        Map<?, ?> error = assertInstanceOf(Map.class, body.get("error"));
        assertEquals(code, error.get("code"));
        return assertInstanceOf(String.class, error.get("message"));
    }

    /** A call that is refused with 400. */
    static String badRequest(String code, Executable call) {
        return refused(HttpResponseException.class, 400, code, call);
    }
}
