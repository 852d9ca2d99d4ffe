// Of an Aspire app host, checked for the image's ports, paths and names only: it is not compiled here.
// The image is made by "docker build -t face-liveness-emulator ." in the emulator's repository.
#:sdk Aspire.AppHost.Sdk@13.0.0

var builder = DistributedApplication.CreateBuilder(args);

var face = builder.AddContainer("face", "face-liveness-emulator")
    .WithHttpEndpoint(targetPort: 10100, name: "http")
    .WithHttpsEndpoint(targetPort: 10101, name: "https")
    .WithHttpHealthCheck("/readyz", endpointName: "http")
    .WithBindMount("scenarios", "/etc/face-liveness-emulator/scenarios.d", isReadOnly: true)
    .WithVolume("face", "/var/lib/face-liveness-emulator")
    .WithEnvironment("FACE_LIVENESS_SEED", "7");

// HTTP is for keys alone. Tokens need GetEndpoint("https") and trust in the CA of /_emulator/ca.pem.
builder.AddProject("app", "../App/App.csproj")
    .WithEnvironment("FACE_ENDPOINT", face.GetEndpoint("http"))
    .WithEnvironment("FACE_APIKEY", "any-key")
    .WaitFor(face);

builder.Build().Run();
