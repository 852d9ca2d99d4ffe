package faceliveness;

import com.azure.core.util.BinaryData;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;

/** A multipart body of the preview versions: the parameters as JSON, and an image to verify against. */
final class Form {
    private final String boundary = UUID.randomUUID().toString();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Form(Map<String, ?> parameters, byte[] image) {
        this(parameters, image, "; filename=\"portrait.bmp\"");
    }

    private Form(Map<String, ?> parameters, byte[] image, String fileName) {
        part("name=\"Parameters\"", "application/json", BinaryData.fromObject(parameters).toBytes());
        part("name=\"VerifyImage\"" + fileName, "application/octet-stream", image);
        text("--" + boundary + "--");
    }

    /** A form whose image has no file name, which not every client sends. */
    static Form withoutFileName(Map<String, ?> parameters, byte[] image) {
        return new Form(parameters, image, "");
    }

    String contentType() {
        return "multipart/form-data; boundary=" + boundary;
    }

    BinaryData body() {
        return BinaryData.fromBytes(bytes.toByteArray());
    }

    private void part(String disposition, String contentType, byte[] content) {
        text("--" + boundary + "\r\nContent-Disposition: form-data; " + disposition + "\r\nContent-Type: "
            + contentType + "\r\n\r\n");
        bytes.writeBytes(content);
        text("\r\n");
    }

    private void text(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
