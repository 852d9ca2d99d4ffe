package faceliveness;

import com.azure.core.annotation.BodyParam;
import com.azure.core.annotation.Delete;
import com.azure.core.annotation.ExpectedResponses;
import com.azure.core.annotation.Get;
import com.azure.core.annotation.HeaderParam;
import com.azure.core.annotation.Host;
import com.azure.core.annotation.HostParam;
import com.azure.core.annotation.PathParam;
import com.azure.core.annotation.Post;
import com.azure.core.annotation.ServiceInterface;
import com.azure.core.annotation.UnexpectedResponseExceptionType;
import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.http.rest.RequestOptions;
import com.azure.core.http.rest.Response;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import reactor.core.publisher.Mono;

/** The operations as azure-core takes them: it makes the client, in both styles. Paths are relative to a version. */
@Host("{endpoint}/face/{version}")
@ServiceInterface(name = "FaceSessions")
interface FaceSessions {
    @Post("{path}")
    @ExpectedResponses({200})
    @UnexpectedResponseExceptionType(value = ClientAuthenticationException.class, code = {401})
    @UnexpectedResponseExceptionType(value = ResourceNotFoundException.class, code = {404})
    @UnexpectedResponseExceptionType(HttpResponseException.class)
    Response<BinaryData> post(@HostParam("endpoint") String endpoint, @HostParam("version") String version,
        @PathParam(value = "path", encoded = true) String path, @HeaderParam("Content-Type") String contentType,
        @HeaderParam("Accept") String accept, @BodyParam("application/octet-stream") BinaryData body,
        RequestOptions options, Context context);

    @Post("{path}")
    @ExpectedResponses({200})
    @UnexpectedResponseExceptionType(value = ClientAuthenticationException.class, code = {401})
    @UnexpectedResponseExceptionType(value = ResourceNotFoundException.class, code = {404})
    @UnexpectedResponseExceptionType(HttpResponseException.class)
    Mono<Response<BinaryData>> postAsync(@HostParam("endpoint") String endpoint, @HostParam("version") String version,
        @PathParam(value = "path", encoded = true) String path, @HeaderParam("Content-Type") String contentType,
        @HeaderParam("Accept") String accept, @BodyParam("application/octet-stream") BinaryData body,
        RequestOptions options, Context context);

    @Get("{path}")
    @ExpectedResponses({200})
    @UnexpectedResponseExceptionType(value = ClientAuthenticationException.class, code = {401})
    @UnexpectedResponseExceptionType(value = ResourceNotFoundException.class, code = {404})
    @UnexpectedResponseExceptionType(HttpResponseException.class)
    Response<BinaryData> get(@HostParam("endpoint") String endpoint, @HostParam("version") String version,
        @PathParam(value = "path", encoded = true) String path, @HeaderParam("Accept") String accept,
        RequestOptions options, Context context);

    @Get("{path}")
    @ExpectedResponses({200})
    @UnexpectedResponseExceptionType(value = ClientAuthenticationException.class, code = {401})
    @UnexpectedResponseExceptionType(value = ResourceNotFoundException.class, code = {404})
    @UnexpectedResponseExceptionType(HttpResponseException.class)
    Mono<Response<BinaryData>> getAsync(@HostParam("endpoint") String endpoint, @HostParam("version") String version,
        @PathParam(value = "path", encoded = true) String path, @HeaderParam("Accept") String accept,
        RequestOptions options, Context context);

    // 200 in the previews, 204 since v1.2.
    @Delete("{path}")
    @ExpectedResponses({200, 204})
    @UnexpectedResponseExceptionType(value = ClientAuthenticationException.class, code = {401})
    @UnexpectedResponseExceptionType(value = ResourceNotFoundException.class, code = {404})
    @UnexpectedResponseExceptionType(HttpResponseException.class)
    Response<Void> delete(@HostParam("endpoint") String endpoint, @HostParam("version") String version,
        @PathParam(value = "path", encoded = true) String path, @HeaderParam("Accept") String accept,
        RequestOptions options, Context context);

    @Delete("{path}")
    @ExpectedResponses({200, 204})
    @UnexpectedResponseExceptionType(value = ClientAuthenticationException.class, code = {401})
    @UnexpectedResponseExceptionType(value = ResourceNotFoundException.class, code = {404})
    @UnexpectedResponseExceptionType(HttpResponseException.class)
    Mono<Response<Void>> deleteAsync(@HostParam("endpoint") String endpoint, @HostParam("version") String version,
        @PathParam(value = "path", encoded = true) String path, @HeaderParam("Accept") String accept,
        RequestOptions options, Context context);
}
