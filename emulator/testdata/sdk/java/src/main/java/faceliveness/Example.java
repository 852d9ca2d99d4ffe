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
        String api = System.getenv("FACE_ENDPOINT") + "/face/v1.2";

        var body = BinaryData.fromObject(Map.of("livenessOperationMode", "Passive", "deviceCorrelationId", "phone-1"));
        Map<?, ?> created = face.sendSync(new HttpRequest(HttpMethod.POST, api + "/detectLiveness-sessions")
            .setHeader(HttpHeaderName.CONTENT_TYPE, "application/json").setBody(body), Context.NONE)
            .getBodyAsBinaryData().toObject(Map.class);

        // The token goes to the device, which plays the check. This call stands in for it.
        face.sendSync(new HttpRequest(HttpMethod.POST, api + "/detectLiveness/singleModal")
            .setHeader(HttpHeaderName.AUTHORIZATION, "Bearer " + created.get("authToken")), Context.NONE).close();

        String session = api + "/detectLiveness-sessions/" + created.get("sessionId");
        System.out.println(face.sendSync(new HttpRequest(HttpMethod.GET, session), Context.NONE).getBodyAsBinaryData());
    }
}
