package faceliveness;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ExampleTest {
    @Test
    void runsAsItStands() {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed));
        try {
            Example.main(new String[0]);
        } finally {
            System.setOut(out);
        }
        assertTrue(printed.toString().matches("\\{.*\"status\":\"Succeeded\".*\"livenessDecision\":\"realface\".*}\\R"), printed.toString());
    }
}
