// Command reach creates a session at the base URL in its only argument. It trusts only
// the CA that the emulator serves over HTTP.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
)

func main() {
	secure, err := url.Parse(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	answer, err := http.Get("http://" + secure.Hostname() + ":10100/_emulator/ca.pem")
	if err != nil {
		log.Fatal(err)
	}
	pem, err := io.ReadAll(answer.Body)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		log.Fatalf("no certificate: %q", pem)
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	request, err := http.NewRequest(http.MethodPost, secure.String()+"/face/v1.2/detectLiveness-sessions",
		bytes.NewBufferString(`{"livenessOperationMode":"Passive","deviceCorrelationId":"another-container"}`))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Ocp-Apim-Subscription-Key", "any")
	request.Header.Set("Content-Type", "application/json")
	answer, err = client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.StatusCode)
}
