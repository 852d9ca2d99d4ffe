package faceliveness;

import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.http.*;
import com.azure.core.http.policy.AzureKeyCredentialPolicy;
import com.azure.core.util.*;
import java.util.Map;

public class Example {
    public static void main(String[] args) {
        var key = new AzureKeyCredential(System.getenv("FACE_APIKEY"));
        HttpPipeline face = new HttpPipelineBuilder()
            .policies(new AzureKeyCredentialPolicy("Ocp-Apim-Subscription-Key", key)).build();
        String sessions = System.getenv("FACE_ENDPOINT") + "/face/v1.2/detectLiveness-sessions";

        BinaryData body = BinaryData.fromObject(Map.of("livenessOperationMode", "Passive", "deviceCorrelationId", "phone-1"));
        var created = face.sendSync(new HttpRequest(HttpMethod.POST, sessions)
            .setHeader(HttpHeaderName.CONTENT_TYPE, "application/json").setBody(body), Context.NONE);
        Map<?, ?> session = created.getBodyAsBinaryData().toObject(Map.class); // its authToken goes to the device

        var read = face.sendSync(new HttpRequest(HttpMethod.GET, sessions + "/" + session.get("sessionId")), Context.NONE);
        System.out.println(read.getStatusCode() + " " + read.getBodyAsBinaryData());
    }
}
